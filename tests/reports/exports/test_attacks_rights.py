"""What people learn of exports that are not theirs."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from structlog.testing import capture_logs

from customers.models import User
from reports.exporting import run_export, visible_jobs
from reports.exporting.errors import Refused
from reports.models import ExportJob, SavedQuery, ScheduledExport
from tests.builders import a_user

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = 'Invalid input syntax for type integer: "Zoë Müller, +44 20 7946 0000"'


def a_mailed_query(owner: User, reader: User) -> ExportJob:
    """Return a job of a saved query that is mailed to an admin."""
    query = SavedQuery.objects.create(name="Phones", sql="SELECT 1 AS one", owner=owner)
    schedule = ScheduledExport.objects.create(
        owner=owner,
        name="Daily",
        dataset="query",
        query=query,
        cron="0 6 * * *",
        recipients=[reader.email],
        next_run_at=timezone.now(),
    )
    return ExportJob.objects.create(
        owner=owner,
        schedule=schedule,
        dataset="query",
        sql=query.sql,
        title=query.name,
        format="csv",
        request_hash="x",
    )


def test_why_a_query_failed_is_for_its_owner_and_for_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    owner, reader = a_user(User.Role.SUPER_ADMIN), a_user(User.Role.ADMIN)
    job = a_mailed_query(owner, reader)

    def fail(*args: Any) -> None:
        raise Refused(SECRET)

    monkeypatch.setattr("reports.exporting.running.write_query", fail)
    with capture_logs() as logs:
        run_export(str(job.pk))
    assert [found.error for found in visible_jobs(owner)] == [SECRET]
    assert not visible_jobs(reader).exists()
    assert [(line["event"], "Zoë" in str(line)) for line in logs] == [("export failed", False)]
