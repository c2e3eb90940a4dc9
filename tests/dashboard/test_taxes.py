"""Tax by product, and the tax that prices include: to the cent, on both bases, provable cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
import simplejson
from django.db import connection
from django.test import Client

from customers.models import Store, User
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.metrics.recomputing import recompute_slices
from dashboard.metrics.rollups import ROLLUPS
from dashboard.models import MetricDelta
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.models import AmountPart, Order, OrderItem, Product
from orders.sources.description import SourceLine, SourceOrder, SourcePayment, SourceRefund
from orders.sources.single import apply_source_order
from orders.taxes import TaxedLine, included_in, taxes_of_lines
from tests.builders import a_product, a_store, a_user, local
from tests.older_code import as_older_code

FOLDS: dict[str, Callable[[], object]] = {
    "unfolded": lambda: None,
    "half folded": lambda: fold_once(MetricDelta.objects.count() // 2),
    "folded": fold_all,
}

DAYS = {"from": "2026-03-01", "to": "2026-04-30"}
FIGURES = "netSales,taxes,totalSales,taxIncluded"
CUSTOM = {"period": "custom", "startDate": DAYS["from"], "endDate": DAYS["to"]}


def get(path: str, **parameters: str) -> Any:
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    answer = client.get(f"/api/v1/{path}", {"store": "tea", **parameters})
    assert answer.status_code == 200, answer.content
    return simplejson.loads(answer.content, use_decimal=True)["data"]


def cells(figures: str, **parameters: str) -> dict[str, list[D]]:
    found = get("analytics/query", figures=figures, **{**DAYS, **parameters})
    rows = {row["label"]: [*row["values"].values()] for row in found["rows"]}
    return rows | {"other": [*found["other"]["values"].values()], "totals": [*found["totals"]["values"].values()]}


def opened(metric: str, cell: str, basis: str) -> tuple[D, D]:
    found = get("dashboard/explain", metric=metric, filter=cell, basis=basis, **CUSTOM)
    return found["value"], found["entriesTotal"]


@pytest.fixture
def store(db: None) -> Store:
    """Tea for 60 and cups for 20 with tax on top: one order whole, one in parts; each refunded in part."""
    store = a_store(slug="tea")
    tea, cup = a_product(store, "60.00", name="Tea"), a_product(store, "20.00", name="Cup")
    placed = local(store, 2026, 3, 2, 12)

    def an_order(tax: str) -> Order:
        return place_order(
            store=store,
            items=[ItemRequest(tea.pk, 1), ItemRequest(cup.pk, 1)],
            shipping_fee=D("8.00"),
            tax_amount=D(tax),
            shipping_address={"country": "DE"},
            at=placed,
            actor=None,
        )

    whole, in_parts = an_order("12.00"), an_order("4.01")
    mark_paid(order=whole, at=placed, actor=None)
    mark_paid(order=in_parts, amount=D("33.33"), at=placed, actor=None)
    mark_paid(order=in_parts, amount=D("10.00"), at=local(store, 2026, 4, 1, 12), actor=None)
    cups = OrderItem.objects.get(order=whole, product=cup)
    refund_order(order=whole, lines={cups.pk: 1}, at=local(store, 2026, 4, 2, 12), actor=None)
    refund_order(order=in_parts, amount=D("7.77"), at=local(store, 2026, 4, 3, 12), actor=None)
    return store


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_a_product_has_its_goods_and_their_tax_and_shipping_is_in_other(
    store: Store, basis: str, fold: Callable[[], object]
) -> None:
    fold()
    assert recount.differences(store) == []
    for by in ("product", "variant"):
        found = cells("netSales,taxes,totalSales", by=by, basis=basis)
        assert [net + tax - total for net, tax, total in (found["Tea"], found["Cup"])] == [0, 0]
        # the cups of one order went back with all of their tax, 3.00
        assert found["Tea"][1] > 9 and found["Cup"][1] < 1
        added = [sum(values) for values in zip(found["Tea"], found["Cup"], found["other"], strict=True)]
        assert added == found["totals"]
        # goods have all of the tax: other is shipping alone
        assert found["other"][:2] == [0, 0]
    for product in Product.objects.filter(store=store):
        _, taxes, total = found[product.name]
        assert opened("totalTax", f"product:{product.pk}", basis) == (taxes, taxes)
        assert opened("totalSales", f"product:{product.pk}", basis) == (total, total)


def test_the_tax_of_a_refund_counts_for_its_product_on_the_day_of_the_refund(store: Store) -> None:
    april = cells("netSales,taxes", by="product", basis="booked", **{"from": "2026-04-02", "to": "2026-04-02"})
    assert april == {"Cup": [D("-20.00"), D("-3.00")], "other": [0, 0], "totals": [D("-20.00"), D("-3.00")]}


def an_order_with_tax_in_its_prices(store: Store, number: int, *payments: str, refund: str = "") -> None:
    at = local(store, 2026, 3, 2, 12)
    paid = [SourcePayment(at + timedelta(days=20 * index), D(amount)) for index, amount in enumerate(payments)]
    back = (SourceRefund(local(store, 2026, 4, 9, 12), D(refund)),) if refund else ()
    stated = SourceOrder(
        source="shopify",
        external_id=str(number),
        name=f"#{number}",
        placed_at=at,
        currency=store.currency,
        lines=(SourceLine("Tea", D("120.00"), 1),),
        included_tax=D("20.00"),
        payments=tuple(paid),
        refunds=back,
        shipping_address={"country": "DE"},
        updated_at=at,
    )
    apply_source_order(store, stated, now=local(store, 2026, 4, 20, 12))


@pytest.mark.parametrize("fold", FOLDS.values(), ids=FOLDS)
@pytest.mark.parametrize("basis", ["placed", "booked"])
def test_tax_in_prices_is_a_figure_beside_and_stays_in_gross_and_net(
    db: None, basis: str, fold: Callable[[], object]
) -> None:
    store = a_store(slug="tea")
    an_order_with_tax_in_its_prices(store, 1, "120.00", refund="30.00")
    an_order_with_tax_in_its_prices(store, 2, "33.33", "10.00")
    an_order_with_tax_in_its_prices(store, 3)
    fold()
    assert recount.differences(store) == []
    found = cells(FIGURES, by="country", basis=basis)
    # 20 × 90 / 120 of the one, 20 × 43.33 / 120 = 7.2217 of the other
    assert found["DE"] == found["totals"] == [D("133.33"), 0, D("133.33"), D("22.22")]
    assert opened("taxIncluded", "country:DE", basis) == (D("22.22"), D("22.22"))
    march = cells(FIGURES, by="country", basis="booked", **{"from": "2026-03-01", "to": "2026-03-10"})
    assert march["DE"] == [D("153.33"), 0, D("153.33"), D("25.56")]


@pytest.mark.parametrize("is_folded", [False, True])
def test_an_upgrade_fills_in_taxes_of_products_and_in_prices(store: Store, is_folded: bool) -> None:
    an_order_with_tax_in_its_prices(store, 1, "120.00", refund="30.00")
    an_order_with_tax_in_its_prices(store, 2, "33.33", "10.00")
    march = {"from": "2026-03-01", "to": "2026-03-31"}

    def every_cell() -> list[dict[str, list[D]]]:
        asked = ((FIGURES, "country"), ("netSales,taxes,totalSales", "product"))
        return [
            cells(figures, by=by, basis=basis, **days)
            for figures, by in asked
            for basis in ("placed", "booked")
            for days in (DAYS, march)
        ]

    known = every_cell()
    if is_folded:
        fold_all()
    # as the code of before left it
    Order.objects.update(included_tax=0)
    with as_older_code(AmountPart):
        AmountPart.objects.filter(is_tax=True).delete()
    MetricDelta.objects.update(tax_included=0)
    MetricDelta.objects.filter(product_id__isnull=False).update(tax=0)
    for rollup in ROLLUPS:
        rollup.model._default_manager.update(**{"tax" if rollup.by_product else "tax_included": 0})
    migration: Any = __import__("dashboard.migrations.0019_taxes", fromlist=["ASK"])
    with connection.cursor() as cursor:
        cursor.execute(migration.ASK)
    recompute_slices()

    assert every_cell() == known
    assert recount.differences(store) == []
    fold_all()
    assert recount.differences(store) == []


def test_taxes_of_lines_are_functions_of_sums_that_add_up() -> None:
    lines = [TaxedLine(D("9.00"), D("0.00")), TaxedLine(D("3.00"), D("2.00"))]
    assert taxes_of_lines(lines, captured=D("12.00"), refunded=D("0.00")) == [D("9.00"), D("3.00")]
    assert taxes_of_lines(lines, captured=D("12.00"), refunded=D("2.00")) == [D("9.00"), D("1.00")]
    assert taxes_of_lines(lines, captured=D("12.00"), refunded=D("12.00")) == [0, 0]
    for captured in (D("3.01"), D("5.55"), D("11.99")):
        assert sum(taxes_of_lines(lines, captured=captured, refunded=D("2.00"))) == captured - D("2.00")
    # the tax of free goods falls on no line
    assert taxes_of_lines([TaxedLine(D(0), D(0))], captured=D("5.00"), refunded=D(0)) == [0]


def test_included_tax_follows_what_is_kept_half_up() -> None:
    assert included_in(D("45.00"), included=D("0.11"), total=D("90.00")) == D("0.06")
    assert included_in(D("99.00"), included=D("0.11"), total=D("90.00")) == D("0.11")
    assert included_in(D("0.00"), included=D("0.11"), total=D("0.00")) == D("0.00")
