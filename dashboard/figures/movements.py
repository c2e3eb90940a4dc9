"""The one query builder of figures: buckets of a rollup plus the ledger rows that wait to be folded into them.

A movement is one row with the keys of its span, a day, the column of a dimension where figures are split, and
measures. The sum of a span's movements is exact at every instant, folded or not, because both halves are read in one
statement. Nothing else that reads figures names a rollup or the ledger; `dashboard.metrics` writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from dashboard.metrics.measures import ORDER_STATES
from dashboard.metrics.rollups import DIMENSIONS, LEDGER, LENGTHS, Rollup, buckets_of, rollup_by
from dashboard.models import Basis

BUCKETS = {
    "daily": "day",
    "weekly": "date_trunc('week', day::timestamp)::date",
    "monthly": "date_trunc('month', day::timestamp)::date",
}
"""Granularity → SQL of the first day of the day, ISO week or month that a movement's day lies in."""


@dataclass(frozen=True)
class Spans:
    """Which stores, and which local days of each: SQL of a relation with the columns id, first and last.

    `keys` are columns of the relation and the names that movements have them under. `is_ever`: every span is all days.
    """

    sql: str
    keys: tuple[tuple[str, str], ...] = ()
    is_ever: bool = False

    def by(self, **keys: str) -> Spans:
        """Return the same spans with other keys: name → column of the relation."""
        return replace(self, keys=tuple(keys.items()))


STORE = Spans("(SELECT %(store)s::bigint AS id, %(first)s::date AS first, %(last)s::date AS last)")
"""One store; parameters store, first and last."""
STORE_THEN = Spans("(SELECT %(store)s::bigint AS id, %(then_first)s::date AS first, %(then_last)s::date AS last)")
"""One store in the days it is compared with; parameters store, then_first and then_last."""
STORE_UNTIL = Spans("(SELECT %(store)s::bigint AS id, date '0001-01-01' AS first, %(last)s::date AS last)")
"""One store from its first day on; parameters store and last."""
SCOPE = Spans(
    "(SELECT id, currency, timezone, %(first)s::date AS first, %(last)s::date AS last FROM customers_store "
    "WHERE %(store)s::bigint IS NULL OR id = %(store)s)",
    (("currency", "currency"),),
)
"""One store or, where the parameter store is null, all; parameters store, first and last."""
WINDOWS = Spans(
    "(SELECT c.id, c.currency, c.timezone, w.first, w.last "
    "FROM unnest(%(stores)s::bigint[], %(firsts)s::date[], %(lasts)s::date[]) AS w (id, first, last) "
    "JOIN customers_store c ON c.id = w.id)",
    (("key", "id"),),
)
"""Some stores, each with days of its own; parameters stores, firsts and lasts."""
WINDOW = Spans(
    "(SELECT (%(stores)s::bigint[])[1] AS id, (%(currencies)s::text[])[1] AS currency, "
    "(%(firsts)s::date[])[1] AS first, (%(lasts)s::date[])[1] AS last)"
)
"""The one of WINDOWS where there is one: constants, of which PostgreSQL knows how few rows they choose.

Without them it takes the days at either end of a year for a quarter of all and starts workers to read none.
"""
STORES = Spans(
    "(SELECT id, %(first)s::date AS first, %(last)s::date AS last FROM unnest(%(stores)s::bigint[]) AS asked (id))",
    (("store_id", "id"),),
)
"""Some stores, all with the same days; parameters stores, first and last."""
STORES_BEFORE = Spans(
    "(SELECT id, date '0001-01-01' AS first, %(first)s::date - 1 AS last "
    "FROM unnest(%(stores)s::bigint[]) AS asked (id))",
    STORES.keys,
)
"""Some stores, all days before the parameter first; parameters stores and first."""
STORE_EVER = Spans(
    "(SELECT %(store)s::bigint AS id, date '0001-01-01' AS first, date '9999-12-31' AS last)", is_ever=True
)
"""One store, all days; parameter store."""
ALL_TIME = Spans(
    "(SELECT id, date '0001-01-01' AS first, date '9999-12-31' AS last FROM customers_store)", is_ever=True
)
"""All stores, all days."""


def until(spans: Spans) -> Spans:
    """Return the spans with all days before them as well."""
    return Spans(f"(SELECT id, currency, date '0001-01-01' AS first, last FROM {spans.sql} AS spans)", spans.keys)


@cache
def movements(
    spans: Spans, measures: tuple[str, ...], *, basis: str = Basis.PLACED, dimension: str = "", up_to: str = "day"
) -> str:
    """Return SQL of the movements of `spans`: their keys, `day`, the dimension's column, `measures`.

    `up_to` is how long the buckets may be that are read, the longest that lie wholly in a span first: few rows for many
    days, but a month's or year's row has its first day as `day`. Each part is found by the key of its table; the ledger
    has none and is nearly empty.
    """
    columns = (*((DIMENSIONS[dimension],) if dimension else ()), *measures)
    parts = []
    longer: tuple[str, str] | None = None
    for bucket in (one for one in buckets_of(dimension) if LENGTHS.index(one) >= LENGTHS.index(up_to)):
        first, after = _WHOLE[bucket]
        days = [(first, after)]
        if longer:  # what lies before and behind the longer buckets
            days = [(first, f"least({longer[0]}, {after})"), (f"greatest({', '.join(longer)})", after)]
        for begin, end in [] if longer and spans.is_ever else days:
            condition = f"r.{bucket} >= {begin} AND r.{bucket} < {end}"
            parts.append(_buckets(spans, rollup_by(bucket, dimension), columns, basis, condition))
        longer = first, after
    return " UNION ALL ".join([*parts, _waiting(spans, columns, basis, rollup_by("day", dimension))])


@cache
def sums(
    spans: Spans,
    measures: tuple[str, ...],
    *,
    basis: str = Basis.PLACED,
    granularity: str = "",
    dimension: str = "",
    up_to: str = "day",
) -> str:
    """Return SQL of the sums of `measures` by the keys of `spans`, by `bucket` and by the dimension's column.

    A bucket is the first day of a day, ISO week or month (`granularity`). Without anything to sum by there is one
    row, else one for each of which there is a movement; of a dimension, for each whose sums are not all 0.
    """
    groups = [name for name, _ in spans.keys]
    selected = list(groups)
    if granularity:
        groups.append(BUCKETS[granularity])
        selected.append(f"{BUCKETS[granularity]} AS bucket")
    if dimension:
        groups.append(DIMENSIONS[dimension])
        selected.append(DIMENSIONS[dimension])
    selected += [f"coalesce(sum({name}), 0) AS {name}" for name in measures]
    source = movements(spans, measures, basis=basis, dimension=dimension, up_to=up_to)
    group = f" GROUP BY {', '.join(groups)}" if groups else ""
    having = " HAVING " + " OR ".join(f"sum({name}) <> 0" for name in measures) if dimension else ""
    return f"SELECT {', '.join(selected)} FROM ({source}) AS movements{group}{having}"


# of each length the first bucket that lies wholly in a span, and the first after it that does not
_WHOLE = {"day": ("s.first", "s.last + 1")} | {
    length: (
        f"date_trunc('{length}', s.first::timestamp + interval '1 {length}' - interval '1 day')::date",
        f"date_trunc('{length}', s.last::timestamp + interval '1 day')::date",
    )
    for length in ("month", "year")
}


def _keys(spans: Spans) -> list[str]:
    return [f"s.{column} AS {name}" for name, column in spans.keys]


def _buckets(spans: Spans, rollup: Rollup, columns: Sequence[str], basis: str, condition: str) -> str:
    part = DIMENSIONS.get(rollup.dimension, "")
    values = (f"r.{rollup.part if name == part else name} AS {name}" for name in columns)
    selected = ", ".join([*_keys(spans), f"r.{rollup.bucket} AS day", *values])
    of_dimension = "" if rollup.condition == "TRUE" else f" AND r.{rollup.condition}"
    return (
        f"SELECT {selected} FROM {spans.sql} AS s JOIN {rollup.table} AS r "
        f"ON r.store_id = s.id AND r.basis = '{basis}'{of_dimension} AND {condition}"
    )


def _waiting(spans: Spans, columns: Sequence[str], basis: str, rollup: Rollup) -> str:
    """Return SQL of the waiting rows; a state of orders is known on the placed basis alone."""
    day = "order_day" if basis == Basis.PLACED else "event_day"
    hour = "order_hour" if basis == Basis.PLACED else "event_hour"
    computed = {"hour": f"coalesce(w.{hour}::text, '') AS hour"}
    if basis != Basis.PLACED:
        computed |= {name: f"0 AS {name}" for name in ORDER_STATES}
    values = (computed.get(name, f"w.{name}") for name in columns)
    product = "IS NOT NULL" if rollup.by_product else "IS NULL"
    return (
        f"SELECT {', '.join([*_keys(spans), f'w.{day} AS day', *values])} FROM {spans.sql} AS s JOIN {LEDGER} AS w "
        f"ON w.store_id = s.id AND w.product_id {product} AND w.{day} BETWEEN s.first AND s.last"
    )


def bucket_rows(spans: Spans, bucket: str, measures: Sequence[str], basis: str) -> str:
    """Return SQL of the rows by product (`product_id`, `measures`) of the bucket that each span begins with."""
    columns = (DIMENSIONS["product"], *measures)
    return _buckets(spans, rollup_by(bucket, "product"), columns, basis, f"r.{bucket} = s.first")


def waiting_rows(spans: Spans, basis: str) -> str:
    """Return SQL of the rows of products that wait (`product_id`)."""
    return _waiting(spans, (DIMENSIONS["product"],), basis, rollup_by("day", "product"))


def month_with_orders(newest: bool) -> str:
    """Return SQL of the first day of a store's newest or oldest month with orders (`month`, null without any).

    Parameter: store. The order of the rollup's key finds either end without reading the months between.
    """
    pick, direction = ("max", "DESC") if newest else ("min", "ASC")
    return (
        f"SELECT {pick}(month) AS month FROM ((SELECT month FROM {rollup_by('month').table} "
        f"WHERE store_id = %(store)s AND basis = 'placed' AND orders > 0 ORDER BY month {direction} LIMIT 1) UNION ALL "
        f"SELECT date_trunc('month', {pick}(order_day)::timestamp)::date FROM {LEDGER} "
        "WHERE store_id = %(store)s AND product_id IS NULL AND orders > 0) AS months"
    )


LAST_MONTHS_WITH_ORDERS = (
    f"SELECT store_id, max(month) AS month FROM (SELECT store_id, month FROM {rollup_by('month').table} "
    "WHERE store_id = ANY(%(stores)s) AND basis = 'placed' AND orders > 0 UNION ALL "
    f"SELECT store_id, date_trunc('month', order_day::timestamp)::date FROM {LEDGER} "
    "WHERE store_id = ANY(%(stores)s) AND product_id IS NULL AND orders > 0) AS months GROUP BY store_id"
)
"""SQL of the newest month with orders of each of some stores that has any; parameter stores."""


FIRST_DAYS = (
    "SELECT asked.id AS store_id, least(waiting.first, ("
    f"SELECT min(day) FROM {rollup_by('day').table} WHERE store_id = asked.id AND basis = 'placed')) AS first "
    "FROM unnest(%(stores)s::bigint[]) AS asked (id) LEFT JOIN ("
    f"SELECT store_id, min(order_day) AS first FROM {LEDGER} WHERE product_id IS NULL GROUP BY store_id"
    ") AS waiting ON waiting.store_id = asked.id"
)
"""SQL of the first day that each of some stores has anything on (`first`, null without any); parameter stores."""
LEDGER_STATE = (
    "SELECT count(*) AS waiting, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS age "
    f"FROM {LEDGER}"
)
"""SQL of how many rows wait to be folded and the age of the oldest in seconds."""
