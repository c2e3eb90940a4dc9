"""The nightly aggregation: figures of days that are over, written to `daily_metrics` in one statement for all stores.

Safe to run twice, or by two at once: a row is written where there is none, or where the one there is older; its
standings are those of its first writing. Nothing is computed here: the statement that is inserted is
`dashboard.figures.daily_lines`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from customers.models import Store
from customers.scopes import ALL_STORES, StoreScope
from dashboard import figures
from dashboard.figures import AS_OF_NOW, LINE, TOTAL_LINE, DayFigures
from dealport.kit.day_range import DayRange
from dealport.kit.values import Json
from reports.models import DailyMetrics

AFTER_MIDNIGHT = timedelta(minutes=3)
"""How long a day must be over to be due: what was under way at midnight has been committed by then."""
DAYS_BACK = 400
"""How far back missed days are looked for; older ones are aggregated on demand."""
CHUNK_DAYS = 31
COMPARED = tuple(name for name in LINE[3:] if name not in AS_OF_NOW)
"""What must be as the rollups have it; the others stay as they were when the row was first written."""
SHARES = "sales_by_country"

_TABLE = DailyMetrics._meta.db_table
_COLUMNS = ", ".join(LINE)
_FIGURES = ", ".join(f"{name} = excluded.{name}" for name in (*COMPARED, "computed_at"))
# in the order of the key, so that two at once wait for each other instead of forever
_WRITE = f"""
INSERT INTO {_TABLE} AS known ({_COLUMNS}, computed_at, standings_at)
SELECT nullif(store_id, {TOTAL_LINE}), {", ".join(LINE[1:])}, statement_timestamp(), statement_timestamp()
FROM ({{lines}}) AS line
{{condition}}
ORDER BY store_id, day, currency
ON CONFLICT (store_id, day, currency) DO UPDATE SET {_FIGURES} WHERE known.computed_at <= excluded.computed_at
"""
_IF_MISSING = f"""
WHERE NOT EXISTS (
    SELECT 1 FROM {_TABLE} AS present WHERE coalesce(present.store_id, {TOTAL_LINE}) = line.store_id
    AND present.day = line.day AND present.currency = line.currency
)
"""
# Days are as many as the rows of them where none is missing: seen without unfolding every day of every store.
_HAS_ALL = f"""
WITH {figures.STORE_DAYS}, spans AS (
    SELECT store_id, currency, greatest(opened, %(first)s::date) AS begins, least(closed, %(last)s::date) AS ends
    FROM known
), wanted AS (
    SELECT store_id, currency, begins, ends FROM spans
    UNION ALL
    SELECT {TOTAL_LINE}, currency, min(begins), %(closed_everywhere)s FROM spans GROUP BY currency
)
SELECT (SELECT sum(greatest(ends - begins + 1, 0)) FROM wanted) = (
    SELECT count(*) FROM wanted JOIN {_TABLE} AS present ON coalesce(present.store_id, {TOTAL_LINE}) = wanted.store_id
    AND present.currency = wanted.currency AND present.day BETWEEN begins AND ends
)
"""
_FIRST_MISSING = f"""
WITH {figures.STORE_DAYS}, lines AS (
    SELECT store_id, currency, day FROM grid
    UNION
    SELECT {TOTAL_LINE}, currency, day FROM grid WHERE day <= %(closed_everywhere)s
)
SELECT min(day) FROM lines WHERE NOT EXISTS (
    SELECT 1 FROM {_TABLE} AS present WHERE coalesce(present.store_id, {TOTAL_LINE}) = lines.store_id
    AND present.day = lines.day AND present.currency = lines.currency
)
"""

Progress = Callable[[DayRange, int], None]
"""Called with the days that were written and how many rows."""


def aggregate_due(now: datetime | None = None) -> int:
    """Write the rows of all days that are over and have none, the oldest first; return how many.

    A day is due AFTER_MIDNIGHT into the store's next one, and for all stores together once it is over in each.
    """
    spans = figures.closed_days(Store.objects.all(), (now or timezone.now()) - AFTER_MIDNIGHT)
    if not spans:
        return 0
    last = max(span.days.last for span in spans)
    first = _first_missing(spans, DayRange.until(last, DAYS_BACK - 1))
    if first is None:
        return 0
    wanted = [span.store_id for span in spans]
    return sum(_write(spans, days, wanted, _IF_MISSING) for days in DayRange(first, last).chunks(CHUNK_DAYS))


def aggregate(days: DayRange, scope: StoreScope = ALL_STORES, progress: Progress | None = None) -> int:
    """Write the rows of a scope's stores and of all together again, for the days that are over.

    Returns how many rows are as of now.
    """
    spans, wanted = _wanted(scope)
    written = 0
    for chunk in _closed(days, spans):
        rows = _write(spans, chunk, wanted)
        written += rows
        if progress:
            progress(chunk, rows)
    return written


@dataclass(frozen=True)
class Difference:
    """A figure of a row that is not what the rollups say now; a row that is missing or superfluous has no figure."""

    store_id: int | None
    day: date
    currency: str
    name: str
    stored: object
    live: object


def differences(days: DayRange, scope: StoreScope = ALL_STORES) -> Iterator[Difference]:
    """Compare the rows of a scope's stores and of all together with the rollups, a month at a time."""
    spans, wanted = _wanted(scope)
    for chunk in _closed(days, spans):
        with figures.consistent_read():
            live = figures.daily_figures(spans, chunk, wanted)
            stored = _stored(chunk, scope)
        for line in live:
            yield from _compare(line, stored.pop(_key(line), None))
        for row in stored.values():
            yield Difference(row.store_id, row.day, row.currency, "row", "there", "missing")


def _wanted(scope: StoreScope) -> tuple[list[figures.StoreSpan], list[int]]:
    """Return the days of all stores, and whose lines are wanted."""
    spans = figures.closed_days(Store.objects.all(), timezone.now())
    return spans, [scope.store.pk] if scope.store else [span.store_id for span in spans]


def _closed(days: DayRange, spans: Collection[figures.StoreSpan]) -> Iterator[DayRange]:
    """Return those of the days that are over somewhere, in ranges that are read and written in one go."""
    last = max((span.days.last for span in spans), default=date.min)
    return DayRange(days.first, min(days.last, last)).chunks(CHUNK_DAYS)


def _first_missing(spans: Collection[figures.StoreSpan], days: DayRange) -> date | None:
    parameters = figures.span_parameters(spans, days)
    parameters |= {"closed_everywhere": min(span.days.last for span in spans)}
    with connection.cursor() as cursor:
        cursor.execute(_HAS_ALL, parameters)
        if cursor.fetchone()[0]:
            return None
        cursor.execute(_FIRST_MISSING, parameters)
        missing: date | None = cursor.fetchone()[0]
    return missing


def _write(spans: Collection[figures.StoreSpan], days: DayRange, wanted: Collection[int], condition: str = "") -> int:
    lines, parameters = figures.daily_lines(spans, days, wanted)
    with transaction.atomic(), connection.cursor() as cursor:
        _delete_former_currencies(days)
        cursor.execute(_WRITE.format(lines=lines, condition=condition), parameters)
        return cursor.rowcount


def _delete_former_currencies(days: DayRange) -> None:
    """Delete rows in a currency that is not the store's any more: it can change until the first order."""
    former = ~Q(store=None) & ~Q(currency=F("store__currency"))
    unused = Q(store=None) & ~Q(currency__in=Store.objects.order_by().values("currency"))
    DailyMetrics.objects.filter(former | unused, day__range=(days.first, days.last)).delete()


def _stored(days: DayRange, scope: StoreScope) -> dict[tuple[int | None, date, str], DailyMetrics]:
    rows = DailyMetrics.objects.filter(day__range=(days.first, days.last))
    if scope.store:
        rows = rows.filter(store=scope.store) | rows.filter(store=None)
    return {(row.store_id, row.day, row.currency): row for row in rows}


def _key(line: DayFigures) -> tuple[int | None, date, str]:
    return line.store_id, line.day, line.currency


def _compare(line: DayFigures, row: DailyMetrics | None) -> Iterator[Difference]:
    place = (line.store_id, line.day, line.currency)
    if row is None:
        yield Difference(*place, "row", "missing", "there")
        return
    for name in COMPARED:
        stored, live = getattr(row, name), line.value(name)
        if stored != live and not (name == SHARES and _amounts(stored) == _amounts(live)):
            yield Difference(*place, name, stored, live)


def _amounts(shares: Json) -> Json:
    """Return shares with their sales as numbers: the decimals that a text was written with are no difference."""
    return {country: {**share, "sales": Decimal(share["sales"])} for country, share in shares.items()}
