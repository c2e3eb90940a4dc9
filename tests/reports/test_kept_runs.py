"""What was asked in the SQL console is on record for good, also against the application's own user."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from reports.models import QueryRun
from tests.builders import a_user

pytestmark = pytest.mark.django_db


def run(sql: str, purpose: str = "") -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('dealport.history', %s, true)", [purpose])
        cursor.execute(sql)
        cursor.execute("SELECT set_config('dealport.history', '', true)")


def a_run() -> QueryRun:
    user = a_user("super_admin")
    return QueryRun.objects.create(user=user, user_email=user.email, via="api", sql="SELECT 1")


@pytest.mark.parametrize("purpose", ["", "erase", "merge", "clear demo", "withdraw money"])
def test_a_run_is_completed_once_and_neither_changed_nor_deleted(purpose: str) -> None:
    row = a_run()
    for sql in (
        "UPDATE reports_queryrun SET sql = 'SELECT 2'",
        "UPDATE reports_queryrun SET outcome = 'answered', user_email = 'x@example.com'",
        "UPDATE reports_queryrun SET row_count = 7",
        "DELETE FROM reports_queryrun",
    ):
        with pytest.raises(IntegrityError, match="refused"):
            run(sql, purpose)
    run("UPDATE reports_queryrun SET outcome = 'answered', row_count = 1, elapsed_ms = 5", purpose)
    with pytest.raises(IntegrityError, match="UPDATE refused"):
        run("UPDATE reports_queryrun SET outcome = 'failed', reason = 'x'", purpose)

    kept = QueryRun.objects.get()
    assert (kept.pk, kept.sql, kept.outcome, kept.row_count) == (row.pk, "SELECT 1", "answered", 1)


def test_a_deleted_account_leaves_its_runs_with_its_address() -> None:
    row = a_run()
    assert row.user is not None
    row.user.delete()

    row.refresh_from_db()
    assert row.user is None and row.user_email
