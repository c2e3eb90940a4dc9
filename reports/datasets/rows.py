"""SQL of datasets whose rows are rows of a table: which of them, and their local days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from dealport.kit.dates import FIRST_YEAR, LAST_YEAR
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import clocks, local_day_sql
from reports.datasets.model import Column, Filter, Part, Scope

EVERY_DAY = DayRange(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 30))
STORE = Column("store", "s.slug")
CURRENCY = Column("currency", "s.currency")


ORDER_DAY = "o.order_day"


def local_day(moment: str) -> str:
    """Return SQL of a moment's local day in its store's zone."""
    return local_day_sql(moment, "z.changes", "z.offsets")


def table_rows(
    source: str,
    columns: tuple[Column, ...],
    *,
    when: str | None,
    day: str | None = None,
    filters: tuple[Filter, ...] = (),
    where: str = "TRUE",
) -> Callable[[Scope], Sequence[Part]]:
    """Return the `parts` of a dataset that reads `source`, a FROM clause in which `{stores}` joins stores and zones.

    `when` is the moment whose local day the period bounds, `day` SQL of that day where it is stored. The moment alone,
    in bounds wide enough for any zone, is what an index finds the rows by.
    """
    day = day or (when and local_day(when))

    def parts(scope: Scope) -> Sequence[Part]:
        zones, parameters = clocks(_zones(scope), EVERY_DAY)
        if not zones:
            return []
        conditions = [where]
        if scope.stores.store:
            conditions.append("s.id = %(store)s")
            parameters["store"] = scope.stores.store_id
        if when and scope.first:
            conditions.append(f"{when} >= %(first)s::date - 1 AND {day} >= %(first)s")
            parameters["first"] = scope.first
        if when and scope.last:
            conditions.append(f"{when} < %(last)s::date + 3 AND {day} <= %(last)s")
            parameters["last"] = scope.last
        for known in filters:
            if known.name in scope.values:
                conditions.append(known.condition)
                parameters[known.name] = scope.values[known.name]
        selected = ", ".join(f'{column.sql} AS "{column.name}"' for column in columns)
        known_zones = f"(VALUES {zones}) AS z (zone, changes, offsets)"
        body = source.format(stores=f"customers_store s JOIN {known_zones} ON z.zone = s.timezone")
        return [Part(f"SELECT {selected} FROM {body} WHERE {' AND '.join(conditions)}", parameters)]

    return parts


def _zones(scope: Scope) -> list[str]:
    """Return the time zones of the scope's stores."""
    return list(scope.stores.stores().order_by("timezone").values_list("timezone", flat=True).distinct())
