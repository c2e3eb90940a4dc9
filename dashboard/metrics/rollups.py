"""Where measures are added up: the rollups that the fold, the recount and the figures' query builder read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from dashboard.metrics.measures import FLOWS, ORDER_MEASURES, ORDER_STATES, SHARE_MEASURES, STORE_MEASURES
from dashboard.models import (
    MetricDelta,
    StoreDailySales,
    StoreDailySalesByCountry,
    StoreDailySalesByProduct,
    StoreMonthlySales,
    StoreMonthlySalesByProduct,
)

LEDGER = MetricDelta._meta.db_table
"""The table of what waits to be folded."""
MONTH = "date_trunc('month', day)::date"


@dataclass(frozen=True)
class Rollup:
    """One table of buckets: its key columns (column, SQL over a movement) and what it adds up.

    A movement has the columns store_id, basis, day, product_id, country and STORE_MEASURES. `by_product` says
    whether the rollup takes the product movements or the store movements.
    """

    model: type[models.Model]
    keys: tuple[tuple[str, str], ...]
    measures: tuple[str, ...]
    by_product: bool = False

    @property
    def table(self) -> str:
        """The database table."""
        return self.model._meta.db_table

    @property
    def columns(self) -> str:
        """Key and measure columns, comma separated, in the order of `select`."""
        return ", ".join([*(name for name, _ in self.keys), *self.measures])

    @property
    def key_columns(self) -> str:
        """Key columns, comma separated: the conflict target of the upsert."""
        return ", ".join(name for name, _ in self.keys)

    def grouped(self, source: str, value: str = "sum({0})") -> str:
        """Return SQL that adds up `source` (movements) by bucket, in key order: sorted upserts never deadlock.

        Buckets whose movements cancel out are left out. `value` is the SQL of what is returned for a measure.
        """
        keys = ", ".join(f"{sql} AS {name}" for name, sql in self.keys)
        sums = ", ".join(f"{value.format(measure)} AS {measure}" for measure in self.measures)
        positions = ", ".join(str(index + 1) for index in range(len(self.keys)))
        product = "IS NOT NULL" if self.by_product else "IS NULL"
        differs = " OR ".join(f"sum({measure}) <> 0" for measure in self.measures)
        return (
            f"SELECT {keys}, {sums} FROM {source} WHERE product_id {product} "
            f"GROUP BY {positions} HAVING {differs} ORDER BY {positions}"
        )

    def upsert(self, source: str) -> str:
        """Return SQL that adds the movements in `source` to the buckets."""
        adds = ", ".join(f"{m} = {self.table}.{m} + excluded.{m}" for m in self.measures)
        return self._written(self.grouped(source), adds)

    def replace(self, source: str) -> str:
        """Return SQL that writes what `source` adds up to, its `is_stored` movements aside, where these differ from it.

        Adding the difference instead would leave a NaN a NaN.
        """
        values = self.grouped(source, "coalesce(sum({0}) FILTER (WHERE NOT is_stored), 0)")
        return self._written(values, ", ".join(f"{m} = excluded.{m}" for m in self.measures))

    def _written(self, values: str, assignments: str) -> str:
        return (
            f"INSERT INTO {self.table} ({self.columns}) {values} "
            f"ON CONFLICT ({self.key_columns}) DO UPDATE SET {assignments}"
        )


_STORE, _BASIS, _DAY, _PRODUCT = (
    ("store_id", "store_id"),
    ("basis", "basis"),
    ("day", "day"),
    ("product_id", "product_id"),
)
_MONTH = ("month", MONTH)

ROLLUPS = (
    Rollup(StoreDailySales, (_STORE, _BASIS, _DAY), STORE_MEASURES),
    Rollup(StoreMonthlySales, (_STORE, _BASIS, _MONTH), STORE_MEASURES),
    Rollup(StoreDailySalesByCountry, (_STORE, _BASIS, _DAY, ("country", "country")), ORDER_MEASURES),
    Rollup(StoreDailySalesByProduct, (_STORE, _BASIS, _DAY, _PRODUCT), SHARE_MEASURES, by_product=True),
    Rollup(StoreMonthlySalesByProduct, (_STORE, _BASIS, _MONTH, _PRODUCT), SHARE_MEASURES, by_product=True),
)


DIMENSIONS = {"product": "product_id", "country": "country"}
"""What figures can be split by → its column."""


def rollup_by(day: str, dimension: str = "") -> Rollup:
    """Return the rollup that has a dimension by `day` or by `month`. Raises ValueError where there is none."""
    wanted = {"store_id", "basis", day, *((DIMENSIONS[dimension],) if dimension else ())}
    for rollup in ROLLUPS:
        if {name for name, _ in rollup.keys} == wanted:
            return rollup
    raise ValueError(f"no rollup by {day} and {dimension or 'store'}")


def spread(source: str) -> str:
    """Return SQL that turns ledger rows of `source` into movements: each counts once on either basis."""
    flows = ", ".join(FLOWS)
    states = ", ".join(f"CASE WHEN basis = 'placed' THEN {name} ELSE 0 END AS {name}" for name in ORDER_STATES)
    return (
        f"SELECT store_id, basis, day, product_id, country, {flows}, {states} FROM {source} "
        "CROSS JOIN LATERAL (VALUES ('placed', order_day), ('booked', event_day)) AS on_basis(basis, day)"
    )
