from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from customers.actions import update_user
from customers.models import Store, User
from reports import scheduling, tasks
from reports.models import ExportJob, SavedQuery, ScheduledExport
from tests.builders import a_store, a_user
from tests.reports.schedules.plans import a_schedule, due_at

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = datetime(2026, 11, 16, 5, 0, tzinfo=UTC)


def jobs() -> list[tuple[object, object, object]]:
    """Return schedule, first and last day of every export there is, oldest first."""
    found = ExportJob.objects.order_by("requested_at")
    return [(job.schedule_id, job.filters.get("from"), job.filters.get("to")) for job in found]


def test_a_schedule_runs_at_its_moment_and_not_before() -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        schedule = a_schedule(a_user(User.Role.ADMIN))
        assert schedule.next_run_at == datetime(2026, 11, 16, 6, tzinfo=UTC)
        clock.move_to(datetime(2026, 11, 16, 5, 59, 59, tzinfo=UTC))
        assert (tasks.run_schedules(), jobs()) == (0, [])

        clock.move_to(datetime(2026, 11, 16, 6, tzinfo=UTC))
        assert tasks.run_schedules() == 1
        assert tasks.run_schedules() == 0
        schedule.refresh_from_db()
        assert jobs() == [(schedule.pk, "2026-11-15", "2026-11-15")]
        assert (schedule.last_run_at, schedule.next_run_at) == (
            datetime(2026, 11, 16, 6, tzinfo=UTC),
            datetime(2026, 11, 17, 6, tzinfo=UTC),
        )
        job = ExportJob.objects.get()
        assert (job.owner, job.dataset, job.format, job.columns, job.status) == (
            schedule.owner,
            "orders",
            "csv",
            [],
            "queued",
        )


def test_after_three_days_away_one_run_is_caught_up_with_the_day_that_was_meant() -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        schedule = a_schedule(a_user(User.Role.ADMIN))
        clock.move_to(datetime(2026, 11, 19, 14, 10, tzinfo=UTC))
        assert [tasks.run_schedules() for _ in range(3)] == [1, 0, 0]
        schedule.refresh_from_db()
        assert jobs() == [(schedule.pk, "2026-11-15", "2026-11-15")]
        assert schedule.next_run_at == datetime(2026, 11, 20, 6, tzinfo=UTC)


def test_last_month_stays_the_month_that_was_meant_when_the_run_comes_a_month_late() -> None:
    with time_machine.travel(datetime(2026, 9, 30, 12, tzinfo=UTC), tick=False) as clock:
        schedule = a_schedule(a_user(User.Role.ADMIN), cron="0 6 1 * *", filters={"period": "last_month"})
        clock.move_to(datetime(2026, 11, 2, 9, tzinfo=UTC))
        assert tasks.run_schedules() == 1
        schedule.refresh_from_db()
        assert jobs() == [(schedule.pk, "2026-09-01", "2026-09-30")]
        assert schedule.next_run_at == datetime(2026, 12, 1, 6, tzinfo=UTC)


def test_days_are_those_of_the_store_or_of_the_schedule_where_there_is_none() -> None:
    auckland = a_store(slug="far", timezone="Pacific/Auckland", currency="NZD")
    owner = a_user(User.Role.ADMIN)
    # 20:00 in London on the 16th is 09:00 on the 17th in Auckland, 12:00 on the 16th in Los Angeles
    with time_machine.travel(MONDAY, tick=False) as clock:
        plan = {"cron": "0 20 * * *", "filters": {"period": "today"}}
        everywhere = a_schedule(owner, **plan)
        there = a_schedule(owner, **{**plan, "filters": {"period": "today", "store": auckland.slug}})
        coast = a_schedule(owner, **{**plan, "cron": "0 12 * * *", "timezone": "America/Los_Angeles"})
        clock.move_to(datetime(2026, 11, 16, 20, tzinfo=UTC))
        assert tasks.run_schedules() == 3
    assert sorted(jobs()) == sorted(
        [
            (everywhere.pk, "2026-11-16", "2026-11-16"),
            (there.pk, "2026-11-17", "2026-11-17"),
            (coast.pk, "2026-11-16", "2026-11-16"),
        ]
    )


@pytest.mark.parametrize(
    ("zone", "cron", "start", "expected"),
    [
        # the hour from 1 to 2 is left out on 29 March, shown twice on 25 October
        ("Europe/London", "30 1 * * *", datetime(2026, 3, 28, 12, tzinfo=UTC), ["29 01:00", "30 00:30"]),
        ("Europe/London", "30 1 * * *", datetime(2026, 10, 24, 12, tzinfo=UTC), ["25 00:30", "26 01:30"]),
        # midnight is left out on 4 November 2018; 23:15 is shown twice on 17 February
        ("America/Sao_Paulo", "30 0 * * *", datetime(2018, 11, 3, 12, tzinfo=UTC), ["4 03:00", "5 02:30"]),
        ("America/Sao_Paulo", "15 23 * * *", datetime(2018, 2, 17, 12, tzinfo=UTC), ["18 01:15", "19 02:15"]),
    ],
)
def test_around_a_clock_change_each_day_has_one_run(zone: str, cron: str, start: datetime, expected: list[str]) -> None:
    seen = []
    with time_machine.travel(start, tick=False) as clock:
        a_schedule(a_user(User.Role.ADMIN), timezone=zone, cron=cron)
        # the sweep comes every quarter of an hour for two days and a bit
        for step in range(1, 4 * 24 * 2 - 20):
            clock.move_to(start + step * timedelta(minutes=15))
            if tasks.run_schedules():
                ExportJob.objects.update(status=ExportJob.Status.CANCELED, settled_at=timezone.now())
                seen.append(f"{timezone.now().day} {timezone.now():%H:%M}")
    assert seen == expected


def test_two_beats_at_the_same_moment_make_one_run() -> None:
    owner = a_user(User.Role.ADMIN)
    schedules = [a_schedule(owner, name=f"Plan {number}") for number in range(12)]
    for schedule in schedules:
        due_at(schedule, timezone.now() - timedelta(minutes=1))
    barrier, ran = Barrier(4), []

    def beat() -> None:
        try:
            barrier.wait(10)
            ran.append(scheduling.run_due())
        finally:
            connection.close()

    threads = [Thread(target=beat) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(ran) == 12
    assert sorted(ExportJob.objects.values_list("schedule_id", flat=True)) == [schedule.pk for schedule in schedules]
    assert not ScheduledExport.objects.filter(next_run_at__lte=timezone.now()).exists()


def test_a_beat_that_dies_before_the_commit_leaves_the_schedule_due() -> None:
    schedule = a_schedule(a_user(User.Role.ADMIN))
    due = timezone.now() - timedelta(minutes=1)
    due_at(schedule, due)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        scheduling.run_due()
        raise KeyboardInterrupt
    schedule.refresh_from_db()
    assert (schedule.next_run_at, schedule.last_run_at, jobs()) == (due, None, [])
    assert scheduling.run_due() == 1


def test_a_paused_schedule_misses_its_moments_for_good() -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        owner = a_user(User.Role.ADMIN)
        schedule = a_schedule(owner)
        scheduling.change_schedule(schedule=schedule, values={"is_active": False}, actor=owner)
        clock.move_to(MONDAY + timedelta(days=3))
        assert tasks.run_schedules() == 0
        started = scheduling.change_schedule(schedule=schedule, values={"is_active": True}, actor=owner)
        assert started.next_run_at == datetime(2026, 11, 19, 6, tzinfo=UTC)
        assert (tasks.run_schedules(), jobs()) == (0, [])


def failed_run(schedule: ScheduledExport) -> tuple[int, str, int]:
    """Let the schedule be due, run it, and return its failures, its last error, and how many exports there are."""
    due_at(schedule, timezone.now() - timedelta(seconds=1))
    assert scheduling.run_due() == 1
    schedule.refresh_from_db()
    assert schedule.next_run_at is not None and schedule.next_run_at > timezone.now()
    return schedule.failures, schedule.last_error, ExportJob.objects.count()


def test_an_owner_who_is_no_admin_any_more_gets_no_file() -> None:
    owner = a_user(User.Role.ADMIN)
    schedule = a_schedule(owner)
    update_user(user=owner, changes={"role": User.Role.STAFF}, actor=a_user(User.Role.SUPER_ADMIN))
    assert failed_run(schedule) == (1, "The account it belongs to may not open exports any more.", 0)


def test_a_store_that_is_gone_is_a_failure() -> None:
    store = a_store()
    schedule = a_schedule(a_user(User.Role.ADMIN), filters={"period": "yesterday", "store": store.slug})
    Store.objects.filter(pk=store.pk).update(slug="renamed")
    assert failed_run(schedule) == (1, "Its store is not there any more.", 0)


def test_a_filter_that_is_no_filter_any_more_is_a_failure() -> None:
    schedule = a_schedule(a_user(User.Role.ADMIN))
    ScheduledExport.objects.filter(pk=schedule.pk).update(filters={"period": "yesterday", "weather": "rain"})
    assert failed_run(schedule) == (1, "filters.weather: Unknown filter.", 0)


def test_recipients_of_whom_none_may_open_exports_any_more_are_a_failure() -> None:
    owner, other = a_user(User.Role.ADMIN), a_user(User.Role.ADMIN)
    schedule = a_schedule(owner, recipients=[other.email])
    update_user(user=other, changes={"status": "SUSPENDED"}, actor=a_user(User.Role.SUPER_ADMIN))
    assert failed_run(schedule) == (1, "None of its recipients may open exports any more.", 0)


def test_a_saved_query_of_somebody_who_is_no_super_admin_any_more_does_not_run(settings: Any) -> None:
    settings.DEALPORT_SQL_CONSOLE = True
    owner = a_user(User.Role.SUPER_ADMIN)
    query = SavedQuery.objects.create(name="Orders a day", sql="SELECT 1", owner=owner)
    schedule = a_schedule(owner, dataset="query", query=query, filters={})
    User.objects.filter(pk=owner.pk).update(role=User.Role.ADMIN)
    assert failed_run(schedule) == (
        1,
        "query: Only super admins can export a query, where the SQL console is switched on.",
        0,
    )


def test_a_saved_query_is_exported_as_it_reads_when_it_is_due(settings: Any) -> None:
    settings.DEALPORT_SQL_CONSOLE = True
    owner = a_user(User.Role.SUPER_ADMIN)
    query = SavedQuery.objects.create(name="Orders a day", sql="SELECT 1", owner=owner)
    schedule = a_schedule(owner, dataset="query", query=query, filters={})
    SavedQuery.objects.filter(pk=query.pk).update(sql="SELECT 2")
    due_at(schedule, timezone.now() - timedelta(seconds=1))
    assert scheduling.run_due() == 1
    job = ExportJob.objects.get()
    assert (job.dataset, job.title, job.sql, job.filters) == ("query", "Orders a day", "SELECT 2", {})


def test_a_defect_in_one_schedule_is_counted_and_keeps_no_other_from_running() -> None:
    owner = a_user(User.Role.ADMIN)
    broken, whole = a_schedule(owner, name="Broken"), a_schedule(owner, name="Whole")
    due_at(broken, timezone.now() - timedelta(minutes=2))
    due_at(whole, timezone.now() - timedelta(minutes=1))
    ScheduledExport.objects.filter(pk=broken.pk).update(columns={"not": "a list"}, filters=["nor an object"])
    assert scheduling.run_due() == 2
    broken.refresh_from_db()
    assert (broken.failures, broken.last_error) == (1, "Unexpected: ValueError.")
    assert [schedule for schedule, _, _ in jobs()] == [whole.pk]


def test_a_schedule_whose_zone_is_gone_stops_with_that_reason() -> None:
    schedule = a_schedule(a_user(User.Role.ADMIN))
    ScheduledExport.objects.filter(pk=schedule.pk).update(timezone="Mars/Olympus")
    due_at(schedule, timezone.now() - timedelta(seconds=1))
    assert scheduling.run_due() == 1
    schedule.refresh_from_db()
    assert (schedule.is_active, schedule.next_run_at, schedule.failures) == (False, None, 1)
    assert "Mars/Olympus" in schedule.last_error


def test_an_owner_with_too_many_unfinished_exports_waits_and_is_not_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.exporting.requests.MAX_UNFINISHED", 1)
    owner = a_user(User.Role.ADMIN)
    first, second = a_schedule(owner, name="First"), a_schedule(owner, name="Second")
    due = timezone.now() - timedelta(minutes=1)
    due_at(first, due - timedelta(minutes=1))
    due_at(second, due)
    assert scheduling.run_due() == 1
    second.refresh_from_db()
    assert (second.next_run_at, second.failures, second.last_run_at) == (due, 0, None)
    assert second.last_error == "It waits. 1 of your exports are not finished yet: wait for one, or cancel one."

    ExportJob.objects.update(status=ExportJob.Status.CANCELED)
    assert scheduling.run_due() == 1
    assert [schedule for schedule, _, _ in jobs()] == [first.pk, second.pk]


def test_a_schedule_that_is_deleted_leaves_its_exports_to_their_owner() -> None:
    owner = a_user(User.Role.ADMIN)
    schedule = a_schedule(owner)
    due_at(schedule, timezone.now() - timedelta(seconds=1))
    scheduling.run_due()
    scheduling.delete_schedule(schedule=schedule)
    job = ExportJob.objects.get()
    assert (job.schedule_id, job.owner, ScheduledExport.objects.count()) == (None, owner, 0)
    job.status = ExportJob.Status.FAILED
    job.save(update_fields=["status"])
    assert scheduling.settle_finished() == 0
