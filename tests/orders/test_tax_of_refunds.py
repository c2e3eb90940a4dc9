"""The tax of refunds: exact to the cent, of parts, of pieces, of amounts; and of those made before it was kept."""

from decimal import Decimal as D
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Store
from dashboard import figures
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all, fold_once
from dealport.kit.day_range import DayRange
from dealport.kit.values import Json
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.models import Order, OrderItem, Refund
from orders.pricing import RefundableLine, allocate, price_refund
from reports.daily import aggregation
from reports.models import DailyMetrics
from tests.builders import a_product, a_store, local
from tests.older_code import as_older_code

CENT = D("0.01")
cents = st.integers(0, 60_000).map(lambda number: number * CENT)


def tax_of_rest(rest: D, tax: D, shipping: D) -> D:
    """Return the tax in what a refund takes from tax and shipping together, worked out without handing out cents.

    Of two parties by D'Hondt's method the first gets floor(a × (rest + 1) / (a + b)) seats, at most all.
    """
    a, b, seats = (int(amount / CENT) for amount in (tax, shipping, rest))
    return min(seats, a * (seats + 1) // (a + b)) * CENT if a + b else D(0)


@given(net=st.lists(cents, min_size=1, max_size=4), tax=cents, shipping=cents, amounts=st.lists(cents, max_size=4))
def test_the_tax_of_amounts_is_their_part_of_the_tax_by_a_formula_of_its_own(
    net: list[D], tax: D, shipping: D, amounts: list[D]
) -> None:
    tax_shares = allocate(tax, net) if any(net) else [D(0)] * len(net)
    total, refunded, refunded_tax, taken = sum(net) + tax + shipping, D(0), D(0), [D(0)] * len(net)
    for asked in amounts:
        amount = min(asked, total - refunded)
        lines = [
            RefundableLine(price, share, 1, 0, D(0), D(0), done)
            for price, share, done in zip(net, tax_shares, taken, strict=True)
        ]
        priced = price_refund(
            lines, total=total, refunded=refunded, shipping=shipping, tax=tax, refunded_tax=refunded_tax, amount=amount
        )
        refunded, taken = refunded + amount, [share.refunded for share in priced.lines]
        refunded_tax += priced.tax
        assert priced.refunded_tax == refunded_tax == tax_of_rest(refunded - sum(taken), tax, shipping)
        assert priced.tax >= 0
        goods = sum(share.amount for share in priced.lines)
        assert 0 <= amount - goods - priced.tax <= shipping
    if refunded == total:
        assert refunded_tax == tax


def an_order_of_two(store: Store, *, tax: str = "17.77", shipping: str = "5.00") -> tuple[Order, list[OrderItem]]:
    """Three teas and a cup, paid on March 10th: 110.00 of goods, tax on top, shipping."""
    tea, cup = a_product(store, "30.00"), a_product(store, "20.00")
    at = local(store, 2026, 3, 10, 12)
    order = place_order(
        store=store,
        items=[ItemRequest(tea.pk, 3), ItemRequest(cup.pk, 1)],
        tax_amount=D(tax),
        shipping_fee=D(shipping),
        at=at,
        actor=None,
    )
    mark_paid(order=order, at=at, actor=None)
    return order, list(order.items.order_by("pk"))


def taxes(order: Order) -> tuple[list[D], D]:
    """Return the tax of each refund and that of all, as they are stored."""
    order.refresh_from_db()
    return list(order.refunds.order_by("pk").values_list("tax_amount", flat=True)), order.refunded_tax


@pytest.mark.django_db
def test_a_refund_of_pieces_takes_their_tax_and_the_last_one_what_is_left() -> None:
    store = a_store()
    order, (tea, cup) = an_order_of_two(store)
    assert (tea.tax_share, cup.tax_share) == (D("14.54"), D("3.23"))
    for pieces in ({tea.pk: 1}, {tea.pk: 2}, {cup.pk: 1}):
        refund_order(order=order, lines=pieces, at=local(store, 2026, 4, 2), actor=None)
    assert taxes(order) == ([D("4.85"), D("9.69"), D("3.23")], D("17.77"))
    refund_order(order=order, at=local(store, 2026, 4, 3), actor=None)  # the shipping
    assert taxes(order) == ([D("4.85"), D("9.69"), D("3.23"), D("0.00")], D("17.77"))


@pytest.mark.django_db
def test_the_tax_moves_on_the_day_of_the_order_or_of_the_refund_and_is_explained() -> None:
    store = a_store()
    order, (tea, _) = an_order_of_two(store)
    an_order_of_two(a_store())
    refund_order(order=order, lines={tea.pk: 1}, at=local(store, 2026, 4, 2), actor=None)
    refund_order(order=order, amount=D("50.00"), at=local(store, 2026, 5, 2), actor=None)
    first, second = taxes(order)[0]
    assert first == D("4.85") and second > 0

    def shown(basis: str, month: int) -> D:
        period = Period(local(store, 2026, month, 1).date(), local(store, 2026, month, 28).date())
        tax = figures.sales_summary(store, period, basis).total_tax
        opened = figures.explain(store, "totalTax", period, basis, offset=0, limit=10)
        assert opened.total == tax == sum(entry.amount for entry in opened.entries)
        return D(tax)

    for fold in (lambda: None, lambda: fold_once(batch=2), fold_all):
        fold()
        assert [shown("placed", month) for month in (3, 4, 5)] == [D("17.77") - first - second, 0, 0]
        assert [shown("booked", month) for month in (3, 4, 5)] == [D("17.77"), -first, -second]
        assert recount.differences(store) == []


@pytest.mark.django_db
def test_an_order_that_is_not_paid_or_has_given_everything_back_has_no_tax() -> None:
    store = a_store()
    order, _ = an_order_of_two(store)
    refund_order(order=order, at=local(store, 2026, 3, 20), actor=None)
    tea = a_product(store, "30.00")
    place_order(
        store=store, items=[ItemRequest(tea.pk, 1)], tax_amount=D("3.00"), at=local(store, 2026, 3, 10), actor=None
    )
    period = Period(local(store, 2026, 3, 1).date(), local(store, 2026, 3, 31).date())
    assert {basis: figures.sales_summary(store, period, basis).total_tax for basis in ("placed", "booked")} == {
        "placed": D("0.00"),
        "booked": D("0.00"),
    }


@pytest.mark.django_db
def test_what_was_refunded_before_tax_was_kept_is_filled_in_to_the_cent() -> None:
    stores = a_store(timezone="Pacific/Kiritimati"), a_store(currency="NZD", timezone="America/St_Johns")
    fill_taxes: Any = import_module("dashboard.migrations.0007_tax")
    tables = [rollup["table"] for rollup in fill_taxes.ROLLUPS]

    def differences() -> list[Json]:
        """Return what differs in the rollups that the migration fills; later ones fill those they made."""
        return [row for store in stores for row in recount.differences(store) if row["table"] in tables]

    for number, store in enumerate(stores):
        order, (tea, cup) = an_order_of_two(store, tax=("17.77", "0.07")[number])
        refund_order(order=order, lines={tea.pk: 1}, amount=D("13.37"), at=local(store, 2026, 4, 2), actor=None)
        refund_order(order=order, amount=D("33.33"), at=local(store, 2026, 4, 2), actor=None)
        refund_order(
            order=order, lines={tea.pk: 1, cup.pk: 1}, amount=D("60.01"), at=local(store, 2026, 4, 9), actor=None
        )
        whole, _ = an_order_of_two(store)
        refund_order(order=whole, at=local(store, 2026, 5, 1, 0, 0), actor=None)
        fold_once(batch=3)
        an_order_of_two(store, shipping="0.00")
    aggregation.aggregate(DayRange(local(stores[0], 2026, 3, 1).date(), local(stores[0], 2026, 5, 31).date()))
    kept = stored()
    assert any(tax for _, tax in kept["refunds"]) and any(row[-1] for row in kept["lines"])
    with as_older_code(Refund), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orders_order SET refunded_tax = 0; UPDATE orders_refund SET tax_amount = 0;"
            "UPDATE dashboard_metricdelta SET tax = 0; UPDATE dashboard_storedailysales SET tax = 0;"
            "UPDATE dashboard_storemonthlysales SET tax = 0; UPDATE daily_metrics SET tax = 0"
        )
    assert {row["table"] for row in differences()} == set(tables)

    migrate()

    assert stored() == kept
    assert differences() == []
    fold_all()
    assert differences() == []


def stored() -> dict[str, list[tuple[object, ...]]]:
    return {
        "orders": list(Order.objects.order_by("pk").values_list("pk", "refunded_tax")),
        "refunds": list(Refund.objects.order_by("pk").values_list("pk", "tax_amount")),
        "lines": list(DailyMetrics.objects.order_by("pk").values_list("pk", "day", "tax")),
    }


def migrate() -> None:
    """Run the parts of the migrations that fill what exists, twice: a run that was cut off may be repeated."""
    with as_older_code(Refund), connection.schema_editor() as editor:
        for _ in range(2):
            import_module("orders.migrations.0008_refunded_tax").fill(None, editor)
            import_module("dashboard.migrations.0007_tax").fill(None, editor)
            reports = import_module("reports.migrations.0007_daily_tax")
            for sql in (reports.OF_STORES, reports.OF_ALL_STORES):
                editor.execute(sql)
