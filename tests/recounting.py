"""Let the database plan the recount once per connection: its plan takes ten times as long as a test's few orders do.

The product has it planned anew each time, for the size of each store.
"""

from __future__ import annotations

import re
from typing import Any
from weakref import WeakSet

from django.db import connection

from dashboard.figures.reading import Row
from dashboard.metrics import recount

TYPES = {"store": "bigint", "from": "date", "to": "date", "changes": "timestamptz[]", "offsets": "interval[]"}
NUMBERS = {name: f"${number}" for number, name in enumerate(TYPES, 1)}

_PREPARED: WeakSet[Any] = WeakSet()
"""The connections that know the statement."""

_run = recount.rows


def install() -> None:
    """Use `rows` in place of the recount's own way to the database."""
    recount.rows = rows


def rows(sql: str, **parameters: Any) -> list[Row]:
    """Return the rows of the recount's statement, prepared where this connection has not had it yet."""
    if sql != recount._DIFFERENCES:
        return _run(sql, **parameters)
    with connection.cursor() as cursor:
        if connection.connection not in _PREPARED:
            cursor.execute(f"PREPARE recount ({', '.join(TYPES.values())}) AS {_numbered(sql)}")
            _PREPARED.add(connection.connection)
        values = [parameters[name] for name in TYPES]
        places = ", ".join(["%s"] * len(values))
        cursor.execute(f"SET LOCAL plan_cache_mode = force_generic_plan; EXECUTE recount ({places})", values)
        cursor.nextset()
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _numbered(sql: str) -> str:
    return re.sub(r"%\((\w+)\)s", lambda found: NUMBERS[found[1]], sql).replace("%%", "%")
