"""Orders are edited before delivery: lines, amounts, stock, money and figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from rest_framework.exceptions import ValidationError

from customers.models import Store
from dashboard import figures
from dashboard.figures.explain import explain
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from dashboard.models import Basis
from dealport.kit.errors import Conflict
from orders.actions import (
    EditRequest,
    ItemRequest,
    create_coupon,
    deliver_order,
    edit_order,
    expire_order,
    mark_paid,
    place_order,
    preview_edit,
    refund_order,
    ship_order,
)
from orders.models import Coupon, Order, OrderEvent, OrderItem, Product, Transaction
from reports.sql.views import BY_NAME
from tests.builders import a_customer, a_product, a_store, a_user, local
from tests.orders.calls import Caller, everything

pytestmark = pytest.mark.django_db


def placed(store: Store, *prices: str, at: datetime, stock: int = 9, **fields: Any) -> Order:
    items = [ItemRequest(a_product(store, price, stock=stock).pk, 1) for price in prices]
    return place_order(store=store, items=items, at=at, actor=None, **fields)


def lines(order: Order) -> list[OrderItem]:
    return list(OrderItem.objects.filter(order=order).order_by("pk"))


def edited(order: Order, at: datetime, *quantities: int, **wanted: Any) -> Order:
    options = {name: wanted.pop(name) for name in ("refund_difference", "reason") if name in wanted}
    pieces = {item.pk: count for item, count in zip(lines(order), quantities, strict=False)}
    return edit_order(order=order, request=EditRequest(pieces, **wanted), at=at, actor=None, **options).order


def standing(order: Order) -> tuple[Any, ...]:
    order = Order.objects.get(pk=order.pk)
    return order.status, order.payment_status, order.total_amount, order.outstanding, order.overpaid


def shown(store: Store, at: datetime, basis: str = Basis.PLACED) -> tuple[Any, ...]:
    """Sales, tax, units, and (sales, units, orders) of products of one day; each proved by its entries."""
    day = at.astimezone(store.zone).date()
    period = Period(day, day)
    summary = figures.sales_summary(store, period, basis)
    assert recount.differences(store) == []
    products = figures.sales_by_product(store, period, basis, order_by="units")
    units = sum(row.units_sold for row in products)
    pairs = (("totalSales", summary.total_sales), ("totalTax", summary.total_tax), ("unitsSold", units))
    for name, value in pairs:
        assert explain(store, name, period, basis, offset=0, limit=100).total == value, (name, basis)
    rows = sorted((row.product_id, row.total_sales, row.units_sold, row.total_orders) for row in products)
    return (*(value for _, value in pairs), [row[1:] for row in rows])


def test_a_cheaper_paid_order_states_what_is_overpaid_and_refunds_it_when_asked() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "30.00", "20.00", tax_amount=D("5.00"), shipping_fee=D("4.00"), at=start)
    mark_paid(order=order, at=start, actor=None)
    later = start + timedelta(days=2)
    order = edited(order, later, 1, 0, reason="changed their mind")
    assert standing(order) == ("PROCESSING", "PAID", D("37.00"), D("0.00"), D("22.00"))
    assert shown(store, start) == (D("59.00"), D("3.00"), 1, [(D("30.00"), 1, 1), (D("0.00"), 0, 1)])
    assert shown(store, later, Basis.BOOKED)[:3] == (D("0.00"), D("-2.00"), -1)
    event = order.events.latest("id")
    assert (event.kind, event.amount) == (OrderEvent.Kind.EDITED, 0)
    name = lines(order)[1].name
    assert event.note == f"{name} 1 → 0; tax 5.00 → 3.00; total 59.00 → 37.00; changed their mind"
    refund = refund_order(order=order, amount=D("25.00"), at=later, actor=None)
    assert (refund.overpayment_amount, refund.amount) == (D("22.00"), D("25.00"))
    assert standing(order) == ("PROCESSING", "PARTIALLY_REFUNDED", D("37.00"), D("0.00"), D("0.00"))
    sales, tax, *_ = shown(store, start)
    assert (sales, tax) == (D("34.00"), D("2.76"))
    shown(store, later, Basis.BOOKED)


def test_refund_difference_gives_it_back_in_the_same_step() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "30.00", "20.00", at=start)
    mark_paid(order=order, at=start, actor=None)
    later = start + timedelta(days=2)
    result = edit_order(
        order=order, request=EditRequest({lines(order)[1].pk: 0}), refund_difference=True, at=later, actor=None
    )
    assert result.refund and result.refund.amount == D("20.00")
    assert standing(order) == ("PROCESSING", "PARTIALLY_REFUNDED", D("30.00"), D("0.00"), D("0.00"))
    assert shown(store, start) == (D("30.00"), D("0.00"), 1, [(D("30.00"), 1, 1), (D("0.00"), 0, 1)])
    assert shown(store, later, Basis.BOOKED) == (D("-20.00"), D("0.00"), -1, [(D("-20.00"), -1, 0)])
    # what was given back is no longer paid: the next product has to be paid in full
    more = a_product(store, "7.00")
    order = edited(order, later, additions=[ItemRequest(more.pk, 1)])
    assert standing(order) == ("PROCESSING", "PARTIALLY_REFUNDED", D("37.00"), D("7.00"), D("0.00"))
    shown(store, later, Basis.BOOKED)


def test_the_sql_console_shows_what_edits_moved() -> None:
    store = a_store()
    order = placed(store, "30.00", "20.00", at=local(store, 2026, 3, 2, 9))
    mark_paid(order=order, actor=None)
    edited(order, local(store, 2026, 3, 4, 9), 1, 0)
    view = BY_NAME["order_edits"]
    with connection.cursor() as cursor:
        cursor.execute(view.select)
        (row,) = cursor.fetchall()
    shown_edit = dict(zip(view.names, row, strict=True))
    assert (shown_edit["order_number"], shown_edit["captured"], shown_edit["refunded"]) == (
        order.number,
        D("-20.00"),
        0,
    )
    assert '"totalAmount": ["50.00", "30.00"]' in shown_edit["changes"]


def test_a_dearer_paid_order_stays_paid_and_its_difference_is_paid_later() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "30.00", at=start, customer=a_customer(store))
    mark_paid(order=order, at=start, actor=None)
    edit_day, pay_day = start + timedelta(days=1), start + timedelta(days=2)
    mug = a_product(store, "8.00", stock=3)
    order = edited(order, edit_day, 2, additions=[ItemRequest(mug.pk, 3)])
    assert standing(order) == ("PROCESSING", "PAID", D("84.00"), D("54.00"), D("0.00"))
    assert [Product.objects.get(pk=item.product_id).stock for item in lines(order)] == [7, 0]
    assert shown(store, edit_day, Basis.BOOKED) == (D("0.00"), D("0.00"), 4, [(D("0.00"), 1, 0), (D("0.00"), 3, 1)])
    mark_paid(order=order, amount=D("4.00"), at=pay_day, actor=None)
    assert standing(order)[1:4] == ("PAID", D("84.00"), D("50.00"))
    mark_paid(order=order, at=pay_day, actor=None)
    assert standing(order)[1:4] == ("PAID", D("84.00"), D("0.00"))
    with pytest.raises(Conflict, match="PROCESSING cannot become PAID"):
        mark_paid(order=order, actor=None)
    assert shown(store, start) == (D("84.00"), D("0.00"), 5, [(D("60.00"), 2, 1), (D("24.00"), 3, 1)])
    assert shown(store, pay_day, Basis.BOOKED) == (D("54.00"), D("0.00"), 0, [(D("30.00"), 0, 0), (D("24.00"), 0, 0)])
    summary = figures.sales_summary(store, Period(start.date(), pay_day.date()), Basis.BOOKED)
    assert summary.total_completed_orders == 1


def test_a_part_payment_that_covers_the_new_total_completes_the_order() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "30.00", "20.00", at=start)
    mark_paid(order=order, amount=D("30.00"), at=start, actor=None)
    later = start + timedelta(days=1)
    order = edited(order, later, 1, 0)
    assert standing(order) == ("PROCESSING", "PAID", D("30.00"), D("0.00"), D("0.00"))
    assert order.completed_at == later
    assert shown(store, later, Basis.BOOKED)[2] == 1
    assert not order.transactions.filter(status=Transaction.Status.PENDING).exists()


def test_the_awaited_payment_of_an_unpaid_order_follows_its_total() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "30.00", at=start)
    order = edited(order, start, 3)
    found = order.transactions.order_by("pk").values_list("status", "amount")
    assert list(found) == [("canceled", D("30.00")), ("pending", D("90.00"))]
    mark_paid(order=order, at=start, actor=None)
    assert list(found.all()) == [("canceled", D("30.00")), ("approved", D("90.00"))]
    edited(order, start, 1)
    assert shown(store, start)[3] == shown(store, start, Basis.BOOKED)[3] == [(D("30.00"), 1, 1)]


def test_a_percentage_follows_the_goods_and_a_fixed_discount_stays() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    values: dict[str, Any] = {"code": "TEN", "kind": "percent", "value": D("10.00")}
    coupon = create_coupon(store=store, values=values, actor=None)
    order = placed(store, "33.33", coupon_code="TEN", at=start)
    mark_paid(order=order, at=start, actor=None)
    order = edited(order, start, 2)
    assert (order.discount, order.total_amount) == (D("6.67"), D("59.99"))
    assert Coupon.objects.get(pk=coupon.pk).total_sales_amount == D("59.99")
    order = edited(order, start, 2, discount=D("1.00"))
    order = edited(order, start, 3)
    assert (order.discount, order.total_amount) == (D("1.00"), D("98.99"))


def test_what_was_shipped_or_refunded_stays_and_the_status_follows_the_pieces() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = placed(store, "10.00", "20.00", at=start)
    mark_paid(order=order, at=start, actor=None)
    first, second = lines(order)
    ship_order(order=order, lines={first.pk: 1}, actor=None)
    with pytest.raises(Conflict, match=r"1 of .* have been shipped or refunded already"):
        edited(order, start, 0)
    order = edited(order, start, 1, 0)
    assert order.status == "SHIPPED" and order.shipped_at == start
    order = edited(order, start, additions=[ItemRequest(second.product_id, 1)])
    assert order.status == "PROCESSING"
    assert [(item.quantity, item.removed_at is None) for item in lines(order)] == [(1, True), (0, False), (1, True)]
    ship_order(order=order, actor=None)
    deliver_order(order=order, actor=None)
    with pytest.raises(Conflict, match="An order that is DELIVERED cannot be edited"):
        edited(order, start, shipping_fee=D("1.00"))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "lines"),
        ({"discount": D("99.00")}, "discount"),
        ({"shipping_fee": D("-1.00")}, "shippingFee"),
        ({"quantities": {10**9: 1}}, "lines"),
        ({"additions": [ItemRequest(10**9, 1)]}, "add"),
    ],
)
def test_a_refused_edit_names_the_field(wanted: dict[str, Any], field: str) -> None:
    store = a_store()
    order = placed(store, "10.00", at=local(store, 2026, 3, 2, 9))
    for act in (edit_order, preview_edit):
        with pytest.raises(ValidationError) as refusal:
            act(order=order, request=EditRequest(**wanted), **({"actor": None} if act is edit_order else {}))
        assert list(refusal.value.detail) == [field]


def test_the_last_item_is_not_removed_and_stock_is_not_exceeded() -> None:
    store = a_store()
    order = placed(store, "10.00", stock=3, at=local(store, 2026, 3, 2, 9))
    item = lines(order)[0]
    with pytest.raises(ValidationError, match="cancel the order"):
        edited(order, order.placed_at, 0)
    for act, who in ((preview_edit, {}), (edit_order, {"actor": None})):
        with pytest.raises(Conflict, match=r"Not enough stock .* 2 left"):
            act(order=order, request=EditRequest({item.pk: 4}), **who)


def test_a_dry_run_answers_the_sums_and_changes_nothing() -> None:
    store = a_store()
    staff = Caller(a_user("staff", store))
    order = placed(store, "10.00", "20.00", tax_amount=D("3.00"), at=local(store, 2026, 3, 2, 9))
    mark_paid(order=order, actor=None)
    first, second = lines(order)
    body: dict[str, Any] = {
        "lines": [{"itemId": second.pk, "quantity": 0}],
        "add": [{"productId": first.product_id, "quantity": 2}],
        "shippingFee": 4,
        "reason": "swap",
    }
    before = everything()
    preview = staff("POST", f"/orders/{order.pk}/edits", {**body, "dryRun": True})
    assert everything() == before
    assert preview.status == 201 and preview.data["dryRun"] and preview.data["order"] is None
    made = staff("POST", f"/orders/{order.pk}/edits", body)
    sums = ("subtotal", "discount", "taxAmount", "shippingFee", "totalAmount", "outstanding", "overpaid")
    assert [made.data[name] for name in sums] == [preview.data[name] for name in sums]
    assert made.data["totalAmount"] == D("37.00") and made.data["outstanding"] == D("4.00")
    changed = made.data["changes"]["lines"]
    assert [(line["quantityBefore"], line["quantityAfter"]) for line in changed] == [(1, 3), (1, 0)]
    stale = staff("POST", f"/orders/{order.pk}/edits", {"shippingFee": 1, "version": 1})
    assert stale.status == 409
    history = staff("GET", f"/orders/{order.pk}/history").data
    assert history[0]["action"] == "edited" and "swap" in str(history[0]["changes"])


def test_a_late_payment_takes_no_stock_for_what_an_edit_removed() -> None:
    store = a_store()
    start = local(store, 2026, 3, 2, 9)
    order = edited(placed(store, "30.00", "20.00", at=start), start, 1, 0)
    expire_order(order=order, at=start, actor=None)
    mark_paid(order=order, at=start, actor=None)
    assert order.events.latest("id").note == ""
    assert [(item.stock_taken, item.quantity) for item in lines(order)] == [(1, 1), (0, 0)]
