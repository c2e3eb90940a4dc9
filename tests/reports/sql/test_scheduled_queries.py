"""A saved query that is repeated: the console's rows in a file, its receipt in a mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from customers.models import User
from reports import scheduling
from reports.models import ExportJob, SavedQuery
from tests.builders import a_user
from tests.exports import lines_of
from tests.reports.schedules.plans import a_schedule, due_at, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(console: Any, settings: Any, tmp_path: Any) -> User:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path / "exports")
    return a_user(User.Role.SUPER_ADMIN)


def test_a_saved_query_arrives_as_a_file_and_its_mail_says_how_many_rows(owner: User) -> None:
    sql = "SELECT n, n * n AS square FROM generate_series(1, 3) AS n"
    query = SavedQuery.objects.create(name="Squares", sql=sql, owner=owner)
    schedule = a_schedule(owner, name="Squares a day", dataset="query", query=query, filters={})
    due_at(schedule, timezone.now() - timedelta(seconds=1))
    assert scheduling.run_due() == 1
    work()
    job = ExportJob.objects.get(schedule=schedule)
    assert [line["square"] for line in lines_of(job)] == ["1", "4", "9"]
    assert scheduling.send_mails() == 1
    (message,) = mail.outbox
    assert (message.to, message.subject) == ([owner.email], "Squares a day: 3 rows")
    text = str(message.body)
    for words in (
        "\nSquares\nRows: 3\n",
        "\nThe dashboard has no figures to compare this with.",
        job.receipt["sha256"],
        str(job.pk),
    ):
        assert words in text, text
    assert "Only super admins can download this file" in text and "Period" not in text


def test_a_console_that_is_switched_off_is_a_failure_with_that_reason(owner: User, settings: Any) -> None:
    query = SavedQuery.objects.create(name="One", sql="SELECT 1 AS one", owner=owner)
    schedule = a_schedule(owner, dataset="query", query=query, filters={})
    settings.DEALPORT_SQL_CONSOLE = False
    due_at(schedule, timezone.now() - timedelta(seconds=1))
    scheduling.run_due()
    schedule.refresh_from_db()
    reason = "query: Only super admins can export a query, where the SQL console is switched on."
    assert (schedule.failures, schedule.last_error, ExportJob.objects.count()) == (1, reason, 0)
