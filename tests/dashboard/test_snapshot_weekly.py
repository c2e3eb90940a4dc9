"""The weekly report: the same part of either week, days with 23 and 25 hours marked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from customers.models import Store
from dashboard import figures
from dashboard.answers.payloads import weekly_data
from tests.builders import a_store, an_order, local

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 23)  # London puts its clocks forward on Sunday the 29th


def report(store: Store, monday: date, *now: int) -> dict[str, Any]:
    return weekly_data(figures.weekly_report(store, monday, local(store, *now)))


def totals(found: dict[str, Any]) -> tuple[Any, ...]:
    return tuple((found[week]["totalOrders"], found[week]["totalSales"]) for week in ("current", "previous"))


@pytest.fixture
def store() -> Store:
    """Orders on both sides of Monday, of Wednesday 14:30, and of Sunday's end, in either week."""
    store = a_store()
    for at in [(15, 23, 59), (16, 0, 0), (18, 14, 29), (18, 14, 30), (20, 9, 0), (22, 23, 59)]:
        an_order(store, "1.00", paid=True, at=local(store, 2026, 3, *at))
    for at in [(23, 0, 0), (25, 14, 29), (25, 14, 30), (29, 23, 59), (30, 0, 0)]:
        an_order(store, "10.00", paid=True, at=local(store, 2026, 3, *at))
    return store


def test_a_week_that_runs_is_held_against_the_same_part_of_the_one_before(store: Store) -> None:
    found = report(store, MONDAY, 2026, 3, 25, 14, 30, 59)

    assert totals(found) == ((2, Decimal("20.00")), (2, Decimal("2.00")))
    assert (found["isRunning"], found["comparedUntil"]) == (True, "2026-03-25T14:30:00+00:00")
    assert found["change"] == {"totalSales": Decimal("900.00"), "totalOrders": 0, "completedOrders": 0}
    assert [day["isPartial"] for day in found["days"]] == [day["previous"]["isPartial"] for day in found["days"]]
    assert [day["isPartial"] for day in found["days"]].index(True) == 2


def test_a_week_that_is_over_is_held_against_the_whole_one_before(store: Store) -> None:
    found = report(store, MONDAY, 2026, 4, 2, 12)

    assert totals(found) == ((4, Decimal("40.00")), (5, Decimal("5.00")))
    assert (found["week"], found["isRunning"], found["comparedUntil"]) == ("2026-W13", False, None)
    assert (found["current"]["startDate"], found["previous"]["endDate"]) == ("2026-03-23", "2026-03-22")


def test_days_on_which_clocks_change_are_marked(store: Store) -> None:
    spring, autumn = report(store, MONDAY, 2026, 4, 2, 12), report(store, date(2026, 10, 19), 2026, 11, 2, 12)

    marked = [
        [(day["date"], day["hours"]) for day in found["days"] if day["isClockChange"]] for found in (spring, autumn)
    ]
    assert marked == [[("2026-03-29", 23)], [("2026-10-25", 25)]]
    assert [day["previous"]["isClockChange"] for day in spring["days"]] == [False] * 7


def test_there_is_no_change_in_percent_where_there_was_nothing_before() -> None:
    store = a_store()
    an_order(store, "10.00", paid=True, at=datetime(2026, 3, 24, 12, tzinfo=UTC))

    assert report(store, MONDAY, 2026, 4, 2, 12)["change"] == dict.fromkeys(
        ("totalSales", "totalOrders", "completedOrders")
    )
