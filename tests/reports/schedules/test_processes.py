"""Sweeps in processes of their own: several at once, and killed in the middle."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from customers.models import User
from reports import scheduling
from reports.models import ExportJob, ScheduledExport, ScheduleMail
from tests.builders import a_user
from tests.reports.schedules.plans import a_schedule, due_at, mails, work
from tests.reports.schedules.smtp_server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)

PROGRAM = """
import django; django.setup()
from reports import scheduling
print("ready", flush=True); input()
scheduling.{}()
"""
Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def start(process_environment: dict[str, str], mail_server: MailServer, settings: Any) -> Iterator[Start]:
    """Return how to start a process that calls something of `reports.scheduling` once it is sent a line."""
    mail = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(mail_server.port), "DEALPORT_URL": settings.DEALPORT_URL}
    environment = {**process_environment, **mail}
    started: list[subprocess.Popen[str]] = []

    def run(name: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PROGRAM.format(name)]
        child = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(child)
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        return child

    yield run
    for child in started:
        child.kill()
        child.communicate()


def go(child: subprocess.Popen[str]) -> None:
    """Let a process do what it is for."""
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


def until(condition: Callable[[], bool]) -> None:
    """Wait for something another process does."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def somebody_waits() -> bool:
    """Answer whether a statement of another session waits for ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT waiting.pid) FROM pg_locks waiting JOIN pg_locks held ON held.pid = waiting.pid "
            "JOIN pg_database d ON d.oid = held.database WHERE NOT waiting.granted AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


def test_three_beats_in_processes_of_their_own_make_one_run_of_each_schedule(start: Start) -> None:
    owners = [a_user(User.Role.ADMIN) for _ in range(3)]
    schedules = [a_schedule(owner, name=f"Plan {number}") for owner in owners for number in range(10)]
    ScheduledExport.objects.update(next_run_at=timezone.now() - timedelta(days=3))
    children = [start("run_due") for _ in range(3)]
    for child in children:
        go(child)
    assert [child.wait(30) for child in children] == [0, 0, 0]
    assert sorted(ExportJob.objects.values_list("schedule_id", flat=True)) == [schedule.pk for schedule in schedules]
    assert not ScheduledExport.objects.filter(next_run_at__lte=timezone.now()).exists()


def test_a_beat_killed_between_claim_and_commit_leaves_the_schedule_due_and_no_export(start: Start) -> None:
    schedule = a_schedule(a_user(User.Role.ADMIN))
    due = timezone.now() - timedelta(minutes=1)
    due_at(schedule, due)
    child = start("run_due")
    with transaction.atomic():
        # the export's row has to wait for us, with the schedule claimed
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE reports_exportjob IN EXCLUSIVE MODE")
        go(child)
        until(somebody_waits)
        assert scheduling.run_due() == 0  # whoever else looks, passes it by
        child.kill()
        child.wait(10)
    schedule.refresh_from_db()
    assert (schedule.next_run_at, schedule.last_run_at, ExportJob.objects.count()) == (due, None, 0)
    until(lambda: scheduling.run_due() == 1)  # the server takes a moment to see that the session is gone
    assert ExportJob.objects.get().schedule == schedule


def test_a_worker_killed_before_it_knows_that_a_mail_was_taken_sends_that_one_again_and_loses_none(
    start: Start, mail_server: MailServer
) -> None:
    owner, other = (a_user(User.Role.ADMIN, email=f"{name}@example.com") for name in ("ada", "bob"))
    schedule = a_schedule(owner, recipients=[owner.email, other.email])
    due_at(schedule, timezone.now() - timedelta(seconds=1))
    scheduling.run_due()
    work()
    mail_server.behaviour.answers_data.clear()
    child = start("send_mails")
    go(child)
    until(lambda: len(mail_server.deliveries) == 1)
    child.kill()
    child.wait(10)
    mail_server.behaviour.answers_data.set()
    assert mails() == [("ada@example.com", "waiting"), ("bob@example.com", "waiting")]

    assert scheduling.send_mails() == 1  # bob's, which nobody had claimed
    ScheduleMail.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    assert [scheduling.send_mails() for _ in range(2)] == [1, 0]
    assert mails() == [("ada@example.com", "sent"), ("bob@example.com", "sent")]
    assert mail_server.addressees() == ["ada@example.com", "ada@example.com", "bob@example.com"]
    ids = {delivery.recipients[0]: str(delivery.message["Message-ID"]) for delivery in mail_server.deliveries}
    assert {str(delivery.message["Message-ID"]) for delivery in mail_server.deliveries} == set(ids.values())
