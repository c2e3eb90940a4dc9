"""Beat sends what is due: after a clock that was wrong, after an absence, and as the admin edited it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
import redis
import time_machine
from django.apps import apps
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from customers.models import User
from dealport import beat
from dealport.celery import app
from dealport.kit.redis import redis_key
from dealport.models import Heartbeat
from tests.admin_pages import logged_in
from tests.builders import a_user

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
FOLD, NIGHTLY = "fold the ledger", "verify every figure"


class Recorder(beat.Scheduler):
    """Notes what it would send; a broker that is away takes nothing."""

    def __init__(self, **kwargs: Any) -> None:
        self.sent: list[str] = []
        self.broker_works = True
        super().__init__(app=app, **kwargs)
        self._finalize.cancel()  # it would write at the end of the test run

    def _length(self, entry: Any, producer: Any) -> int:
        return 0

    def apply_async(self, entry: Any, **kwargs: Any) -> None:
        if not self.broker_works:
            raise OSError("the broker is away")
        self.sent.append(entry.name)

    def run(self) -> set[str]:
        """Tick until nothing more is due; return what was sent."""
        self.sent.clear()
        while self.tick() == 0:
            pass
        return set(self.sent)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def job(name: str) -> PeriodicTask:
    return PeriodicTask.objects.get(name=name)


def test_jobs_are_declared_once_with_their_interval_and_expire_with_it(
    clock: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    Recorder()

    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert set(settings.CELERY_BEAT_SCHEDULE) <= set(PeriodicTask.objects.values_list("name", flat=True))
    row = job(FOLD)
    assert (row.task, row.interval.every, row.interval.period) == ("dashboard.tasks.fold_ledger", 2, "seconds")
    assert row.expire_seconds == 4
    assert not PeriodicTask.objects.filter(interval__isnull=False, expire_seconds=None).exists()
    queues = {row.args: row.queue for row in PeriodicTask.objects.filter(task="dealport.tasks.heartbeat")}
    assert queues == {f'["{queue}"]': queue for queue in ("celery", "exports", "sources")}


def test_what_the_admin_edited_stays_and_what_is_missing_is_made_again(clock: time_machine.Traveller) -> None:
    Recorder()
    minute = IntervalSchedule.objects.create(every=1, period="minutes")
    PeriodicTask.objects.filter(name=FOLD).update(interval=minute, enabled=False, expire_seconds=7, task="of.old.times")
    six = CrontabSchedule.objects.create(hour="6", minute="0")
    PeriodicTask.objects.filter(name=NIGHTLY).update(crontab=six)
    PeriodicTask.objects.filter(name="expire unpaid orders").delete()

    scheduler = Recorder()

    row = job(FOLD)
    assert (row.interval, row.enabled, row.expire_seconds, row.task) == (
        minute,
        False,
        7,
        "dashboard.tasks.fold_ledger",
    )
    assert FOLD not in scheduler.schedule
    assert job(NIGHTLY).crontab == six
    assert job("expire unpaid orders").interval.every == 300


def test_a_clock_that_was_ahead_before_the_start_stops_nothing(clock: time_machine.Traveller) -> None:
    clock.move_to(NOON + timedelta(hours=1), tick=False)
    ahead = Recorder()
    clock.shift(10)
    assert FOLD in ahead.run()
    ahead.sync()
    assert job(FOLD).last_run_at > NOON + timedelta(hours=1)
    clock.move_to(NOON, tick=False)

    scheduler = Recorder()

    assert not PeriodicTask.objects.filter(last_run_at__gt=NOON).exists()
    assert scheduler.run() == set()
    clock.shift(3)
    assert scheduler.run() == {FOLD}


def test_a_clock_that_steps_back_while_beat_runs_stops_nothing(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    offset = 3600.0
    monkeypatch.setattr(beat, "_clock_offset", lambda: offset)
    clock.move_to(NOON + timedelta(hours=1), tick=False)
    scheduler = Recorder()
    clock.shift(400)
    assert {FOLD, "expire unpaid orders"} <= scheduler.run()
    offset = 0.0
    clock.move_to(NOON, tick=False)

    assert scheduler.run() == set()
    clock.shift(3)
    assert scheduler.run() == {FOLD}
    clock.shift(300)
    assert {FOLD, "expire unpaid orders"} <= scheduler.run()


@pytest.mark.fault("beat-killed")
def test_a_nightly_job_that_was_missed_runs_once_as_soon_as_beat_is_back(clock: time_machine.Traveller) -> None:
    Recorder()
    PeriodicTask.objects.filter(name=NIGHTLY).update(last_run_at=NOON - timedelta(hours=34))

    scheduler = Recorder()

    assert NIGHTLY in scheduler.run()
    clock.shift(600)
    assert NIGHTLY not in scheduler.run()


def test_a_nightly_job_that_could_not_be_queued_is_queued_once_the_broker_is_back(
    clock: time_machine.Traveller,
) -> None:
    Recorder()
    PeriodicTask.objects.filter(name=NIGHTLY).update(last_run_at=NOON - timedelta(hours=34))
    scheduler = Recorder()
    scheduler.broker_works = False
    assert scheduler.run() == set()
    clock.shift(301)
    scheduler.broker_works = True

    assert NIGHTLY in scheduler.run()
    clock.shift(301)
    assert NIGHTLY not in scheduler.run()


def test_a_database_that_is_away_does_not_end_beat(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = Recorder()

    def away(self: Any) -> None:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(DatabaseScheduler, "all_as_schedule", away)
        clock.shift(301)
        assert scheduler.tick() == scheduler.max_interval
    assert FOLD in scheduler.run()


def test_beat_shows_that_it_lives(clock: time_machine.Traveller) -> None:
    Recorder().run()

    assert (timezone.now() - Heartbeat.objects.get(name="beat").at) < timedelta(days=3650)
    assert Heartbeat.objects.get(name="beat").problem == ""


def test_a_long_queue_gets_nothing_that_would_expire_in_it(clock: time_machine.Traveller) -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete(*map(redis_key, settings.QUEUES))
    beat.Scheduler(app=app)._finalize.cancel()
    PeriodicTask.objects.update(last_run_at=NOON - timedelta(hours=34))
    scheduler = beat.Scheduler(app=app)
    scheduler._finalize.cancel()
    try:
        client.rpush(redis_key("celery"), *(["{}"] * beat.LONGEST_QUEUE))
        while scheduler.tick() == 0:
            pass

        added = client.lrange(redis_key("celery"), 0, -beat.LONGEST_QUEUE - 1)
        nightly = {
            job["task"] for job in settings.CELERY_BEAT_SCHEDULE.values() if "expires" not in job.get("options", {})
        }
        assert {json.loads(message)["headers"]["task"] for message in added} == nightly
        assert client.llen(redis_key("exports")) == client.llen(redis_key("sources")) == 1
    finally:
        scheduler.close()
        client.delete(*map(redis_key, settings.QUEUES))
        client.close()


def test_an_installation_of_before_lets_its_jobs_expire_from_now_on() -> None:
    every = IntervalSchedule.objects.create(every=2, period="minutes")
    second = IntervalSchedule.objects.create(every=1, period="seconds")
    nightly = CrontabSchedule.objects.create(hour="2")
    for name, job in {
        "ours": {"task": "dashboard.tasks.fold_ledger", "interval": every},
        "often": {"task": "orders.tasks.expire_unpaid_orders", "interval": second},
        "edited": {"task": "dashboard.tasks.fold_ledger", "interval": every, "expire_seconds": 9},
        "theirs": {"task": "of.a.plugin", "interval": every},
        "nightly": {"task": "dashboard.tasks.verify_everything", "crontab": nightly},
    }.items():
        PeriodicTask.objects.create(name=name, **job)

    import_module("dealport.migrations.0001_heartbeat").let_jobs_expire(apps, None)

    expiry = dict(PeriodicTask.objects.values_list("name", "expire_seconds"))
    assert expiry == {"ours": 120, "often": 4, "edited": 9, "theirs": None, "nightly": None}


@pytest.mark.django_db
def test_the_form_of_a_job_has_no_script_of_its_own_and_names_its_fields() -> None:
    form = logged_in(a_user(User.Role.SUPER_ADMIN)).get("/admin/django_celery_beat/periodictask/add/").content.decode()
    assert "periodic-task-overrides" not in form
    for number, name in enumerate(("Date", "Time")):
        (field,) = [part for part in form.split("<input") if f'id="id_start_time_{number}"' in part]
        assert f'aria-label="{name}"' in field.split(">")[0]
