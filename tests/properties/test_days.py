"""Rows on both sides of the midnights that are easiest to get wrong, in three zones.

The instants are written out in UTC, so that nothing here works out where a local day begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from customers.actions import confirm_email
from customers.models import Store
from dashboard import figures
from dashboard.figures import DaySales, Summary
from dashboard.figures.periods import Period, month_period
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.models import Basis, MetricDelta
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import day_start
from orders.actions import mark_paid, refund_order
from orders.models import Order
from tests.builders import a_customer, a_store, an_order

TICK = timedelta(microseconds=1)
A_DAY = timedelta(days=1)
PRICES = ("1.00", "20.00", "300.00", "4000.00")  # of the orders at the four instants: a sum tells which


@dataclass(frozen=True)
class Day:
    """A local day and its first and last instant."""

    zone: str
    day: date
    starts: datetime
    ends: datetime

    def __str__(self) -> str:
        return f"{self.zone} {self.day}"


def a_day(zone: str, day: str, starts: str, ends: str) -> Day:
    return Day(zone, date.fromisoformat(day), *(datetime.fromisoformat(f"{at}:00+00:00") for at in (starts, ends)))


DAYS = [
    a_day("Europe/London", "2024-03-31", "2024-03-31T00:00", "2024-03-31T23:00"),  # 23 hours, the last of the month
    a_day("Europe/London", "2024-10-27", "2024-10-26T23:00", "2024-10-28T00:00"),  # 25 hours
    a_day("Europe/London", "2024-07-01", "2024-06-30T23:00", "2024-07-01T23:00"),  # the first of a summer month
    a_day("Europe/London", "2024-02-29", "2024-02-29T00:00", "2024-03-01T00:00"),
    a_day("Europe/London", "2024-12-31", "2024-12-31T00:00", "2025-01-01T00:00"),
    a_day("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00", "2018-11-05T02:00"),  # begins at one: no midnight
    a_day("America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00", "2018-11-04T03:00"),
    a_day("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00", "2018-02-18T03:00"),  # its last hour comes twice
    a_day("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00", "2018-02-19T03:00"),
    a_day("America/Sao_Paulo", "2018-12-31", "2018-12-31T02:00", "2019-01-01T02:00"),
    a_day("Pacific/Auckland", "2024-09-29", "2024-09-28T12:00", "2024-09-29T11:00"),  # 23 hours
    a_day("Pacific/Auckland", "2024-04-07", "2024-04-06T11:00", "2024-04-07T12:00"),  # 25 hours
    a_day("Pacific/Auckland", "2024-06-30", "2024-06-29T12:00", "2024-06-30T12:00"),
    a_day("Pacific/Auckland", "2025-01-01", "2024-12-31T11:00", "2025-01-01T11:00"),
]
every_day = pytest.mark.parametrize("day", DAYS, ids=str)


def states_of_folding() -> Iterator[None]:
    """Let the caller look while nothing is folded, while half is, and when everything is."""
    yield
    fold_once(MetricDelta.objects.count() // 2)
    yield
    fold_all()
    yield


def instants(day: Day) -> list[datetime]:
    """Return the instants around both ends: before, the first, the last, after."""
    return [day.starts - TICK, day.starts, day.ends - TICK, day.ends]


def elsewhere() -> None:
    """Sell the same day in a store on the other side of the world, which must not show."""
    an_order(a_store(timezone="Pacific/Kiritimati"), "500.00", paid=True, at=datetime(2024, 6, 30, 12, tzinfo=UTC))


def one(day: date) -> Period:
    return Period(day, day)


@every_day
def test_a_day_starts_at_its_first_instant(day: Day) -> None:
    zone = Store(timezone=day.zone).zone
    assert day_start(day.day, zone) == day.starts
    assert day_start(day.day + A_DAY, zone) == day.ends


@pytest.mark.django_db
@every_day
def test_orders_around_a_day_count_on_their_own_side_of_its_midnights(day: Day) -> None:
    store = a_store(timezone=day.zone)
    elsewhere()
    for at, price in zip(instants(day), PRICES, strict=True):
        an_order(store, price, paid=True, at=at)
    trend = [
        DaySales(day.day - A_DAY, Decimal("1.00"), 1),
        DaySales(day.day, Decimal("320.00"), 2),
        DaySales(day.day + A_DAY, Decimal("4000.00"), 1),
    ]
    for _ in states_of_folding():
        for basis in Basis.values:
            assert figures.daily_sales(store, DayRange(day.day - A_DAY, day.day + A_DAY), basis) == trend
            check_periods(store, day, trend, basis)
        assert recount.differences(store) == []


def check_periods(store: Store, day: Day, trend: list[DaySales], basis: str) -> None:
    """Every tile and list of each of the days, and of the month of the middle one, shows what the trend does."""
    for shown in trend:
        summary = figures.sales_summary(store, one(shown.date), basis)
        assert (summary.total_sales, summary.total_completed_orders) == (shown.total_sales, shown.total_orders)
        products = figures.sales_by_product(store, one(shown.date), basis)
        assert sum(product.total_sales for product in products) == shown.total_sales
        [country] = figures.sales_by_country(store, one(shown.date), basis)
        assert (country.total_sales, country.total_orders) == (shown.total_sales, shown.total_orders)
    month = month_period(day.day.year, day.day.month)
    inside = [shown.total_sales for shown in trend if month.first <= shown.date <= month.last]
    assert figures.sales_summary(store, month, basis).total_sales == sum(inside)


@pytest.mark.django_db
@every_day
def test_refunds_around_a_day_lower_the_order_day_or_the_day_they_were_booked(day: Day) -> None:
    store = a_store(timezone=day.zone)
    for at, price in zip(instants(day), PRICES, strict=True):
        refund_order(order=an_order(store, price, paid=True, at=day.starts - 40 * A_DAY), at=at, actor=None)
    for _ in states_of_folding():
        booked = figures.daily_sales(store, DayRange(day.day - A_DAY, day.day + A_DAY), Basis.BOOKED)
        assert [shown.total_sales for shown in booked] == [Decimal("-1.00"), Decimal("-320.00"), Decimal("-4000.00")]
        placed = figures.daily_sales(store, DayRange(day.day - A_DAY, day.day + A_DAY), Basis.PLACED)
        assert [(shown.total_sales, shown.total_orders) for shown in placed] == [(Decimal("0.00"), 0)] * 3
        assert recount.differences(store) == []


@pytest.mark.django_db
@every_day
def test_customers_around_a_day_are_registered_and_new_on_their_own_side(day: Day) -> None:
    store = a_store(timezone=day.zone)
    for at in instants(day):
        confirm_email(customer=a_customer(store, at=at), at=at + 60 * A_DAY, actor=None)
    for _ in states_of_folding():
        summaries = [figures.sales_summary(store, one(day.day + offset * A_DAY)) for offset in (-2, -1, 0, 1)]
        assert [summary.total_customers for summary in summaries] == [0, 1, 3, 4]
        assert [summary.new_customers for summary in summaries] == [0, 1, 2, 1]
        assert figures.sales_summary(store, one(day.day), Basis.BOOKED).new_customers == 0
        assert recount.differences(store) == []


@pytest.mark.django_db
@every_day
def test_late_payments_around_a_day_complete_the_order_on_their_own_side(day: Day) -> None:
    store = a_store(timezone=day.zone)
    for at, price in zip(instants(day), PRICES, strict=True):
        mark_paid(order=an_order(store, price, at=day.starts - 3 * A_DAY), at=at, actor=None)
    assert Order.objects.filter(store=store, status=Order.Status.PROCESSING).count() == 4
    shown = figures.sales_summary(store, one(day.day), Basis.BOOKED)
    assert shown == Summary(
        total_sales=Decimal("320.00"),
        total_tax=Decimal("0.00"),
        total_orders=0,
        total_completed_orders=2,
        total_expired_orders=0,
        total_refunded_orders=0,
        average_ticket=Decimal("160.00"),
        total_customers=0,
        new_customers=0,
        orders_with_coupon=0,
        orders_without_coupon=2,
    )
    assert recount.differences(store) == []
