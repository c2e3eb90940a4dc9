"""Every cell of every analytics answer of a store against a recount from its orders, with the identities in each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from customers.models import Store
from dashboard.answers.analytics import Request, analytics_data
from dashboard.figures.analytics import DIMENSIONS, QUERYABLE, Question, dimensions_of
from dashboard.figures.figure import Figure
from dashboard.figures.reading import rows
from dashboard.figures.windows import Window
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.metrics.measures import STORE_MEASURES
from dashboard.metrics.movements_of_orders import movements_within
from dashboard.models import Basis, MetricDelta
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import CLOCK, clock
from orders.models import Product

COLUMNS = {
    "time": "day::text",
    "country": "country",
    "coupon": "coupon_code",
    "paymentMethod": "payment_code",
    "channel": "channel",
    "placedBy": "placed_by",
    "customerType": "customer_type",
    "hour": "hour",
    "weekdayHour": "extract(isodow FROM day)::int::text || '-' || hour",
    "variant": "product_id::text",
    "": "''",
}
"""What a recount is added up by, of each dimension; product and category are added up here, from the variants."""
PARTS = ("grossSales", "discounts", "returns", "netSales", "shipping", "taxes", "tips", "totalSales")
Cells = Mapping[str, Mapping[str, Decimal]]
Recount = dict[tuple[str, str], Cells]
"""Basis and dimension → key → measures."""


def recounted(store: Store, days: DayRange) -> Recount:
    """Return the measures of every cell of both bases, read from the orders, payments, refunds and edits."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what other tests left in the tables would decide about the plan
    found: Recount = {}
    for basis in map(str, Basis.values):
        found |= {(basis, name): cells for name, cells in _of_orders(store, days, basis).items()}
        found |= {(basis, name): cells for name, cells in _of_products(store, days, basis).items()}
    return found


def _of_orders(store: Store, days: DayRange, basis: str) -> dict[str, Cells]:
    return _added_up(store, days, basis, {name: column for name, column in COLUMNS.items() if name != "variant"})


def _of_products(store: Store, days: DayRange, basis: str) -> dict[str, Cells]:
    variants = _added_up(store, days, basis, {"variant": COLUMNS["variant"]}, by_product=True)["variant"]
    # by product total sales are goods and their tax
    variants = {key: {**sums, "sales": sums["sales"] + sums["tax"]} for key, sums in variants.items()}
    known = {str(one.pk): one for one in Product.objects.filter(store=store)}
    products, categories = (defaultdict[str, dict[str, Decimal]](_nothing) for _ in range(2))
    for key, sums in variants.items():
        one = known.get(key)  # a line can be of no product
        product, category = (one.parent_id or one.pk, one.category_id or "") if one else ("", "")
        for cells, part in ((products, str(product)), (categories, str(category))):
            cells[part] = {name: cells[part][name] + sums[name] for name in STORE_MEASURES}
    return {"variant": variants, "product": products, "category": categories}


def _nothing() -> dict[str, Decimal]:
    return dict.fromkeys(STORE_MEASURES, Decimal(0))


def _added_up(
    store: Store, days: DayRange, basis: str, columns: Mapping[str, str], *, by_product: bool = False
) -> dict[str, Cells]:
    """Return the measures by each of some columns, in one statement: the recount's plan takes longer than its rows."""
    keys = ", ".join(f"coalesce({column}, '') AS key{number}" for number, column in enumerate(columns.values()))
    names = [f"key{number}" for number in range(len(columns))]
    added = ", ".join(f"sum({name}) AS {name}" for name in STORE_MEASURES)
    moved = movements_within(basis, by_product=by_product)
    sql = (
        f"{CLOCK} SELECT GROUPING({', '.join(names)}) AS absent, {', '.join(names)}, {added} "
        f"FROM (SELECT {keys}, moved.* FROM ({moved}) AS moved) AS named "
        f"GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in names)})"
    )
    parameters = {"store": store.pk, "from": days.first, "to": days.last, **clock(store.timezone, days)}
    found: dict[str, dict[str, Mapping[str, Decimal]]] = {name: {} for name in columns}
    present = {2 ** len(names) - 1 - 2 ** (len(names) - 1 - place): name for place, name in enumerate(columns)}
    for row in rows(sql, **parameters):
        name = present[row["absent"]]
        found[name][row[names[[*columns].index(name)]]] = {one: Decimal(row[one]) for one in STORE_MEASURES}
    return dict(found)


def check_in_every_state_of_folding(store: Store, days: DayRange) -> int:
    """Compare every cell as it is, with half of what waits folded, and with all of it; then all is as it was."""
    expected = recounted(store, days)
    with transaction.atomic():
        compared = check_every_cell(store, days, expected)
        fold_once(max(MetricDelta.objects.filter(store_id=store.pk).count() // 2, 1))
        compared += check_every_cell(store, days, expected)
        fold_all()
        compared += check_every_cell(store, days, expected)
        transaction.set_rollback(True)
    return compared


def check_every_cell(store: Store, days: DayRange, recount: Recount) -> int:
    """Compare the answers by every dimension, of both bases, with the recount; return how many values were compared."""
    parents = {str(pk) for pk in Product.objects.filter(store=store, has_variants=True).values_list("pk", flat=True)}
    compared = 0
    for (basis, name), cells in recount.items():
        known = _known(name, basis)
        data = _answer(store, days, basis, name, known)
        all_of_it = recount[basis, ""].get("") or _nothing()
        whole = {figure.analytics_name: figure.value(all_of_it, store.currency) for figure in known}
        assert data["totals"]["values"] == whole, (basis, name)
        found = {row["key"]: row["values"] for row in data["rows"]}
        expected = {
            key: _values(known, sums, store.currency, has_variants=name == "product" and key in parents)
            for key, sums in cells.items()
        }
        if name == "time":
            nothing = _values(known, _nothing(), store.currency, has_variants=False)
            assert found == {key: expected.get(key, nothing) for key in found}, basis
            assert {*expected} <= {*found}
        elif name:
            moved = {key for key, sums in cells.items() if key and _is_moved(known, sums)}
            assert found == {key: expected[key] for key in moved}, (basis, name)
        for key, values in found.items():
            check_identities(values, (basis, name, key))
        if data["other"]:
            check_rest(data, known, is_by_product=name in ("product", "variant", "category"))
        compared += sum(map(len, found.values()))
    return compared


def _known(name: str, basis: str) -> list[Figure]:
    return [
        figure
        for figure in QUERYABLE.values()
        if basis in figure.bases and (name in ("", "time") or name in dimensions_of(figure))
    ]


def _answer(store: Store, days: DayRange, basis: str, name: str, known: list[Figure]) -> Any:
    question = Question(
        tuple(known), DIMENSIONS.get(name), "daily" if name == "time" else "", basis=basis, order_by=known[0]
    )
    return analytics_data(Request(question, (Window(store, days),), "", 1, 1_000_000), datetime.now(UTC))


def _values(known: list[Figure], sums: Mapping[str, Decimal], currency: str, *, has_variants: bool) -> dict[str, Any]:
    return {
        figure.analytics_name: None if has_variants and "orders" in figure.inputs else figure.value(sums, currency)
        for figure in known
    }


def _is_moved(known: list[Figure], sums: Mapping[str, Decimal]) -> bool:
    return any(sums[name] for figure in known for name in figure.inputs)


def check_identities(values: Mapping[str, Any], where: object) -> None:
    """Assert gross − discounts − returns = net, and net + shipping + taxes + tips = total (goods: net + taxes)."""
    assert values["grossSales"] - values["discounts"] - values["returns"] == values["netSales"], where
    around = sum(values.get(name, 0) for name in ("shipping", "tips"))
    assert values["netSales"] + around + values["taxes"] == values["totalSales"], where


def check_rest(data: Any, known: list[Figure], *, is_by_product: bool) -> None:
    """Assert that rows and what belongs to none of them add up to the total."""
    for figure in known:
        name = figure.analytics_name
        if figure.sums_over_days and not (is_by_product and "orders" in figure.inputs):
            rows_of = sum(row["values"][name] for row in data["rows"])
            assert rows_of + data["other"]["values"][name] == data["totals"]["values"][name], name
