"""Local days in SQL and in Python are the same days."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from dashboard.metrics import recount
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import CLOCK, clock, local_day_sql
from orders.actions import refund_order
from tests.builders import a_customer, a_store, an_order, local

FIRST, LAST = date(1969, 12, 31), date(2199, 12, 31)
ODD_ZONES = [
    "UTC", "Europe/London", "America/Sao_Paulo", "Pacific/Auckland", "Pacific/Apia", "Africa/Casablanca",
    "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe", "Antarctica/Troll", "America/Winnipeg", "CET",
]  # fmt: skip


def days_in_sql(zone: str, moments: list[datetime], first: date = FIRST, last: date = LAST) -> list[date]:
    """Return the local days as the recount works them out."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{CLOCK} SELECT {local_day_sql('at')} FROM unnest(%(moments)s::timestamptz[]) WITH ORDINALITY AS m(at, n) "
            "ORDER BY n",
            {"moments": moments, **clock(zone, DayRange(first, last))},
        )
        return [day for (day,) in cursor.fetchall()]


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ODD_ZONES)
def test_every_day_begins_at_the_same_instant_in_sql_and_in_python(zone: str) -> None:
    rules = zoneinfo.ZoneInfo(zone)
    starts = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=7 * index) for index in range(70 * 365 * 24 // 7)]
    assert days_in_sql(zone, starts) == [moment.astimezone(rules).date() for moment in starts]


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ODD_ZONES)
def test_sides_of_every_clock_change_fall_on_the_same_day_in_sql_and_in_python(zone: str) -> None:
    rules = zoneinfo.ZoneInfo(zone)
    changes = clock(zone, DayRange(FIRST, LAST))["changes"]
    tick = timedelta(microseconds=1)
    moments = [change + side for change in changes for side in (-tick, timedelta(0), timedelta(hours=1))]
    assert days_in_sql(zone, moments) == [moment.astimezone(rules).date() for moment in moments]
    assert all(
        (change - tick).astimezone(rules).utcoffset() != change.astimezone(rules).utcoffset() for change in changes
    )


@pytest.mark.django_db
def test_a_range_takes_along_the_clock_changes_at_its_ends_alone() -> None:
    day = date(2018, 11, 4)
    assert len(clock("America/Sao_Paulo", DayRange.of_day(day))["changes"]) == 1
    moments = [datetime(2018, 11, 4, hour, 30, tzinfo=UTC) for hour in (1, 2, 3, 23)]
    assert days_in_sql("America/Sao_Paulo", moments, day, day) == [date(2018, 11, 3)] * 2 + [day] * 2


@pytest.mark.django_db
def test_a_name_that_postgresql_reads_as_a_fixed_offset_shows_no_difference() -> None:
    store = a_store(timezone="CET")
    at = local(store, 2026, 7, 1, 0, 30)
    refund_order(order=an_order(store, paid=True, at=at, customer=a_customer(store, at=at)), at=at, actor=None)
    assert recount.differences(store) == []
