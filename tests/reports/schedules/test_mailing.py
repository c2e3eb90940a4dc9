from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from customers.actions import update_user
from customers.models import User
from dealport.kit.formats import day_text, days_text
from reports import scheduling, tasks
from reports.exporting import visible_jobs
from reports.models import ExportJob, ScheduledExport, ScheduleMail
from tests.builders import a_store, a_user, an_order
from tests.reports.schedules.plans import a_schedule, due_at, mails, work
from tests.reports.schedules.smtp_server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)


def finished(owner: User, *recipients: User, **fields: object) -> ExportJob:
    """Return the export of a schedule of yesterday's orders, written and noted, with its mails waiting."""
    addresses = [user.email for user in recipients] or [owner.email]
    schedule = a_schedule(owner, recipients=addresses, **fields)
    due_at(schedule, timezone.now() - timedelta(seconds=1))
    scheduling.run_due()
    work()
    return ExportJob.objects.get(schedule=schedule)


def sooner() -> None:
    """Let the pauses before another try be over."""
    ScheduleMail.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))


def people(count: int) -> list[User]:
    return [a_user(User.Role.ADMIN, email=f"{name}@example.com") for name in ("ada", "bob", "cyd")[:count]]


def test_each_recipient_gets_one_mail_with_the_receipt_and_a_link_that_needs_the_login(mail_server: MailServer) -> None:
    store = a_store(slug="tea-house")
    for _ in range(2):
        an_order(store, "12.34", paid=True, at=timezone.now() - timedelta(days=1))
    ada, bob = people(2)
    job = finished(ada, ada, bob, name="Orders <b>& more</b>", filters={"period": "last_7_days", "store": "tea-house"})
    assert (job.status, job.mailed_at) == ("succeeded", None)
    assert [tasks.send_schedule_mails() for _ in range(3)] == [2, 0, 0]

    assert mail_server.addressees() == ["ada@example.com", "bob@example.com"]
    assert [len(delivery.recipients) for delivery in mail_server.deliveries] == [1, 1]
    mail = mail_server.deliveries[0]
    link = f"https://office.example.com/reports/exports/{job.pk}/"
    first, last = (job.filters[name] for name in ("from", "to"))
    days = days_text(date.fromisoformat(first), date.fromisoformat(last))
    snapshot = day_text(date.fromisoformat(job.receipt["snapshotAt"][:10]))
    for words in (
        "Orders <b>& more</b>: your export is ready.",
        "Orders, store tea-house",
        "Rows: 2\n",
        f"Period: {days}\n",
        "sales GBP: 24.68 (the dashboard says the same)",
        "Agrees with the dashboard: yes",
        f"Snapshot: {snapshot}, ",
        f"SHA-256: {job.receipt['sha256']}",
        f"File: {job.file_name}",
        f"\n{link}\n",
    ):
        assert words in mail.text(), mail.text()
    assert first < last
    html = mail.text("html")
    assert "Orders &lt;b&gt;&amp; more&lt;/b&gt;" in html and f'href="{link}"' in html and "<b>" not in html
    assert "24.68 (the dashboard says the same)" in html
    # whoever reads the mail without an account learns of no way to the file
    assert job.file_key not in mail.raw.decode() and "token" not in mail.raw.decode()
    headers = mail.message
    assert (headers["Subject"], headers["To"], headers["From"]) == (
        "Orders <b>& more</b>: 2 rows",
        "ada@example.com",
        "DealPort <dealport@localhost>",
    )
    job.refresh_from_db()
    assert job.mailed_at is not None
    assert mails() == [("ada@example.com", "sent"), ("bob@example.com", "sent")]


def test_a_recipient_can_open_the_page_the_mail_leads_to(mail_server: MailServer) -> None:
    ada, bob = people(2)
    job = finished(ada, bob)
    assert list(visible_jobs(bob)) == [job]
    assert list(visible_jobs(a_user(User.Role.ADMIN))) == []


def test_a_file_with_personal_data_says_that_super_admins_alone_may_fetch_it(mail_server: MailServer) -> None:
    boss, (ada,) = a_user(User.Role.SUPER_ADMIN, email="boss@example.com"), people(1)
    job = finished(boss, boss, ada)
    assert not job.is_masked
    scheduling.send_mails()
    assert all("Only super admins can download this file" in delivery.text() for delivery in mail_server.deliveries)
    assert len(mail_server.deliveries) == 2


def test_a_difference_from_the_dashboard_is_said_loudly(mail_server: MailServer) -> None:
    (ada,) = people(1)
    job = finished(ada)
    line = {"currency": "GBP", "name": "sales", "file": "10.00", "dashboard": "12.00", "agrees": False}
    receipt = {**job.receipt, "controlTotals": [line], "agreesWithDashboard": False}
    ExportJob.objects.filter(pk=job.pk).update(receipt=receipt)
    scheduling.send_mails()
    (mail,) = mail_server.deliveries
    assert "sales GBP: 10.00 (THE DASHBOARD SAYS 12.00)" in mail.text()
    assert "Agrees with the dashboard: NO." in mail.text()


def test_a_mail_server_that_is_away_gets_everything_once_it_is_back(mail_server: MailServer) -> None:
    ada, bob = people(2)
    job = finished(ada, ada, bob)
    mail_server.stop()
    assert [scheduling.send_mails() for _ in range(2)] == [0, 0]
    assert mails() == [("ada@example.com", "waiting"), ("bob@example.com", "waiting")]
    errors = set(ScheduleMail.objects.values_list("error", flat=True))
    assert len(errors) == 1 and "The mail server cannot be reached: the connection was refused." in errors.pop()

    mail_server.start()
    assert [scheduling.send_mails() for _ in range(2)] == [2, 0]
    assert mail_server.addressees() == ["ada@example.com", "bob@example.com"]
    job.refresh_from_db()
    assert job.mailed_at is not None
    assert ScheduledExport.objects.get().failures == 0


def test_an_address_the_server_refuses_keeps_no_other_from_its_mail(mail_server: MailServer) -> None:
    ada, bob, cyd = people(3)
    job = finished(ada, ada, bob, cyd)
    mail_server.behaviour.recipients = {
        "ada@example.com": "550 no such mailbox",
        "bob@example.com": "450 come back later",
    }
    assert scheduling.send_mails() == 1
    assert mails() == [("ada@example.com", "refused"), ("bob@example.com", "waiting"), ("cyd@example.com", "sent")]
    schedule = ScheduledExport.objects.get()
    assert schedule.last_error == (
        "The mail to ada@example.com was not sent. The mail server refused it: 550 no such mailbox"
    )
    assert (schedule.failures, schedule.is_active) == (0, True)

    mail_server.behaviour.recipients = {}
    assert scheduling.send_mails() == 0  # not before its pause is over
    sooner()
    assert [scheduling.send_mails() for _ in range(2)] == [1, 0]
    assert mail_server.addressees() == ["bob@example.com", "cyd@example.com"]
    job.refresh_from_db()
    assert job.mailed_at is not None


def test_a_server_that_hangs_up_after_taking_a_mail_gets_that_one_alone_again_under_the_same_id(
    mail_server: MailServer,
) -> None:
    ada, bob = people(2)
    finished(ada, ada, bob)
    mail_server.behaviour.hangs_up_after_data = True
    assert scheduling.send_mails() == 0
    mail_server.behaviour.hangs_up_after_data = False
    sooner()
    assert [scheduling.send_mails() for _ in range(2)] == [2, 0]
    assert mail_server.addressees() == ["ada@example.com", "ada@example.com", "bob@example.com"]
    ids = [str(delivery.message["Message-ID"]) for delivery in mail_server.deliveries]
    assert len(set(ids)) == 2 and all(name.endswith("@office.example.com>") for name in ids)


def test_a_worker_killed_while_it_handed_a_mail_over_holds_it_back_for_ten_minutes(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ada,) = people(1)
    finished(ada)

    def killed(*arguments: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr("reports.scheduling.mailing._hand_over", killed)
        scheduling.send_mails()
    assert (scheduling.send_mails(), mails()) == (0, [("ada@example.com", "waiting")])
    mail = ScheduleMail.objects.get()
    assert timedelta(minutes=9) < mail.next_try_at - timezone.now() <= timedelta(minutes=10)
    sooner()
    assert scheduling.send_mails() == 1


def test_two_workers_that_send_at_once_send_every_mail_once(mail_server: MailServer) -> None:
    ada, bob, cyd = people(3)
    for number in range(5):
        finished(ada, ada, bob, cyd, name=f"Plan {number}")
    barrier, taken = Barrier(3), []

    def send() -> None:
        try:
            barrier.wait(10)
            taken.append(scheduling.send_mails())
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(taken) == 15
    assert mail_server.addressees() == sorted([ada.email, bob.email, cyd.email] * 5)


def test_a_recipient_who_may_not_open_exports_any_more_gets_no_mail(mail_server: MailServer) -> None:
    ada, bob, cyd = people(3)
    finished(ada, ada, bob, cyd)
    boss = a_user(User.Role.SUPER_ADMIN)
    update_user(user=bob, changes={"role": User.Role.STAFF}, actor=boss)
    update_user(user=cyd, changes={"status": "SUSPENDED"}, actor=boss)
    assert scheduling.send_mails() == 1
    assert mails() == [("ada@example.com", "sent"), ("bob@example.com", "withheld"), ("cyd@example.com", "withheld")]
    assert mail_server.addressees() == ["ada@example.com"]


def test_a_mail_whose_file_is_gone_is_given_up(mail_server: MailServer) -> None:
    (ada,) = people(1)
    job = finished(ada)
    mail_server.stop()
    scheduling.send_mails()
    ExportJob.objects.filter(pk=job.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    mail_server.start()
    assert (scheduling.send_mails(), mails()) == (0, [("ada@example.com", "given_up")])
    assert "The mail server cannot be reached: the connection was refused." in ScheduledExport.objects.get().last_error
    assert mail_server.deliveries == []


def test_a_name_with_line_ends_becomes_no_header(mail_server: MailServer) -> None:
    (ada,) = people(1)
    job = finished(ada)
    evil = "Plan\r\nBcc: thief@example.com\r\n\r\nbody\n.\n\u2028X: y"
    ScheduledExport.objects.update(name=evil)
    ExportJob.objects.filter(pk=job.pk).update(title=evil)
    assert scheduling.send_mails() == 1
    (mail,) = mail_server.deliveries
    assert mail.recipients == ("ada@example.com",)
    assert mail.message["Bcc"] is None and mail.message["X"] is None
    assert mail.message["Subject"] == "Plan Bcc: thief@example.com body . X: y: 0 rows"
    assert "SHA-256: " in mail.text()


def test_a_mail_that_cannot_be_written_is_refused_and_the_next_is_sent(mail_server: MailServer) -> None:
    ada, bob = people(2)
    broken, whole = finished(ada), finished(bob)
    ExportJob.objects.filter(pk=broken.pk).update(receipt={})
    assert scheduling.send_mails() == 1
    assert mails() == [("ada@example.com", "refused"), ("bob@example.com", "sent")]
    assert mail_server.addressees() == ["bob@example.com"]
    whole.refresh_from_db()
    assert whole.mailed_at is not None


def test_without_a_mail_server_mails_become_files(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    ada, bob = people(2)
    finished(ada, ada, bob)
    assert scheduling.send_mails() == 2
    written = "".join(file.read_text() for file in (tmp_path / "mail").iterdir())
    assert written.count("SHA-256: ") == 2
    assert all(f"To: {address}" in written for address in ("ada@example.com", "bob@example.com"))


def test_an_export_that_was_called_off_is_no_failure_and_no_mail(mail_server: MailServer) -> None:
    (ada,) = people(1)
    schedule = a_schedule(ada)
    ScheduledExport.objects.update(failures=3)
    due_at(schedule, timezone.now() - timedelta(seconds=1))
    scheduling.run_due()
    ExportJob.objects.update(status=ExportJob.Status.CANCELED)
    work()
    schedule.refresh_from_db()
    assert (schedule.failures, mails()) == (3, [])
