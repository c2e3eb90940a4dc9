"""A server that speaks Shopify's Admin GraphQL API and sends its webhooks, over orders a test gives it.

Answers hold what was asked for and nothing else, fields the schema does not have are errors, requests cost points of a
bucket that refills, and bulk operations lie as JSONL under an address of their own. `overlooked` orders are never found
by their change.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from tests.graphql import Field, Parser, UnknownField, cost, page, project

Json = dict[str, Any]
CLIENT_ID, CLIENT_SECRET, VERSION = "client-1", "secret-of-the-app", "2026-10"


class Shopify:
    """The state of one shop. `faults` are statuses that the next requests get instead of an answer."""

    def __init__(self) -> None:
        self.orders: dict[str, Json] = {}
        self.scopes = ["read_orders", "read_all_orders", "read_products", "read_customers", "read_payment_terms"]
        self.tokens: set[str] = set()
        self.faults: list[tuple[int, dict[str, str]]] = []
        self.bucket, self.most, self.restore = 2000.0, 2000.0, 100.0
        self.version = VERSION
        self.requests: list[str] = []
        self.bulk: dict[str, Json] = {}
        self.is_bulk_slow = self.is_away = False
        self.overlooked: set[str] = set()
        self.answers_left: int | None = None
        self.retry_after = ""
        self.url = ""
        self._refilled = time.monotonic()

    def put(self, node: Json) -> None:
        """Add or replace an order."""
        self.orders[node["id"].rpartition("/")[2]] = node

    def fails_after(self, answers: int) -> None:
        """Go away once so many more requests were answered."""
        self.answers_left = answers

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, Json | str]:
        """Return status and content of a request."""
        self.requests.append(path)
        if self.answers_left is not None:
            self.is_away, self.answers_left = self.answers_left == 0, max(self.answers_left - 1, 0)
        if self.is_away:
            return 503, "away"
        if self.faults:
            status, _ = self.faults.pop(0)
            return status, {"errors": "fault"}
        if path == "/admin/oauth/access_token":
            form = parse_qs(body.decode())
            if form.get("client_secret") != [CLIENT_SECRET] or form.get("grant_type") != ["client_credentials"]:
                return 400, {"error": "invalid_client"}
            token = f"shpat_{uuid.uuid4().hex}"
            self.tokens.add(token)
            return 200, {"access_token": token, "scope": ",".join(self.scopes), "expires_in": 86399}
        if path.startswith("/bulk/"):
            return 200, self.bulk[path.rpartition("/")[2]]["jsonl"]
        if headers.get("X-Shopify-Access-Token") not in self.tokens:
            return 401, {"errors": "[API] Invalid API key or access token"}
        if not re.fullmatch(r"/admin/api/\d{4}-\d{2}/graphql\.json", path):
            return 404, {"errors": "Not Found"}
        request = json.loads(body)
        return 200, self.execute(request["query"], request.get("variables") or {})

    def execute(self, document: str, variables: Json) -> Json:
        """Return the answer to a GraphQL request, with its cost."""
        fields = Parser(document, variables).document()
        requested = cost(fields)
        self.bucket = min(self.most, self.bucket + (time.monotonic() - self._refilled) * self.restore)
        self._refilled = time.monotonic()
        if requested > 1000:
            return {"errors": [{"message": "too costly", "extensions": {"code": "MAX_COST_EXCEEDED"}}]}
        status = {"maximumAvailable": self.most, "currentlyAvailable": self.bucket, "restoreRate": self.restore}
        charged = {"requestedQueryCost": requested, "actualQueryCost": None, "throttleStatus": status}
        if requested > self.bucket:
            throttled = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return {"errors": [throttled], "extensions": {"cost": charged}}
        actual = max(requested // 4, 1)
        self.bucket -= actual
        status["currentlyAvailable"], charged["actualQueryCost"] = self.bucket, actual  # type: ignore[assignment]
        try:
            data = {one.name: self._root(one, variables) for one in fields}
        except UnknownField as error:
            return {"errors": [{"message": f"Field '{error}' doesn't exist", "extensions": {"code": "undefinedField"}}]}
        return {"data": data, "extensions": {"cost": charged}}

    def _root(self, one: Field, variables: Json) -> Any:
        if one.name == "currentAppInstallation":
            return {"accessScopes": [{"handle": scope} for scope in self.scopes]}
        if one.name == "nodes":
            found = [self.orders.get(gid.rpartition("/")[2]) for gid in one.arguments["ids"]]
            return [project(node, one.selected) for node in found]
        if one.name == "orders":
            return project(page(self._search(one.arguments), one.arguments), one.selected)
        if one.name == "bulkOperationRunQuery":
            return self._run_bulk(variables["query"])
        assert one.name == "node"
        return self._node(one)

    def _node(self, one: Field) -> Any:
        gid = one.arguments["id"]
        if "/BulkOperation/" in gid:
            state = self.bulk.get(gid.rpartition("/")[2])
            if state and self.is_bulk_slow:
                self.is_bulk_slow = False
                return {**state["node"], "status": "RUNNING", "url": None}
            return state and state["node"]
        if "/Refund/" in gid:
            found = next(one for node in self.orders.values() for one in node["refunds"] if one["id"] == gid)
            return project(found, one.selected)
        return project(self.orders[gid.rpartition("/")[2]], one.selected)

    def _search(self, arguments: Json) -> list[Json]:
        text, found = arguments["query"] or "", list(self.orders.values())
        if "updated_at" in text:
            found = [node for key, node in self.orders.items() if key not in self.overlooked]
        for name, sign, value in re.findall(r"(\w+):(>=|<)'([^']+)'", text):
            key, at = {"updated_at": "updatedAt", "processed_at": "processedAt"}[name], datetime.fromisoformat(value)
            found = [o for o in found if (datetime.fromisoformat(o[key]) >= at) == (sign == ">=")]
        key = {"UPDATED_AT": "updatedAt", "PROCESSED_AT": "processedAt"}.get(arguments.get("sortKey") or "", "id")
        return sorted(found, key=lambda node: node[key])

    def _run_bulk(self, query: str) -> Json:
        orders = Parser(query, {}).document()[0]
        node = orders.selected[0].selected[0]
        plain = [one for one in node.selected if one.name != "lineItems"]
        line = next(one for one in node.selected if one.name == "lineItems").selected[0].selected[0]
        rows: list[Json] = []
        for order in self._search(orders.arguments):
            rows.append(project(order, plain))
            rows += [{**project(one, line.selected), "__parentId": order["id"]} for one in order["lineItems"]]
        key = str(len(self.bulk) + 1)
        url = f"{self.url}/bulk/{key}" if rows else None
        state = {"id": f"gid://shopify/BulkOperation/{key}", "status": "COMPLETED", "errorCode": None, "url": url}
        self.bulk[key] = {"node": {**state, "objectCount": str(len(rows))}, "jsonl": "\n".join(map(json.dumps, rows))}
        return {"bulkOperation": {"id": state["id"], "status": "CREATED"}, "userErrors": []}


@contextmanager
def shopify_server() -> Iterator[Shopify]:
    """Run a shop on a free port of this machine."""
    shop = Shopify()

    class Handler(BaseHTTPRequestHandler):
        """Passes requests to the shop."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._send(*shop.answer(self.path, self.headers, body))

        def do_GET(self) -> None:
            self._send(*shop.answer(self.path, self.headers, b""))

        def _send(self, status: int, content: Json | str) -> None:
            data = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            self.send_header("X-Shopify-API-Version", shop.version)
            if status >= 400 and shop.retry_after:
                self.send_header("Retry-After", shop.retry_after)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        shop.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield shop
        server.shutdown()


def signed(topic: str, content: Json | bytes, *, secret: str = CLIENT_SECRET, delivery: str = "") -> Json:
    """Return body and headers of a webhook, as Django's test client takes them."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {
        "X-Shopify-Hmac-Sha256": digest,
        "X-Shopify-Topic": topic,
        "X-Shopify-Webhook-Id": delivery or str(uuid.UUID(int=random.getrandbits(128))),
    }
    return {"data": body, "content_type": "application/json", "headers": headers}


def money(amount: Any) -> Json:
    """Return a money bag."""
    return {"shopMoney": {"amount": str(amount), "currencyCode": "GBP"}}
