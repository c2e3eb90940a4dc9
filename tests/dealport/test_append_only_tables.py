"""Every table that docs/operations.md calls permanent has its triggers, and no other table has any."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from dealport.servers.use import ROOT

pytestmark = pytest.mark.django_db


def test_the_tables_in_the_documentation_are_those_that_are_neither_changed_nor_deleted_from() -> None:
    section = (ROOT / "docs" / "operations.md").read_text().split("## Permanent history")[1].split("\n## ")[0]
    documented = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))

    assert documented == tables_with(update=True, delete=True)
    assert len(documented) == 13


def test_outside_of_test_databases_none_of_them_is_truncated() -> None:
    guarded = tables_with(truncate=True)

    assert guarded == tables_with(update=True, delete=True)


def tables_with(*, update: bool = False, delete: bool = False, truncate: bool = False) -> set[str]:
    """Return the tables with a trigger before these; one that truncates spares test databases by itself or by WHEN."""
    kinds = 2 | 16 * update | 8 * delete | 32 * truncate  # pg_trigger.tgtype: 2 is BEFORE
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid"
            " WHERE NOT tgisinternal AND tgenabled = 'O' AND tgtype & 58 = %s"
            " AND (tgtype & 32 = 0 OR pg_get_triggerdef(pg_trigger.oid) || prosrc LIKE '%%starts_with(%%test_%%')",
            [kinds],
        )
        return {table for (table,) in cursor.fetchall()}
