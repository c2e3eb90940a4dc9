"""Five months of trade in four stores: every way an order can go, on both sides of midnights and clock changes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recorder import shopify
from recorder.asking import Json, Recorder

API = "/api/v1"
STORES = {
    "london": ("GBP", "Europe/London"),
    "new-york": ("USD", "America/New_York"),
    # PostgreSQL takes this name for an offset without daylight saving time
    "cet": ("EUR", "CET"),
    "empty": ("EUR", "Asia/Kathmandu"),
}
SELLING = ("london", "new-york", "cet")
MOMENTS = (
    *(datetime(2026, 7, 15, hour, 30, tzinfo=UTC) for hour in (21, 22, 23)),
    *(datetime(2026, 10, 24, 21, 30, tzinfo=UTC) + timedelta(hours=hours) for hours in range(0, 30, 3)),
    *(datetime(2026, 10, day, 9, 20, tzinfo=UTC) for day in (28, 29, 30)),
    *(datetime(2026, 10, 31, hour, 45, tzinfo=UTC) for hour in (22, 23)),
    *(datetime(2026, 11, day, hour, 10, tzinfo=UTC) for day in range(1, 18) for hour in (4, 23)),
)
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)  # a Wednesday
ADDRESSES = (("GB", "York"), ("US", "Boston"), ("DE", "Köln"), ("JP", "Osaka"))
Action = Callable[[], Any]
Step = tuple[datetime, Action]


def record(recorder: Recorder) -> None:
    """Create stores and goods, import, trade until NOW; the rows of the last day wait to be folded."""
    recorder.account("super", "super_admin")
    for slug, (currency, zone) in STORES.items():
        values = {"slug": slug, "name": slug.title(), "currency": currency, "timezone": zone}
        recorder.ask(f"create store {slug}", "POST", f"{API}/stores", body=values)
    recorder.account("admin", "admin")
    recorder.account("staff", "staff", "london", "cet")
    recorder.account("clerk", "staff", "new-york")
    recorder.account("user", "user")
    goods = {slug: _goods(recorder, slug) for slug in SELLING}
    _import(recorder)
    Trade(recorder, goods).run()


def _goods(recorder: Recorder, slug: str) -> Json:
    """Create what a store sells, to whom and with which coupons; return the ids."""

    def create(kind: str, values: Json) -> int:
        name = values.get("name") or values.get("code") or values["email"]
        found = recorder.ask(f"create {kind} {name} in {slug}", "POST", f"{API}/{kind}", body={"store": slug, **values})
        return int(found["id"])

    shelf = create("categories", {"name": "Shelf"})
    create("categories", {"name": "Empty shelf", "slug": "bare"})
    coupons: tuple[Json, ...] = (
        {"code": "TEN", "kind": "percent", "value": 10, "usageLimit": 500},
        {"code": "FIVE", "kind": "fixed", "value": 5, "minimumSubtotal": 7.5},
        {"code": "OLD", "value": 50, "endsAt": "2026-01-01T00:00:00Z"},
    )
    for values in coupons:
        create("coupons", values)
    return {
        "products": [
            create("products", {"name": "Scarf", "sku": "SCARF", "price": 19.99, "categoryId": shelf}),
            create("products", {"name": '=Hat, "big"', "sku": "HAT", "price": 7.5, "stock": 1000}),
            create("products", {"name": "Coat", "price": 240, "description": "Warm.", "categoryId": shelf}),
            create("products", {"name": "Sold out", "sku": "GONE", "price": 3.33, "stock": 0}),
        ],
        "customers": [
            create("customers", {"email": f"c{number}@{slug}.example.com", "name": f"Customer {number}"})
            for number in range(4)
        ],
    }


def _import(recorder: Recorder) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        first = datetime(2025, 8, 1, tzinfo=UTC)
        for number, slug in enumerate(SELLING):
            rows = shopify.orders(45, seed=number, currency=STORES[slug][0], first=first)
            arguments = ("import_orders", str(shopify.write(path, rows)), "--store", slug)
            recorder.command(f"import into {slug}", *arguments)
            recorder.command(f"import again into {slug}", *arguments)
        rows[0]["Total"], rows[3]["Lineitem price"] = "1.00", "dear"
        shopify.write(path, [{**row, "Name": f"{row['Name']}b"} for row in rows])
        recorder.command("import a wrong file", *arguments)
        recorder.command("import what is right of it", *arguments, "--skip-invalid")
        recorder.keep("refused rows", {"csv": Path(f"{path}.refused.csv").read_text()})
        new = ("--create-store", "--timezone", "Asia/Tokyo", "--currency", "JPY")
        recorder.command("import into a new store of the wrong currency", *arguments[:3], "tokyo", *new)


class Trade:
    """Places orders moment by moment and takes each on its way; what happens to an order later waits in a list."""

    def __init__(self, recorder: Recorder, goods: dict[str, Json]) -> None:
        self.recorder, self.goods = recorder, goods
        self.count = 0
        self.later: list[Step] = []

    def run(self) -> None:
        """Trade at every moment; fold, aggregate and verify now and then."""
        for index, moment in enumerate(MOMENTS):
            self.recorder.clock.move_to(moment)
            self._catch_up(moment)
            for offset in range(1 + index % 3):
                self.trade(SELLING[(index + offset) % len(SELLING)])
            if index % 5 == 0:
                self.recorder.task("expire_unpaid_orders")
                self.recorder.task("fold_ledger")
        self.recorder.clock.move_to(NOW - timedelta(hours=8))
        self.customers()
        self.recorder.task("fold_ledger")
        self.recorder.task("aggregate_due")
        self.recorder.clock.move_to(NOW - timedelta(hours=1))
        self._catch_up(NOW)
        for _ in range(11):
            self.trade(SELLING[self.count % 3])
        self.recorder.clock.move_to(NOW)

    def _catch_up(self, moment: datetime) -> None:
        due = [step for step in self.later if step[0] <= moment]
        self.later = [step for step in self.later if step[0] > moment]
        for _, action in due:
            action()

    def trade(self, slug: str) -> None:
        """Place one order and begin its way."""
        self.count += 1
        way = WAYS[self.count % len(WAYS)]
        self.go(way, slug, self.place(slug, way.__name__), f"{way.__name__} {self.count}")

    def go(self, way: Any, slug: str, order: Json, name: str) -> None:
        """Run a way; its steps after the first wait for their days."""
        steps = list(way(self, slug, order, name))
        now = self.recorder.clock.now
        for days, action in steps:
            if days:
                self.later.append((now + timedelta(days=days), action))
            else:
                action()

    def place(self, slug: str, way: str) -> Json:
        """Place an order with one to three lines; every other one with a coupon, tax and shipping."""
        number, goods = self.count, self.goods[slug]
        country, city = ADDRESSES[number % len(ADDRESSES)]
        lines = [
            {"productId": product, "quantity": 1 + (number + place) % 3}
            for place, product in enumerate(goods["products"][: 1 + number % 3])
        ]
        body: Json = {
            "store": slug,
            "customerId": goods["customers"][number % 4],
            "items": lines,
            "shippingAddress": {"street": "1 High St", "city": city, "country": country},
            "paymentMethod": ("CREDIT_CARD", "PAYPAL")[number % 2],
        }
        if number % 2:
            body |= {"couponCode": ("TEN", "FIVE")[number // 2 % 2], "taxAmount": 1.37, "shippingFee": 4.9}
        return dict(self.recorder.ask(f"place {number} ({way}) in {slug}", "POST", f"{API}/orders", body=body))

    def pay(self, name: str, order: Json) -> Action:
        """Pay by hand."""
        return self._patch(f"{name}: pay", order, {"paymentStatus": "PAID"})

    def move(self, name: str, order: Json, status: str) -> Action:
        """Lead to a status."""
        return self._patch(f"{name}: {status}", order, {"status": status})

    def _patch(self, name: str, order: Json, body: Json) -> Action:
        return lambda: self.recorder.ask(name, "PATCH", f"{API}/orders/{order['id']}/status", body=body)

    def refund(self, name: str, order: Json, **body: Any) -> Action:
        """Refund by hand."""
        path = f"{API}/orders/{order['id']}/refunds"
        return lambda: self.recorder.ask(f"{name}: refund", "POST", path, body={"reason": "because", **body})

    def cancel(self, name: str, order: Json) -> Action:
        """Cancel."""
        return lambda: self.recorder.ask(f"{name}: cancel", "DELETE", f"{API}/orders/{order['id']}")

    def report(self, name: str, slug: str, order: Json, kind: str, **more: Any) -> Action:
        """Let the payment provider report something; then the same again."""
        event = {"eventId": f"{name} {kind}", "type": f"payment.{kind}", "orderNumber": order["orderNumber"], **more}

        def send() -> None:
            self.recorder.webhook(f"{name}: {kind}", slug, {**event, "gatewayTransactionId": f"gw {name}"})
            self.recorder.webhook(f"{name}: {kind} again", slug, {**event, "gatewayTransactionId": f"gw {name}"})

        return send

    def customers(self) -> None:
        """Confirm addresses, grant and spend credits, sell subscriptions."""
        ask = self.recorder.ask
        for slug in SELLING:
            for place, key in enumerate(self.goods[slug]["customers"]):
                path = f"{API}/customers/{key}"
                if place < 3:
                    ask(f"confirm {slug} {place}", "POST", f"{path}/confirm-email")
                ask(f"grant {slug} {place}", "POST", f"{path}/credits", body={"amount": 20 + place, "reason": "hello"})
                ask(f"spend {slug} {place}", "POST", f"{path}/credits", body={"amount": -7.5, "reason": "spent"})
                end = "2026-12-01T00:00:00Z" if place != 1 else "2026-11-01T00:00:00Z"
                plan = {"plan": "box", "status": ("active", "canceled", "active", "active")[place]}
                values = {**plan, "currentPeriodEnd": end, "monthlyAmount": 9.9 + place}
                ask(f"subscribe {slug} {place}", "PUT", f"{path}/subscription", body=values)


def paid(trade: Trade, slug: str, order: Json, name: str) -> list[tuple[float, Action]]:
    """Paid by hand."""
    return [(0, trade.pay(name, order))]


def approved(trade: Trade, slug: str, order: Json, name: str) -> list[tuple[float, Action]]:
    """Approved by the provider."""
    return [(0, trade.report(name, slug, order, "approved"))]


def refunded_in_part(trade: Trade, slug: str, order: Json, name: str) -> list[tuple[float, Action]]:
    """Part of the money back by amount, on another day."""
    return [(0, trade.pay(name, order)), (2, trade.refund(name, order, amount=3.33))]


def refunded(trade: Trade, slug: str, order: Json, name: str) -> list[tuple[float, Action]]:
    """All of it back, goods too."""
    return [(0, trade.pay(name, order)), (3, trade.refund(name, order, restock=True))]


def unpaid(trade: Trade, slug: str, order: Json, name: str) -> list[tuple[float, Action]]:
    """Never paid: expires."""
    return []


def canceled(trade: Trade, slug: str, order: Json, name: str) -> list[tuple[float, Action]]:
    """Canceled unpaid, and again in vain."""
    return [(0, trade.cancel(name, order)), (1, trade.pay(name, order))]


def rejected(trade: Trade, slug: str, order: Json, name: str) -> list[tuple[float, Action]]:
    """Refused by the provider."""
    return [(0, trade.report(name, slug, order, "rejected"))]


def delivered(trade: Trade, slug: str, order: Json, name: str) -> list[tuple[float, Action]]:
    """Delivered; then a piece of the first line comes back."""
    lines = [{"itemId": order["items"][0]["id"], "quantity": 1}]
    return [
        (0, trade.pay(name, order)),
        (0.5, trade.move(name, order, "SHIPPED")),
        (1, trade.move(name, order, "DELIVERED")),
        (2, trade.refund(name, order, lines=lines, restock=True)),
        (4, trade.cancel(name, order)),
    ]


def charged_back(trade: Trade, slug: str, order: Json, name: str) -> list[tuple[float, Action]]:
    """Approved, part reported back, then charged back."""
    return [
        (0, trade.report(name, slug, order, "approved", amount=float(order["totalAmount"].removeprefix("#")))),
        (1, trade.report(name, slug, order, "refunded", amount=1.01)),
        (5, trade.report(name, slug, order, "chargeback")),
    ]


def late(trade: Trade, slug: str, order: Json, name: str) -> list[tuple[float, Action]]:
    """Approved after it expired."""
    return [(4, trade.report(name, slug, order, "approved"))]


def given_up(trade: Trade, slug: str, order: Json, name: str) -> list[tuple[float, Action]]:
    """Paid, then canceled: refunded."""
    return [(0, trade.pay(name, order)), (1, trade.cancel(name, order))]


WAYS = (
    paid, approved, refunded_in_part, refunded, unpaid, canceled, rejected, delivered, charged_back, late, given_up,
)  # fmt: skip
