"""What total sales are made of: gross sales, discounts, returns, net sales, shipping, tax and tips."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.core.management import call_command
from django.db.models import Sum

from customers.models import Store
from customers.scopes import StoreScope
from dashboard import figures
from dashboard.figures.explain import explain
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all
from dashboard.metrics.recomputing import recompute_slices
from dashboard.metrics.rollups import ROLLUPS
from dashboard.models import Basis, Verification, VerificationRun
from dealport.kit.day_range import EVERY_DAY, DayRange
from orders.actions import ItemRequest, mark_paid, place_order, refund_order
from orders.models import AmountPart, Coupon, Order
from orders.parts import write_missing
from orders.pricing import CapturedLine, captured_parts
from tests.builders import a_product, a_store, local
from tests.older_code import as_older_code

pytestmark = pytest.mark.django_db
EVER = Period(date(2000, 1, 1), date(2100, 1, 1))
BREAKDOWN = ("gross_sales", "discounts", "returns", "net_sales", "shipping", "total_tax", "tips", "total_sales")


def breakdown(store: Store, period: Period = EVER, basis: str = Basis.PLACED) -> list[D]:
    totals = figures.period_totals(StoreScope(store), DayRange(period.first, period.last), basis)
    quantities = totals.get(store.currency) or dict.fromkeys(recount.STORE_MEASURES, D(0))
    return [D(figures.FIGURES[key].value(quantities)) for key in BREAKDOWN]


def an_order_with_everything(store: Store) -> Order:
    """Goods of 100.00 less 10 %, tax 9.00, shipping 6.00, a tip of 3.00: 108.00 altogether."""
    Coupon.objects.get_or_create(store=store, code="TEN", defaults={"value": D(10)})
    items = [ItemRequest(a_product(store, price).pk, 1) for price in ("70.00", "30.00")]
    return place_order(
        store=store,
        items=items,
        coupon_code="TEN",
        tax_amount=D("9.00"),
        shipping_fee=D("6.00"),
        tip=D("3.00"),
        at=local(store, 2026, 3, 1, 12),
        actor=None,
    )


def amounts(*texts: str) -> list[D]:
    return [D(text) for text in texts]


def test_an_unpaid_order_adds_nothing_and_a_paid_one_all_of_its_parts() -> None:
    store = a_store()
    order = an_order_with_everything(store)
    assert breakdown(store) == [D(0)] * 8
    mark_paid(order=order, at=local(store, 2026, 3, 2, 12), actor=None)
    assert breakdown(store) == amounts("100", "10", "0", "90", "6", "9", "3", "108")


def test_a_part_payment_adds_that_part_of_each_to_the_cent() -> None:
    store = a_store()
    order = an_order_with_everything(store)
    mark_paid(order=order, amount=D("36.01"), at=local(store, 2026, 3, 2, 12), actor=None)
    gross, discounts, returns, net, shipping, tax, tips, total = breakdown(store)
    assert (gross - discounts - returns, net + shipping + tax + tips) == (net, total)
    assert total == D("36.01")
    assert [gross, discounts, net, tax, tips] == amounts("33.34", "3.33", "30.01", "3.00", "1.00")
    mark_paid(order=order, at=local(store, 2026, 4, 2, 12), actor=None)
    assert breakdown(store) == amounts("100", "10", "0", "90", "6", "9", "3", "108")
    march, april = (Period(date(2026, month, 1), date(2026, month, 28)) for month in (3, 4))
    first, second = (breakdown(store, month, Basis.BOOKED) for month in (march, april))
    assert first == [gross, discounts, returns, net, shipping, tax, tips, total]
    assert [one + other for one, other in zip(first, second, strict=True)] == breakdown(store)


def test_a_refund_takes_goods_then_shipping_and_the_tip_last() -> None:
    store = a_store()
    order = an_order_with_everything(store)
    mark_paid(order=order, at=local(store, 2026, 3, 2, 12), actor=None)
    refund_order(order=order, amount=D("54.00"), at=local(store, 2026, 4, 1, 12), actor=None)
    assert breakdown(store) == amounts("100", "10", "45", "45", "1.50", "4.50", "3", "54")
    refund_order(order=order, at=local(store, 2026, 4, 2, 12), actor=None)
    assert breakdown(store) == amounts("100", "10", "90", "0", "0", "0", "0", "0")
    fold_all()
    assert recount.differences(store) == []


def test_parts_depend_on_the_sums_alone() -> None:
    line = CapturedLine(discount=D("1.00"), net=D("0.00"), captured=D("0.00"), refunded=D("0.00"))
    known = {"captured_tax": D(0), "refunded_tax": D(0), "shipping": D(0), "tip": D("2.00")}
    assert captured_parts([line], captured=D(0), refunded=D(0), **known) == ([D(0)], D(0))
    assert captured_parts([line], captured=D(1), refunded=D(0), **known) == ([D("1.00")], D("1.00"))
    # more than was asked for is no tip
    assert captured_parts([line], captured=D(5), refunded=D(0), **known) == ([D("1.00")], D("2.00"))
    assert captured_parts([line], captured=D(5), refunded=D("4.50"), **known) == ([D("1.00")], D("0.50"))


@pytest.mark.parametrize("basis", Basis.values)
def test_every_part_opens_to_what_adds_up_to_it(basis: str) -> None:
    store = a_store()
    order = an_order_with_everything(store)
    mark_paid(order=order, amount=D("50.00"), at=local(store, 2026, 3, 2, 12), actor=None)
    mark_paid(order=order, at=local(store, 2026, 3, 9, 12), actor=None)
    refund_order(order=order, amount=D("100.00"), at=local(store, 2026, 4, 1, 12), actor=None)
    for period in (EVER, Period(date(2026, 3, 1), date(2026, 3, 5))):
        for key, value in zip(BREAKDOWN, breakdown(store, period, basis), strict=True):
            opened = explain(store, figures.FIGURES[key].name, period, basis, offset=0, limit=100)
            assert (opened.total, sum(entry.amount for entry in opened.entries)) == (value, value), key


def test_what_was_booked_before_the_parts_were_kept_is_written_once() -> None:
    others = AmountPart.objects.filter(is_tax=False)
    store = a_store()
    first, second = an_order_with_everything(store), an_order_with_everything(store)
    mark_paid(order=first, at=local(store, 2026, 3, 2, 12), actor=None)
    mark_paid(order=second, amount=D("36.01"), at=local(store, 2026, 3, 2, 12), actor=None)
    mark_paid(order=second, amount=D("13.37"), at=local(store, 2026, 3, 3, 12), actor=None)
    refund_order(order=second, amount=D("48.00"), at=local(store, 2026, 3, 4, 12), actor=None)
    refund_order(order=first, at=local(store, 2026, 3, 4, 12), actor=None)
    kept = sorted(others.values_list("order_id", "item_id", "at", "amount"), key=str)
    taxes = sorted(AmountPart.objects.filter(is_tax=True).values_list("item_id").annotate(sum=Sum("amount")))
    with as_older_code(AmountPart):
        AmountPart.objects.filter(at__lt=local(store, 2026, 3, 4)).delete()

    assert write_missing(store, EVERY_DAY) > 0
    assert sorted(others.values_list("order_id", "item_id", "at", "amount"), key=str) == kept
    assert sorted(AmountPart.objects.filter(is_tax=True).values_list("item_id").annotate(sum=Sum("amount"))) == taxes
    assert write_missing(store, EVERY_DAY) == 0


def test_an_upgrade_recomputes_each_store_once_and_has_it_compared(capsys: pytest.CaptureFixture[str]) -> None:
    store, other = a_store(), a_store()
    mark_paid(order=an_order_with_everything(store), at=local(store, 2026, 3, 2, 12), actor=None)
    fold_all()
    expected = breakdown(store)
    with as_older_code(AmountPart):
        AmountPart.objects.all().delete()
    for rollup in ROLLUPS:
        measures = [name for name in ("net", "discounts", "returns", "tips") if name in rollup.measures]
        rollup.model._default_manager.update(**dict.fromkeys(measures, D(0)))
    for one in (store, other):
        VerificationRun.objects.create(store=one, next_day=EVERY_DAY.first, recomputes=True)

    call_command("recompute_metrics")

    assert capsys.readouterr().out.splitlines()[-1] == "2 stores recomputed"
    assert (breakdown(store), recount.differences(store)) == (expected, [])
    assert not VerificationRun.objects.filter(recomputes=True).exists()
    assert recompute_slices() == 0
    assert VerificationRun.objects.count() == 2
    assert not Verification.objects.filter(wrong_buckets__gt=0).exists()
