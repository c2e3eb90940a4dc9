"""A server that speaks as much of WooCommerce's REST API (v3) as a connection asks, over orders a test gives it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
KEY, SECRET, WEBHOOK_SECRET = "ck_1", "cs_1", "secret-of-the-webhook"


class WooCommerce:
    """The state of one site. `faults` are statuses the next requests get, or pages they get with 200; `overlooked`
    orders are never found by their change.
    """

    def __init__(self) -> None:
        self.orders: dict[int, Json] = {}
        self.refunds: dict[int, list[Json]] = {}
        self.faults: list[int | str] = []
        self.requests: list[str] = []
        self.overlooked: set[str] = set()
        self.is_away = False
        self.retry_after = ""
        self.url = ""

    def put(self, one: Json, refunds: list[Json]) -> None:
        """Add or replace an order and its refunds."""
        self.orders[one["id"]], self.refunds[one["id"]] = one, refunds

    def answer(self, target: str, authorization: str) -> tuple[int, Any, int]:
        """Return status, content and number of pages."""
        self.requests.append(target)
        parts = urlsplit(target)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.is_away:
            return 503, {"code": "away"}, 1
        if self.faults:
            fault = self.faults.pop(0)
            return (200, fault, 1) if isinstance(fault, str) else (fault, {"code": "fault"}, 1)
        if authorization != f"Basic {base64.b64encode(f'{KEY}:{SECRET}'.encode()).decode()}":
            return 401, {"code": "woocommerce_rest_cannot_view"}, 1
        path = parts.path.removeprefix("/wp-json/wc/v3/")
        if path == parts.path:
            return 404, {"code": "rest_no_route"}, 1
        found = self._orders(asked) if path == "orders" else self.refunds.get(int(path.split("/")[1]), [])
        size, page = int(asked.get("per_page", 10)), int(asked.get("page", 1))
        return 200, found[(page - 1) * size : page * size], max(-(-len(found) // size), 1)

    def _orders(self, asked: dict[str, str]) -> list[Json]:
        found = [order for order in self.orders.values() if asked.get("status", "any") in ("any", order["status"])]
        if "include" in asked:
            found = [order for order in found if str(order["id"]) in asked["include"].split(",")]
        if "modified_after" in asked:
            found = [order for order in found if str(order["id"]) not in self.overlooked]
        for name, column, is_after in (
            ("modified_after", "date_modified_gmt", True),
            ("after", "date_created_gmt", True),
            ("before", "date_created_gmt", False),
        ):
            if name in asked:
                assert asked["dates_are_gmt"] == "true"
                at = datetime.fromisoformat(asked[name])
                found = [o for o in found if (datetime.fromisoformat(o[column]) > at) == is_after]
        column = {"modified": "date_modified_gmt"}.get(asked.get("orderby", ""), "date_created_gmt")
        found.sort(key=lambda order: order[column], reverse=asked.get("order", "desc") == "desc")
        fields = asked.get("_fields", "").split(",") if "_fields" in asked else None
        return [{name: order[name] for name in fields} if fields else order for order in found]


def order(key: int, at: str, *, total: str = "24.00", status: str = "processing", modified: str = "") -> Json:
    """Return an order of two mugs, paid when placed unless it is pending."""
    paid = None if status in ("pending", "checkout-draft", "cancelled") else at
    item = {"id": key * 10, "name": "Mug", "sku": "MUG", "quantity": 2, "subtotal": total, "total": total}
    return {
        "id": key, "number": str(key), "parent_id": 0, "status": status, "currency": "GBP", "total": total,
        "total_tax": "0.00", "shipping_total": "0.00", "date_created_gmt": at, "date_modified_gmt": modified or at,
        "date_paid_gmt": paid, "date_completed_gmt": None, "line_items": [item], "tax_lines": [], "fee_lines": [],
        "coupon_lines": [], "refunds": [], "billing": {"email": "pat@example.com", "first_name": "Pat"},
        "shipping": {}, "payment_method": "stripe", "payment_method_title": "Card", "transaction_id": "t",
        "customer_note": "",
    }  # fmt: skip


def refund(of: Json, key: int, at: str, amount: str, pieces: int) -> Json:
    """Return a refund of some mugs; the order notes it."""
    of["refunds"].append({"id": key, "reason": "broken", "total": f"-{amount}"})
    of["date_modified_gmt"] = at
    meta = [{"key": "_refunded_item_id", "value": str(of["line_items"][0]["id"])}]
    line = {"quantity": -pieces, "total": f"-{amount}", "meta_data": meta}
    return {"id": key, "date_created_gmt": at, "amount": amount, "reason": "broken", "line_items": [line]}


def signed(topic: str, content: Json | bytes, *, secret: str = WEBHOOK_SECRET, delivery: str = "1") -> Json:
    """Return body and headers of a webhook, as Django's test client takes them."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    headers = {"X-WC-Webhook-Signature": digest, "X-WC-Webhook-Topic": topic, "X-WC-Webhook-Delivery-ID": delivery}
    return {"data": body, "content_type": "application/json", "headers": headers}


@contextmanager
def woocommerce_server() -> Iterator[WooCommerce]:
    """Run a site on a free port of this machine."""
    site = WooCommerce()

    class Handler(BaseHTTPRequestHandler):
        """Passes requests to the site."""

        def do_GET(self) -> None:
            status, content, pages = site.answer(self.path, self.headers.get("Authorization", ""))
            data = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response(status)
            self.send_header("X-WP-TotalPages", str(pages))
            if status >= 400 and site.retry_after:
                self.send_header("Retry-After", site.retry_after)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield site
        server.shutdown()
