"""Requests that are refused, repeated or sent twice; what is changed, hidden and put back."""

from __future__ import annotations

from typing import Any

from django.test import Client
from recorder.asking import PASSWORD, Json, Recorder
from recorder.trading import API

ADDRESS = {"street": "1 High St", "city": "York", "country": "GB"}
MISSING = 2**40


def record(recorder: Recorder) -> None:
    """Ask for what is refused, then change things."""
    wrong_parameters(recorder)
    spellings(recorder)
    strangers(recorder)
    wrong_orders(recorder)
    wrong_reports(recorder)
    changes(recorder)
    statements(recorder)
    accounts(recorder)


# spellings on the edge of what a parser takes: (path, query without them, parameter, spellings)
SPELLINGS: tuple[tuple[str, Json, str, tuple[str, ...]], ...] = (
    ("/store/dashboard", {}, "store", ("", " ", "LONDON", "01", "1.0", "-1", "9" * 30, "lond\0on", "london ")),
    (
        "/store/dashboard",
        {"store": "london"},
        "year",
        ("", " 2026", "02026", "2026.0", "+2026", "２０２６", "1970", "2200"),
    ),
    ("/store/dashboard", {"store": "london", "year": 2026}, "month", ("", "0", "01", "1.0", "12", "x")),
    ("/store/dashboard", {"store": "london"}, "period", ("", "Monthly", "last7 ")),
    ("/store/dashboard", {"store": "london"}, "basis", ("", "PLACED", "booked ")),
    (
        "/store/dashboard",
        {"store": "london", "period": "custom", "endDate": "2026-03-01"},
        "startDate",
        ("", "2026-3-1", "20260301", "2026-03-01T00:00:00Z", "2026-03-01 ", "1969-12-31", "2026-W09-7"),
    ),
    (f"{API}/dashboard/metrics", {"tenant": "london"}, "refresh", ("", "True", "1", "yes", "false", "true ")),
    (f"{API}/dashboard/metrics", {}, "tenant", ("", "nowhere", "CET", "3")),
    (
        f"{API}/dashboard/metrics",
        {"tenant": "london"},
        "from",
        ("", "2026-1-1", "2027-01-01", "1900-01-01", "2199-12-31"),
    ),
    (f"{API}/dashboard/weekly-report", {"store": "london"}, "week", ("", "2026-w46", "2026W46", "2026-W00", "2026-W1")),
    (f"{API}/dashboard/top-products", {"store": "london"}, "limit", ("", "1.0", "01", "+1", "100", "101", "x")),
    (f"{API}/dashboard/explain", {"store": "london"}, "metric", ("", "total_sales", "TotalSales")),
    (
        f"{API}/dashboard/explain",
        {"store": "london", "metric": "totalSales"},
        "page",
        ("", "0", "1.0", "01", "1000001"),
    ),
    (f"{API}/dashboard/explain", {"store": "london", "metric": "totalSales"}, "limit", ("", "0", "100", "101")),
    (
        f"{API}/dashboard/changed-past",
        {"store": "london"},
        "since",
        (
            "",
            "2026-11-01",
            "2026-11-01T00:00:00",
            "2026-11-01T00:00:00+01:00",
            "2026-11-01 00:00:00Z",
            "0001-01-01T00:00:00Z",
        ),
    ),
    (f"{API}/admin/analytics/overview", {}, "store", ("", "nowhere", "LONDON", "1")),
    (f"{API}/admin/analytics/overview", {}, "granularity", ("", "Daily", "daily ")),
    (f"{API}/admin/analytics/overview", {"to": "2026-11-18"}, "from", ("", "2026-11-18", "2026-11-19", "2020-01-01")),
    (f"{API}/admin/analytics/revenue", {}, "compare", ("", "previous_year", "previous-year")),
    (f"{API}/orders", {}, "store", ("", "nowhere", "LONDON", "1")),
    (f"{API}/orders", {"limit": 1}, "page", ("", "01", "1.0", "+1", " 1")),
    (f"{API}/orders", {"limit": 1}, "placedFrom", ("", "2026-1-1", "1900-01-01", "1899-12-31", "20260101")),
    (f"{API}/orders", {"limit": 1}, "minTotal", ("", "-1", "1e2", "0.001", "NaN", "1,5")),
    (f"{API}/orders", {"limit": 1}, "customerId", ("", "x", "0", "9" * 30)),
    (f"{API}/coupons", {"limit": 1}, "isActive", ("", "True", "1", "yes", "false")),
)


def spellings(recorder: Recorder) -> None:
    """Send every spelling: what is taken and what is refused must stay so."""
    for path, query, name, texts in SPELLINGS:
        for text in texts:
            recorder.ask(f"{path} {query} with {name}={text!r}", "GET", path, query={**query, name: text})


def wrong_parameters(recorder: Recorder) -> None:
    """400: unknown, repeated, malformed and contradicting parameters."""
    cases: tuple[tuple[str, Json], ...] = (
        ("/store/dashboard", {}),
        ("/store/dashboard", {"store": "london", "colour": "red"}),
        ("/store/dashboard", {"store": "london", "period": "fortnight"}),
        ("/store/dashboard", {"store": "london", "month": 2}),
        ("/store/dashboard", {"store": "london", "year": 1969}),
        ("/store/dashboard", {"store": "london", "year": 2026, "month": 13}),
        (
            "/store/dashboard",
            {"store": "london", "period": "custom", "startDate": "2026-02-30", "endDate": "2026-03-01"},
        ),
        (
            "/store/dashboard",
            {"store": "london", "period": "custom", "startDate": "2026-03-02", "endDate": "2026-03-01"},
        ),
        (
            "/store/dashboard",
            {"store": "london", "period": "custom", "startDate": "2020-01-01", "endDate": "2026-03-01"},
        ),
        ("/store/dashboard", {"store": "london", "basis": "guessed"}),
        ("/store/dashboard", {"store": ["london", "cet"]}),
        (f"{API}/dashboard/metrics", {"from": "yesterday"}),
        (f"{API}/dashboard/metrics", {"refresh": "maybe"}),
        (f"{API}/dashboard/weekly-report", {"store": "london", "week": "2026-W54"}),
        (f"{API}/dashboard/weekly-report", {"store": "london", "week": "2026-W52"}),
        (f"{API}/dashboard/top-products", {"store": "london", "limit": 0}),
        (f"{API}/dashboard/top-products", {"store": "london", "from": "2026-03-02", "to": "2026-03-01"}),
        (f"{API}/dashboard/sales-by-country", {"store": "london", "limit": 5}),
        (f"{API}/dashboard/explain", {"store": "london"}),
        (f"{API}/dashboard/explain", {"store": "london", "metric": "luck"}),
        (f"{API}/dashboard/explain", {"store": "london", "metric": "totalSales", "page": 99}),
        (f"{API}/dashboard/changed-past", {"store": "london", "since": "monday"}),
        (f"{API}/dashboard/month-as-of", {"store": "london", "year": 2026, "month": 10}),
        (f"{API}/admin/analytics/overview", {"granularity": "hourly"}),
        (f"{API}/admin/analytics/revenue", {"compare": "luck"}),
        (f"{API}/admin/analytics/requests", {"basis": "placed"}),
        (f"{API}/orders", {"page": 0}),
        (f"{API}/orders", {"limit": 101}),
        (f"{API}/orders", {"page": 9999}),
        (f"{API}/orders", {"status": "LOST"}),
        (f"{API}/orders", {"placedFrom": "2026-13-01"}),
        (f"{API}/orders", {"ordering": "luck"}),
        (f"{API}/products", {"colour": "red"}),
        (f"{API}/customers", {"search": "x" * 300}),
        (f"{API}/admin/reports/datasets", {"page": 1}),
        (f"{API}/admin/reports/export", {"status": "lost"}),
    )
    for number, (path, query) in enumerate(cases):
        recorder.ask(f"wrong parameter {number} of {path}", "GET", path, query=query)


def strangers(recorder: Recorder) -> None:
    """401, 403, 404, 405: everybody at what is not theirs."""
    paths = (
        "/store/dashboard?store=cet", f"{API}/dashboard/metrics", f"{API}/dashboard/metrics?refresh=true",
        f"{API}/stores", f"{API}/stores/london", f"{API}/stores/nowhere", f"{API}/orders", f"{API}/orders/1",
        f"{API}/orders/{MISSING}", f"{API}/orders/one", f"{API}/customers?store=new-york", f"{API}/customers/1",
        f"{API}/products/{MISSING}", f"{API}/admin/analytics/overview", f"{API}/admin/reports/datasets",
        f"{API}/admin/reports/export", f"{API}/admin/reports/schedules", f"{API}/admin/reports/queries",
        f"{API}/dashboard/explain?store=new-york&metric=totalSales", f"{API}/nowhere", "/api/schema",
    )  # fmt: skip
    for who in ("admin", "staff", "clerk", "user", None):
        for path in paths:
            name, _, pairs = path.partition("?")
            query = dict(part.split("=") for part in pairs.split("&")) if pairs else {}
            if name == "/api/schema":
                status = recorder.send("GET", name, who=who).status_code
                recorder.keep(f"{path} as {who}", {"status": status})
            else:
                recorder.ask(f"{path} as {who}", "GET", name, who=who, query=query)
    for method, path in (("PUT", f"{API}/orders/1"), ("DELETE", f"{API}/stores"), ("POST", "/store/dashboard")):
        recorder.ask(f"{method} {path}", method, path, body={})
    recorder.ask("a wrong token", "GET", f"{API}/orders", who=None, headers={"Authorization": "Bearer no.such.token"})


def wrong_orders(recorder: Recorder) -> None:
    """400, 409 and 422 of orders and refunds; the same key twice."""
    good: Json = {
        "store": "london",
        "customerId": 1,
        "items": [{"productId": 1, "quantity": 2}],
        "shippingAddress": ADDRESS,
        "paymentMethod": "CREDIT_CARD",
    }
    cases: dict[str, Any] = {
        "nothing": {},
        "a list": [],
        "no JSON": b"{",
        "an unknown field": {**good, "colour": "red"},
        "no items": {**good, "items": []},
        "a fraction": {**good, "items": [{"productId": 1, "quantity": 1.5}]},
        "nothing of one": {**good, "items": [{"productId": 1, "quantity": 0}]},
        "a missing product": {**good, "items": [{"productId": MISSING, "quantity": 1}]},
        "another store's product": {**good, "items": [{"productId": 6, "quantity": 1}]},
        "what is sold out": {**good, "items": [{"productId": 4, "quantity": 1}]},
        "a missing customer": {**good, "customerId": MISSING},
        "a missing coupon": {**good, "couponCode": "NONE"},
        "an ended coupon": {**good, "couponCode": "OLD"},
        "a coupon below its least": {**good, "items": [{"productId": 4, "quantity": 1}], "couponCode": "FIVE"},
        "a negative tax": {**good, "taxAmount": -1},
        "a tax of mills": {**good, "taxAmount": 0.001},
        "a missing store": {**good, "store": "nowhere"},
        "a wrong country": {**good, "shippingAddress": {**ADDRESS, "country": "England"}},
    }
    for name, body in cases.items():
        recorder.ask(f"order of {name}", "POST", f"{API}/orders", body=body)
    key = {"Idempotency-Key": "recorded-1"}
    order = recorder.ask("order with a key", "POST", f"{API}/orders", body=good, headers=key)
    for name, body in (("again", good), ("with another body", {**good, "notes": "other"})):
        recorder.ask(f"order with a key, {name}", "POST", f"{API}/orders", body=body, headers=key)
    path = f"{API}/orders/{order['id']}"
    refunds: dict[str, Json] = {
        "unpaid": {},
        "nothing": {"amount": 0},
        "too much": {"amount": 100_000},
        "a missing line": {"lines": [{"itemId": MISSING, "quantity": 1}]},
        "a line twice": {"lines": [{"itemId": 1, "quantity": 1}, {"itemId": 1, "quantity": 1}]},
    }
    recorder.ask("refund of unpaid", "POST", f"{path}/refunds", body={})
    recorder.ask("a wrong version", "PATCH", f"{path}/status", body={"paymentStatus": "PAID", "version": 9})
    recorder.ask("both statuses", "PATCH", f"{path}/status", body={"paymentStatus": "PAID", "status": "SHIPPED"})
    recorder.ask("pay with a version", "PATCH", f"{path}/status", body={"paymentStatus": "PAID", "version": 1})
    for name, body in refunds.items():
        recorder.ask(f"refund of {name} once paid", "POST", f"{path}/refunds", body=body, headers=_key(name))
    recorder.ask("refund after all is back", "POST", f"{path}/refunds", body={"amount": 1})
    for status in ("PENDING", "DELIVERED", "EXPIRED", "CANCELED"):
        recorder.ask(f"step to {status}", "PATCH", f"{path}/status", body={"status": status})


def _key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": f"refund-{name.replace(' ', '-')}"}


def wrong_reports(recorder: Recorder) -> None:
    """Reports of providers that are refused or ignored."""
    report: Json = {"eventId": "r-1", "type": "payment.approved", "orderNumber": "ORD-20260101-0001"}
    recorder.webhook("report with a wrong secret", "london", report, secret="wrong")
    recorder.webhook("report of a missing order", "london", report)
    recorder.webhook("report of a new kind", "london", {**report, "type": "payment.blessed"})
    recorder.webhook("report without a number", "london", {"eventId": "r-2", "type": "payment.approved"})
    number = recorder.send("GET", f"{API}/orders", query={"store": "cet", "status": "PENDING"}).json()["data"]
    for row in number[:1]:
        wrong = {**report, "orderNumber": row["orderNumber"], "amount": 0.01}
        recorder.webhook("report of another amount", "cet", wrong)
    recorder.ask("report without a signature", "POST", f"{API}/payments/webhook", who=None, body=report)
    recorder.ask("report that is too large", "POST", f"{API}/payments/webhook", who=None, body=b"x" * 20_000)


def changes(recorder: Recorder) -> None:
    """Change and hide goods, customers and stores; refuse what goes with them."""
    cases: tuple[tuple[str, str, Any], ...] = (
        ("PATCH", "stores/empty", {"name": "Still empty"}),
        ("PATCH", "stores/empty", {"timezone": "Mars/Olympus"}),
        ("PATCH", "stores/london", {"currency": "USD"}),
        ("POST", "stores", {"slug": "london", "name": "Twice", "currency": "GBP", "timezone": "Europe/London"}),
        ("POST", "stores", {"slug": "no good", "name": "", "currency": "pounds", "timezone": "GMT+1"}),
        ("PATCH", "customers/1", {"name": "Renamed", "phone": "+44 20 7946 0000"}),
        ("PATCH", "customers/1", {"email": "no address"}),
        ("POST", "customers", {"store": "london", "email": "c1@london.example.com"}),
        ("POST", "customers/1/credits", {"amount": -1000, "reason": "too much"}),
        ("POST", "customers/1/credits", {"amount": 0, "reason": "nothing"}),
        ("PUT", "customers/1/subscription", {"plan": "box", "status": "eternal"}),
        ("POST", "customers/1/confirm-email", None),
        ("DELETE", "customers/4", None),
        ("GET", "customers/4", None),
        ("PATCH", "products/1", {"price": 21.5, "stock": 3}),
        ("PATCH", "products/1", {"price": -1}),
        ("PATCH", "products/1", {"store": "cet"}),
        ("POST", "products", {"store": "london", "name": "Twice", "sku": "SCARF", "price": 1}),
        ("DELETE", "products/3", None),
        ("PATCH", "categories/1", {"name": "Other shelf"}),
        ("DELETE", "categories/1", None),
        ("DELETE", "categories/2", None),
        ("PATCH", "coupons/1", {"isActive": False}),
        ("PATCH", "coupons/1", {"value": 0}),
        ("POST", "coupons", {"store": "london", "code": "ten", "value": 5}),
        ("DELETE", "coupons/2", None),
    )
    for number, (method, path, body) in enumerate(cases):
        recorder.ask(f"change {number}: {method} {path}", method, f"{API}/{path}", body=body)
    days = {"from": "2026-11-01", "to": "2026-11-03"}
    path = f"{API}/admin/analytics/daily-metrics/recalculate"
    for name, body in (
        ("days", days),
        ("of a store", {**days, "store": "cet"}),
        ("today", {**days, "to": "2026-11-18"}),
    ):
        recorder.ask(f"recalculate {name}", "POST", path, body=body)
    recorder.task("recalculate")
    recorder.task("compare_daily_metrics")


def statements(recorder: Recorder) -> None:
    """Statements the console refuses, and saved ones."""
    path, saved = f"{API}/admin/reports/query", f"{API}/admin/reports/queries"
    texts = (
        "",
        "SELECT",
        "SELECT 1; SELECT 2",
        "DELETE FROM orders",
        "SELECT * FROM customers_user",
        "SELECT nothing FROM orders",
        "SELECT * FROM orders LIMIT 3",
        "SELECT 1/0",
        "SELECT pg_sleep(1)",
        "SELECT email FROM customers ORDER BY id LIMIT 2",
    )
    for number, text in enumerate(texts):
        recorder.ask(f"statement {number}", "POST", path, body={"sql": text})
    recorder.ask("statement of an admin", "POST", path, who="admin", body={"sql": "SELECT 1"})
    text = "SELECT store, sum(sales) AS sales FROM sales_by_day WHERE basis = 'placed' GROUP BY store ORDER BY store"
    kept = recorder.ask("save a query", "POST", saved, body={"name": "Sales", "sql": text})
    recorder.ask("save a wrong query", "POST", saved, body={"name": "Wrong", "sql": "DROP TABLE orders"})
    recorder.ask("rename a query", "PATCH", f"{saved}/{kept['id']}", body={"name": "Sales by store"})
    recorder.ask("read a query", "GET", f"{saved}/{kept['id']}")
    recorder.ask("list queries", "GET", saved)


def accounts(recorder: Recorder) -> None:
    """Log in and out, register, change one's account."""
    auth = f"{API}/auth"
    good = {"email": "user@example.com", "password": PASSWORD, "transport": "body"}

    def ask(name: str, path: str, body: Json, who: str | None = None) -> Any:
        return recorder.ask(name, "POST", f"{auth}/{path}", who=who, body=body)

    ask("log in", "login", good)
    ask("log in wrongly", "login", {**good, "password": "wrong"})
    ask("log in as nobody", "login", {**good, "email": "nobody@example.com"})
    ask("log in without a password", "login", {"email": "user@example.com"})
    token = recorder.send("POST", f"{auth}/login", who=None, body=good).json()["data"]["refreshToken"]
    ask("refresh", "refresh", {"refreshToken": token})
    ask("refresh with a used token", "refresh", {"refreshToken": token})
    ask("log out", "logout", {"refreshToken": token})
    new = {"email": "new@example.com", "password": "long-enough-1x", "name": "New"}
    ask("register as a stranger", "register", new)
    ask("register as staff", "register", new, "staff")
    ask("register", "register", new, "admin")
    ask("register twice", "register", new, "admin")
    ask("register with a short password", "register", {**new, "email": "n2@example.com", "password": "x"}, "admin")
    recorder.ask("change my name", "PATCH", f"{auth}/me", who="user", body={"name": "Ann"})
    recorder.ask("change my role", "PATCH", f"{auth}/me", who="user", body={"role": "admin"})
    password = {"currentPassword": "wrong", "newPassword": "long-enough-2x"}
    ask("change my password wrongly", "password", password, "user")
    browser = Client(raise_request_exception=False)
    recorder.ask("page after a wrong login", "POST", "/login/", session=browser, body={"username": "x"})
