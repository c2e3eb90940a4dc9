"""A store's figures of a period, by day, and where its months begin and end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from customers.models import Store
from dashboard.figures.figure import Document, Figure, Quantities, cents
from dashboard.figures.movements import (
    LAST_MONTHS_WITH_ORDERS,
    STORE,
    STORE_UNTIL,
    month_with_orders,
    sums,
)
from dashboard.figures.periods import Period
from dashboard.figures.reading import Query, Row, rows
from dashboard.figures.registry import FIGURES, shown_in, values_of
from dashboard.figures.stores import values_of_now
from dashboard.figures.values import Number, Values
from dashboard.metrics.measures import STORE_MEASURES
from dashboard.models import Basis
from dealport.kit.day_range import DayRange

TREND_DAYS = 7
ORDERS_NOW = [FIGURES["pending_orders"], FIGURES["canceled_orders"]]


class Summary(Values):
    """A store's figures of a period, by the keys of the registry's `SUMMARY`."""


class OrderStates(Values):
    """How many of a period's orders are pending and canceled now."""


def quantities_query(store: Store, period: DayRange, basis: str) -> Query[Row]:
    """Return the query of a period's measures and of the customers registered up to its end: one statement."""
    registered = sums(STORE_UNTIL, ("customers",), up_to="year")
    return Query(
        f"SELECT period.*, until.customers AS registered FROM ({sums(STORE, STORE_MEASURES, basis=basis)}) AS period "
        f"CROSS JOIN ({registered}) AS until",
        {"store": store.pk, "first": period.first, "last": period.last},
        lambda found: found[0],
    )


def summary_of(quantities: Quantities, currency: str) -> Summary:
    """Return the tiles that quantities make."""
    return Summary(values_of(shown_in(Document.SUMMARY).values(), quantities, currency))


def sales_summary(store: Store, period: Period, basis: str = Basis.PLACED) -> Summary:
    """Return the tiles of a period; one statement."""
    return summary_of(quantities_query(store, period, basis).read(), store.currency)


def figure_value(store: Store, figure: Figure, period: Period, basis: str = Basis.PLACED) -> Number:
    """Return one figure of a period, or of now; one statement."""
    if figure.is_of_now:
        return values_of_now(store)[figure.key]
    return figure.value(quantities_query(store, period, basis).read(), store.currency)


def order_states(store: Store, period: Period) -> OrderStates:
    """Return how many of the orders placed in the period are pending and canceled now."""
    return OrderStates(values_of(ORDERS_NOW, quantities_query(store, period, Basis.PLACED).read(), store.currency))


def total_customers(store: Store, last: date) -> int:
    """Return how many customers had registered up to the end of the local day `last`."""
    return int(rows(sums(STORE_UNTIL, ("customers",), up_to="year"), store=store.pk, last=last)[0]["customers"])


@dataclass(frozen=True)
class DaySales:
    """One day of a trend."""

    date: date
    total_sales: Decimal
    total_orders: int


def trend_query(store: Store, days: DayRange, basis: str = Basis.PLACED) -> Query[list[DaySales]]:
    """Return the query of sales and orders of every day, oldest first, zero-filled."""

    def parse(found: list[Row]) -> list[DaySales]:
        by_day = {row["bucket"]: (cents(row["sales"]), int(row["orders"])) for row in found}
        return [DaySales(day, *by_day.get(day, (cents(0), 0))) for day in days.days()]

    sql = sums(STORE, ("sales", "orders"), basis=basis, granularity="daily")
    return Query(sql, {"store": store.pk, "first": days.first, "last": days.last}, parse, dates=("bucket",))


def daily_sales(store: Store, days: DayRange, basis: str = Basis.PLACED) -> list[DaySales]:
    """Return sales and orders of every day, oldest first, zero-filled."""
    return trend_query(store, days, basis).read()


def trend_days(period: Period, today: date) -> DayRange:
    """Return the seven days that end on the period's last day, or today while the period runs."""
    last = today if period.first <= today < period.last else period.last
    return DayRange.until(last, TREND_DAYS - 1)


def daily_trend(store: Store, period: Period, today: date, basis: str = Basis.PLACED) -> list[DaySales]:
    """Return sales and orders of `trend_days`."""
    return daily_sales(store, trend_days(period, today), basis)


def month_query(store: Store, *, newest: bool) -> Query[date | None]:
    """Return the query of the first day of the newest or oldest month in which an order was placed."""
    return Query(month_with_orders(newest), {"store": store.pk}, lambda found: found[0]["month"], dates=("month",))


def first_month_with_orders(store: Store) -> date | None:
    """Return the first day of the oldest month in which an order was placed."""
    return month_query(store, newest=False).read()


def last_month_with_orders(store: Store) -> date | None:
    """Return the first day of the newest month in which an order was placed."""
    return month_query(store, newest=True).read()


def last_months_with_orders(store_ids: Iterable[int]) -> dict[int, date]:
    """Return the same of each of these stores that has any, by its id."""
    return {row["store_id"]: row["month"] for row in rows(LAST_MONTHS_WITH_ORDERS, stores=list(store_ids))}
