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
    rollup_by,
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
    """Return SQL of movements: what was recounted, less the rollup's own buckets (`is_stored`).

    Days are whole months: the other months of a year are taken as they are stored, and recounted in their turn.
    """
    kind = rollup.kind
    recounted = ", ".join(("store_id", "basis", "day", *kind.keys, *kind.measures))
    sources = [f"SELECT {recounted}, false AS is_stored FROM {kind.name}"]
    within = f"{rollup.bucket} BETWEEN %(from)s AND %(to)s"
    if rollup.bucket == "year":
        first, last = "date_trunc('year', %(from)s::timestamp)::date", "date_trunc('year', %(to)s::timestamp)::date"
        others = f"month >= {first} AND month < %(from)s OR month > %(to)s AND month < {last} + interval '1 year'"
        sources.append(_stored(rollup_by("month", rollup.dimension), others, is_less=False))
        within = f"year BETWEEN {first} AND {last}"
    return f"({' UNION ALL '.join([*sources, _stored(rollup, within, is_less=True)])}) AS movements"


def _stored(rollup: Rollup, within: str, *, is_less: bool) -> str:
    """Return SQL of movements: the stored buckets of a rollup, to be taken off (`is_less`) or added."""
    kind, part, sign = rollup.kind, DIMENSIONS.get(rollup.dimension, ""), "-" if is_less else ""
    # its own dimension alone matters to it
    keys = ", ".join(rollup.part if key == part else "NULL" for key in kind.keys)
    sums = ", ".join(f"{sign}{name}" if name in rollup.measures else "0" for name in kind.measures)
    return (
        f"SELECT store_id, basis, {rollup.bucket}, {keys}, {sums}, {is_less} FROM {rollup.table} "
        f"WHERE store_id = %(store)s AND {rollup.condition} AND ({within})"
    )


_KEYS = {
    "store_id": "bigint", "basis": "text", "dimension": "text", "day": "date", "month": "date",
    "year": "date", "product_id": "bigint", "country": "text", "key": "text",
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
