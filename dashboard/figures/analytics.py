"""Analytics queries: figures of the registry by time, by a dimension or by two, ordered and paged in the database.

Cells are read from the same rollups and waiting rows as every other figure (`dashboard.figures.movements`). The part of
a day that a running period is compared with is in no rollup: it is recounted from the orders of that day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from customers.models import Store
from dashboard.figures import on_demand
from dashboard.figures.comparisons import Compared, Pairs
from dashboard.figures.figure import Figure, Quantities
from dashboard.figures.movements import BUCKETS, WINDOW, WINDOWS, movements
from dashboard.figures.on_demand import movements_on_demand
from dashboard.figures.reading import Query, Row, rows
from dashboard.figures.registry import FIGURES, inputs_of
from dashboard.figures.windows import Window, window_parameters
from dashboard.metrics.measures import STORE_MEASURES
from dashboard.metrics.movements_of_orders import movements_of_parts
from dashboard.metrics.rollups import DIMENSIONS as DIMENSION_COLUMNS
from dashboard.models import Basis
from dealport.kit.values import FieldValues

HOURLY = "hourly"
GRANULARITIES = (*BUCKETS, HOURLY)


@dataclass(frozen=True)
class Dimension:
    """What figures can be split by: `source` is the rollups' dimension, `key` SQL of the value of a movement `m`,
    a text or a number; `is_numbered` where cells have it as a number, which is not written as text to be sorted.

    An order can be in several values of those of its lines: counts of orders do not add up over them.
    """

    name: str
    source: str
    key: str
    join: str = ""
    is_numbered: bool = False

    @property
    def cell_key(self) -> str:
        """SQL of the key of cells."""
        return self.key if self.is_numbered else f"({self.key})::text"


_PRODUCT = " JOIN orders_product AS product ON product.id = m.product_id"
# most products are none's variant: only those that are take part in the join
_VARIANT = (
    " LEFT JOIN (SELECT id, parent_id FROM orders_product WHERE parent_id IS NOT NULL) AS variant "
    "ON variant.id = m.product_id"
)
DIMENSIONS = {
    dimension.name: dimension
    for dimension in (
        # what is sold is a variant, or a product that is its own
        Dimension("product", "product", "coalesce(variant.parent_id, m.product_id)", _VARIANT, is_numbered=True),
        Dimension("variant", "product", "m.product_id", is_numbered=True),
        Dimension("category", "product", "coalesce(product.category_id::text, '')", _PRODUCT),
        Dimension("country", "country", "m.country"),
        Dimension("coupon", "coupon", "m.coupon_code"),
        Dimension("paymentMethod", "paymentMethod", "m.payment_code"),
        Dimension("channel", "channel", "m.channel"),
        Dimension("placedBy", "placedBy", "m.placed_by"),
        Dimension("customerType", "customerType", "m.customer_type"),
        Dimension("hour", "hour", "m.hour"),
        Dimension(
            "weekdayHour",
            "hour",
            "CASE WHEN m.hour = '' THEN '' ELSE extract(isodow FROM m.day)::int::text || '-' || m.hour END",
        ),
    )
}
QUERYABLE = {
    figure.analytics_name: figure
    for figure in FIGURES.values()
    if figure.fixed_basis is None and {*figure.inputs} <= {*STORE_MEASURES}
}
"""The figures that queries can name, by their names there."""


def dimensions_of(figure: Figure) -> tuple[str, ...]:
    """Return the names of the dimensions a figure is known by."""
    return tuple(
        name
        for name, dimension in DIMENSIONS.items()
        # an order with two products of one category would count twice
        if dimension.source in figure.dimensions and (name != "category" or "orders" not in figure.inputs)
    )


def second_dimensions(first: str) -> tuple[str, ...]:
    """Return the dimensions that answers by `first` can be split by as well: an order can be in a value of each."""
    return tuple(name for name, one in DIMENSIONS.items() if one.source != DIMENSIONS[first].source)


@dataclass(frozen=True)
class Question:
    """What is asked: figures by time (`granularity`), by a dimension, both or neither, on a basis.

    `only` is a value of `filtered_by`: the dimension itself, or the one of cells that are split by time alone. Without
    time there can be a `second` dimension beside the first.
    """

    figures: tuple[Figure, ...]
    dimension: Dimension | None = None
    granularity: str = ""
    basis: str = Basis.PLACED
    order_by: Figure | None = None
    is_descending: bool = True
    filtered_by: Dimension | None = None
    only: str = ""
    second: Dimension | None = None

    @property
    def dimensions(self) -> list[Dimension]:
        """What it is split by besides time."""
        return [one for one in (self.dimension, self.second) if one]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The measures that the figures, and the one to order by, are computed from."""
        ordered = () if self.order_by is None else (self.order_by,)
        return inputs_of((*self.figures, *ordered))

    @property
    def inputs_of_products(self) -> tuple[str, ...]:
        """The same by product, where total sales are goods and their tax."""
        return tuple(dict.fromkeys((*self.inputs, "tax")))

    @property
    def is_on_demand(self) -> bool:
        """Whether no rollup has it: it is split by two dimensions, or by one and narrowed to a value of another."""
        named = {one.source for one in (*self.dimensions, self.filtered_by) if one}
        return len(named | ({"hour"} if self.granularity == HOURLY else set())) > 1

    @property
    def is_by_product(self) -> bool:
        """Whether it is about products: what they sold, and not what orders with them are."""
        return any(one is not None and one.source == "product" for one in (*self.dimensions, self.filtered_by))

    @property
    def needs_days(self) -> bool:
        """Whether a month's rows do not say it: which weekday something was on."""
        return any(one is not None and "m.day" in one.key for one in (*self.dimensions, self.filtered_by))

    @property
    def source(self) -> Dimension | None:
        """The dimension whose rollup is read."""
        if self.granularity == HOURLY:
            return DIMENSIONS["hour"]
        return self.dimension or self.filtered_by


Bucket = str
"""The first day of a day, week or month (`2026-03-01`), or an hour (`2026-03-01T13`); empty where time is not asked."""


@dataclass(frozen=True)
class Cell:
    """What figures of one bucket and one value of each dimension are computed from."""

    bucket: Bucket
    key: str
    quantities: Quantities
    second: str = ""


def cells_sql(
    question: Question, *, is_of_one: bool = False, parts: str = "", pairs: Pairs | None = None, among: str = ""
) -> str:
    """Return SQL of cells: currency, bucket, keys, inputs; also of `parts` of days, SQL of their movements.

    `is_of_one`: there is one window. With `pairs` the buckets are those that the days are compared with. `among` is SQL
    of the products that are read.
    """
    source = question.source
    dimension = source.source if source else ""
    dimension = "product" if question.is_by_product else dimension
    up_to = "day" if question.needs_days else {"": "year", "monthly": "month"}.get(question.granularity, "day")
    if pairs and not pairs.begin_with_months:
        up_to = "day"
    values = {name: f"sum({value})" for name, value in values_of_rows(question, dimension).items()}
    measures = question.inputs_of_products if dimension == "product" else question.inputs
    if question.is_on_demand:
        moved = movements_on_demand(question.basis, by_product=question.is_by_product)
    else:
        spans = (WINDOW if is_of_one else WINDOWS).by(currency="currency")
        moved = movements(spans, measures, basis=question.basis, dimension=dimension, up_to=up_to)
    if parts:
        column = "coalesce(hour, '') AS hour" if dimension == "hour" else DIMENSION_COLUMNS.get(dimension, "")
        columns = "".join(f", {name}" for name in (column, *measures) if name)
        moved += f" UNION ALL SELECT currency, day{columns} FROM ({parts}) AS parts"
    bucket = "''"
    if question.granularity:
        days = "m.day" if question.granularity == HOURLY else BUCKETS[question.granularity]
        bucket = f"({_PAIRED if pairs else days})::text"
        bucket = f"{bucket} || 'T' || lpad(m.hour, 2, '0')" if question.granularity == HOURLY else bucket
    keys = [one.key for one in question.dimensions]
    currency = CURRENCY_OF_ONE if is_of_one else "m.currency"
    groups = ", ".join([*([] if is_of_one else [currency]), *(["bucket"] if question.granularity else []), *keys])
    joins = "".join({one.join: None for one in (*question.dimensions, question.filtered_by) if one})
    key, second = (one.cell_key if one else NO_KEY for one in (question.dimension, question.second))
    condition = f" WHERE ({question.filtered_by.key})::text = %(only)s" if question.filtered_by else ""
    condition = f" WHERE m.product_id IN ({among})" if among else condition
    return (
        f"SELECT {currency} AS currency, {bucket} AS bucket, {key} AS key, {second} AS second, "
        f"{', '.join(f'{value} AS {name}' for name, value in values.items())} "
        f"FROM ({moved}) AS m{joins}{condition}{f' GROUP BY {groups}' if groups else ''} "
        f"HAVING {' OR '.join(f'{value} <> 0' for value in values.values())}"
    )


def values_of_rows(question: Question, dimension: str) -> dict[str, str]:
    """Return SQL of each input over one row of a dimension; by product total sales are goods and their tax."""
    by_product = dimension == "product"
    return {name: "sales + tax" if by_product and name == "sales" else name for name in question.inputs}


NO_KEY = "''"
CURRENCY_OF_ONE = "(%(currencies)s::text[])[1]"
"""The currency of one window: a constant, by which nothing has to be grouped or sorted."""
_PAIRED = "(%(buckets)s::text[])[width_bucket(m.day, %(firsts_then)s::date[])]"
_BY_KEY = {"hour": "lpad(key, 2, '0')", "weekdayHour": "left(key, 2) || lpad(substr(key, 3), 2, '0')"}
"""What orders cells by their key where its text does not: 2:00 comes before 10:00."""
Cells = dict[str, list[Cell]]
"""By currency."""
Place = tuple[str, Bucket, str, str]
"""Currency, bucket, and the value of each dimension, empty where there is none."""


def order_of(question: Question) -> str:
    """Return SQL of the order of cells; what all of them have alike would cost a comparison each."""
    name = question.dimension.name if question.dimension else ""
    by = _BY_KEY.get(name, "key") if question.order_by is None else question.order_by.expression
    direction = "DESC" if question.is_descending else "ASC"
    bucket, second = (["bucket"] if question.granularity else []), (["second"] if question.second else [])
    return ", ".join([*bucket, f"{by} {direction}", "key", *second])


def all_cells(question: Question, windows: Sequence[Window]) -> Cells:
    """Return all cells, those without a value of the dimension too."""
    return cells_query(question, windows).read() if windows else {}


def cells_query(question: Question, windows: Sequence[Window]) -> Query[Cells]:
    """Return the query of `all_cells`."""
    cells = cells_sql(question, is_of_one=len(windows) == 1)
    return Query(cells, parameters_of(question, windows), partial(_by_currency, question))


def compared_cells(
    question: Question,
    compared: Mapping[Store, Compared],
    keys: Sequence[str] | None = None,
    pairs: Pairs | None = None,
) -> dict[Place, Quantities]:
    """Return the cells of what stores are compared with by their places.

    `keys` are those of the first dimension that are wanted. Buckets are those of the question, by `pairs`. One
    statement for any number of stores.
    """
    wanted = "TRUE" if keys is None else "key::text = ANY(%(keys)s)"
    known: FieldValues = {"keys": list(keys or ())}
    if pairs:
        known |= {"buckets": pairs.buckets, "firsts_then": pairs.firsts}

    def sql(*, is_of_one: bool = True, parts: str = "") -> str:
        found = cells_sql(question, is_of_one=is_of_one, parts=parts, pairs=pairs)
        return f"SELECT * FROM ({found}) AS cells WHERE {wanted}"

    if question.is_on_demand:
        found = [
            row
            for store, one in compared.items()
            for row in _read(sql(), question, [Window(store, one.days)], one.until, **known)
        ]
    else:
        windows = [Window(store, one.whole) for store, one in compared.items()]
        cut = {store: one.until for store, one in compared.items() if one.until}
        parts = ""
        if cut:
            parts, parameters = movements_of_parts(question.basis, cut, by_product=question.is_by_product)
            known |= parameters
        found = _read(sql(is_of_one=len(windows) == 1, parts=parts), question, windows, **known)
    cells_: dict[Place, dict[str, Decimal]] = {}
    for row in found:
        place = (row["currency"], row["bucket"], str(row["key"]), str(row["second"]))
        sums = cells_.setdefault(place, dict.fromkeys(question.inputs, Decimal(0)))
        for name in question.inputs:
            sums[name] += row[name]
    return dict(cells_)


def parameters_of(question: Question, windows: Sequence[Window], until: datetime | None = None) -> FieldValues:
    """Return the parameters of `cells_sql`; what is read on demand is of one store, up to a moment if one is named."""
    known = {"only": question.only, **window_parameters(windows)}
    if question.is_on_demand:
        (window,) = windows
        known |= on_demand.parameters(window.store, window.days, until)
    return known


def _read(
    sql: str, question: Question, windows: Sequence[Window], moment: datetime | None = None, **parameters: object
) -> list[Row]:
    if not windows:
        return []
    return rows(sql, **{**parameters_of(question, windows, moment), **parameters})


def _by_currency(question: Question, found: Sequence[Row]) -> Cells:
    by_currency: Cells = {}
    for row in found:
        by_currency.setdefault(row["currency"], []).append(cell_of(question, row))
    return by_currency


def cell_of(question: Question, row: Row) -> Cell:
    """Return the cell of a row of `cells_sql`."""
    quantities = {name: row[name] for name in question.inputs}
    return Cell(row["bucket"], str(row["key"]), quantities, str(row["second"]))
