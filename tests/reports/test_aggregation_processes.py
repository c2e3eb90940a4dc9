"""Aggregations in processes of their own: two at once, and one that is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from dashboard import figures
from dashboard.metrics.folding import fold_all
from dealport.kit.day_range import DayRange
from reports.daily.aggregation import CHUNK_DAYS, aggregate, differences
from reports.models import DailyMetrics
from tests.builders import a_store, an_order
from tests.races.checks import deadlocks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]

DAYS = 200
ZONES = ("Europe/London", "Pacific/Auckland", "Pacific/Pago_Pago")


@pytest.fixture
def first() -> date:
    """Return the first of DAYS days on which three stores in three zones have sold."""
    begin = timezone.now() - timedelta(days=DAYS)
    for number, zone in enumerate(ZONES):
        store = a_store(slug=f"store-{number}", timezone=zone, currency="GBP" if number else "EUR")
        for step in range(0, DAYS - 5, 10):
            an_order(store, f"{step + 1}.00", paid=True, at=begin + timedelta(days=step))
    fold_all()
    return begin.date() - timedelta(days=1)


@contextmanager
def command(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `aggregate_daily`; it is gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "aggregate_daily", *arguments],
        cwd=environment["PYTHONPATH"],
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def a_row_in_the_way(day: date) -> Iterator[None]:
    """Write a store's row of a day in a transaction that is rolled back: who wants to write it waits until then."""
    row = DailyMetrics.objects.filter(day=day).exclude(store=None).values().first()
    assert row is not None
    DailyMetrics.objects.all().delete()
    with transaction.atomic():
        DailyMetrics.objects.create(**{**row, "id": None, "orders": 77})
        yield
        transaction.set_rollback(True)


def waiting() -> int:
    """Return how many sessions wait for somebody's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT waiting.pid) FROM pg_locks waiting JOIN pg_locks held ON held.pid = waiting.pid "
            "JOIN pg_database d ON d.oid = held.database WHERE NOT waiting.granted AND datname = current_database()"
        )
        found: int = cursor.fetchone()[0]
    return found


def wait_for(sessions: int) -> None:
    until = time.monotonic() + 30
    while waiting() < sessions:
        assert time.monotonic() < until, f"{sessions} sessions do not wait"
        time.sleep(0.02)


def content() -> list[dict[str, Any]]:
    """Return all rows as figures alone."""
    names = [name for name in figures.LINE if name != "store_id"]
    return list(DailyMetrics.objects.order_by("day", "currency", "store_id").values("store_id", *names))


def expected(first: date) -> list[dict[str, Any]]:
    """Return the rows of one undisturbed run."""
    aggregate(DayRange(first, timezone.now().date() + timedelta(days=1)))
    rows = content()
    assert len(rows) > 5 * DAYS - 10
    return rows


@pytest.mark.parametrize("named", [True, False])
def test_two_processes_at_once_write_each_row_once_and_right(
    first: date, named: bool, process_environment: dict[str, str]
) -> None:
    rows, before = expected(first), deadlocks()
    arguments = ["--from", first.isoformat()] if named else []
    with ExitStack() as stack:
        with a_row_in_the_way(first + timedelta(days=40)):
            pair = [stack.enter_context(command(process_environment, *arguments)) for _ in range(2)]
            wait_for(2)
        said = [process.communicate(timeout=60)[0].splitlines()[-1] for process in pair]
    assert [process.returncode for process in pair] == [0, 0]
    written = [int(line.split()[0].replace(",", "")) for line in said]
    # a row the other has written since is left as it is, by either of them in another month: together they have all
    assert sum(written) >= len(rows)
    assert content() == rows
    assert list(differences(DayRange(first, timezone.now().date()))) == []
    assert deadlocks() == before


@pytest.mark.parametrize("named", [True, False])
def test_a_process_killed_in_the_middle_leaves_whole_months_and_the_next_run_completes_them(
    first: date, named: bool, process_environment: dict[str, str]
) -> None:
    rows = expected(first)
    arguments = ["--from", first.isoformat()] if named else []
    with command(process_environment, *arguments) as process:
        with a_row_in_the_way(first + timedelta(days=100)):
            wait_for(1)
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        while waiting():
            time.sleep(0.02)
    left = content()
    begin, last = first if named else left[0]["day"], left[-1]["day"]
    assert (last - begin).days + 1 == 3 * CHUNK_DAYS
    assert left == [row for row in rows if row["day"] <= last]
    with command(process_environment, *arguments) as process:
        process.communicate(timeout=60)
    assert (process.returncode, content()) == (0, rows)
