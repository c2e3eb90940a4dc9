"""Generated lives of source orders: the file's path and that of single orders give the same, however they arrive."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum

from customers.models import Customer, Store
from dashboard.figures import daily_sales
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from orders.bulk import OrderWriter
from orders.models import AmountPart, Coupon, Fulfillment, Order, OrderEvent, Refund, Transaction
from orders.sources.description import SourceFulfillment, SourceLine, SourceOrder, SourcePayment, SourceRefund
from orders.sources.loading import SourceLoader
from orders.sources.single import apply_source_order
from tests.builders import a_store

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ORDERS = 40
TOLD_BY_THE_ORDER = (
    "expired", "refunded", "reopened", "edited", "processed", "shipped", "paid", "authorized", "refused", "canceled",
)  # fmt: skip
ITEM = ("name", "sku", "unit_price", "quantity", "discount_share", "tax_share", "refunded_amount")
CUSTOMER = (
    "email",
    "created_at",
    "email_confirmed_at",
    "total_orders",
    "completed_orders",
    "total_spent",
    "last_order_at",
)


def cents(chance: random.Random, most: int) -> D:
    return D(chance.randint(1, most)) / 100


def a_life(chance: random.Random, number: int, *, corrects: bool) -> list[SourceOrder]:
    """Return the states of one order, oldest first: the last one is all that has happened.

    `corrects`: a later state may move what happened before, or take it back.
    """
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 60 * 24 * 60))
    names = chance.sample(range(9), chance.randint(1, 4))
    lines = tuple(
        SourceLine(f"Mug {name}", cents(chance, 5000), chance.randint(1, 4), sku=f"M{name}", external_id=str(name))
        for name in names
    )
    goods = sum((line.unit_price * line.quantity for line in lines), D(0))
    order = SourceOrder(
        source="erp",
        external_id=str(number),
        name=f"#{number}",
        placed_at=at,
        currency="GBP",
        lines=lines,
        discount=min(cents(chance, 900), goods) if chance.random() < 0.4 else D("0.00"),
        tax=cents(chance, 700) if chance.random() < 0.5 else D("0.00"),
        shipping=cents(chance, 700) if chance.random() < 0.5 else D("0.00"),
        tip=cents(chance, 300) if chance.random() < 0.2 else D("0.00"),
        discount_codes=("SPRING",) if chance.random() < 0.3 else (),
        email=chance.choice(["", "ada@example.com", "bob@example.com", f"c{number}@example.com"]),
        phone="+44 20 7946 0000",
        shipping_address=an_address(chance),
        terms=chance.choice(["prepaid", "prepaid", "invoice"]),
        payment_method="Visa",
        updated_at=at,
        included_tax=cents(chance, 300) if chance.random() < 0.3 else D("0.00"),
    )
    states = [order]
    for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4])):
        at += timedelta(minutes=chance.randint(1, 60 * 24 * 3))
        before = corrected(chance, states[-1], at) if corrects else states[-1]
        states.append(replace(with_other_details(chance, a_step(chance, before, at)), updated_at=at))
    return states


def with_other_details(chance: random.Random, order: SourceOrder) -> SourceOrder:
    """Return the order with what its source may correct of it at any time."""
    if chance.random() < 0.5:
        order = replace(order, shipping_address=an_address(chance))
    if chance.random() < 0.3:
        order = replace(order, billing_address=an_address(chance))
    if chance.random() < 0.3:
        order = replace(order, notes=(f"Ring {chance.randint(1, 9)} times.",))
    if chance.random() < 0.3:
        terms = chance.choice(["prepaid", "invoice", "on_delivery"])
        order = replace(order, terms=terms, due_on=chance.choice([None, date(2026, 5, chance.randint(1, 28))]))
    return order


def an_address(chance: random.Random) -> dict[str, str]:
    return {"street": f"{chance.randint(1, 99)} High Street", "country": chance.choice(["GB", "FR", "IE"])}


DETAILS = ("shipping_address", "billing_address", "notes", "terms", "due_on")


def as_exported(order: SourceOrder, last: SourceOrder) -> SourceOrder:
    """Return a state as a file has it: of two with the same money no file tells which one is newer."""
    money = order.received, order.refunded, order.canceled_at
    if money == (last.received, last.refunded, last.canceled_at):
        order = replace(order, **{name: getattr(last, name) for name in DETAILS})
    return replace(order, updated_at=None)


def a_step(chance: random.Random, order: SourceOrder, at: datetime) -> SourceOrder:
    left = order.received - order.refunded
    if order.void_at or order.is_expired:
        return order
    if not order.payments and not order.canceled_at and not order.fulfillment and chance.random() < 0.1:
        return replace(order, void_at=at)
    if not order.canceled_at and chance.random() < 0.15:
        return replace(order, canceled_at=at)
    if order.received < order.total and not order.canceled_at and not (order.is_authorized and chance.random() < 0.5):
        rest = order.total - order.received
        amount = rest if chance.random() < 0.7 else min(rest, cents(chance, 2000))
        return replace(order, payments=(*order.payments, SourcePayment(at, amount, f"p{at:%d%H%M}")))
    if order.received >= order.total > 0 and chance.random() < 0.15:
        return replace(order, payments=(*order.payments, SourcePayment(at, cents(chance, 2000), f"p{at:%d%H%M}")))
    if left > 0 and chance.random() < 0.5:
        amount = left if chance.random() < 0.3 else min(left, cents(chance, 1500))
        return replace(order, refunds=(*order.refunds, SourceRefund(at, amount, f"r{at:%d%H%M}")))
    if not order.fulfillment and not order.canceled_at and left > 0:
        return replace(order, fulfillment=SourceFulfillment(at, "AB123", "Royal Mail"))
    return order


def corrected(chance: random.Random, order: SourceOrder, at: datetime) -> SourceOrder:
    """Return the order with ends, a parcel, or the moments of its money, as its source has them after a correction."""
    order = with_other_ends(chance, order, at)
    parcel = order.fulfillment
    if parcel and chance.random() < 0.3:
        order = replace(order, fulfillment=None)
    elif parcel and chance.random() < 0.6:
        number, earlier = chance.choice(["", "AB123", "CD456"]), timedelta(minutes=chance.randint(0, 90))
        order = replace(order, fulfillment=replace(parcel, tracking_number=number, at=parcel.at - earlier))
    elif not parcel and chance.random() < (0.6 if order.canceled_at or order.refunds else 0.1):
        moment = min(at, order.placed_at + timedelta(minutes=chance.randint(0, 60 * 96)))
        order = replace(order, fulfillment=SourceFulfillment(moment, "EF789"))
    if order.payments and chance.random() < 0.3:
        order = replace(order, payments=with_another_moment(chance, order.payments, order.placed_at))
    if order.refunds and chance.random() < 0.6:
        order = replace(order, refunds=with_another_moment(chance, order.refunds, order.placed_at))
    return order


def with_other_ends(chance: random.Random, order: SourceOrder, at: datetime) -> SourceOrder:
    """Return the order with another moment of its cancellation, or of a payment that was given up, or without these;
    authorized, or no longer; with an authorization that lapsed.
    """
    for name in ("canceled_at", "void_at"):
        moment = getattr(order, name)
        if moment and chance.random() < 0.6:
            moment = max(moment + timedelta(minutes=chance.randint(-60 * 30, 60 * 30)), order.placed_at)
            order = replace(order, **{name: moment if chance.random() < 0.6 else None})
    if not order.payments and chance.random() < 0.4:
        is_authorized = order.is_expired or not order.is_authorized
        order = replace(order, is_authorized=is_authorized, is_expired=False)
    elif order.is_authorized and not order.payments and chance.random() < 0.5:
        order = replace(order, is_authorized=False, is_expired=True, canceled_at=chance.choice([None, at]))
    if not order.canceled_at and order.payments and chance.random() < 0.05:
        order = replace(order, void_at=at)
    return order


def with_another_moment(chance: random.Random, moves: Any, first: datetime) -> Any:
    """Return payments or refunds, one of them up to two days earlier or later, but not before the order."""
    chosen = chance.choice(moves)
    at = max(chosen.at + timedelta(minutes=chance.randint(-60 * 48, 60 * 48)), first)
    return tuple(sorted((replace(one, at=at) if one is chosen else one for one in moves), key=lambda one: one.at))


def with_a_last_correction(chance: random.Random, states: list[SourceOrder]) -> list[SourceOrder]:
    """Return the states and one more, in which the source has deleted or moved a refund, or dates the day on which an
    authorization lapsed otherwise; those without either as they are.
    """
    last = states[-1]
    assert last.updated_at is not None
    at = last.updated_at + timedelta(minutes=5)
    if last.is_expired:
        return [*states, replace(last, canceled_at=at, updated_at=at)]
    if not last.refunds or chance.random() < 0.2:
        return states
    if chance.random() < 0.5:
        moved = with_another_moment(chance, last.refunds, last.placed_at)
        return [*states, replace(last, refunds=moved, updated_at=at)]
    deleted = chance.choice(last.refunds)
    left = tuple(one for one in last.refunds if one is not deleted)
    return [*states, replace(last, refunds=left, updated_at=at)]


def half_in_order(arrivals: list[SourceOrder]) -> list[SourceOrder]:
    """Return what arrives, the states of every other order oldest first: each difference is applied then."""
    later = {
        one: sorted((s for s in arrivals if s.name == one), key=lambda s: str(s.updated_at))
        for one in {state.name for state in arrivals if int(state.external_id) % 2}
    }
    return [later[state.name].pop(0) if state.name in later else state for state in arrivals]


def differences(first: dict[str, list[Any]], second: dict[str, list[Any]]) -> list[Any]:
    """Return what one of the two has and the other has not."""
    return [
        (part, "only in the first" if rows is first[part] else "only in the second", row)
        for part in first
        for rows, others in ((first[part], second[part]), (second[part], first[part]))
        for row in rows
        if row not in others
    ]


def lives(seed: int, *, corrects: bool = True) -> list[list[SourceOrder]]:
    chance = random.Random(seed)
    return [a_life(chance, 1000 + number, corrects=corrects) for number in range(ORDERS)]


def a_store_with_a_coupon() -> Store:
    store = a_store()
    Coupon.objects.create(store=store, code="SPRING", value=D(10))
    return store


def load(store: Store, orders: list[SourceOrder]) -> None:
    with transaction.atomic(), OrderWriter(store) as writer:
        loader = SourceLoader(store, writer, NOW, "erp")
        for order in orders:
            loader.add(order)
        loader.finish()


def standing(store: Store) -> dict[str, list[Any]]:
    """Return everything that is known of the store's orders, but for the path that they came by."""
    assert recount.differences(store) == []
    mine = {"store": store}
    period = Period(date(2026, 3, 1), date(2026, 5, 31))
    orders = Order.objects.filter(**mine).order_by("number")
    settled = Transaction.objects.filter(**mine).exclude(status__in=("pending", "canceled"))
    refunds, events = Refund.objects.filter(**mine), OrderEvent.objects.filter(**mine)
    # what was taken back again is part of the history, and of no figure: it adds up to nothing
    undone = events.filter(kind__in=("expired", "paid", "refunded", "reopened")).values_list("order__number", "at")
    moved = undone.annotate(amount=Sum("amount")).exclude(amount=0)
    # that details were corrected is told by who saw both states; when it was shipped, canceled, or its payment was
    # refused, by the order, its parcels and its payments
    others = events.exclude(kind__in=TOLD_BY_THE_ORDER)
    return {
        "orders": list(
            orders.values_list(
                "number", "status", "payment_status", "total_amount", "captured_amount", "captured_tax", "discount",
                "refunded_amount", "refunded_tax", "tip", "completed_at", "expired_at", "canceled_at", "refunded_at",
                "shipped_at", "coupon_code", "included_tax", "country", "customer__email", "order_day",
                "shipping_address", "billing_address", "notes", "payment_terms", "due_on",
            )
        ),
        "items": [list(order.items.order_by("pk").values_list(*ITEM)) for order in orders],
        "money": sorted(settled.values_list("order__number", "kind", "status", "amount", "created_at")),
        "refunds": sorted(refunds.values_list("order__number", "amount", "tax_amount", "settled_at")),
        "parcels": sorted(
            Fulfillment.objects.filter(**mine).exclude(tracking_number="", carrier="", tracking_url="")
            .values_list("order__number", "tracking_number", "carrier", "tracking_url", "shipped_at")
        ),
        "history": [*sorted(others.values_list("order__number", "at", "kind", "amount")), *sorted(moved)],
        "customers": sorted(Customer.objects.filter(**mine).values_list(*CUSTOMER)),
        "coupons": list(Coupon.objects.filter(**mine).values_list("times_used", "uses_reserved", "total_sales_amount")),
        "taxes": sorted(
            AmountPart.objects.filter(**mine, is_tax=True).values_list("order__number", "item__name")
            .annotate(sum=Sum("amount")).exclude(sum=0), key=str,
        ),
        "placed": [(day.date, day.total_sales, day.total_orders) for day in daily_sales(store, period, "placed")],
        "booked": [(day.date, day.total_sales, day.total_orders) for day in daily_sales(store, period, "booked")],
    }  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 11])
def test_single_orders_in_any_order_end_as_the_file_does(seed: int) -> None:
    chance = random.Random(seed)
    known = [with_a_last_correction(chance, states) for states in lives(seed)]
    by_file, one_by_one = a_store_with_a_coupon(), a_store_with_a_coupon()
    load(by_file, [states[-1] for states in known])
    arrivals = [state for states in known for state in states]
    arrivals += chance.sample(arrivals, len(arrivals) // 10)
    chance.shuffle(arrivals)
    for state in half_in_order(arrivals):
        apply_source_order(one_by_one, state, now=NOW)
    assert differences(standing(one_by_one), standing(by_file)) == []
    again = {
        apply_source_order(store, states[-1], now=NOW).result for store in (one_by_one, by_file) for states in known
    }
    assert again == {"unchanged"}


@pytest.mark.parametrize("seed", [4, 5])
def test_two_exports_in_either_order_end_the_same(seed: int) -> None:
    known, chance = lives(seed, corrects=False), random.Random(seed)
    early = [as_exported(chance.choice(states), states[-1]) for states in known[: ORDERS * 2 // 3]]
    late = [as_exported(states[-1], states[-1]) for states in known[ORDERS // 3 :]]
    stores = [a_store_with_a_coupon(), a_store_with_a_coupon()]
    for store, exports in zip(stores, ([early, late], [late, early]), strict=True):
        for export in exports:
            load(store, export)
    assert differences(*map(standing, stores)) == []
