"""How many questions a web process takes at once, and what a record keeps of the server's words."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from customers.models import User
from reports import sql
from reports.models import QueryRun
from reports.sql import limits
from tests.builders import a_user
from tests.reports.sql.conftest import console_url

SLOW = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b"


@pytest.mark.django_db(transaction=True)
def test_a_third_question_is_turned_away_at_once_while_two_are_answered(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEALPORT_SQL_CONSOLE, settings.SQL_DATABASE_URL = True, console_url()
    monkeypatch.setattr(limits, "SECONDS", 2.0)
    call_command("prepare_sql_console")
    user = a_user("super_admin")
    start = threading.Barrier(6)
    ends: list[tuple[str, float]] = []

    def ask() -> None:
        start.wait()
        started = time.monotonic()
        try:
            sql.run(SLOW, user=user, via="api")
        except sql.QueryError as error:
            ends.append((error.message, time.monotonic() - started))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turned_away = [seconds for message, seconds in ends if message.startswith("All places of the console are taken")]
    assert (len(ends), len(turned_away)) == (6, 6 - limits.AT_ONCE)
    assert max(turned_away) < 1.5
    # the places are free again, and each try is on record
    assert sql.run("SELECT 1", user=user, via="page").rows == [(1,)]
    assert QueryRun.objects.filter(reason__startswith="Away: All places").count() == len(turned_away)


@pytest.mark.parametrize(
    ("statement", "answered", "stored"),
    [
        (
            "SELECT max(email::int) FROM customers",
            'Invalid input syntax for type integer: "ann@example.com"',
            "Invalid input syntax for type integer: …",
        ),
        (
            "SELECT (email || ' \" ' || name)::date FROM customers",
            'Invalid input syntax for type date: "ann@example.com " Ann"',
            "Invalid input syntax for type date: …",
        ),
        ("SELECT to_date(name, 'YYYY') FROM customers", 'Invalid value "Ann" for "YYYY"', "Invalid value …"),
        (
            "SELECT nam FROM (SELECT 1 AS nam) x GROUP BY nam HAVING min(upper(nam)) > ''",
            "Function upper(integer) does not exist",
            "Function upper(integer) does not exist (at 61)",
        ),
    ],
)
def test_a_record_keeps_no_value_that_the_server_quotes(
    statement: str, answered: str, stored: str, console: User
) -> None:
    with pytest.raises(sql.Failed) as failure:
        sql.run(statement, user=console, via="api")
    assert failure.value.message == answered
    assert QueryRun.objects.get().reason == stored
