"""Exceptions of the triggers that keep history, ledgers and audit rows as they were written.

Each trigger knows the purposes it makes an exception for, and what may change for them (docs/operations.md, Permanent
history).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from django.db import connection, transaction

Purpose = Literal["erase", "merge", "withdraw money"]


@contextmanager
def permitted(purpose: Purpose) -> Iterator[None]:
    """Let the triggers make their exceptions for one purpose within; one that fails ends with its savepoint."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('dealport.history', %s, true)", [purpose])
        yield
        cursor.execute("SELECT set_config('dealport.history', '', true)")
