"""Edits together with part payments, refunds, fulfillments and unpaid delivery: the figures stay what the orders say.

Random lives of orders in three zones; after each step the recount differs from the figures in no bucket, whatever
waits in the ledger, and every order's money falls on its lines, its tax and the rest to the cent.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from random import Random
from typing import Any

import pytest
from django.db.models import Sum

from customers.models import Store
from dashboard import figures
from dashboard.figures.explain import explain
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.models import Basis
from dealport.kit.errors import Conflict, invalid
from orders.actions import (
    EditRequest,
    ItemRequest,
    OrderDetails,
    apply_provider_approval,
    apply_provider_refund,
    cancel_order,
    create_coupon,
    deliver_order,
    edit_order,
    mark_paid,
    place_order,
    process_order,
    refund_order,
    ship_order,
)
from orders.actions.shipping import unshipped
from orders.models import Coupon, Order, OrderItem, Product
from tests.builders import a_customer, a_product, a_store, local

pytestmark = pytest.mark.django_db
REFUSED = (Conflict, type(invalid("", "")))
LIVES, STEPS = int(os.environ.get("EDITED_LIVES", "5")), 9
ZONES = ("Pacific/Kiritimati", "America/Sao_Paulo", "Asia/Kathmandu")


class Lives:
    """A store, and everything that can happen to one order of it, drawn at random."""

    def __init__(self, store: Store, random: Random) -> None:
        self.store, self.random = store, random
        self.products = [a_product(store, price, stock=900) for price in ("9.99", "0.07", "25.00", "100.00")]
        values: dict[str, Any] = {"code": "SOME", "kind": "percent", "value": D("12.50")}
        self.coupon = create_coupon(store=store, values=values, actor=None)
        self.customer = a_customer(store)
        self.now = local(store, 2026, 3, 28, 22, 30)

    def place(self) -> Order:
        terms = self.random.choice(["prepaid", "on_delivery"])
        order = place_order(
            store=self.store,
            items=self._items(3),
            at=self.now,
            actor=None,
            tip=self._money(2),
            customer=self.random.choice([self.customer, None]),
            coupon_code=self.random.choice(["", "SOME"]),
            tax_amount=self._money(9),
            shipping_fee=self._money(5),
            details=OrderDetails(payment_terms=terms),
        )
        # as its source would state it
        Order.objects.filter(pk=order.pk).update(included_tax=self._money(4))
        return order

    def step(self, order: Order) -> str:
        """Do something; what is refused changes nothing."""
        self.now += timedelta(hours=self.random.choice([0, 1, 7, 26]))
        act = self.random.choices([self.edit, self.pay, self.refund, self.ship, self.other], [5, 3, 2, 2, 1])[0]
        try:
            act(order)
        except REFUSED as refusal:
            return f"{act.__name__}: {refusal}"
        return act.__name__

    def edit(self, order: Order) -> None:
        lines = list(OrderItem.objects.filter(order=order))
        named = self.random.sample(lines, self.random.randint(0, len(lines)))
        amounts: dict[str, Any] = {
            name: self._money(most)
            for name, most in (("shipping_fee", 9), ("discount", 20), ("tax_amount", 9))
            if self.random.random() < 0.3
        }
        added = self._items(2) if self.random.random() < 0.5 else []
        request = EditRequest({item.pk: self.random.choice([0, 1, 2, 3]) for item in named}, added, **amounts)
        edit_order(order=order, request=request, refund_difference=self.random.random() < 0.4, at=self.now, actor=None)

    def pay(self, order: Order) -> None:
        order = Order.objects.get(pk=order.pk)
        part = max((order.outstanding * self.random.randint(1, 9) / 10).quantize(D("0.01")), D("0.01"))
        amount = self.random.choice([None, None, part])
        report = self.random.random() < 0.3
        if report:
            apply_provider_approval(order=order, amount=amount, at=self.now)
        else:
            mark_paid(order=order, amount=amount, at=self.now, actor=None)

    def refund(self, order: Order) -> None:
        order = Order.objects.get(pk=order.pk)
        amount = max((order.sales * self.random.randint(1, 8) / 10).quantize(D("0.01")), D("0.01"))
        item = self.random.choice(list(OrderItem.objects.filter(order=order)))
        wanted: dict[str, Any] = self.random.choice([{"amount": amount}, {"lines": {item.pk: 1}}])
        if "amount" in wanted and self.random.random() < 0.4:
            apply_provider_refund(order=order, **wanted, at=self.now)
        else:
            refund_order(order=order, **wanted, restock=self.random.random() < 0.5, at=self.now, actor=None)

    def ship(self, order: Order) -> None:
        order = Order.objects.get(pk=order.pk)
        if order.status == "PENDING":
            process_order(order=order, at=self.now, actor=None)
            return
        left = unshipped(order, list(OrderItem.objects.filter(order=order)))
        one = {pk: 1 for pk, count in left.items() if count}
        ship_order(order=order, lines=self.random.choice([None, one or None]), at=self.now, actor=None)

    def other(self, order: Order) -> None:
        act: Callable[..., Any] = self.random.choice([deliver_order, deliver_order, cancel_order])
        act(order=order, at=self.now, actor=None)

    def _items(self, most: int) -> list[ItemRequest]:
        chosen = self.random.sample(self.products, self.random.randint(1, most))
        return [ItemRequest(product.pk, self.random.randint(1, 3)) for product in chosen]

    def _money(self, most: int) -> D:
        return D(self.random.choice([0, self.random.randint(1, most * 100)])) / 100


def check_money(order: Order, trail: list[str]) -> None:
    """What is left of the captured money is on the lines, the tax and the rest, and nowhere twice."""
    order = Order.objects.get(pk=order.pk)
    lines = list(OrderItem.objects.filter(order=order))
    for item in lines:
        assert D(0) <= item.refunded_amount <= item.captured_of(order) <= item.net, trail
        assert item.stock_taken <= item.quantity, trail
    goods = sum((item.captured_of(order) - item.refunded_amount for item in lines), D(0))
    rest = order.sales - goods - order.tax
    assert D(0) <= rest <= order.shipping_fee + order.tip + order.overpaid, (rest, trail)
    if order.captured_amount and order.outstanding == 0 and order.edited_at and order.status != "CANCELED":
        assert sum((item.captured_of(order) for item in lines), D(0)) == order.subtotal - order.discount, trail


def kept_included(order: Order) -> D:
    """The order's tax included in prices, in proportion to what is kept of its total."""
    if not (order.captured_amount and order.total_amount):
        return D(0)
    share = min(order.sales / order.total_amount, D(1))
    return (order.included_tax * share).quantize(D("0.01"), ROUND_HALF_UP)


def check_figures(lives: Lives, since: datetime, trail: list[str]) -> None:
    """On both bases each total is what its entries add up to, and the same over all days."""
    first, last = since.astimezone(lives.store.zone).date(), lives.now.astimezone(lives.store.zone).date()
    period = Period(first, last)
    sums = [figures.sales_summary(lives.store, period, basis) for basis in Basis.values]
    assert sums[0] == sums[1], trail
    names = (
        "grossSales",
        "discounts",
        "returns",
        "netSales",
        "shipping",
        "totalTax",
        "tips",
        "totalSales",
        "taxIncluded",
    )
    for basis in Basis.values:
        found = [explain(lives.store, name, period, basis, offset=0, limit=1).total for name in names]
        gross, discounts, returns, net, shipping, tax, tips, total, included = found
        assert gross - discounts - returns == net, (basis, trail)
        assert net + shipping + tax + tips == total == sums[0].total_sales, (basis, trail)
        assert tax == sums[0].total_tax, (basis, trail)
        assert included == sum(kept_included(order) for order in Order.objects.filter(store=lives.store)), (
            basis,
            trail,
        )
        units = explain(lives.store, "unitsSold", period, basis, offset=0, limit=1).total
        products = figures.sales_by_product(lives.store, period, basis, order_by="units")
        assert units == sum(product.units_sold for product in products), trail


def check_beside(lives: Lives, trail: list[str]) -> None:
    """Coupon, customer and stock say what the orders say."""
    completed = [order for order in Order.objects.filter(store=lives.store) if order.is_completed]
    coupon = Coupon.objects.get(pk=lives.coupon.pk)
    used = [order for order in completed if order.coupon_id]
    assert (coupon.times_used, coupon.total_sales_amount) == (len(used), sum(o.total_amount for o in used)), trail
    for product in Product.objects.filter(store=lives.store):
        held = product.items.aggregate(sum=Sum("stock_taken"))["sum"] or 0
        # refunds without restock let pieces go for good
        assert product.stock is not None and product.stock + held <= 900, trail
    lives.customer.refresh_from_db()
    own = list(Order.objects.filter(customer=lives.customer))
    assert lives.customer.total_spent == sum((order.sales for order in own), D(0)), trail
    assert lives.customer.completed_orders == sum(order.is_completed for order in own), trail


@pytest.mark.parametrize("zone", ZONES)
def test_figures_stay_what_the_orders_say_through_edits(zone: str) -> None:
    random = Random(f"{zone} {LIVES}")
    lives = Lives(a_store(timezone=zone), random)
    since = lives.now
    trail: list[str] = []
    for number in range(LIVES):
        order = lives.place()
        trail.append(f"order {number}")
        for _ in range(STEPS):
            trail.append(lives.step(order))
            check_money(order, trail)
        assert recount.differences(lives.store) == [], trail
        check_figures(lives, since, trail)
        fold_once(5)
        assert recount.differences(lives.store) == [], trail
    check_beside(lives, trail)
    fold_all()
    assert recount.differences(lives.store) == [], trail
    check_figures(lives, since, trail)
    assert sum(step == "edit" for step in trail) > LIVES
