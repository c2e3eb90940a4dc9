"""What migrations need to take the limits off columns of amounts, without reading or writing a row (ADR 0022)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models, transaction
from django.db.backends.utils import CursorWrapper

from dealport.kit.fields import MoneyField

_LIMITED = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND atttypid = 'numeric'::regtype AND atttypmod <> -1 AND NOT attisdropped ORDER BY attnum
"""
_CHECKS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint c
WHERE conrelid = %s::regclass AND contype = 'c' AND conkey && (
    SELECT array_agg(attnum) FROM pg_attribute WHERE attrelid = conrelid AND attname = ANY(%s)
) ORDER BY conname
"""
_VIEWS = """
SELECT DISTINCT r.ev_class::regclass::text FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = %s::regclass AND r.ev_class <> d.refobjid
"""


def lift_limits(app: str) -> Callable[[object, object], None]:
    """Return the step of a migration that is not atomic: make `numeric(n, s)` of an app plain `numeric`.

    The conditions on these columns are taken off and put back as the models of then have them, unvalidated, in the one
    statement that holds the lock; validating them, and the statistics that the change drops, lock nobody out. Views on
    the columns are dropped: they are the SQL console's, which the release makes again. May run again.
    """

    def step(apps: Any, schema_editor: object) -> None:
        for model in apps.get_app_config(app).get_models():
            columns = [field.column for field in model._meta.concrete_fields if isinstance(field, MoneyField)]
            if columns:
                _lift(model, columns, schema_editor)

    return step


def _lift(model: type[models.Model], columns: list[str], schema_editor: Any) -> None:
    table = model._meta.db_table
    with schema_editor.connection.cursor() as cursor:
        limited = _first(cursor, _LIMITED, table)
        cursor.execute(_CHECKS, [table, columns])
        checks = {name: f"CONSTRAINT {name} {sql.removesuffix(' NOT VALID')}" for name, sql in cursor.fetchall()}
        for constraint in model._meta.constraints:
            if constraint.name in checks:
                checks[constraint.name] = str(constraint.constraint_sql(model, schema_editor))
        changes = [
            *(f"DROP CONSTRAINT {name}" for name in checks),
            *(f"ALTER COLUMN {column} TYPE numeric" for column in limited),
            *(f"ADD {sql} NOT VALID" for sql in checks.values()),
        ]
        with transaction.atomic(using=schema_editor.connection.alias):
            drop_views(cursor, table)
            if changes:
                cursor.execute(f"ALTER TABLE {table} {', '.join(changes)}")
        for name in checks:
            cursor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
        if limited:
            cursor.execute(f"ANALYZE {table} ({', '.join(limited)})")


def drop_views(cursor: CursorWrapper, table: str) -> None:
    """Drop the views on a table, whose columns cannot change their type otherwise; the release makes them again."""
    for view in _first(cursor, _VIEWS, table):
        cursor.execute(f"DROP VIEW {view}")


def _first(cursor: CursorWrapper, sql: str, *parameters: str) -> list[str]:
    cursor.execute(sql, parameters)
    return [value for (value, *_) in cursor.fetchall()]
