"""One cell of an analytics answer: its figure, and which orders, payments and refunds add up to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.db.models import Q, QuerySet

from customers.models import Store
from dashboard.figures.analytics import Dimension, Question, all_cells, compared_cells
from dashboard.figures.before import Comparison, quantities_before
from dashboard.figures.cell_pages import page_of_cells, rest_of
from dashboard.figures.comparisons import PREVIOUS_PERIOD, Compared
from dashboard.figures.explain import CellOf
from dashboard.figures.figure import Figure
from dashboard.figures.values import Number
from dashboard.figures.windows import Window
from dealport.kit.local_days import local_day_sql, local_hour_sql
from orders.first_orders import CUSTOMER_TYPE
from orders.models import Category, Product

Part = tuple[Dimension, str]
"""A dimension and one of its values."""
_CONDITIONS = {
    "country": "o.country = %(value)s",
    "coupon": "o.coupon_code = %(value)s",
    "paymentMethod": "o.payment_code = %(value)s",
    "channel": "o.channel = %(value)s",
    "placedBy": "o.placed_by = %(value)s",
    "customerType": f"{CUSTOMER_TYPE} = %(value)s",
    "hour": f"{local_hour_sql('{moment}')}::text = %(value)s",
    "weekdayHour": f"extract(isodow FROM {local_day_sql('{moment}')})::int::text || '-' || "
    f"{local_hour_sql('{moment}')}::text = %(value)s",
}


OTHER = "other"
"""In place of a value of a dimension of products: what belongs to none of its values, as `other` of an answer."""
_NAMED = {"category": "category_id IS NOT NULL"}


def is_rest(part: Part) -> bool:
    """Answer whether what belongs to no product or category is meant."""
    dimension, value = part
    return dimension.source == "product" and value == OTHER


def rest_question(figure: Figure, basis: str, dimensions: Sequence[Dimension], parts: Sequence[Part]) -> Question:
    """Return the question whose `other` is meant: by one dimension or two, narrowed to a value of another."""
    first, second = (*dimensions, None)[:2]
    question = Question((figure,), dimension=first, second=second, basis=basis)
    return replace(question, filtered_by=parts[0][0], only=parts[0][1]) if parts else question


def rest_value(windows: Sequence[Window], currency: str, question: Question) -> Number:
    """Return the figure of what belongs to no value of a question's dimensions, of stores of one currency."""
    (figure,) = question.figures
    whole = replace(question, dimension=None, second=None)
    cells = all_cells(whole, windows).get(currency)
    page = page_of_cells(question, windows, offset=0, limit=0).get(currency) if windows else None
    total = cells[0].quantities if cells else dict.fromkeys(whole.inputs, Decimal(0))
    return figure.value(rest_of(question, page, total), currency)


def rest_cell(store: Store, dimensions: Sequence[Dimension], parts: Sequence[Part]) -> CellOf:
    """Return which entries explain `other` of an answer by some dimensions, narrowed to a value of another.

    Besides what is of no product, that is all of the orders without a value of a dimension: their goods too.
    """
    narrowed = cell_of(store, parts) if parts else CellOf()
    nothing = [_CONDITIONS[one.name].replace("%(value)s", "''") for one in dimensions if one.source != "product"]
    lacks_a_value = " OR ".join(nothing)
    for one in dimensions:
        if one.source == "product":
            rest_of = f"NOT ({lacks_a_value})" if nothing else "TRUE"
            return replace(narrowed, rest=_NAMED.get(one.name, "TRUE"), rest_of=rest_of)
    condition = " AND ".join(one for one in (narrowed.condition, f"({lacks_a_value})") if one)
    return replace(narrowed, condition=condition)


def cell_of(store: Store, parts: Sequence[Part]) -> CellOf:
    """Return which entries explain the cell of a value of a dimension, or of one value of each of some."""
    if is_rest(parts[0]):
        return _entries_of(store, *parts[0])
    found = [_entries_of(store, *part) for part in parts]
    chosen = [set(cell.products) for cell in found if cell.products is not None]
    conditions = {f"value{number}": cell for number, cell in enumerate(found) if cell.condition}
    return CellOf(
        products=sorted(set.intersection(*chosen)) if chosen else None,
        condition=" AND ".join(cell.condition.replace("%(value)s", f"%({name})s") for name, cell in conditions.items()),
        values={name: cell.values["value"] for name, cell in conditions.items()},
    )


def _entries_of(store: Store, dimension: Dimension, value: str) -> CellOf:
    if is_rest((dimension, value)):
        return CellOf(rest=_NAMED.get(dimension.name, "TRUE"))
    if dimension.name == "variant":
        return CellOf(products=[int(value)] if is_key(value) else [])
    if dimension.name == "product":
        return CellOf(products=list(_sold_as(value).values_list("pk", flat=True)) if is_key(value) else [])
    if dimension.name == "category":
        category = int(value) if is_key(value) else None
        products = Product.objects.filter(store=store, category=category)
        return CellOf(products=list(products.values_list("pk", flat=True)) if category or not value else [])
    return CellOf(condition=_CONDITIONS[dimension.name], values={"value": value})


def _sold_as(value: str) -> QuerySet[Product]:
    """Return the variants of a product, which may be itself."""
    return Product.objects.filter(Q(pk=int(value)) | Q(parent=int(value)))


def counts_orders_twice(figure: Figure, dimension: Dimension, value: str) -> bool:
    """Answer whether an order can be in the cell of a product twice: with two of its variants."""
    if dimension.name != "product" or "orders" not in figure.inputs or not is_key(value):
        return False
    return Product.objects.filter(pk=int(value), has_variants=True).exists()


def is_key(text: str) -> bool:
    """Answer whether a value can be a primary key."""
    return text.isascii() and text.isdigit() and len(text) < 19


def question_of(figure: Figure, basis: str, parts: Sequence[Part]) -> Question:
    """Return the question about one cell: of one value of a dimension, or of one value of each of two."""
    (dimension, value), *others = parts
    question = Question((figure,), basis=basis, filtered_by=dimension, only=value)
    return replace(question, dimension=others[0][0]) if others else question


def cell_value(spans: Mapping[Store, Compared], currency: str, question: Question, key: str = "") -> Number:
    """Return the figure of a cell, of the question's `key`, of stores of one currency; each up to its own moment."""
    (figure,) = question.figures
    found = compared_cells(question, spans).get((currency, "", key, ""))
    return figure.value(found or dict.fromkeys(question.inputs, Decimal(0)), currency)


def value_until(store: Store, figure: Figure, span: Compared, basis: str) -> Number:
    """Return a store's figure of days of which the last is cut off at a moment."""
    quantities = quantities_before(Comparison(PREVIOUS_PERIOD, {store: span}), basis)[store]
    return figure.value(quantities, store.currency)


def stores_of(parts: Sequence[Part], store_ids: Collection[int]) -> set[int]:
    """Return which of some stores can have the cell: a product and a category are of one store."""
    found = set(store_ids)
    for dimension, value in parts:
        if dimension.source == "product" and is_key(value):
            model = Category if dimension.name == "category" else Product
            found &= set(model._default_manager.filter(pk=int(value)).values_list("store_id", flat=True))
    return found
