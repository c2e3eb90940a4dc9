"""`/admin/reports/query` and `/admin/reports/queries`."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from customers.models import User
from customers.tokens import access_token
from reports.models import QueryRun, SavedQuery
from tests.builders import a_user

RUN, SAVED = "/api/v1/admin/reports/query", "/api/v1/admin/reports/queries"


@pytest.fixture
def headers(console: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token(console)}"}


def send(method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    return Client().generic(method, path, "" if body is None else dumps(body), "application/json", headers=headers)


def dumps(body: Any) -> str:
    import json

    return json.dumps(body)


def test_an_answer_has_columns_rows_count_and_time(headers: dict[str, str]) -> None:
    statement = (
        "SELECT number, total_amount, date '2026-11-20' AS day, 'NaN'::float AS x, NULL AS y FROM orders ORDER BY 2"
    )
    answer = send("POST", RUN, headers, {"sql": statement})
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert isinstance(data.pop("elapsedMs"), int)
    assert [row.pop(0)[:4] for row in data["rows"]] == ["ORD-", "ORD-"]
    assert data == {
        "columns": ["number", "total_amount", "day", "x", "y"],
        "rows": [[7.00, "2026-11-20", "NaN", None], [12.50, "2026-11-20", "NaN", None]],
        "rowCount": 2,
        "truncated": False,
    }
    assert b"7.00," in answer.content, "amounts keep their digits"


@pytest.mark.parametrize(
    ("statement", "words", "position"),
    [
        ("SELECT 1,\n  pg_sleep(1)", "The function pg_sleep is not offered (line 2, column 3).", 13),
        ("SELECT upper(id)\nFROM orders", "Function upper(bigint) does not exist (line 1, column 8).", 8),
        ("SELECT 1/0", "Division by zero.", None),
        ("", "This field may not be blank.", ...),
        ("x" * 20_001, "Ensure this field has no more than 20000 characters.", ...),
        ("SELECT '\0'", "Null characters are not allowed.", ...),
    ],
)
def test_what_is_wrong_is_a_400_that_says_where(
    statement: str, words: str, position: Any, headers: dict[str, str]
) -> None:
    answer = send("POST", RUN, headers, {"sql": statement})
    body = answer.json()
    assert (answer.status_code, body["code"], body["errors"]) == (400, "VALIDATION_ERROR", {"sql": [words]})
    assert body.get("position", ...) == position


def test_a_database_that_is_away_is_a_503_that_says_when_to_come_back(headers: dict[str, str], settings: Any) -> None:
    settings.SQL_DATABASE_URL = "postgresql://a:b@127.0.0.1:1/x"
    answer = send("POST", RUN, headers, {"sql": "SELECT 1"})
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "SERVICE_UNAVAILABLE", "5")
    assert "127.0.0.1" not in answer.content.decode()
    assert QueryRun.objects.get().outcome == "failed"


def test_saved_queries_are_made_read_changed_listed_and_deleted(headers: dict[str, str]) -> None:
    made = send("POST", SAVED, headers, {"name": "One", "sql": "SELECT 1"})
    query = SavedQuery.objects.get()
    path = f"{SAVED}/{query.pk}"
    expected = {"id": query.pk, "name": "One", "sql": "SELECT 1", "owner": "root@example.com"}
    assert (made.status_code, {key: made.json()["data"][key] for key in expected}) == (201, expected)
    assert send("GET", path, headers).json() == made.json()
    changed = send("PATCH", path, headers, {"sql": "SELECT 2"})
    assert (changed.status_code, changed.json()["data"]["sql"]) == (200, "SELECT 2")
    listed = send("GET", SAVED, headers).json()
    assert (listed["meta"]["total"], listed["data"][0]["sql"]) == (1, "SELECT 2")
    assert send("POST", SAVED, headers, {"name": "One", "sql": "SELECT 1"}).status_code == 409
    refused = send("PATCH", path, headers, {"sql": "DELETE FROM orders"})
    assert (refused.status_code, refused.json()["position"]) == (400, 1)
    assert SavedQuery.objects.get().sql == "SELECT 2"
    assert send("DELETE", path, headers).status_code == 204
    assert SavedQuery.objects.count() == 0
    assert send("GET", path, headers).status_code == 404


def test_nobody_but_super_admins_may_and_nobody_where_it_is_switched_off(
    headers: dict[str, str], settings: Any
) -> None:
    others = {"Authorization": f"Bearer {access_token(a_user('admin'))}"}
    body = {"name": "One", "sql": "SELECT 1"}
    for method, path, sent in (("POST", RUN, {"sql": "SELECT 1"}), ("GET", SAVED, None), ("POST", SAVED, body)):
        assert send(method, path, others, sent).status_code == 403
        settings.DEALPORT_SQL_CONSOLE = False
        answer = send(method, path, headers, sent)
        settings.DEALPORT_SQL_CONSOLE = True
        assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_FOUND")
        assert answer.json()["message"].startswith("The SQL console is switched off.")
    assert (QueryRun.objects.count(), SavedQuery.objects.count()) == (0, 0)
