"""SQL of datasets whose rows are rows of a table: which of them, and their local days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from customers.models import Store
from dashboard.figures.periods import FIRST_YEAR, LAST_YEAR, day_start
from dashboard.metrics.local_days import clock
from reports.datasets.model import Column, Filter, Part, Scope

FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 30)
STORE = Column("store", "s.slug")
CURRENCY = Column("currency", "s.currency")


def local_day(moment: str) -> str:
    """Return SQL of a moment's local day in its store's zone."""
    return f"(({moment} AT TIME ZONE 'UTC') + z.offsets[width_bucket({moment}, z.changes) + 1])::date"


def table_rows(
    source: str, columns: tuple[Column, ...], *, when: str | None, filters: tuple[Filter, ...] = (), where: str = "TRUE"
) -> Callable[[Scope], Sequence[Part]]:
    """Return the `parts` of a dataset that reads `source`, a FROM clause in which `{stores}` joins stores and zones.

    `when` is the moment that the period bounds: from the first local midnight to the one after the last day.
    """

    def parts(scope: Scope) -> Sequence[Part]:
        zones, parameters = _zones(scope)
        if not zones:
            return []
        conditions = [where]
        if scope.store:
            conditions.append("s.id = %(store)s")
            parameters["store"] = scope.store.pk
        if when and scope.first:
            conditions.append(f"{when} >= z.begins")
        if when and scope.last:
            conditions.append(f"{when} < z.ends")
        for known in filters:
            if known.name in scope.values:
                conditions.append(f"{known.sql} = %({known.name})s")
                parameters[known.name] = scope.values[known.name]
        selected = ", ".join(f'{column.sql} AS "{column.name}"' for column in columns)
        body = source.format(stores=f"customers_store s JOIN (VALUES {zones}) AS z ({_ZONE}) ON z.zone = s.timezone")
        return [Part(f"SELECT {selected} FROM {body} WHERE {' AND '.join(conditions)}", parameters)]

    return parts


_ZONE = "zone, begins, ends, changes, offsets"


def _zones(scope: Scope) -> tuple[str, dict[str, Any]]:
    """Return the time zones of the scope's stores as VALUES: where the period begins and ends, and clock changes."""
    stores = [scope.store] if scope.store else Store.objects.only("timezone").order_by("timezone").distinct("timezone")
    first, last = scope.first or FIRST_DAY, scope.last or LAST_DAY
    values: list[str] = []
    parameters: dict[str, Any] = {}
    for number, store in enumerate(stores):
        changed = clock(store.timezone, FIRST_DAY, LAST_DAY)
        values.append(
            f"(%(zone{number})s, %(begins{number})s::timestamptz, %(ends{number})s::timestamptz, "
            f"%(changes{number})s::timestamptz[], %(offsets{number})s::interval[])"
        )
        parameters |= {
            f"zone{number}": store.timezone,
            f"begins{number}": day_start(first, store.zone),
            f"ends{number}": day_start(last + timedelta(days=1), store.zone),
            f"changes{number}": changed["changes"],
            f"offsets{number}": changed["offsets"],
        }
    return ", ".join(values), parameters
