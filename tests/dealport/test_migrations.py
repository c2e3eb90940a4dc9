"""What every migration owes an installation that goes on selling while it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.apps import apps
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddIndex, CreateModel, RunSQL, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation

from dealport.servers.use import ROOT

OURS = ("customers", "orders", "dashboard", "reports")
# The last migrations before indexes were built concurrently, and those of tables that stay small.
BEFORE = {"customers": 7, "orders": 6, "dashboard": 5, "reports": 5}
SMALL = {("orders", "product"), ("orders", "connection")}


def operations(migration: Migration) -> Iterator[Operation]:
    """Yield what a migration does to the database."""
    for operation in migration.operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from operation.database_operations
        else:
            yield operation


def test_o16_an_index_of_a_table_that_exists_is_built_without_a_lock() -> None:
    found, seen = [], 0
    for (app, name), migration in MigrationLoader(None, ignore_no_migrations=True).disk_migrations.items():
        if app not in OURS or int(name[:4]) <= BEFORE[app]:
            continue
        seen += 1
        made = {operation.name_lower for operation in operations(migration) if isinstance(operation, CreateModel)}
        tables = {apps.get_model(app, model)._meta.db_table for model in made if model in apps.all_models[app]}
        for operation in operations(migration):
            if type(operation) is AddIndex:
                model = operation.model_name_lower
                if model not in made and (app, model) not in SMALL:
                    found.append(f"{app}.{name}: {operation.index.name}")
            if isinstance(operation, RunSQL) and isinstance(operation.sql, str):
                built = re.findall(
                    r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)(?:IF NOT EXISTS )?\w+ ON (\w+)", operation.sql
                )
                found += [f"{app}.{name}: an index of {table}" for table in built if table not in tables]
    assert seen > 20
    assert found == []


def test_o16_the_license_is_there_and_the_readme_names_it() -> None:
    assert (ROOT / "LICENSE").read_text().startswith("Copyright (c)")
    assert "](LICENSE)" in (ROOT / "README.md").read_text()
