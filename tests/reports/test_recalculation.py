"""Recalculation on demand: a row until it is done, whatever happens to the messages and the workers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.conf import settings
from django.db import connections
from django.test import Client
from kombu.exceptions import OperationalError

from customers.models import Store, User
from customers.scopes import StoreScope
from dealport.kit.day_range import DayRange
from reports import tasks
from reports.daily import recalculation
from reports.models import DailyMetrics, Recalculation
from tests.builders import a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db

PATH = "/api/v1/admin/analytics/daily-metrics/recalculate"
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
BODY = {"from": "2026-03-30", "to": "2026-03-31", "store": "london"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def london() -> Store:
    """Return a store that sold on March 30th."""
    store = a_store(slug="london")
    an_order(store, "3.00", paid=True, at=local(store, 2026, 3, 30, 8))
    return store


@pytest.fixture
def admin() -> Client:
    return logged_in(User.Role.ADMIN)


def logged_in(role: str, *stores: Store) -> Client:
    client = Client()
    client.force_login(a_user(role, *stores, email="jo@example.com"))
    return client


def asked() -> list[tuple[str | None, date, date, bool]]:
    """Return what was asked for: store, days, and whether it is done."""
    rows = Recalculation.objects.order_by("pk").select_related("store")
    return [(row.store and row.store.slug, row.first_day, row.last_day, row.finished_at is not None) for row in rows]


def metrics() -> list[tuple[str | None, date, int]]:
    rows = DailyMetrics.objects.order_by("store_id", "day").select_related("store")
    return [(row.store and row.store.slug, row.day, row.orders) for row in rows]


DAYS = (date(2026, 3, 30), date(2026, 3, 31))
WRITTEN = [("london", DAYS[0], 1), ("london", DAYS[1], 0), (None, DAYS[0], 1), (None, DAYS[1], 0)]


def test_a_recalculation_is_kept_as_a_row_and_done_by_the_worker_it_nudges(
    admin: Client, london: Store, django_capture_on_commit_callbacks: Any
) -> None:
    nudge = mock.patch.object(tasks.recalculate, "delay", tasks.recalculate)
    with nudge, django_capture_on_commit_callbacks(execute=True) as callbacks:
        answer = admin.post(PATH, BODY, "application/json")
        assert (asked(), metrics()) == ([("london", *DAYS, False)], [])
    data = answer.json()["data"]
    assert (answer.status_code, {**data, **BODY, "status": "queued"}) == (202, data)
    assert len(callbacks) == 1
    assert (asked(), metrics()) == ([("london", *DAYS, True)], WRITTEN)
    row = Recalculation.objects.get()
    assert row.requested_by is not None
    assert (row.requested_by.email, row.attempts, row.rows_written, row.error) == ("jo@example.com", 1, 4, "")


@pytest.mark.django_db(transaction=True)
def test_with_the_queue_away_it_is_accepted_and_done_by_the_next_sweep(admin: Client, london: Store) -> None:
    with mock.patch.object(tasks.recalculate, "delay", side_effect=OperationalError("refused")):
        answer = admin.post(PATH, BODY, "application/json")
    assert (answer.status_code, asked()) == (202, [("london", *DAYS, False)])
    (job,) = [job for job in settings.CELERY_BEAT_SCHEDULE.values() if job["task"] == tasks.recalculate.name]
    assert job["schedule"] <= timedelta(minutes=1)
    assert (tasks.recalculate(), asked(), metrics()) == (1, [("london", *DAYS, True)], WRITTEN)
    assert tasks.recalculate() == 0


def test_the_same_asked_for_twice_is_one_until_it_has_begun(admin: Client, london: Store) -> None:
    everywhere = {name: BODY[name] for name in ("from", "to")}
    bodies = [BODY, BODY, everywhere, everywhere, {**BODY, "from": "2026-03-31"}]
    assert [admin.post(PATH, body, "application/json").status_code for body in bodies] == [202] * 5
    expected = [("london", *DAYS, False), (None, *DAYS, False), ("london", DAYS[1], DAYS[1], False)]
    assert asked() == expected
    # what moves from now on may be missing from a run that has begun
    Recalculation.objects.filter(pk=Recalculation.objects.earliest("pk").pk).update(started_at=NOW)
    admin.post(PATH, BODY, "application/json")
    assert asked() == [*expected, ("london", *DAYS, False)]


def test_g373_a_recalculation_answers_with_an_id_that_can_be_asked_for_its_state(admin: Client, london: Store) -> None:
    answers = [admin.post(PATH, BODY, "application/json").json()["data"] for _ in range(2)]
    assert [answer["id"] for answer in answers] == [Recalculation.objects.get().pk] * 2
    address = f"{PATH}/{answers[0]['id']}"

    def state() -> tuple[str, object, str]:
        read = admin.get(address).json()["data"]
        return read["status"], read["rowsWritten"], read["error"]

    assert state() == ("queued", None, "")
    with mock.patch.object(recalculation, "aggregate", side_effect=ValueError("no disk left")):
        recalculation.run_waiting()
    assert state() == ("running", None, "ValueError: no disk left")
    Recalculation.objects.update(attempts=Recalculation.MAX_ATTEMPTS)
    assert state()[0] == "failed"
    Recalculation.objects.update(attempts=1, started_at=NOW - timedelta(hours=1))
    recalculation.run_waiting()
    assert (state()[0], state()[2]) == ("finished", "")
    assert [admin.get(f"{PATH}/{pk}").status_code for pk in ("9999999", "x")] == [404, 404]


def test_a_run_whose_worker_died_is_taken_up_again_but_not_one_that_has_just_begun(london: Store, clock: Any) -> None:
    recalculation.request_recalculation(scope=StoreScope(london), days=DayRange(*DAYS), actor=None)
    with mock.patch.object(recalculation, "aggregate", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        recalculation.run_waiting()
    clock.shift(recalculation.ABANDONED_AFTER - timedelta(minutes=1))
    assert (recalculation.run_waiting(), asked()) == (0, [("london", *DAYS, False)])
    clock.shift(timedelta(minutes=2))
    assert (recalculation.run_waiting(), asked(), metrics()) == (1, [("london", *DAYS, True)], WRITTEN)


def test_a_failure_keeps_its_reason_lets_the_others_run_and_is_given_up_after_five(london: Store) -> None:
    for store in (london, None):
        recalculation.request_recalculation(scope=StoreScope(store), days=DayRange(*DAYS), actor=None)
    with mock.patch.object(recalculation, "aggregate", side_effect=[ValueError("no disk left"), 7]):
        assert recalculation.run_waiting() == 1
    assert asked() == [("london", *DAYS, False), (None, *DAYS, True)]
    failed = Recalculation.objects.get(store=london)
    assert (failed.error, failed.attempts, failed.rows_written) == ("ValueError: no disk left", 1, None)
    with mock.patch.object(recalculation, "aggregate", side_effect=ValueError("no disk left")) as aggregate:
        for _ in range(9):
            Recalculation.objects.filter(finished_at=None).update(started_at=NOW - timedelta(hours=1))
            assert recalculation.run_waiting() == 0
    assert aggregate.call_count == 4
    assert Recalculation.objects.get(store=london).attempts == Recalculation.MAX_ATTEMPTS


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_share_the_requests_and_do_each_once(london: Store) -> None:
    for number in range(8):
        recalculation.request_recalculation(
            scope=StoreScope(london), days=DayRange(DAYS[0] - timedelta(days=number), DAYS[1]), actor=None
        )
    gate = Barrier(2)

    def work() -> int:
        gate.wait()
        try:
            return recalculation.run_waiting()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        done = [future.result() for future in [pool.submit(work) for _ in range(2)]]
    assert sum(done) == 8
    assert [row.attempts for row in Recalculation.objects.exclude(finished_at=None)] == [1] * 8


def test_old_requests_are_pruned(london: Store) -> None:
    for days in (29, 31):
        row = Recalculation(store=london, first_day=DAYS[0], last_day=DAYS[0] + timedelta(days=days))
        row.requested_at = NOW - timedelta(days=days)
        row.save()
    assert recalculation.prune_recalculations() == 1
    assert [row.last_day for row in Recalculation.objects.all()] == [DAYS[0] + timedelta(days=29)]


@pytest.mark.parametrize(
    ("role", "status"), [("super_admin", 202), ("admin", 202), ("staff", 403), ("user", 403), ("nobody", 401)]
)
def test_recalculations_are_for_admins(role: str, status: int, london: Store) -> None:
    client = Client() if role == "nobody" else logged_in(role, london)
    assert client.post(PATH, BODY, "application/json").status_code == status
    assert Recalculation.objects.count() == (status == 202)


def test_a_store_that_is_not_there_is_404(admin: Client, london: Store) -> None:
    assert admin.post(PATH, {**BODY, "store": "nowhere"}, "application/json").status_code == 404
    assert asked() == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"to": "2026-03-31"}, "from"),
        ({"from": "2026-03-31"}, "to"),
        ({"from": 20260330, "to": "2026-03-31"}, "from"),
        ({"from": "20260330", "to": "2026-03-31"}, "from"),
        ({"from": "2026-03-31", "to": "2026-03-30"}, "to"),
        ({"from": "2026-03-31", "to": "2026-04-01"}, "to"),
        ({"from": "2023-03-31", "to": "2026-03-31"}, "from"),
        ({"from": "2026-03-31", "to": "2026-03-31", "store": 1.5}, "store"),
        ({"from": "2026-03-31", "to": "2026-03-31", "days": 3}, "days"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_asked_for(
    admin: Client, london: Store, body: dict[str, Any], name: str
) -> None:
    answer = admin.post(PATH, body, "application/json")
    assert (answer.status_code, list(answer.json()["errors"]), asked()) == (400, [name], [])
