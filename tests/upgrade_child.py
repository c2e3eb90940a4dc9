"""Migrate the database of DATABASE_URL and print, as JSON, what that did to large tables and what the figures say then.

Then go back to the migrations that the database came with, and forward again.
Arguments: the file of the dashboards to answer, then the names of the large tables.

A program of its own: it works on a database that is not that of the tests.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import django

django.setup()

import simplejson  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

from customers.models import Store  # noqa: E402
from dashboard import figures  # noqa: E402
from dashboard.answers.payloads import store_dashboard_data  # noqa: E402
from dashboard.figures.periods import Period  # noqa: E402
from dashboard.metrics.folding import fold_all  # noqa: E402
from dashboard.metrics.recomputing import recompute_slices  # noqa: E402
from dashboard.metrics.verification import verify_store  # noqa: E402
from dashboard.models import VerificationRun  # noqa: E402

ANSWERED = datetime(2026, 11, 27, 9, tzinfo=UTC)
"""When the older version answered: it was the same day in both stores."""
LARGE = sys.argv[2:]
OURS = ("customers", "orders", "dashboard", "reports")
LOCKING = re.compile(
    r"^\s*(ALTER TABLE|CREATE (?:UNIQUE )?INDEX|DROP INDEX|LOCK|CREATE TRIGGER|CLUSTER|TRUNCATE)", re.I
)


def main() -> None:
    """Migrate; read the figures at once, after the workers have computed what is new, and once all is folded."""
    old = leaves()
    with watched() as statements:
        call_command("migrate", verbosity=0)
    answers = [dashboards()]
    while VerificationRun.objects.filter(recomputes=True).exists():
        recompute_slices()
    answers.append(dashboards())
    fold_all()
    answers.append(dashboards())
    wrong = [verify_store(store).details for store in Store.objects.order_by("slug")]
    undone = back_and_forward(old)
    print(json.dumps({"statements": statements, "answers": answers, "wrong": wrong, "undone": undone}, default=str))


def leaves() -> dict[str, str]:
    """Return the newest migration of each of our apps that the database has."""
    applied = sorted(MigrationExecutor(connection).loader.applied_migrations)
    return {app: name for app, name in applied if app in OURS}


def back_and_forward(old: dict[str, str]) -> list[str]:
    """Undo what came after `old`, all of it, and do it again; return what was undone."""
    new = leaves()
    executor = MigrationExecutor(connection)
    before = set(executor.loader.applied_migrations)
    executor.migrate([*old.items()])
    assert leaves() == old
    undone = before - set(MigrationExecutor(connection).loader.applied_migrations)
    call_command("migrate", verbosity=0)
    assert leaves() == new
    return sorted(f"{app}.{name}" for app, name in undone)


@contextmanager
def watched() -> Iterator[list[list[str]]]:
    """Yield the list of (migration, statement, tables it writes anew …) of what locks a large table or rewrites it."""
    found: list[list[str]] = []
    apply = MigrationExecutor.apply_migration
    running = [""]

    def named(executor: Any, state: Any, migration: Any, *args: Any, **kwargs: Any) -> Any:
        running[0] = f"{migration.app_label}.{migration.name}"
        return apply(executor, state, migration, *args, **kwargs)

    def watch(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        text = str(sql)
        files = filenodes()
        answer = execute(sql, params, many, context)
        after = filenodes()
        tables = [name for name in LARGE if re.search(rf'\b{name}"?[\s(;]', text + ";")]
        rewritten = [name for name in LARGE if files.get(name) != after.get(name)]
        if (LOCKING.match(text) and tables) or rewritten:
            found.append([running[0], " ".join(text.split()), *rewritten])
        return answer

    MigrationExecutor.apply_migration = named  # type: ignore[method-assign]
    with connection.execute_wrapper(watch):
        yield found


def filenodes() -> dict[str, int]:
    """Return the file of each large table; another one after a statement means that it was written anew."""
    rows = connection.connection.execute("SELECT relname, relfilenode FROM pg_class WHERE relname = ANY(%s)", [LARGE])
    return dict(rows.fetchall())


def dashboards() -> list[Any]:
    """Return the dashboards that the older version answered with, as today's, on its day: a trend ends with it."""
    with open(sys.argv[1], encoding="utf-8") as file:
        known = json.load(file)
    answers = []
    for old in known:
        first, last = (date.fromisoformat(old["period"][name]) for name in ("startDate", "endDate"))
        period = Period(first, last, old["period"]["type"])
        store = Store.objects.get(slug=old["store"])
        data = store_dashboard_data(figures.store_dashboard(store, period, old["basis"], now=ANSWERED))
        answers.append(json.loads(simplejson.dumps(data, use_decimal=True, default=str), parse_float=str))
    return answers


if __name__ == "__main__":
    main()
