"""Orders written in bulk are what the actions would have left, row by row and figure by figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import transaction

from customers.models import Customer, Store
from dashboard.metrics import folding, recount
from dashboard.metrics.rollups import ROLLUPS
from dashboard.models import MetricDelta
from orders.actions import (
    ItemRequest,
    Tracking,
    authorize_payment,
    cancel_order,
    deliver_order,
    expire_order,
    mark_paid,
    place_order,
    process_order,
    refund_order,
    refuse_payment,
    ship_order,
)
from orders.bulk import BulkItem, BulkOrder, BulkStep, OrderWriter, Step
from orders.lifecycle import IllegalStep
from orders.models import (
    Coupon,
    Fulfillment,
    FulfillmentLine,
    Order,
    OrderEvent,
    OrderItem,
    Product,
    Refund,
    RefundShare,
    Transaction,
)
from orders.pricing import AmountError
from tests.builders import a_customer, a_product, a_store, local

pytestmark = pytest.mark.django_db

PLACED_AT = datetime(2026, 1, 30, 22, 30, tzinfo=UTC)


def after(hours: int) -> datetime:
    return PLACED_AT + timedelta(hours=hours)


PAID = BulkStep(Step.PAY, after(1), gateway_transaction_id="tx-1", source="psp")
LIVES: dict[str, list[BulkStep]] = {
    "pending": [],
    "refused": [BulkStep(Step.REFUSE, after(1))],
    "expired": [BulkStep(Step.EXPIRE, after(24), source="expiry")],
    "canceled unpaid": [BulkStep(Step.CANCEL, after(2), reason="changed my mind")],
    "paid": [PAID],
    "shipped": [PAID, BulkStep(Step.SHIP, after(30))],
    "shipped with a tracking number after a refund": [
        PAID,
        BulkStep(Step.REFUND, after(20), pieces={0: 3}),
        BulkStep(Step.SHIP, after(30), tracking_number="T-1", carrier="DHL", tracking_url="https://t.example/T-1"),
        BulkStep(Step.DELIVER, after(60)),
    ],
    "delivered": [PAID, BulkStep(Step.SHIP, after(30)), BulkStep(Step.DELIVER, after(72))],
    "paid in parts, refunded between": [
        BulkStep(Step.PAY, after(1), amount=D("20.00"), gateway_transaction_id="tx-1"),
        BulkStep(Step.REFUND, after(2), amount=D("7.01")),
        BulkStep(Step.PAY, after(3), amount=D("11.11")),
        BulkStep(Step.REFUND, after(4), pieces={0: 1}),
        BulkStep(Step.PAY, after(5)),
        BulkStep(Step.SHIP, after(6)),
    ],
    "paid in part, then canceled": [BulkStep(Step.PAY, after(1), amount=D("20.00")), BulkStep(Step.CANCEL, after(3))],
    "paid in part, all of it refunded": [
        BulkStep(Step.PAY, after(1), amount=D("20.00")),
        BulkStep(Step.REFUND, after(3)),
    ],
    "paid late in part": [BulkStep(Step.EXPIRE, after(24)), BulkStep(Step.PAY, after(60), amount=D("5.00"))],
    "authorized, processed, shipped, paid too much": [
        BulkStep(Step.AUTHORIZE, after(1)),
        BulkStep(Step.PROCESS, after(2)),
        BulkStep(Step.SHIP, after(3)),
        BulkStep(Step.PAY, after(4), amount=D("99.99")),
        BulkStep(Step.REFUND, after(5), amount=D("50.00")),
    ],
    "canceled, money kept": [PAID, BulkStep(Step.CANCEL, after(40), keeps_money=True)],
    "counts as paid": [
        BulkStep(Step.PAY, after(1), amount=D("30.00"), shares=([D("26.00"), D("0.00")], D("4.00")), settles=True),
        BulkStep(Step.REFUND, after(5), amount=D("3.00")),
    ],
    "paid late": [BulkStep(Step.EXPIRE, after(24)), BulkStep(Step.PAY, after(60))],
    "paid after a refusal": [BulkStep(Step.REFUSE, after(1)), BulkStep(Step.PAY, after(2))],
    "canceled paid": [PAID, BulkStep(Step.CANCEL, after(40))],
    "refunded": [PAID, BulkStep(Step.REFUND, after(50), reason="broken", restock=True)],
    "refunded in part by amount": [PAID, BulkStep(Step.REFUND, after(50), amount=D("3.33"))],
    "refunded in part by pieces": [PAID, BulkStep(Step.REFUND, after(50), pieces={1: 2}, restock=True)],
    "refunded step by step": [
        PAID,
        BulkStep(Step.REFUND, after(30), amount=D("7.01"), gateway_transaction_id="re-1"),
        BulkStep(Step.REFUND, after(40), pieces={0: 1}, restock=True),
        BulkStep(Step.REFUND, after(60)),
    ],
    "refunded in part, then canceled": [
        PAID,
        BulkStep(Step.REFUND, after(30), pieces={0: 2}, amount=D("12.00")),
        BulkStep(Step.CANCEL, after(60), reason="closed"),
    ],
}
ACTIONS: dict[Step, Any] = {
    Step.AUTHORIZE: authorize_payment,
    Step.PROCESS: process_order,
    Step.PAY: mark_paid,
    Step.REFUSE: refuse_payment,
    Step.EXPIRE: expire_order,
    Step.SHIP: ship_order,
    Step.DELIVER: deliver_order,
    Step.CANCEL: cancel_order,
    Step.REFUND: refund_order,
}


@dataclass
class StoreObjects:
    """A store with two products, a coupon and a customer; one product's stock is counted."""

    store: Store
    mug: Product
    bowl: Product
    coupon: Coupon
    customer: Customer


def a_stocked_store(stock: int) -> StoreObjects:
    store = a_store(timezone="America/Sao_Paulo")
    return StoreObjects(
        store,
        a_product(store, "9.99", name="Mug", sku="MUG", image_url="/mug.svg", cost_price=D("4.10")),
        a_product(store, "7.77", name="Bowl", sku="BOWL", stock=stock),
        Coupon.objects.create(store=store, code="TENTH", value=D(10)),
        a_customer(store, email="ada@example.com", at=PLACED_AT),
    )


def lead_by_actions(objects: StoreObjects, steps: list[BulkStep]) -> None:
    order = place_order(
        store=objects.store,
        items=[ItemRequest(objects.mug.pk, 3), ItemRequest(objects.bowl.pk, 4)],
        customer=objects.customer,
        coupon_code="TENTH",
        shipping_address={"country": "BR", "city": "Natal"},
        payment_method="CREDIT_CARD",
        tax_amount=D("4.45"),
        shipping_fee=D("5.00"),
        notes="ring twice",
        at=PLACED_AT,
        actor=None,
    )
    for step in steps:
        order.refresh_from_db()
        ACTIONS[step.step](order=order, at=step.at, actor=None, **arguments_of(step, order))


def arguments_of(step: BulkStep, order: Order) -> dict[str, Any]:
    """Return what the action of the step takes beyond the order and the moment."""
    arguments: dict[str, Any] = {}
    if step.step in (Step.PAY, Step.REFUSE, Step.EXPIRE, Step.REFUND):
        arguments["source"] = step.source
    if step.step in (Step.PAY, Step.REFUSE, Step.REFUND):
        arguments["gateway_transaction_id"] = step.gateway_transaction_id
    if step.step is Step.PAY:
        arguments |= {"amount": step.amount, "shares": step.shares, "settles": step.settles}
    if step.step is Step.SHIP:
        arguments["tracking"] = Tracking(step.tracking_number, step.carrier, step.tracking_url)
    if step.step is Step.CANCEL:
        arguments["keeps_money"] = step.keeps_money
    if step.step in (Step.CANCEL, Step.REFUND):
        arguments["reason"] = step.reason
    if step.step is Step.REFUND:
        ids = list(order.items.order_by("pk").values_list("pk", flat=True))
        lines = None if step.pieces is None else {ids[at]: pieces for at, pieces in step.pieces.items()}
        arguments |= {"amount": step.amount, "lines": lines, "restock": step.restock}
    return arguments


def a_bulk_order(objects: StoreObjects, steps: list[BulkStep]) -> BulkOrder:
    return BulkOrder(
        placed_at=PLACED_AT,
        items=[
            BulkItem(objects.mug.pk, "Mug", D("9.99"), 3, sku="MUG", image_url="/mug.svg", unit_cost=D("4.10")),
            BulkItem(objects.bowl.pk, "Bowl", D("7.77"), 4, sku="BOWL", counts_stock=True),
        ],
        steps=steps,
        customer_id=objects.customer.pk,
        discount=D("6.11"),
        tax=D("4.45"),
        shipping=D("5.00"),
        coupon_id=objects.coupon.pk,
        coupon_code="TENTH",
        country="BR",
        shipping_address={"country": "BR", "city": "Natal"},
        billing_address={"country": "BR", "city": "Natal"},
        payment_method="CREDIT_CARD",
        notes="ring twice",
    )


def left_in(objects: StoreObjects) -> dict[str, Any]:
    """Return every row the store's orders left, with names in place of ids."""
    names = {objects.mug.pk: "mug", objects.bowl.pk: "bowl"}
    ids: dict[int, int] = {}
    left: dict[str, Any] = {}
    filters = {RefundShare: "refund__store"}
    for model in (Order, OrderItem, Transaction, Refund, RefundShare, OrderEvent):
        rows = []
        for row in model.objects.filter(**{filters.get(model, "store"): objects.store}).order_by("pk").values():
            if model is OrderItem:
                ids[row["id"]] = len(ids)
                row["product_id"] = names[row["product_id"]]
            if model is RefundShare:
                row["item_id"] = ids[row["item_id"]]
            for column in ("id", "store_id", "order_id", "customer_id", "coupon_id", "refund_id"):
                row.pop(column, None)
            rows.append(row)
        left[model.__name__] = rows
    tracked = Fulfillment.objects.filter(store=objects.store).exclude(tracking_number="").order_by("pk")
    left["parcels"] = list(tracked.values("tracking_number", "carrier", "tracking_url", "shipped_at", "delivered_at"))
    pieces = FulfillmentLine.objects.filter(fulfillment__in=tracked).order_by("pk")
    left["pieces"] = [(ids[line.item_id], line.quantity) for line in pieces]
    left["customers"] = list(Customer.objects.filter(store=objects.store).values(*CUSTOMER_FIGURES))
    left["coupons"] = list(Coupon.objects.filter(store=objects.store).values(*COUPON_FIGURES))
    return left


CUSTOMER_FIGURES = (
    "email",
    "total_orders",
    "completed_orders",
    "total_spent",
    "average_order_value",
    "tier",
    "last_order_at",
)
COUPON_FIGURES = ("uses_reserved", "times_used", "total_sales_amount")


@pytest.mark.parametrize("steps", LIVES.values(), ids=LIVES.keys())
def test_a_life_written_in_bulk_leaves_what_the_actions_leave(steps: list[BulkStep]) -> None:
    led, written = a_stocked_store(stock=50), a_stocked_store(stock=46)
    lead_by_actions(led, steps)
    with transaction.atomic(), OrderWriter(written.store) as writer:
        writer.add(a_bulk_order(written, steps))
    expected = left_in(led)
    assert left_in(written) == expected
    assert (writer.orders, writer.lines) == (1, 2)
    assert recount.differences(led.store) == []
    assert recount.differences(written.store) == []


def test_all_lives_together_add_up_to_the_same_figures_on_both_bases() -> None:
    led, written = a_stocked_store(stock=200), a_stocked_store(stock=140)
    for steps in LIVES.values():
        lead_by_actions(led, steps)
    waiting = MetricDelta.objects.count()
    with transaction.atomic(), OrderWriter(written.store) as writer:
        for steps in LIVES.values():
            writer.add(a_bulk_order(written, steps))
    assert MetricDelta.objects.count() == waiting  # nothing waits for a fold
    assert left_in(written)["customers"] == left_in(led)["customers"]
    assert left_in(written)["coupons"] == left_in(led)["coupons"]
    folding.fold_all()
    assert rollups_of(written) == rollups_of(led)
    assert len(rollups_of(written)) > 20


def rollups_of(objects: StoreObjects) -> list[tuple[Any, ...]]:
    """Return every bucket with a figure in it, with product names in place of ids."""
    names = {objects.mug.pk: "mug", objects.bowl.pk: "bowl"}
    found = []
    for rollup in ROLLUPS:
        fields = [name for name, _ in rollup.keys if name != "store_id"]
        for row in rollup.model.objects.filter(store_id=objects.store.pk).values(*fields, *rollup.measures):
            if any(row[measure] for measure in rollup.measures):
                if "product_id" in row:
                    row["product_id"] = names[row["product_id"]]
                found.append((rollup.table, *row.values()))
    return sorted(found, key=repr)


def test_figures_are_added_to_what_customers_and_coupons_have_already() -> None:
    objects = a_stocked_store(stock=50)
    lead_by_actions(objects, LIVES["paid"])
    with transaction.atomic(), OrderWriter(objects.store) as writer:
        writer.add(a_bulk_order(objects, LIVES["paid"]))
        writer.add(a_bulk_order(objects, LIVES["refunded in part by amount"]))
        writer.add(a_bulk_order(objects, LIVES["expired"]))
    left = left_in(objects)
    assert left["customers"] == [
        {
            "email": "ada@example.com",
            "total_orders": 4,
            "completed_orders": 3,
            "total_spent": D("189.84"),
            "average_order_value": D("63.28"),
            "tier": "bronze",
            "last_order_at": PLACED_AT,
        }
    ]
    assert left["coupons"] == [{"uses_reserved": 3, "times_used": 3, "total_sales_amount": D("193.17")}]
    assert recount.differences(objects.store) == []


def test_customers_written_along_count_on_the_days_they_registered_and_confirmed() -> None:
    store = a_store(timezone="Pacific/Auckland")
    with transaction.atomic(), OrderWriter(store) as writer:
        first, second = writer.add_customers(
            [
                Customer(store=store, email="a@example.com", created_at=local(store, 2026, 3, 31, 23, 59)),
                Customer(
                    store=store,
                    email="b@example.com",
                    created_at=local(store, 2026, 4, 1, 0, 0),
                    email_confirmed_at=local(store, 2026, 5, 1, 0, 0),
                ),
            ]
        )
        writer.add(order_of(a_product(store), first, local(store, 2026, 4, 2, 12)))
    assert recount.differences(store) == []
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.total_orders, second.total_orders, second.last_order_at) == (1, 0, None)


def order_of(product: Product, customer: Customer | None, at: datetime) -> BulkOrder:
    return BulkOrder(
        placed_at=at,
        items=[BulkItem(product.pk, product.name, product.price, 1)],
        customer_id=customer.pk if customer else None,
    )


def test_orders_without_a_number_take_the_next_ones_of_the_store() -> None:
    store = a_store(timezone="Pacific/Auckland")
    product = a_product(store)
    place_order(store=store, items=[ItemRequest(product.pk, 1)], at=local(store, 2026, 1, 1, 0, 30), actor=None)
    with transaction.atomic(), OrderWriter(store) as writer:
        writer.add(order_of(product, None, local(store, 2026, 1, 1, 0, 30)))
        named = order_of(product, None, local(store, 2026, 1, 1, 0, 30))
        named.number = "#1001"
        writer.add(named)
        writer.add(order_of(product, None, local(store, 2026, 1, 2, 0, 30)))
    numbers = list(Order.objects.filter(store=store).order_by("pk").values_list("number", flat=True))
    assert numbers == ["ORD-20260101-0001", "ORD-20260101-0002", "#1001", "ORD-20260102-0003"]


def test_several_batches_are_written_and_counted() -> None:
    objects = a_stocked_store(stock=50)
    with transaction.atomic(), OrderWriter(objects.store) as writer:
        for _ in range(2_600):
            writer.add(a_bulk_order(objects, LIVES["refunded in part by amount"]))
        assert Order.objects.filter(store=objects.store).count() == 2_500
    assert (writer.orders, writer.lines) == (2_600, 5_200)
    assert Order.objects.filter(store=objects.store).count() == 2_600
    assert recount.differences(objects.store) == []


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([BulkStep(Step.SHIP, after(1))], IllegalStep),
        ([PAID, PAID], IllegalStep),
        ([PAID, BulkStep(Step.REFUND, after(2), amount=D("64.40"))], AmountError),
        ([PAID, BulkStep(Step.REFUND, after(2), amount=D("-1.00"))], AmountError),
    ],
)
def test_a_life_that_cannot_be_is_refused_and_leaves_nothing(steps: list[BulkStep], error: type[Exception]) -> None:
    objects = a_stocked_store(stock=50)
    before = left_in(objects)
    with transaction.atomic(), OrderWriter(objects.store) as writer, pytest.raises(error):
        writer.add(a_bulk_order(objects, steps))
    assert left_in(objects) == before


def test_discounts_of_single_lines_stay_on_them_and_the_rest_is_spread() -> None:
    objects = a_stocked_store(stock=50)
    order = a_bulk_order(objects, [])
    order.items[0].discount = D("9.97")
    order.discount = D("12.00")
    with transaction.atomic(), OrderWriter(objects.store) as writer:
        writer.add(order)
    shares = list(OrderItem.objects.filter(store=objects.store).order_by("pk").values_list("discount_share", flat=True))
    assert shares == [D("10.76"), D("1.24")]


@pytest.mark.django_db(transaction=True)
def test_writing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"), OrderWriter(a_store()):
        pass
