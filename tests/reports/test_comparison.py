"""The nightly comparison: what moved is written anew with its standings kept, what differs then is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from customers.models import Store
from dealport.kit.day_range import DayRange
from orders.actions import refund_order
from reports import tasks
from reports.daily import aggregation, comparison
from reports.daily.comparison import compare_and_settle
from reports.models import DailyMetrics, MetricsComparison
from tests.builders import a_product, a_store, an_order, local

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 3, 11, 4, 10, tzinfo=UTC)
DAYS_BACK = 70
TENTH = LAST = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def few_days_are_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (aggregation, comparison):
        monkeypatch.setattr(module, "DAYS_BACK", DAYS_BACK)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(datetime(2026, 3, 10, 9, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def london(clock: Any) -> Store:
    """Return a store that sold in January and on the 10th of March, aggregated; it is the night after."""
    store = a_store(slug="london")
    an_order(store, "7.00", paid=True, at=local(store, 2026, 1, 5, 12))
    an_order(store, "40.00", paid=True, at=local(store, 2026, 3, 10, 8))
    clock.move_to(NIGHT)
    aggregation.aggregate_due()
    return store


def row(store: Store | None, day: date) -> DailyMetrics:
    return DailyMetrics.objects.get(store=store, day=day)


def outcome(result: MetricsComparison | None) -> dict[str, Any]:
    assert result is not None
    assert MetricsComparison.objects.latest("pk") == result
    names = ("first_day", "last_day", "rows_moved", "differences")
    return {name: getattr(result, name) for name in names}


# missed days are caught up DAYS_BACK days
FINE = {"first_day": LAST - timedelta(days=DAYS_BACK - 1), "last_day": LAST, "rows_moved": 0, "differences": 0}


def test_rows_that_are_right_are_left_alone_and_counted(london: Store, caplog: Any) -> None:
    before = list(DailyMetrics.objects.order_by("pk").values())
    with caplog.at_level(logging.INFO, "reports.daily.comparison"):
        result = compare_and_settle()
    assert outcome(result) == FINE
    assert result is not None
    # from January 5th to March 10th, of the store and of all
    assert (result.rows_compared, result.details) == (2 * 65, [])
    assert list(DailyMetrics.objects.order_by("pk").values()) == before
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "daily metrics compared with the figures: 130 rows, 0 moved and written anew, 0 differences left")
    ]


def test_a_refund_moves_its_day_which_is_written_anew_with_the_standings_of_its_night(
    london: Store, clock: Any
) -> None:
    night = row(london, TENTH).computed_at
    clock.move_to(NIGHT + timedelta(hours=10))
    refund_order(order=london.orders.latest("placed_at"), amount=D("15.00"), actor=None)
    a_product(london)
    result = compare_and_settle()
    assert outcome(result) == {**FINE, "rows_moved": 2}
    shares = [{"": {"sales": amount, "orders": 1}} for amount in ("40.00", "25.00")]
    assert result is not None
    assert result.details == [
        {"store": store, "day": "2026-03-10", "currency": "GBP", "name": name, "stored": stored, "live": live}
        for store in (None, london.pk)
        for name, stored, live in (("sales", "40.00", "25.00"), ("sales_by_country", *map(str, shares)))
    ]
    for store in (None, london):
        moved = row(store, TENTH)
        assert (moved.sales, moved.revenue, moved.total_products) == (D("25.00"), D("40.00"), 2)
        assert (moved.standings_at, moved.computed_at > night) == (night, True)


def test_a_row_that_is_missing_is_written(london: Store) -> None:
    DailyMetrics.objects.filter(store=london, day=TENTH).delete()
    assert outcome(compare_and_settle()) == {**FINE, "rows_moved": 1}
    assert row(london, TENTH).sales == D("40.00")


def test_a_day_of_long_ago_that_moved_is_written_anew_too(london: Store, clock: Any) -> None:
    later = 200
    clock.move_to(NIGHT + timedelta(days=later))
    aggregation.aggregate_due()
    refund_order(order=london.orders.earliest("placed_at"), amount=D("2.00"), actor=None)
    days = {"first_day": date(2026, 1, 5), "last_day": LAST + timedelta(days=later)}
    # the days between the first rows and those that were caught up are filled in as well
    between = later - DAYS_BACK
    assert outcome(compare_and_settle()) == {**FINE, **days, "rows_moved": 2 + 2 * between}
    assert (row(london, date(2026, 1, 5)).sales, row(None, date(2026, 1, 5)).sales) == (D("5.00"), D("5.00"))
    assert outcome(compare_and_settle()) == {**FINE, **days}


def test_what_aggregating_does_not_correct_is_told_every_night_until_it_is_right(london: Store, caplog: Any) -> None:
    # a row from the future is not overwritten
    january = DailyMetrics.objects.filter(store=london, day=date(2026, 1, 5))
    january.update(sales=D("8.00"), orders=2, computed_at=NIGHT + timedelta(days=365_000))
    wrong = {**FINE, "rows_moved": 1, "differences": 2}
    first = compare_and_settle()
    assert outcome(first) == wrong
    assert outcome(compare_and_settle()) == wrong
    assert first is not None
    assert [(found["name"], found["stored"], found["live"]) for found in first.details[:2]] == [
        ("sales", "8.00", "7.00"),
        ("orders", "2", "1"),
    ]
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "daily metrics compared with the figures: 130 rows, 1 moved and written anew, 2 differences left"
    ] * 2
    january.update(sales=D("7.00"), orders=1, computed_at=NIGHT)
    assert outcome(compare_and_settle()) == FINE


def test_a_day_that_moves_meanwhile_is_no_defect(london: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    DailyMetrics.objects.filter(store=None, day=TENTH).delete()
    aggregate, moves = comparison.aggregate, iter([local(london, 2026, 3, 10, 9)])

    def aggregate_then_sell(days: DayRange) -> int:
        written = aggregate(days)
        for at in moves:
            an_order(london, "1.00", at=at)
        return written

    monkeypatch.setattr(comparison, "aggregate", aggregate_then_sell)
    assert outcome(compare_and_settle()) == {**FINE, "rows_moved": 1}
    assert (row(london, TENTH).orders, row(None, TENTH).orders) == (2, 2)


def test_without_stores_there_is_nothing_to_compare() -> None:
    assert (compare_and_settle(), tasks.compare_daily_metrics()) == (None, 0)
    assert not MetricsComparison.objects.exists()


def test_the_night_compares_once_everything_was_verified_and_prunes(london: Store, clock: Any) -> None:
    for days in (400, 366, 364):
        compare_and_settle()
        MetricsComparison.objects.filter(pk=MetricsComparison.objects.latest("pk").pk).update(
            checked_at=NIGHT - timedelta(days=days)
        )
    assert tasks.compare_daily_metrics() == 0
    ages = [(NIGHT - result.checked_at).days for result in MetricsComparison.objects.order_by("checked_at")]
    assert ages == [364, 0]
    jobs = {job["task"]: job["schedule"] for job in settings.CELERY_BEAT_SCHEDULE.values()}
    verified, compared = (
        jobs[name] for name in ("dashboard.tasks.verify_everything", tasks.compare_daily_metrics.name)
    )
    assert max(verified.hour) < min(compared.hour)


def test_the_newest_of_all_is_kept_however_old(london: Store) -> None:
    compare_and_settle()
    MetricsComparison.objects.update(checked_at=NIGHT - timedelta(days=900))
    assert comparison.prune_comparisons() == 0


def test_the_monitoring_is_told(london: Store, clock: Any) -> None:
    def told() -> dict[str, float]:
        lines = Client().get("/metrics").content.decode().splitlines()
        pairs = (line.split() for line in lines if line.startswith(("dealport_daily_metrics", "dealport_recalc")))
        return {name: float(value) for name, value in pairs}

    assert told() == {"dealport_recalculations_open": 0}
    DailyMetrics.objects.filter(store=london, day=TENTH).update(orders=9, computed_at=NIGHT + timedelta(days=365_000))
    compare_and_settle()
    clock.move_to(NIGHT + timedelta(seconds=90))
    assert told() == {
        "dealport_daily_metrics_differences": 1,
        "dealport_daily_metrics_moved_rows": 1,
        "dealport_daily_metrics_comparison_age_seconds": 90,
        "dealport_recalculations_open": 0,
    }
