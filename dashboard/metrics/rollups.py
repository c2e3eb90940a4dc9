"""Where measures are added up: the rollups that the fold, the recount and the figures' query builder read."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from dashboard.metrics.measures import MEASURES, ORDER_MEASURES, ORDER_STATES, SHARE_MEASURES, STORE_MEASURES
from dashboard.models import (
    MetricDelta,
    StoreDailySales,
    StoreDailySalesByCountry,
    StoreDailySalesByDimension,
    StoreDailySalesByProduct,
    StoreMonthlySales,
    StoreMonthlySalesByDimension,
    StoreMonthlySalesByProduct,
    StoreYearlySalesByProduct,
)

LEDGER = MetricDelta._meta.db_table
"""The table of what waits to be folded."""
LENGTHS = ("year", "month", "day")
"""How long buckets are, the longest first."""
TYPES = {measure.name: "numeric" if measure.is_money else "bigint" for measure in MEASURES}
"""The SQL type that a measure is added up in."""


@dataclass(frozen=True)
class Kind:
    """Movements of orders or of products: signed measures of a store, basis and day, and what rollups split them by.

    `name` is what statements call them. They are added up by all their keys once, before each rollup adds them up by
    its own: a day's orders differ in few of them, and reading every movement for every rollup took most of the time.
    """

    name: str
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    of_ledger: str

    @property
    def sums(self) -> str:
        """SQL of the sums of its measures, comma separated."""
        return ", ".join(f"coalesce(sum({name}), 0)::{TYPES[name]} AS {name}" for name in self.measures)

    def added_up(self, source: str) -> str:
        """Return SQL that adds up movements by all their keys."""
        columns = ", ".join(("store_id", "basis", "day", *self.keys))
        return f"SELECT {columns}, {self.sums} FROM {source} GROUP BY {columns}"

    def of_rows(self, source: str) -> str:
        """Return SQL that turns ledger rows of `source` into movements: each counts once on either basis."""
        keys = ", ".join(("store_id", "order_day", "event_day", *(key for key in self.keys if key != "hour")))
        hours = ", order_hour, event_hour" if "hour" in self.keys else ""
        placed, booked = ("order_hour", "event_hour") if hours else ("NULL", "NULL")
        flows = ", ".join(name for name in self.measures if name not in ORDER_STATES)
        states = "".join(
            f", CASE WHEN basis = 'placed' THEN {name} ELSE 0 END AS {name}"
            for name in self.measures
            if name in ORDER_STATES
        )
        return (
            f"SELECT store_id, basis, day, {', '.join(self.keys)}, {flows}{states} FROM ("
            f"SELECT {keys}{hours}, {self.sums} FROM {source} WHERE {self.of_ledger} GROUP BY {keys}{hours}"
            f") AS added CROSS JOIN LATERAL (VALUES ('placed', order_day, {placed}), ('booked', event_day, {booked})) "
            "AS on_basis(basis, day, hour)"
        )


@dataclass(frozen=True)
class Rollup:
    """One table of buckets: its key columns (column, SQL over a movement) and what it adds up.

    Movements come in two kinds (`Kind`), those of orders and those of products; `by_product` says which one it takes.
    Several rollups may share a table: each has the rows of its `dimension`.
    """

    model: type[models.Model]
    keys: tuple[tuple[str, str], ...]
    measures: tuple[str, ...]
    by_product: bool = False
    dimension: str = ""

    @property
    def bucket(self) -> str:
        """The column of a bucket's first day, named by how long buckets are: `day`, `month` or `year`."""
        return next(name for name, _ in self.keys if name in LENGTHS)

    @property
    def condition(self) -> str:
        """SQL of which rows of the table are its."""
        return f"dimension = '{self.dimension}'" if ("dimension", f"'{self.dimension}'") in self.keys else "TRUE"

    @property
    def part(self) -> str:
        """The column of its table that holds the value of its dimension."""
        return "key" if self.condition != "TRUE" else DIMENSIONS[self.dimension]

    @property
    def kind(self) -> Kind:
        """Which movements it adds up."""
        return PRODUCTS if self.by_product else ORDERS

    @property
    def table(self) -> str:
        """Name of the rollup's table in the database."""
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
        differs = " OR ".join(f"sum({measure}) <> 0" for measure in self.measures)
        return f"SELECT {keys}, {sums} FROM {source} GROUP BY {positions} HAVING {differs} ORDER BY {positions}"

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
_MONTH, _YEAR = (("month", "date_trunc('month', day)::date"), ("year", "date_trunc('year', day)::date"))

DIMENSIONS = {
    "product": "product_id",
    "country": "country",
    "coupon": "coupon_code",
    "paymentMethod": "payment_code",
    "channel": "channel",
    "placedBy": "placed_by",
    "customerType": "customer_type",
    "hour": "hour",
}
"""What figures can be split by → its column of a movement."""
ORDER_DIMENSIONS = tuple(column for name, column in DIMENSIONS.items() if name != "product")
"""The columns of a movement that its order has one value of; `hour` is the local hour of the day it counts on."""
ORDERS = Kind("orders", ORDER_DIMENSIONS, STORE_MEASURES, "product_id IS NULL")
PRODUCTS = Kind("products", ("product_id",), SHARE_MEASURES, "product_id IS NOT NULL")
KINDS = (ORDERS, PRODUCTS)
SHARED = ("coupon", "paymentMethod", "channel", "placedBy", "customerType", "hour")
"""The dimensions whose daily buckets share one table (docs/adr); monthly ones do with those of the country."""


def _shared(model: type[models.Model], day: tuple[str, str], dimension: str) -> Rollup:
    key = ("key", f"coalesce({DIMENSIONS[dimension]}::text, '')")
    keys = (_STORE, _BASIS, ("dimension", f"'{dimension}'"), day, key)
    return Rollup(model, keys, ORDER_MEASURES, dimension=dimension)


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
    Rollup(
        StoreYearlySalesByProduct, (_STORE, _BASIS, _YEAR, _PRODUCT), SHARE_MEASURES, by_product=True,
        dimension="product",
    ),
    *(_shared(StoreDailySalesByDimension, _DAY, dimension) for dimension in SHARED),
    *(_shared(StoreMonthlySalesByDimension, _MONTH, dimension) for dimension in ("country", *SHARED)),
)  # fmt: skip


def rollup_by(bucket: str, dimension: str = "") -> Rollup:
    """Return the rollup that has a dimension by `day`, `month` or `year`. Raises ValueError where there is none."""
    for rollup in ROLLUPS:
        if rollup.dimension == dimension and rollup.bucket == bucket:
            return rollup
    raise ValueError(f"no rollup by {bucket} and {dimension or 'store'}")


def buckets_of(dimension: str) -> tuple[str, ...]:
    """Return how long the buckets of a dimension's rollups are, the longest first."""
    return tuple(one for one in LENGTHS if any((dimension, one) == (r.dimension, r.bucket) for r in ROLLUPS))
