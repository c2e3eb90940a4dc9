"""Datasets whose rows are figures: days, products, countries. The figures are the dashboard's own statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Min

from customers.models import Store
from dashboard import figures
from dashboard.models import MetricDelta, StoreDailySales
from reports.datasets.comparing import with_product_sales, with_store_totals
from reports.datasets.model import Column, Compared, Dataset, Kind, Part, Scope, Total

CHUNK_DAYS = 31
_NAMES = {
    "sales": "sales", "revenue": "revenue", "orders": "orders", "pendingOrders": "pending",
    "canceledOrders": "canceled", "completedOrders": "completed", "expiredOrders": "expired",
    "refundedOrders": "refunded", "newCustomers": "new_customers", "totalCustomers": "total_customers",
    "creditsGranted": "credits_granted", "creditsSpent": "credits_spent",
}  # fmt: skip
_STANDINGS = {
    "totalProducts": "total_products", "productsInStock": "products_in_stock",
    "productsOutOfStock": "products_out_of_stock", "creditsOutstanding": "credits_outstanding",
    "activeSubscriptions": "active_subscriptions", "monthlyRecurringRevenue": "monthly_recurring_revenue",
}  # fmt: skip
_AMOUNTS = {"sales", "revenue", "creditsGranted", "creditsSpent", "creditsOutstanding", "monthlyRecurringRevenue"}
_STORE, _CURRENCY = Column("store", "s.slug"), Column("currency", "line.currency")


def _measure(source: str, name: str, measure: str) -> Column:
    if name in _AMOUNTS:
        # a sum of nothing comes without decimals
        return Column(name, f"round({source}.{measure}, 2)", Kind.MONEY)
    return Column(name, f"{source}.{measure}", Kind.INTEGER)


_DAY_COLUMNS = (
    _STORE,
    Column("day", "line.day", Kind.DAY),
    _CURRENCY,
    *(_measure("line", name, measure) for name, measure in _NAMES.items()),
    Column("salesByCountry", "line.sales_by_country::text"),
    # known as of the night alone
    *(_measure("night", name, measure) for name, measure in _STANDINGS.items()),
)


def _select(columns: Sequence[Column], source: str) -> str:
    selected = ", ".join(f'{column.sql} AS "{column.name}"' for column in columns)
    return f"SELECT {selected} FROM {source}"


def _day_parts(scope: Scope) -> list[Part]:
    """Return one statement per month: the flows as they are now, what stood as the night wrote it down."""
    spans = _spans(scope)
    if not spans:
        return []
    wanted = [span.store_id for span in spans]
    # no statement for the decades before the first shop
    first = max(scope.first or date.min, _first_day(scope, spans))
    last = min(scope.last or date.max, max(span.last for span in spans))
    parts = []
    while first <= last:
        end = min(first + timedelta(days=CHUNK_DAYS - 1), last)
        lines, parameters = figures.daily_lines(spans, first, end, wanted)
        source = (
            # leaves out the line of all stores
            f"({lines}) AS line JOIN customers_store s ON s.id = line.store_id LEFT JOIN daily_metrics night "
            "ON night.store_id = line.store_id AND night.day = line.day AND night.currency = line.currency"
        )
        parts.append(Part(_select(_DAY_COLUMNS, source), parameters))
        first = end + timedelta(days=1)
    return parts


def _spans(scope: Scope) -> list[figures.StoreSpan]:
    return figures.closed_days([scope.store] if scope.store else Store.objects.all(), scope.asked_at)


def _first_day(scope: Scope, spans: Sequence[figures.StoreSpan]) -> date:
    """Return the first day that a store can have a line for: by its opening, the rollups, or the waiting rows."""
    of = {"store_id": scope.store.pk} if scope.store else {}
    folded = StoreDailySales.objects.filter(**of).aggregate(first=Min("day"))["first"]
    waiting = MetricDelta.objects.filter(**of).aggregate(first=Min("order_day"))["first"]
    return min([span.opened for span in spans] + [day for day in (folded, waiting) if day])


_COMPARED = {name: measure for name, measure in _NAMES.items() if measure not in (
    "revenue", "total_customers", "credits_granted", "credits_spent"
)}  # fmt: skip


def _compare_days(scope: Scope) -> Compared | None:
    """Return the figures of the days, once they are over in every store of the scope; revenue is what was booked."""
    spans = _spans(scope)
    if scope.last is None or not spans or scope.last > min(span.last for span in spans):
        return None
    placed = figures.period_totals(scope.store, *scope.days, "placed")
    booked = figures.period_totals(scope.store, *scope.days, "booked")
    found = {code: {name: of[measure] for name, measure in _COMPARED.items()} for code, of in placed.items()}
    for code, of in booked.items():
        found.setdefault(code, {})["revenue"] = of["sales"]
    return Compared(frozenset({*_COMPARED, "revenue"}), found)


DAILY_METRICS = Dataset(
    name="daily-metrics",
    title="Daily metrics",
    meaning="One row per store and local day that is over. Sales, orders and customers are as of now; products, "
    "credits outstanding and subscriptions as the night after the day found them.",
    columns=_DAY_COLUMNS,
    parts=_day_parts,
    totals=tuple(
        Total(name, f'sum("{name}")', is_count=name not in _AMOUNTS)
        for name in (*_COMPARED, "revenue", "creditsGranted", "creditsSpent")
    ),
    order="day",
    compare=_compare_days,
)

_SHARE = (
    Column("sales", "line.sales", Kind.MONEY),
    Column("orders", "line.orders", Kind.INTEGER),
    Column(
        "percentage",
        "coalesce(round(line.sales * 100 / nullif(sum(line.sales) OVER (PARTITION BY line.store_id), 0), 2), 0.00)",
        Kind.PERCENT,
    ),
)
_PRODUCT_COLUMNS = (
    _STORE,
    Column("productId", "line.product_id", Kind.ID),
    Column("sku", "p.sku"),
    Column("productName", "p.name"),
    _CURRENCY,
    *_SHARE,
)
_COUNTRY_COLUMNS = (_STORE, Column("country", "line.country"), _CURRENCY, *_SHARE)


def _product_parts(scope: Scope) -> list[Part]:
    source = (
        f"({figures.PRODUCT_LINES}) AS line JOIN customers_store s ON s.id = line.store_id "
        "JOIN orders_product p ON p.id = line.product_id"
    )
    return [Part(_select(_PRODUCT_COLUMNS, source), _share_parameters(scope))]


def _country_parts(scope: Scope) -> list[Part]:
    source = f"({figures.COUNTRY_LINES}) AS line JOIN customers_store s ON s.id = line.store_id"
    return [Part(_select(_COUNTRY_COLUMNS, source), _share_parameters(scope))]


def _share_parameters(scope: Scope) -> dict[str, object]:
    return figures.share_parameters(scope.store, *scope.days, scope.basis)


SALES_BY_PRODUCT = Dataset(
    name="sales-by-product",
    title="Sales by product",
    meaning="One row per product sold in the period: items net of their share of discounts and refunds.",
    columns=_PRODUCT_COLUMNS,
    parts=_product_parts,
    totals=(Total("sales", 'sum("sales")'),),
    order="productId",
    compare=with_product_sales("sales"),
    has_basis=True,
)
SALES_BY_COUNTRY = Dataset(
    name="sales-by-country",
    title="Sales by country",
    meaning="One row per country that orders of the period go to; an empty one is unknown.",
    columns=_COUNTRY_COLUMNS,
    parts=_country_parts,
    totals=(Total("sales", 'sum("sales")'), Total("orders", 'sum("orders")', is_count=True)),
    order="country",
    compare=with_store_totals({"sales": "sales", "orders": "orders"}),
    has_basis=True,
)
