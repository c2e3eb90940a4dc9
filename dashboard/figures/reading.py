"""How figures are read: one snapshot, one statement each, rollup + waiting ledger rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection, transaction

from dashboard.metrics.measures import STORE_MEASURES

SUMS = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in STORE_MEASURES)
_MEASURES = ", ".join(STORE_MEASURES)
DAILY = f"SELECT day, {_MEASURES} FROM dashboard_storedailysales WHERE store_id = %(store)s AND basis = %(basis)s"
_WAITING_DAY = "CASE WHEN %(basis)s = 'placed' THEN order_day ELSE event_day END"
WAITING = f"SELECT {_WAITING_DAY} AS day, {{columns}} FROM dashboard_metricdelta WHERE store_id = %(store)s"
WAITING_STORE = WAITING.format(columns=_MEASURES) + " AND product_id IS NULL"


@contextmanager
def snapshot() -> Iterator[datetime]:
    """Read everything inside as of one moment; yields that moment (the `asOf` of what is shown).

    One REPEATABLE READ, READ ONLY transaction. Inside an open transaction (a test, an action) each statement is
    still exact by itself.
    """
    nested = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not nested:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT clock_timestamp()")
        yield cursor.fetchone()[0]


def rows(sql: str, **parameters: Any) -> list[dict[str, Any]]:
    """Return the rows of one statement as dictionaries."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def cents(amount: Decimal | int) -> Decimal:
    """Return an SQL sum with exactly two decimals (an empty sum comes as 0)."""
    return Decimal(amount).quantize(Decimal("0.01"))


def percentage(part: Decimal, whole: Decimal) -> Decimal:
    """Return part ÷ whole in percent, half-up to two decimals; 0 of nothing."""
    if not whole:
        return Decimal("0.00")
    return (part * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
