from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from customers.models import User
from reports import scheduling
from reports.models import ExportJob, ScheduledExport
from tests.builders import a_user
from tests.reports.schedules.plans import a_schedule, due_at, mails, work
from tests.reports.schedules.smtp_server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "The storage does not answer. Tried 3 times."


def run(schedule: ScheduledExport, *, error: str = "") -> tuple[int, str, bool]:
    """Run the schedule once and let the export fail with `error`, or write it; return how the schedule stands."""
    due_at(schedule, timezone.now() - timedelta(seconds=1))
    assert scheduling.run_due() == 1
    if error:
        waiting = ExportJob.objects.filter(status=ExportJob.Status.QUEUED)
        assert waiting.update(status=ExportJob.Status.FAILED, error=error, finished_at=timezone.now()) == 1
    work()
    schedule.refresh_from_db()
    return schedule.failures, schedule.last_error, schedule.is_active


def test_the_fifth_failure_in_a_row_stops_the_schedule_and_tells_the_owner_once(mail_server: MailServer) -> None:
    owner, other = a_user(User.Role.ADMIN, email="ada@example.com"), a_user(User.Role.ADMIN)
    schedule = a_schedule(owner, name="Sales", recipients=[other.email])
    for number in range(1, 5):
        assert run(schedule, error=f"Reason {number}") == (number, f"Reason {number}", True)
    assert (scheduling.send_mails(), mails()) == (0, [])

    assert run(schedule, error=REASON) == (5, REASON, False)
    assert schedule.next_run_at is None
    assert [scheduling.send_mails() for _ in range(2)] == [1, 0]
    (mail,) = mail_server.deliveries
    assert mail.recipients == ("ada@example.com",)
    assert mail.message["Subject"] == "Sales: stopped"
    assert mail.text().split("\n\n")[1:3] == [
        "It failed 5 times in a row and no longer runs. The last reason:",
        REASON,
    ]
    assert f"https://office.example.com/reports/schedules/{schedule.pk}/" in mail.text()
    assert scheduling.run_due() == 0


def test_a_success_forgets_the_failures_before_it(mail_server: MailServer) -> None:
    schedule = a_schedule(a_user(User.Role.ADMIN))
    for _ in range(4):
        run(schedule, error=REASON)
    assert run(schedule) == (0, "", True)
    for number in range(1, 5):
        assert run(schedule, error=REASON) == (number, REASON, True)


def test_failures_before_and_in_the_export_count_alike(mail_server: MailServer) -> None:
    owner = a_user(User.Role.ADMIN)
    schedule = a_schedule(owner)
    for _ in range(3):
        run(schedule, error=REASON)
    User.objects.filter(pk=owner.pk).update(role=User.Role.STAFF)
    gone = "The account it belongs to may not open exports any more."
    assert run(schedule) == (4, gone, True)
    assert run(schedule) == (5, gone, False)
    # somebody with an account still learns what became of what is theirs
    assert scheduling.send_mails() == 1
    assert mail_server.addressees() == [owner.email]


def test_an_owner_without_an_active_account_is_written_to_no_more(mail_server: MailServer) -> None:
    owner = a_user(User.Role.ADMIN)
    schedule = a_schedule(owner)
    User.objects.filter(pk=owner.pk).update(status="SUSPENDED")
    for _ in range(5):
        run(schedule)
    assert (schedule.is_active, scheduling.send_mails(), mail_server.deliveries) == (False, 0, [])
    assert mails() == [(owner.email, "withheld")]


def test_starting_it_again_begins_to_count_anew_and_a_second_stop_is_told_again(mail_server: MailServer) -> None:
    owner = a_user(User.Role.ADMIN)
    schedule = a_schedule(owner)
    for _ in range(5):
        run(schedule, error=REASON)
    started = scheduling.change_schedule(schedule=schedule, values={"is_active": True}, actor=owner)
    assert (started.failures, started.last_error, started.is_active) == (0, "", True)
    assert started.next_run_at is not None and started.next_run_at > timezone.now()
    for _ in range(5):
        run(schedule, error=REASON)
    assert scheduling.send_mails() == 2


def test_an_export_is_taken_note_of_once_however_many_look(mail_server: MailServer) -> None:
    owner = a_user(User.Role.ADMIN)
    schedule = a_schedule(owner)
    ScheduledExport.objects.update(failures=3)
    due_at(schedule, timezone.now() - timedelta(seconds=1))
    scheduling.run_due()
    ExportJob.objects.update(status=ExportJob.Status.FAILED, error=REASON, finished_at=timezone.now())
    barrier, noted = Barrier(4), []

    def settle() -> None:
        try:
            barrier.wait(10)
            noted.append(scheduling.settle_finished())
        finally:
            connection.close()

    threads = [Thread(target=settle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    schedule.refresh_from_db()
    assert (sum(noted), schedule.failures, mails()) == (1, 4, [])
