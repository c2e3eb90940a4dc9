"""Another connection to the database of a test, as somebody else would have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def elsewhere() -> Iterator[psycopg.Connection[Any]]:
    """Yield a transaction of somebody else on the test's database, without limits."""
    parameters = connection.get_connection_params()
    with psycopg.connect(
        **{name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters}
    ) as other:
        yield other
        other.rollback()
