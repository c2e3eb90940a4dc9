"""Generated statements: what the first layer lets through reads only the views, by PostgreSQL's own plan of it.

`make test` takes 2,000 with a fixed seed, `make fuzz` 100,000 with a new one (DEALPORT_SQL_STATEMENTS and _SEED).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from customers.models import User
from reports.sql import session
from reports.sql.check import check
from reports.sql.errors import Refused
from reports.sql.views import ALL
from tests.reports.sql.generator import Columns, Statements
from tests.reports.sql.plans import (
    ALLOWED,
    calls_of,
    calls_of_the_views,
    plan_of,
    relations_of,
    tables_behind_the_views,
)

MANY = int(os.environ.get("DEALPORT_SQL_STATEMENTS", "2000"))
SEED = int(os.environ.get("DEALPORT_SQL_SEED", "20261126"))
PARTS = max(2, MANY // 5000)
KINDS = {"boolean": "b", "date": "d", "timestamp with time zone": "d", "text": "t", "character varying": "t"}
UNRESOLVED = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.InsufficientPrivilege,
)
"""What the server must never have to say: a name or a right it was the first layer's part to look at."""


@pytest.fixture
def server(console: User) -> Iterator[psycopg.Connection[Any]]:
    with session._connection(60) as opened:
        opened.autocommit = True
        yield opened


@pytest.fixture
def views(server: psycopg.Connection[Any]) -> dict[str, Columns]:
    rows = server.execute(
        "SELECT relname, attname, format_type(atttypid, NULL) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
        " WHERE relnamespace = 'reporting'::regnamespace AND attnum > 0 ORDER BY 1, attnum"
    ).fetchall()
    found: dict[str, Columns] = {view.name: [] for view in ALL}
    for view, column, kind in rows:
        found[view].append((column, KINDS.get(kind, "n")))
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_what_is_let_through_reads_the_views_and_calls_what_is_on_the_list(
    part: int, server: psycopg.Connection[Any], views: dict[str, Columns]
) -> None:
    tables, calls = tables_behind_the_views(server), ALLOWED | calls_of_the_views(server)
    ends: Counter[str] = Counter()
    faults: dict[str, str] = {}
    for number in range(part, MANY, PARTS):
        made = Statements(SEED, number, views)
        text = made.statement()
        kind = "hostile" if made.is_hostile else "garbled" if made.is_garbled else "honest"
        ends[kind] += 1
        try:
            checked = check(text)
        except Refused:
            continue
        seen = f"seed {SEED}, number {number}: {text}"
        if kind == "hostile":
            faults["a hostile one was let through"] = seen
        ends[f"{kind} accepted"] += 1
        try:
            plan = plan_of(server, checked.limited(1001))
        except psycopg.Error as error:
            ends[f"server: {error.sqlstate}"] += 1
            message = str(error)
            # one without LATERAL may not name its neighbors: the server's part
            is_wrong = isinstance(error, UNRESOLVED) and not message.startswith("invalid reference to FROM-clause")
            if is_wrong or (kind == "honest" and message.startswith("syntax error")):
                faults[f"{type(error).__name__}: {message.splitlines()[0]}"] = f"{seen}\n{checked.text}"
            continue
        ends[f"{kind} planned"] += 1
        for name in (relations_of(plan) - tables) | (calls_of(plan) - calls):
            faults[name] = f"{seen}\n{checked.text}"
    assert not faults, "\n".join(f"{fault}\n{text}" for fault, text in faults.items())
    assert ends["hostile"] > MANY / PARTS / 8
    assert ends["honest accepted"] > 0.7 * ends["honest"] > MANY / PARTS / 4
    assert ends["honest planned"] > 0.5 * ends["honest accepted"]
    assert ends["garbled accepted"] > 0.1 * ends["garbled"] > MANY / PARTS / 100
