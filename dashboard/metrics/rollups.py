"""Where measures are added up: the rollups that the fold, the recount and the figures' query builder read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from dashboard.metrics.measures import FLOWS, ORDER_MEASURES, ORDER_STATES, SHARE_MEASURES, STORE_MEASURES
from dashboard.models import (
    MetricDelta,
    StoreDailySales,
    StoreDailySalesByCountry,
    StoreDailySalesByDimension,
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

    A movement has the columns store_id, basis, day, product_id, ORDER_DIMENSIONS and STORE_MEASURES. `by_product` says
    whether the rollup takes the product movements or the store movements. Several rollups may share a table: each has
    the rows of its `dimension`.
    """

    model: type[models.Model]
    keys: tuple[tuple[str, str], ...]
    measures: tuple[str, ...]
    by_product: bool = False
    dimension: str = ""

    @property
    def condition(self) -> str:
        """SQL of which rows of the table are its."""
        return f"dimension = '{self.dimension}'" if ("dimension", f"'{self.dimension}'") in self.keys else "TRUE"

    @property
    def part(self) -> str:
        """The column of its table that holds the value of its dimension."""
        return "key" if self.condition != "TRUE" else DIMENSIONS[self.dimension]

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

DIMENSIONS = {
    "product": "product_id",
    "country": "country",
    "coupon": "coupon_code",
    "paymentMethod": "payment_code",
    "channel": "channel",
    "hour": "hour",
}
"""What figures can be split by → its column of a movement."""
ORDER_DIMENSIONS = tuple(column for name, column in DIMENSIONS.items() if name != "product")
"""The columns of a movement that its order has one value of; `hour` is the local hour of the day it counts on."""
SHARED = ("coupon", "paymentMethod", "channel", "hour")
"""The dimensions whose buckets share one table (docs/adr)."""


def _shared(dimension: str) -> Rollup:
    keys = (
        _STORE,
        _BASIS,
        ("dimension", f"'{dimension}'"),
        _DAY,
        ("key", f"coalesce({DIMENSIONS[dimension]}::text, '')"),
    )
    return Rollup(StoreDailySalesByDimension, keys, ORDER_MEASURES, dimension=dimension)


ROLLUPS = (
    Rollup(StoreDailySales, (_STORE, _BASIS, _DAY), STORE_MEASURES),
    Rollup(StoreMonthlySales, (_STORE, _BASIS, _MONTH), STORE_MEASURES),
    Rollup(
        StoreDailySalesByCountry, (_STORE, _BASIS, _DAY, ("country", "country")), ORDER_MEASURES, dimension="country"
    ),
    Rollup(
        StoreDailySalesByProduct, (_STORE, _BASIS, _DAY, _PRODUCT), SHARE_MEASURES, by_product=True,
        dimension="product",
    ),
    Rollup(
        StoreMonthlySalesByProduct, (_STORE, _BASIS, _MONTH, _PRODUCT), SHARE_MEASURES, by_product=True,
        dimension="product",
    ),
    *map(_shared, SHARED),
)  # fmt: skip


def rollup_by(day: str, dimension: str = "") -> Rollup:
    """Return the rollup that has a dimension by `day` or by `month`. Raises ValueError where there is none."""
    for rollup in ROLLUPS:
        if rollup.dimension == dimension and day in dict(rollup.keys):
            return rollup
    raise ValueError(f"no rollup by {day} and {dimension or 'store'}")


def spread(source: str) -> str:
    """Return SQL that turns ledger rows of `source` into movements: each counts once on either basis."""
    flows = ", ".join(FLOWS)
    states = ", ".join(f"CASE WHEN basis = 'placed' THEN {name} ELSE 0 END AS {name}" for name in ORDER_STATES)
    return (
        f"SELECT store_id, basis, day, product_id, {', '.join(ORDER_DIMENSIONS)}, {flows}, {states} FROM {source} "
        "CROSS JOIN LATERAL (VALUES ('placed', order_day, order_hour), ('booked', event_day, event_hour)) "
        "AS on_basis(basis, day, hour)"
    )
