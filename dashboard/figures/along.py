"""A store's tiles along the days of a period, and everything of the days these are compared with.

A day that is cut off at a moment is in no rollup: what it made until then is recounted from its orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from customers.models import Store
from dashboard.figures.comparisons import Compared
from dashboard.figures.figure import Document, Figure, Quantities
from dashboard.figures.movements import STORE, movements, sums
from dashboard.figures.reading import Query, Row
from dashboard.figures.registry import inputs_of, shown_in
from dashboard.figures.series import bucket_start, buckets
from dashboard.figures.shares import countries_then_query, products_then_query
from dashboard.figures.store import Summary, quantities_query, summary_of
from dashboard.metrics.measures import ORDER_MEASURES, STORE_MEASURES
from dashboard.metrics.movements_of_orders import movements_until, part_parameters
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import CLOCK

HOURLY = "hourly"
MOST_DAYS, MOST_DAYS_OF_WEEKS = 45, 190
HOURS = 24
Bucket = str
"""The first day of a day, week or month (`2026-03-01`), or an hour (`2026-03-01T13`)."""


def granularity_for(days: DayRange) -> str:
    """Return what a chart of some days has a bar for: an hour, a day, a week or a month."""
    if days.count <= 1:
        return HOURLY
    if days.count <= MOST_DAYS:
        return "daily"
    return "weekly" if days.count <= MOST_DAYS_OF_WEEKS else "monthly"


@dataclass(frozen=True)
class Step:
    """A bucket of a period and the part of it that lies in the period; `hour` where it is one."""

    key: Bucket
    days: DayRange
    hour: int | None = None
    is_unfinished: bool = False


def steps(days: DayRange, granularity: str, now: datetime | None = None) -> list[Step]:
    """Return the buckets of some days, oldest first; with `now`, local to the store, those that have begun."""
    today = now.date() if now else days.last
    if granularity == HOURLY:
        hour = now.hour if now and days.first == today else HOURS
        return [Step(f"{days.first}T{at:02}", days, at, at == hour) for at in range(min(hour + 1, HOURS))]
    return [
        Step(bucket_start(found.first, granularity).isoformat(), found, None, found.is_unfinished and now is not None)
        for found in buckets(days, granularity, today)
        if now is None or found.first <= today or days.first > today
    ]


def measures_of(granularity: str) -> tuple[str, ...]:
    """Return what is known along a period: of hours what orders have."""
    names = (*inputs_of(_SUMMARY.values()), "customers")
    known = ORDER_MEASURES if granularity == HOURLY else STORE_MEASURES
    return tuple(name for name in dict.fromkeys(names) if name in known)


_SUMMARY = shown_in(Document.SUMMARY)


def known_along(granularity: str) -> dict[str, Figure]:
    """Return the tiles that are known along a period, by name; customers in all are counted back from its end."""
    known = {*measures_of(granularity)} | ({"registered"} if granularity != HOURLY else set())
    return {name: figure for name, figure in _SUMMARY.items() if {*figure.inputs} <= known}


Along = Mapping[Bucket, Quantities]


def along_query(store: Store, days: DayRange, granularity: str, basis: str) -> Query[Along]:
    """Return the query of measures by bucket; of those in which anything moved."""
    names = measures_of(granularity)
    if granularity == HOURLY:
        source = movements(STORE, names, basis=basis, dimension="hour")
        added = ", ".join(f"sum({name}) AS {name}" for name in names)
        sql = (
            f"SELECT day::text || 'T' || lpad(hour, 2, '0') AS bucket, {added} FROM ({source}) AS m "
            "WHERE hour <> '' GROUP BY 1"
        )
    else:
        sql = sums(STORE, names, basis=basis, granularity=granularity)
    parameters = {"store": store.pk, "first": days.first, "last": days.last}
    return Query(sql, parameters, lambda found: {row["bucket"]: row for row in found})


def part_query(store: Store, until: datetime, basis: str) -> Query[list[Row]]:
    """Return the query of all measures of a local moment's day before it, by country and hour."""
    added = ", ".join(f"sum({name}) AS {name}" for name in STORE_MEASURES)
    source = movements_until(basis, by_product=False)
    sql = f"{CLOCK} SELECT country, hour, {added} FROM ({source}) AS part GROUP BY country, hour"
    return Query(sql, part_parameters(store, until), lambda found: found)


@dataclass(frozen=True)
class Previous:
    """What a period is compared with: its tiles, sales by product and by country, measures by day or, of one, hour."""

    compared: Compared
    summary: Summary
    products: Mapping[int, Decimal]
    countries: Mapping[str, Decimal]
    along: Along


def previous_queries(
    store: Store, period: DayRange, compared: Compared, granularity: str, basis: str
) -> list[Query[Any]]:
    """Return the queries that `previous_of` makes one answer of."""
    whole = compared.whole
    queries: list[Query[Any]] = [
        quantities_query(store, whole, basis),
        products_then_query(store, period, compared, basis),
        countries_then_query(store, compared, basis),
        along_query(store, whole, _finest(granularity), basis),
    ]
    return queries if compared.until is None else [*queries, part_query(store, compared.until, basis)]


def previous_of(compared: Compared, granularity: str, answers: Sequence[Any], currency: str) -> Previous:
    """Return what the answers to `previous_queries` say, those of a day that is cut off added to the whole days'."""
    quantities, products, countries, along, *part = answers
    rows: list[Row] = part[0] if part else []
    countries, along = dict(countries), dict(along)
    for row in rows:
        if row["country"] is not None:
            countries[row["country"]] = countries.get(row["country"], 0) + row["sales"]
        key = _bucket_of(compared, granularity, row["hour"])
        along[key] = _sum([along.get(key, {}), row], measures_of(granularity))
    registered = quantities["registered"] + sum(row["customers"] for row in rows)
    quantities = {**_sum([quantities, *rows], STORE_MEASURES), "registered": registered}
    return Previous(compared, summary_of(quantities, currency), products, countries, along)


def _finest(granularity: str) -> str:
    """Return what is read of the other period: its days can be in other weeks and months than their counterparts."""
    return HOURLY if granularity == HOURLY else "daily"


def _bucket_of(compared: Compared, granularity: str, hour: str | None) -> Bucket:
    day = compared.days.last
    return f"{day}T{int(hour or 0):02}" if granularity == HOURLY else day.isoformat()


def _sum(parts: Iterable[Quantities], names: Iterable[str]) -> dict[str, Decimal | int]:
    found = list(parts)
    return {name: sum((part.get(name, 0) for part in found), Decimal(0)) for name in names}
