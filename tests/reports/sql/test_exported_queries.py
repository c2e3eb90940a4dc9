"""A saved query as a file: the console's rows, whole, guarded and on record."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from customers.actions import update_user
from customers.models import User
from reports.exporting import request_export, run_export
from reports.models import ExportJob, QueryRun, SavedQuery
from tests.builders import a_user
from tests.exports import content, lines_of, sheets_of

ROWS = """
SELECT '=1+1' AS "=formula", 12.50 AS amount, 12.50 AS amount, 9007199254740993 AS large, NULL AS nothing,
    DATE '2026-03-01' AS day, TRUE AS flag, n FROM generate_series(1, 1200) AS n
"""


@pytest.fixture
def owner(console: Any, settings: Any, tmp_path: Any) -> User:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path / "exports")
    return a_user(User.Role.SUPER_ADMIN)


def exported_query(owner: User, sql: str, format: str = "csv") -> ExportJob:
    query, _ = SavedQuery.objects.update_or_create(name="Mine", defaults={"sql": sql, "owner": owner})
    job = request_export(owner=owner, dataset="query", filters={}, format=format, query=query)
    run_export(str(job.pk))
    job.refresh_from_db()
    return job


pytestmark = pytest.mark.django_db(transaction=True)


def test_every_row_arrives_in_both_formats(owner: User) -> None:
    job = exported_query(owner, ROWS)
    lines = lines_of(job)
    assert (len(lines), job.receipt["rowCount"], job.title, job.is_masked) == (1200, 1200, "Mine", False)
    assert lines[0] == {
        "'=formula": "'=1+1",
        "amount": "12.50",
        "amount_2": "12.50",
        "large": "9007199254740993",
        "nothing": "",
        "day": "2026-03-01",
        "flag": "true",
        "n": "1",
    }
    sheets = sheets_of(exported_query(owner, ROWS, "xlsx"))
    assert len(sheets["Data"]) == 1200
    assert sheets["Data"][1199] == {
        "=formula": "=1+1",
        "amount": 12.5,
        "amount_2": 12.5,
        "large": "9007199254740993",
        "nothing": None,
        "day": datetime.date(2026, 3, 1).isoformat(),
        "flag": True,
        "n": 1200,
    }
    assert {"receipt": "rowCount", "value": "1200"} in sheets["Receipt"]
    assert list(QueryRun.objects.values_list("via", "outcome", "row_count")) == [("export", "answered", 1200)] * 2


def test_no_rows_are_a_header_alone(owner: User) -> None:
    assert content(exported_query(owner, "SELECT 1 AS one WHERE FALSE")) == b"one\n"
    assert sheets_of(exported_query(owner, "SELECT 1 AS one WHERE FALSE", "xlsx"))["Data"] in ([], [{"one": None}])


@pytest.mark.parametrize("sql", ["DELETE FROM orders", "SELECT * FROM customers_user", "SELECT 1/0", "SELECT"])
def test_what_the_console_refuses_no_file_holds(owner: User, sql: str) -> None:
    job = exported_query(owner, sql)
    assert (job.status, job.file_key) == ("failed", "")
    assert job.error
    assert QueryRun.objects.get().outcome in ("refused", "failed")


def test_a_failed_export_names_no_value_that_was_read(owner: User) -> None:
    job = exported_query(owner, "SELECT ('sue@example.' || 'net')::uuid FROM generate_series(1, 2)")
    assert job.error == "Invalid input syntax for type uuid: …"


def test_who_is_no_super_admin_any_more_gets_no_file(owner: User) -> None:
    query = SavedQuery.objects.create(name="Mine", sql="SELECT 1 AS one", owner=owner)
    job = request_export(owner=owner, dataset="query", filters={}, format="csv", query=query)
    update_user(user=owner, changes={"role": User.Role.ADMIN}, actor=a_user(User.Role.SUPER_ADMIN))
    run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.file_key) == ("failed", "")
    assert not QueryRun.objects.exists()
