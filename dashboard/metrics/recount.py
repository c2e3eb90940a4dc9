"""Recounting: what the buckets must hold, computed from the orders alone, and the difference to what they hold.

The queries here share nothing with the ledger: they read orders, items, transactions, refunds and customers. A
bucket is right when recount − rollup − waiting ledger rows is 0 in one snapshot. Writing recount − waiting ledger
rows into the rollup repairs it, and on empty rollups it builds them. While the fold lock is held that value cannot
move: a concurrent order changes the recount and the ledger alike.
"""

from __future__ import annotations

from datetime import date

from django.db import connection, transaction

from customers.models import Store
from dashboard.caching.invalidation import figures_changed
from dashboard.figures.periods import month_end
from dashboard.figures.reading import rows
from dashboard.metrics.folding import take_fold_lock
from dashboard.metrics.measures import STORE_MEASURES
from dashboard.metrics.movements_of_orders import PRODUCT_MOVEMENTS, STORE_MOVEMENTS
from dashboard.metrics.rollups import (
    DIMENSIONS,
    KINDS,
    LEDGER,
    PRODUCTS,
    ROLLUPS,
    TYPES,
    Kind,
    Rollup,
)
from dealport.kit.day_range import EVERY_DAY, DayRange
from dealport.kit.local_days import CLOCK, clock
from dealport.kit.values import FieldValues, Json


def _recounted(kind: Kind) -> str:
    """Return SQL of the movements of a kind that the orders say, less what waits in the ledger, added up once."""
    names = ", ".join(("store_id", "basis", "day", *kind.keys))
    of_ledger = ", ".join(
        ("store_id", "basis", "day", *(key if key == "product_id" else f"{key}::text" for key in kind.keys))
    )
    measures, minus = ", ".join(kind.measures), ", ".join(f"-{name}" for name in kind.measures)
    arms = " UNION ALL ".join(PRODUCT_MOVEMENTS if kind is PRODUCTS else STORE_MOVEMENTS)
    waiting = kind.of_rows(f"(SELECT * FROM {LEDGER} WHERE store_id = %(store)s) AS waiting")
    return kind.added_up(
        f"(SELECT {names}, {measures} FROM ({arms}) AS recounted "
        f"UNION ALL SELECT {of_ledger}, {minus} FROM ({waiting}) AS waiting) AS movements "
        "WHERE day BETWEEN %(from)s AND %(to)s"
    )


def _difference(rollup: Rollup) -> str:
    """Return SQL of movements: what was recounted, less the rollup's own buckets (`is_stored`)."""
    kind, part = rollup.kind, DIMENSIONS.get(rollup.dimension, "")
    day = "month" if "month" in dict(rollup.keys) else "day"
    # its own dimension alone matters to it
    keys = ", ".join(rollup.part if key == part else "NULL" for key in kind.keys)
    minus = ", ".join(f"-{name}" if name in rollup.measures else "0" for name in kind.measures)
    recounted = ", ".join(("store_id", "basis", "day", *kind.keys, *kind.measures))
    return (
        f"(SELECT {recounted}, false AS is_stored FROM {kind.name} UNION ALL "
        f"SELECT store_id, basis, {day}, {keys}, {minus}, true FROM {rollup.table} "
        f"WHERE store_id = %(store)s AND {rollup.condition} AND {day} BETWEEN %(from)s AND %(to)s) AS movements"
    )


_KEYS = {
    "store_id": "bigint", "basis": "text", "dimension": "text", "day": "date", "month": "date",
    "product_id": "bigint", "country": "text", "key": "text",
}  # fmt: skip
_RECOUNT = CLOCK + "".join(f", {kind.name} AS MATERIALIZED ({_recounted(kind)})" for kind in KINDS)


def _wrong(number: int, rollup: Rollup) -> str:
    """Return SQL of the wrong buckets of a rollup, in columns that all of them have; those it lacks are null."""
    own = {name for name, _ in rollup.keys}
    keys = ", ".join(f"{name if name in own else 'NULL'}::{sql_type} AS {name}" for name, sql_type in _KEYS.items())
    measures = ", ".join(
        f"{name if name in rollup.measures else 'NULL'}::{TYPES[name]} AS {name}" for name in STORE_MEASURES
    )
    return f"SELECT {number} AS number, {keys}, {measures} FROM ({rollup.grouped(_difference(rollup))}) AS rollup"


_DIFFERENCES = f"{_RECOUNT} {' UNION ALL '.join(_wrong(number, rollup) for number, rollup in enumerate(ROLLUPS))}"
_CORRECTION = (
    _RECOUNT
    + "".join(
        f", rollup_{number} AS ({rollup.replace(_difference(rollup))} RETURNING 1)"
        for number, rollup in enumerate(ROLLUPS)
    )
    + f" SELECT {' + '.join(f'(SELECT count(*) FROM rollup_{number})' for number in range(len(ROLLUPS)))}"
)


def whole_months(first_day: date | None, last_day: date | None) -> DayRange:
    """Return the range widened to whole months, so that month buckets compare too; None is open."""
    first = (first_day or EVERY_DAY.first).replace(day=1)
    return DayRange(first, month_end(last_day or EVERY_DAY.last))


def _parameters(store: Store, first_day: date | None, last_day: date | None) -> FieldValues:
    days = whole_months(first_day, last_day)
    return {"store": store.pk, "from": days.first, "to": days.last, **clock(store.timezone, days)}


def differences(store: Store, first_day: date | None = None, last_day: date | None = None) -> list[Json]:
    """Return every bucket of every rollup that is wrong: its table, keys and signed differences (recount − shown).

    Days are local to the store, both ends included, widened to whole months; None is open. One statement, exact as of
    its beginning, that reads what the orders say once for all rollups.
    """
    return [
        {"table": ROLLUPS[row.pop("number")].table, **{name: value for name, value in row.items() if value is not None}}
        for row in rows(_DIFFERENCES, **_parameters(store, first_day, last_day))
    ]


@transaction.atomic
def correct(store: Store, first_day: date | None = None, last_day: date | None = None) -> int:
    """Write the recounted values into the wrong buckets, whoever writes orders meanwhile; return how many were wrong.

    Waits for a running fold and keeps others from starting until the transaction ends. Raises FoldLockTaken.
    """
    take_fold_lock()
    with connection.cursor() as cursor:
        cursor.execute(_CORRECTION, _parameters(store, first_day, last_day))
        wrong: int = cursor.fetchone()[0]
    figures_changed([store.pk])
    return wrong
