"""Every read: dashboards, figures opened, snapshots, series, lists, SQL views; with rows waiting and after the fold."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from recorder import normalizing
from recorder.asking import Json, Recorder
from recorder.trading import API, STORES

BASES = ("placed", "booked")
PERIODS: Mapping[str, Json] = {
    "this month": {},
    "october": {"year": 2026, "month": 10},
    "today": {"period": "today"},
    "yesterday": {"period": "yesterday"},
    "last7": {"period": "last7"},
    "last30": {"period": "last30"},
    "yearly": {"period": "yearly"},
    "2025": {"period": "yearly", "year": 2025},
    "three years": {"period": "custom", "startDate": "2024-01-01", "endDate": "2026-12-30"},
    "odd days": {"period": "custom", "startDate": "2026-07-16", "endDate": "2026-10-25"},
}
METRICS = (
    "totalSales", "totalOrders", "totalCompletedOrders", "totalExpiredOrders", "totalRefundedOrders", "averageTicket",
    "totalCustomers", "newCustomers", "ordersWithCoupon", "ordersWithoutCoupon", "pendingOrders", "canceledOrders",
    "activeSubscriptions", "monthlyRecurringRevenue", "creditsOutstanding",
)  # fmt: skip
# each view of the SQL console, and columns that order its rows
VIEWS = {
    "stores": "id",
    "customers": "id",
    "categories": "id",
    "products": "id",
    "coupons": "id",
    "orders": "id",
    "order_items": "id",
    "transactions": "id",
    "refunds": "id",
    "credits": "id",
    "subscriptions": "id",
    "daily_metrics": "day, store, currency",
    "sales_by_day": "store, basis, day",
    "sales_by_month": "store, basis, month",
    "sales_by_product_and_day": "store, basis, day, product_id",
    "sales_by_product_and_month": "store, basis, month, product_id",
    "sales_by_country_and_day": "store, basis, day, country",
    "sales_by_dimension_and_day": "store, basis, day, dimension, key",
}
PUSH_SECONDS = 1.5  # use is sent to Redis a second later, by the real clock


def record(recorder: Recorder) -> None:
    """Read everything with rows waiting in the ledger, fold, read the figures again, and then the rest."""
    time.sleep(PUSH_SECONDS)
    recorder.task("flush_activity")
    figures(recorder, "waiting")
    recorder.task("fold_ledger")
    figures(recorder, "folded")
    opened(recorder)
    lists(recorder)
    for slug in STORES:
        recorder.command(f"verify {slug}", "verify_metrics", "--store", slug)
    recorder.command("compare the daily metrics", "aggregate_daily", "--check")
    recorder.command("aggregate a week again", "aggregate_daily", "--from", "2026-11-02", "--to", "2026-11-08")
    recorder.command("rebuild", "rebuild_metrics")
    recorder.command("refresh the snapshots", "refresh_dashboard_cache")
    console(recorder)
    pages(recorder)


def figures(recorder: Recorder, state: str) -> None:
    """Read all figures; the first dashboard twice, for the cache."""

    def read(name: str, path: str, who: str = "super", **query: Any) -> None:
        recorder.ask(f"{state}: {name}", "GET", path, who=who, query=query)

    for slug in STORES:
        for period, query in PERIODS.items():
            for basis in BASES:
                read(f"dashboard of {slug}, {period}, {basis}", "/store/dashboard", store=slug, basis=basis, **query)
        read(f"dashboard of {slug} again", "/store/dashboard", store=slug, basis="placed")
        read(f"dashboard of {slug} in the envelope", f"{API}/store/dashboard", store=slug)
        read(f"snapshot of {slug}", f"{API}/dashboard/metrics", tenant=slug)
        read(f"snapshot of {slug} since july", f"{API}/dashboard/metrics", tenant=slug, **{"from": "2026-07-01"})
        read(f"snapshot of {slug} refreshed", f"{API}/dashboard/metrics", "admin", tenant=slug, refresh="true")
        for week in ("2026-W47", "2026-W46", "2026-W44"):
            read(f"week {week} of {slug}", f"{API}/dashboard/weekly-report", store=slug, week=week)
        for name, query in (("", {}), (" of autumn", {"from": "2026-07-01", "to": "2026-10-31"})):
            read(f"products of {slug}{name}", f"{API}/dashboard/top-products", store=slug, **query)
            read(f"countries of {slug}{name}", f"{API}/dashboard/sales-by-country", store=slug, **query)
        read(f"one product of {slug}", f"{API}/dashboard/top-products", store=slug, limit=1)
    read("snapshot of all", f"{API}/dashboard/metrics")
    read("snapshot of all since 2025", f"{API}/dashboard/metrics", "admin", **{"from": "2025-01-01"})
    read("dashboard of a clerk's only store", "/store/dashboard", "clerk")
    _series(recorder, state)


def _series(recorder: Recorder, state: str) -> None:
    year = {"from": "2025-11-15", "to": "2026-11-18"}
    analytics = f"{API}/admin/analytics"
    for scope in ({}, {"store": "london"}, {"store": "cet"}, {"store": "empty"}):
        for granularity in ("daily", "weekly", "monthly"):
            span = {"granularity": granularity, **scope, **(year if granularity != "daily" else {})}
            name = f"{granularity} of {scope.get('store', 'all')}"
            for kind in ("overview", "requests"):
                recorder.ask(f"{state}: {kind} {name}", "GET", f"{analytics}/{kind}", who="admin", query=span)
            for compare, basis in (("previous_period", "placed"), ("previous_year", "booked")):
                query = {**span, "compare": compare, "basis": basis}
                recorder.ask(f"{state}: revenue {name}, {compare}, {basis}", "GET", f"{analytics}/revenue", query=query)


def opened(recorder: Recorder) -> None:
    """Open every figure, list changes of closed months, read months as they stood."""
    dashboard = f"{API}/dashboard"
    for slug in ("london", "cet"):
        for metric in METRICS:
            for basis in BASES:
                query = {"store": slug, "metric": metric, "basis": basis, "period": "yearly", "limit": 100}
                recorder.ask(f"open {metric} of {slug}, {basis}", "GET", f"{dashboard}/explain", query=query)
        query = {"store": slug, "metric": "totalSales", "period": "yearly", "limit": 7, "page": 2}
        recorder.ask(f"second page of sales of {slug}", "GET", f"{dashboard}/explain", query=query)
        since = {"store": slug, "since": "2026-07-02T00:00:00Z", "limit": 100}
        recorder.ask(f"closed months of {slug}", "GET", f"{dashboard}/changed-past", query=since)
        for moment in ("2026-07-31T22:00:00Z", "2026-11-05T12:00:00Z", "2026-11-18T00:00:00+01:00"):
            query = {"store": slug, "year": 2026, "month": 10, "asOf": moment}
            recorder.ask(f"october of {slug} as of {moment}", "GET", f"{dashboard}/month-as-of", query=query)


def lists(recorder: Recorder) -> None:
    """Read lists with filters, orders and pages, and one of each kind."""
    cases: Mapping[str, tuple[Json, ...]] = {
        "stores": ({}, {"search": "on"}, {"limit": 2, "page": 2}),
        "customers": ({}, {"search": "customer"}, {"ordering": "-totalSpent"}, {"store": "cet", "tier": "bronze"}),
        "categories": ({"store": "london"}, {"ordering": "-name"}),
        "products": ({"store": "london"}, {"search": "hat"}, {"ordering": "-price", "limit": 5}),
        "coupons": ({"store": "cet"}, {"isActive": "true"}, {"kind": "fixed"}),
        "orders": (
            {},
            {"page": 3, "limit": 50},
            {"store": "london", "status": "PROCESSING"},
            {"paymentStatus": "PARTIALLY_REFUNDED"},
            {"store": "cet", "placedFrom": "2026-07-16", "placedTo": "2026-07-16"},
            {"store": "new-york", "placedFrom": "2026-10-24", "placedTo": "2026-10-31"},
            {"minTotal": "50", "maxTotal": "100", "ordering": "placedAt"},
            {"search": "ORD-202611"},
            {"search": "c1@cet"},
            {"country": "DE", "couponCode": "ten"},
        ),
        "transactions": ({}, {"store": "cet", "kind": "refund"}, {"limit": 100}),
    }
    for kind, queries in cases.items():
        for number, query in enumerate(queries):
            recorder.ask(f"list {kind} {number}", "GET", f"{API}/{kind}", query=query)
        recorder.ask(f"list {kind} as staff", "GET", f"{API}/{kind}", who="staff")
        for row in recorder.send("GET", f"{API}/{kind}", query={"limit": 5}).json()["data"]:
            recorder.ask(f"read {kind} {row['id']}", "GET", f"{API}/{kind}/{row['id']}")
    for key in (1, 2, 3):
        recorder.ask(f"credits of customer {key}", "GET", f"{API}/customers/{key}/credits")
        recorder.ask(f"orders of customer {key}", "GET", f"{API}/customers/{key}/orders")
    recorder.ask("read a store by slug", "GET", f"{API}/stores/cet")
    for who in ("super", "admin", "staff", "user"):
        recorder.ask(f"account of {who}", "GET", f"{API}/auth/me", who=who)


def console(recorder: Recorder) -> None:
    """Read every view of the SQL console."""
    path = f"{API}/admin/reports/query"
    for view, order in VIEWS.items():
        recorder.ask(f"view {view}", "POST", path, body={"sql": f"SELECT * FROM {view} ORDER BY {order}"})
    statement = (
        "SELECT store, count(*) AS orders, sum(sales) AS sales, avg(sales) AS mean, max(placed_at) AS newest, "
        "bool_or(is_imported) AS imported FROM orders GROUP BY store ORDER BY store"
    )
    recorder.ask("a statement of one's own", "POST", path, body={"sql": statement})


def pages(recorder: Recorder) -> None:
    """Open the pages; of HTML, the status and headers are kept."""
    paths = (
        "/", "/dashboard/", "/dashboard/london/", "/dashboard/london/?period=yearly&basis=booked",
        "/dashboard/nowhere/", "/dashboard/london/snapshot/", "/dashboard/london/explain/?metric=totalSales",
        "/dashboard/london/changed/", "/company/", "/company/explain/?metric=totalOrders", "/reports/series/",
        "/reports/exports/", "/reports/schedules/", "/reports/schedules/new/", "/reports/sql/", "/admin/",
        "/admin/orders/order/", "/admin/orders/order/1/change/", "/admin/customers/customer/", "/api/docs", "/login/",
    )  # fmt: skip
    for who in ("super", "staff", "user"):
        browser = recorder.session(who)
        for path in paths:
            recorder.ask(f"page {path} as {who}", "GET", path.partition("?")[0], session=browser, query=_query(path))
    recorder.ask("page /company/ as a stranger", "GET", "/company/", who=None)
    recorder.ask("health", "GET", "/health", who=None)
    recorder.ask("readiness", "GET", "/health/ready", who=None)
    recorder.ask("metrics", "GET", "/metrics", who=None)
    recorder.ask("metrics from elsewhere", "GET", "/metrics", who=None, headers={"X-Forwarded-For": "1.2.3.4"})
    document = recorder.send("GET", "/api/schema", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    for operation, shape in normalizing.contract(document).items():
        recorder.keep(f"contract of {operation}", shape)


def _query(path: str) -> dict[str, str]:
    pairs = path.partition("?")[2]
    return dict(part.split("=") for part in pairs.split("&")) if pairs else {}
