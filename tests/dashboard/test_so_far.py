"""Today, yesterday and this month against the same part of the time before, rows on both sides of each boundary."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from customers.models import Store
from dashboard.figures import consistent_read
from dashboard.figures.so_far import MONTH, TODAY, YESTERDAY, SoFar, so_far
from tests.builders import a_store, an_order, local

pytestmark = pytest.mark.django_db


def sold(store: Store, price: str, *when: int) -> None:
    an_order(store, price, paid=True, at=local(store, *when))


def test_each_time_is_compared_with_the_same_part_of_the_time_before() -> None:
    store = a_store()
    now = local(store, 2026, 3, 18, 14, 30, 45)  # a Wednesday
    for price, when in {
        "1.00": (2026, 3, 18, 14, 29),
        "1000.00": (2026, 3, 18, 14, 30),  # today, and after the minute that runs
        "2.00": (2026, 3, 11, 0, 0),
        "2000.00": (2026, 3, 11, 14, 30),  # the same hours a week ago, and after them
        "4.00": (2026, 3, 17, 23, 59),
        "8.00": (2026, 3, 10, 12, 0),  # yesterday, and its weekday
        "16.00": (2026, 3, 1, 0, 0),
        "4000.00": (2026, 2, 28, 23, 59),  # the month's first minute, and before it
        "32.00": (2026, 2, 1, 0, 0),
        "64.00": (2026, 2, 18, 14, 29),
        "8000.00": (2026, 2, 18, 14, 30),
    }.items():
        sold(store, price, *when)
    sold(a_store(), "9.00", 2026, 3, 18, 9)

    with consistent_read():
        found = so_far([store], now)

    month = D("1.00") + 2 + 2000 + 4 + 8 + 16
    assert found == {
        TODAY: [SoFar("GBP", D("1.00"), 1, D("2.00"), 1)],
        YESTERDAY: [SoFar("GBP", D("4.00"), 1, D("8.00"), 1)],
        MONTH: [SoFar("GBP", month, 6, D("96.00"), 2)],
    }


def test_a_month_that_was_shorter_counts_whole() -> None:
    store = a_store()
    sold(store, "1.00", 2026, 2, 28, 23, 59)
    with consistent_read():
        (line,) = so_far([store], local(store, 2026, 3, 30, 1))[MONTH]
    assert (line.sales, line.sales_before) == (D("0.00"), D("1.00"))


def test_the_first_of_a_month_has_no_whole_days() -> None:
    store = a_store()
    sold(store, "1.00", 2026, 3, 1, 9)
    sold(store, "2.00", 2026, 2, 1, 9)
    sold(store, "4.00", 2026, 2, 1, 11)
    with consistent_read():
        (line,) = so_far([store], local(store, 2026, 3, 1, 10))[MONTH]
    assert (line.sales, line.sales_before) == (D("1.00"), D("2.00"))


def test_currencies_are_never_added_up_and_every_store_counts_by_its_own_days() -> None:
    london, tokyo = a_store(), a_store(currency="JPY", timezone="Asia/Tokyo")
    sold(london, "1.00", 2026, 3, 18, 23)
    sold(tokyo, "500.00", 2026, 3, 19, 7)
    with consistent_read():
        found = so_far([london, tokyo], local(london, 2026, 3, 18, 23, 30))
    assert [(line.currency, line.sales, line.orders) for line in found[TODAY]] == [
        ("GBP", D("1.00"), 1),
        ("JPY", D("500.00"), 1),
    ]
