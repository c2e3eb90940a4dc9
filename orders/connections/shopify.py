"""Shopify's Admin GraphQL API: access tokens, requests that respect the cost throttle, orders by id, date and bulk.

Sources of the rules (shopify.dev): "Using the client credentials grant", "GraphQL Admin API rate limits", "Perform bulk
operations with the GraphQL Admin API", "Access scopes" (`read_all_orders`).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from dealport.kit import outbound, secrets
from dealport.kit.values import Json
from orders.connections import shopify_queries as queries
from orders.connections.problems import AccessRefused, SourceAway, SourceProblem, Unreadable, readable
from orders.connections.summaries import OrderSummary
from orders.models import Connection
from orders.sources.description import SourceOrder
from orders.sources.shopify import moment, read_rest, shop_money

DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.myshopify\.com", re.ASCII)
RENEW_BEFORE = timedelta(minutes=30)
DAYS_WITHOUT_ALL_ORDERS = 60
NEEDED = ("read_orders", "read_customers", "read_payment_terms")
"""Without one of them Shopify refuses the whole query of an order: its customer, its payment terms."""
FETCHED_AT_ONCE = 4
PAGE = 100
MOST_WAIT = 20.0
"""Seconds a worker waits for the throttle; a longer wait goes back to the queue."""


class TooCostly(SourceProblem):
    """One request asks for more than Shopify answers at once, however long it waits."""


class ShopifySource:
    """One connection's access to Shopify. Not shared between threads."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._credentials = secrets.unseal(connection.credentials)
        self._at_once = FETCHED_AT_ONCE

    @property
    def base(self) -> str:
        """Address of the shop; an address with a scheme is a test server's."""
        address = self.connection.address
        return address if "://" in address else f"https://{address}"

    def check(self) -> None:
        """Note the scopes and how far back the connection can read. Raises AccessRefused when one is missing."""
        data = self.ask(queries.SCOPES)
        scopes = sorted(one["handle"] for one in data["currentAppInstallation"]["accessScopes"])
        self.connection.scopes = scopes
        self.connection.reads_days = None if "read_all_orders" in scopes else DAYS_WITHOUT_ALL_ORDERS
        missing = [scope for scope in NEEDED if scope not in scopes and scope.replace("read", "write") not in scopes]
        if missing:
            raise AccessRefused(f"The app lacks the scope {missing[0]}. Add it in Shopify and install the app again.")

    def orders(self, ids: list[str]) -> Iterator[SourceOrder | Unreadable]:
        """Yield the orders with these ids as they are now; those that Shopify does not show are left out."""
        waiting = list(ids)
        while waiting:
            gids = [f"gid://shopify/Order/{one}" for one in waiting[: self._at_once]]
            try:
                nodes = self.ask(queries.ORDERS_BY_ID, ids=gids)["nodes"]
            except TooCostly:
                self._at_once = max(self._at_once // 2, 1)
                continue
            for node in filter(None, nodes):
                yield readable(queries.tail(node["id"]), partial(self.whole, node))
            waiting = waiting[len(gids) :]

    def changed(self, since: datetime) -> Iterator[OrderSummary]:
        """Yield the orders that changed at or after a moment of Shopify's clock, the oldest change first."""
        return self._summaries(f"updated_at:>='{_utc(since)}'", "UPDATED_AT")

    def placed(self, start: datetime, end: datetime) -> Iterator[OrderSummary]:
        """Yield the orders placed from `start` until before `end`."""
        return self._summaries(f"processed_at:>='{_utc(start)}' AND processed_at:<'{_utc(end)}'", "PROCESSED_AT")

    def read_body(self, content: Json) -> SourceOrder:
        """Read an order as the body of a webhook states it: captures without moments of their own."""
        return read_rest(content)

    def start_bulk(self, since: datetime) -> str:
        """Start a bulk operation over the orders placed since a moment; return its id. Raises SourceAway."""
        text = queries.BULK.replace("%SEARCH%", f"processed_at:>='{_utc(since)}'")
        result = self.ask(queries.RUN_BULK, query=text)["bulkOperationRunQuery"]
        if result["userErrors"]:
            said = "; ".join(error["message"] for error in result["userErrors"])[:200]
            raise SourceAway(f"Shopify did not start the bulk operation: {said}", timedelta(minutes=1))
        return str(result["bulkOperation"]["id"])

    def bulk_url(self, operation: str) -> str | None:
        """Return where the result lies, "" if there are no orders, None while it runs. Raises SourceAway."""
        state = self.ask(queries.READ_BULK, id=operation)["node"]
        if state is None:
            raise SourceAway("Shopify no longer knows the bulk operation: it starts again.")
        if state["status"] in ("CREATED", "RUNNING", "CANCELING"):
            return None
        if state["status"] != "COMPLETED":
            reason = f"{state['status'].lower()}, {(state.get('errorCode') or 'no reason').lower()}"
            raise SourceAway(f"Shopify ended the bulk operation ({reason}): it starts again.")
        return str(state.get("url") or "")

    def ask(self, document: str, **variables: Any) -> Any:
        """Return `data` of a request. Waits for the throttle a little. Raises SourceAway, AccessRefused."""
        content = self._request(document, variables)
        wait = _throttled(content)
        if wait is not None and wait <= MOST_WAIT:
            time.sleep(wait)
            content = self._request(document, variables)
            wait = _throttled(content)
        if wait is not None:
            raise SourceAway("Shopify takes no more requests for a moment.", timedelta(seconds=max(wait, 1.0)))
        self._give_way(content)
        return content["data"]

    def _request(self, document: str, variables: Json) -> Json:
        version = settings.SHOPIFY_API_VERSION
        answer = self._send(
            f"{self.base}/admin/api/{version}/graphql.json",
            {"X-Shopify-Access-Token": self._access_token(), "Content-Type": "application/json"},
            json.dumps({"query": document, "variables": variables}).encode(),
        )
        if answer.status == 401 and "clientId" in self._credentials:
            self.connection.token = ""  # revoked or ended early: the next request makes a new one
        if answer.status == 404:
            raise AccessRefused(f"Shopify does not know this shop or API version {version}.")
        served = answer.headers.get("x-shopify-api-version", version)
        if served != version:
            raise AccessRefused(f"Shopify answers in API version {served}, not {version}: set SHOPIFY_API_VERSION.")
        content = _content(answer)
        errors = content.get("errors") or []
        codes = {(error.get("extensions") or {}).get("code") for error in errors if isinstance(error, dict)}
        if codes & {"ACCESS_DENIED"}:
            raise AccessRefused(f"Shopify refused access: {_said(errors)}")
        if codes & {"MAX_COST_EXCEEDED"}:
            raise TooCostly(_said(errors))
        if errors and not codes & {"THROTTLED"}:
            raise SourceAway(f"Shopify could not answer: {_said(errors)}")
        return content

    def _access_token(self) -> str:
        given = self._credentials.get("accessToken")
        if given:
            return str(given)
        connection, now = self.connection, timezone.now()
        if connection.token and connection.token_expires_at and now < connection.token_expires_at - RENEW_BEFORE:
            return str(secrets.unseal(connection.token)["token"])
        form = {
            "grant_type": "client_credentials",
            "client_id": self._credentials["clientId"],
            "client_secret": self._credentials["clientSecret"],
        }
        answer = self._send(
            f"{self.base}/admin/oauth/access_token",
            {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            urlencode(form).encode(),
        )
        if answer.status == 404:
            raise AccessRefused(f"There is no shop {connection.address} at Shopify.")
        content = _content(answer)
        if "access_token" not in content:
            raise AccessRefused(
                "Shopify gave no access token. Check client id and secret, and that the app is installed."
            )
        connection.token = secrets.seal({"token": content["access_token"]})
        connection.token_expires_at = now + timedelta(seconds=int(content.get("expires_in") or 86_399))
        connection.save(update_fields=["token", "token_expires_at"])
        return str(content["access_token"])

    def _send(self, url: str, headers: dict[str, str], body: bytes) -> outbound.Answer:
        try:
            answer = outbound.send("POST", url, headers=headers, body=body)
        except outbound.Unreachable as error:
            raise SourceAway(f"Shopify did not answer. {error}") from None
        except outbound.AddressRefused as error:
            raise AccessRefused(str(error)) from None
        if answer.status == 429:
            raise SourceAway("Shopify takes no more requests for a moment.", retry_after(answer))
        if answer.status >= 500 or answer.status == 423:
            raise SourceAway(f"Shopify answers with an error of its own ({answer.status}).", retry_after(answer))
        return answer

    def _summaries(self, search: str, order: str) -> Iterator[OrderSummary]:
        after, has_more = None, True
        while has_more:
            page = self.ask(queries.SUMMARIES, search=search, order=order, first=PAGE, after=after)["orders"]
            for node in page["nodes"]:
                yield OrderSummary(
                    external_id=queries.tail(node["id"]),
                    placed_at=_moment(node.get("processedAt") or node["createdAt"]),
                    updated_at=_moment(node["updatedAt"]),
                    amount=shop_money(node["netPaymentSet"]),
                )
            after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    def whole(self, node: Json) -> SourceOrder:
        """Read an order, with the pages of line items and of lines of refunds that did not fit."""
        lines = self._rest_of(node["id"], node["lineItems"], queries.MORE_LINES, "lineItems")
        for refund in node.get("refunds") or ():
            refund["refundLineItems"] = {
                "nodes": self._rest_of(
                    refund["id"], refund["refundLineItems"], queries.MORE_REFUND_LINES, "refundLineItems"
                )
            }
        return read_node(node, lines)

    def _rest_of(self, gid: str, connection: Json, query: str, name: str) -> list[Json]:
        found, page = list(connection["nodes"]), connection["pageInfo"]
        while page["hasNextPage"]:
            more = self.ask(query, id=gid, after=page["endCursor"])["node"][name]
            found += more["nodes"]
            page = more["pageInfo"]
        return found

    def _give_way(self, content: Json) -> None:
        """Leave half of the bucket to other requests of the app: wait until what this one took is there again."""
        cost = (content.get("extensions") or {}).get("cost") or {}
        status = cost.get("throttleStatus")
        if status and float(status["currentlyAvailable"]) < float(status["maximumAvailable"]) / 2:
            time.sleep(min(float(cost.get("actualQueryCost") or 0) / float(status["restoreRate"]), MOST_WAIT))


def read_node(node: Json, lines: list[Json]) -> SourceOrder:
    """Read an order of the GraphQL API with its line items."""
    rest = queries.as_rest(node, lines)
    return read_rest(rest, rest["transactions"])


def _throttled(content: Json) -> float | None:
    """Return the seconds until the request can be made, None when it was answered."""
    errors = content.get("errors") or []
    if not any((error.get("extensions") or {}).get("code") == "THROTTLED" for error in errors):
        return None
    cost = (content.get("extensions") or {}).get("cost") or {}
    status = cost.get("throttleStatus") or {"currentlyAvailable": 0, "restoreRate": 50}
    missing = float(cost.get("requestedQueryCost") or 50) - float(status["currentlyAvailable"])
    return max(missing / float(status["restoreRate"]), 0.1)


def _content(answer: outbound.Answer) -> Json:
    """Return the object an answer holds. Raises AccessRefused for 3xx and 4xx, SourceAway for what is no JSON."""
    if answer.status in (401, 403):
        raise AccessRefused("Shopify refused access: the token or the app is no longer valid. Enter new credentials.")
    if answer.status >= 300:
        raise AccessRefused(
            f"Shopify refused the request ({answer.status}). Check the shop domain and the credentials."
        )
    content = answer.json()
    if not isinstance(content, dict):
        raise SourceAway("Shopify answered with something that is not JSON.")
    return content


def _said(errors: list[Any]) -> str:
    return "; ".join(str(error.get("message", error) if isinstance(error, dict) else error) for error in errors)[:300]


def retry_after(answer: outbound.Answer) -> timedelta | None:
    """Return how long an answer asks to wait, at most an hour; None where it does not say."""
    text = answer.headers.get("retry-after", "")
    return timedelta(seconds=min(float(text), 3600)) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text) else None


def _moment(text: str) -> datetime:
    found = moment(text)
    assert found is not None
    return found


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
