"""WooCommerce's REST API (v3): orders by id and date, with the refunds of their own resource.

Source of the rules: woocommerce.github.io/woocommerce-rest-api-docs and developer.woocommerce.com ("Orders", "Order
refunds", "Pagination"). Over HTTPS the consumer key and secret are the user name and password.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

from dealport.kit import outbound, secrets
from dealport.kit.values import Json
from orders.connections.problems import AccessRefused, SourceAway, Unreadable, readable
from orders.connections.shopify import retry_after
from orders.connections.summaries import OrderSummary
from orders.models import Connection
from orders.pricing import ZERO
from orders.sources.description import SourceOrder
from orders.sources.shopify import amount
from orders.sources.woocommerce import PAID, gmt, read_order

PAGE = 100
ANY = "any"
SUMMARY = "id,status,total,refunds,date_paid_gmt,date_created_gmt,date_modified_gmt"
NO_ORDERS = ("checkout-draft", "auto-draft", "trash")
"""Carts that became no order, and what was thrown away."""


class WooCommerceSource:
    """One connection's access to a WooCommerce site."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        given = secrets.unseal(connection.credentials)
        pair = f"{given.get('consumerKey', '')}:{given.get('consumerSecret', '')}"
        self._login = f"Basic {base64.b64encode(pair.encode()).decode()}"

    def check(self) -> None:
        """Ask for one order: the key must be allowed to read."""
        self._get("orders", per_page=1, _fields="id")
        self.connection.scopes, self.connection.reads_days = ["read"], None

    def orders(self, ids: list[str]) -> Iterator[SourceOrder | Unreadable]:
        """Yield the orders with these ids as they are now, each with its refunds."""
        for start in range(0, len(ids), PAGE):
            part = ids[start : start + PAGE]
            for order in self._get("orders", include=",".join(part), status=ANY, per_page=PAGE)[0]:
                if order["status"] not in NO_ORDERS:
                    yield readable(str(order["id"]), partial(self._whole, order))

    def changed(self, since: datetime) -> Iterator[OrderSummary]:
        """Yield the orders that changed at or after a moment of the site's clock, the oldest change first."""
        # modified_after excludes the second itself
        return self._summaries(modified_after=_iso(since - timedelta(seconds=1)), orderby="modified")

    def placed(self, start: datetime, end: datetime) -> Iterator[OrderSummary]:
        """Yield the orders placed from `start` until before `end`."""
        for order in self._summaries(
            after=_iso(start - timedelta(seconds=1)), before=_iso(end + timedelta(seconds=1)), orderby="date"
        ):
            if start <= order.placed_at < end:
                yield order

    def read_body(self, content: Json) -> SourceOrder:
        """Read an order as the body of a webhook states it; its refunds are asked for."""
        return self._whole(content)

    def _whole(self, order: Json) -> SourceOrder:
        refunds = self._pages(f"orders/{order['id']}/refunds") if order.get("refunds") else ()
        return read_order(order, [{**refund, "parent_id": order["id"]} for refund in refunds])

    def _summaries(self, **parameters: Any) -> Iterator[OrderSummary]:
        for order in self._pages(
            "orders", status=ANY, order="asc", dates_are_gmt="true", _fields=SUMMARY, **parameters
        ):
            placed_at, changed_at = gmt(order["date_created_gmt"]), gmt(order["date_modified_gmt"])
            if order["status"] not in NO_ORDERS and placed_at and changed_at:
                yield OrderSummary(str(order["id"]), placed_at, changed_at, _received(order))

    def _pages(self, path: str, **parameters: Any) -> Iterator[Json]:
        page, pages = 1, 1
        while page <= pages:
            content, pages = self._get(path, page=page, per_page=PAGE, **parameters)
            yield from content
            page += 1

    def _get(self, path: str, **parameters: Any) -> tuple[list[Json], int]:
        """Return a list and the number of its pages. Raises SourceAway, AccessRefused."""
        url = f"{self.connection.address.rstrip('/')}/wp-json/wc/v3/{path}?{urlencode(parameters)}"
        try:
            answer = outbound.send("GET", url, headers={"Authorization": self._login, "Accept": "application/json"})
        except outbound.Unreachable as error:
            raise SourceAway(f"The WooCommerce site did not answer. {error}") from None
        except outbound.AddressRefused as error:
            raise AccessRefused(str(error)) from None
        if answer.status == 429 or answer.status >= 500:
            raise SourceAway(f"The WooCommerce site answers with an error ({answer.status}).", retry_after(answer))
        if answer.status in (401, 403):
            raise AccessRefused("WooCommerce refused access. Enter a consumer key and secret that may read orders.")
        if 300 <= answer.status < 400:
            raise AccessRefused("The site sends requests to another address. Enter the address it redirects to.")
        content = answer.json()
        if answer.status == 200 and content is None:
            raise SourceAway(
                "The WooCommerce site answered with a page instead of data, as it does during maintenance. If that "
                "does not pass, check the address and the permalinks."
            )
        if answer.status == 404 or not isinstance(content, list):
            raise AccessRefused("There is no WooCommerce REST API (v3) at this address. Check it, and the permalinks.")
        total = answer.headers.get("x-wp-totalpages", "1")
        return content, int(total) if total.isdecimal() else 1


def _received(order: Json) -> Decimal:
    """Return what was received less what was refunded, by the same rule as the order itself is read."""
    is_paid = order.get("date_paid_gmt") or order["status"] in PAID
    refunded = sum((amount(one["total"]) for one in order.get("refunds") or ()), ZERO)
    return (amount(order["total"]) if is_paid else ZERO) + refunded


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
