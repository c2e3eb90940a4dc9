"""Shipments and moments of money that a source states otherwise later, and which of them it states at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from customers.models import User
from orders.actions import Tracking, refund_order, ship_order
from orders.sources import woocommerce
from orders.sources.description import SourceFulfillment, SourceOrder, SourceRefund
from orders.sources.shopify import read_rest
from orders.sources.single import Applied, Result
from tests.builders import a_product, a_store, a_user
from tests.orders.source_states import (
    FILES,
    MARCH,
    SENT,
    apply,
    booked,
    later,
    parcels,
    the_order,
    total_sales,
)
from tests.orders.test_source_keepers import AT, STATED

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("first", [SENT, STATED])
def test_another_tracking_number_is_the_parcels(first: SourceOrder) -> None:
    store, at = a_store(), AT + timedelta(hours=2)
    other = SourceFulfillment(at, "CD2", "DHL", "https://dhl.example/CD2")
    apply(store, first, SENT, later(SENT, fulfillment=other), SENT)
    assert parcels(store) == [("CD2", "DHL", "https://dhl.example/CD2", at, 2)]
    order = the_order(store)
    assert (order.status, order.shipped_at) == ("SHIPPED", at)
    event = order.events.latest("pk")
    assert (event.kind, event.note, event.actor_label) == ("edited", "tracking Royal Mail AB1 → DHL CD2", "shopify")
    assert order.events.get(kind="shipped").actor_label == "shopify"


def test_a_tracking_number_that_comes_later_and_one_that_is_taken_off() -> None:
    store, at = a_store(), AT + timedelta(hours=2)
    bare = later(STATED, 2, fulfillment=SourceFulfillment(at))
    apply(store, bare)
    assert parcels(store) == []
    apply(store, later(SENT))
    assert parcels(store) == [("AB1", "Royal Mail", "https://rm.example/AB1", at, 2)]
    apply(store, later(bare, 2))
    assert parcels(store) == [("", "", "", at, 2)]


def test_an_address_that_is_no_web_page_is_not_kept_of_a_parcel() -> None:
    store = a_store()
    apply(store, STATED, replace(SENT, fulfillment=SourceFulfillment(AT, "AB1", "x" * 90, "javascript:alert(1)")))
    assert parcels(store) == [("AB1", "x" * 80, "", AT, 2)]


def test_a_shipment_that_its_source_canceled_is_taken_back_and_no_figure_moves() -> None:
    store = a_store()
    product = a_product(store, "10.00", sku="MUG", stock=5)
    apply(store, SENT)
    figures = total_sales(store, MARCH)
    canceled = later(SENT, fulfillment=None)
    assert apply(store, canceled) == Applied(Result.UPDATED)
    order = the_order(store)
    assert (order.status, order.payment_status, order.shipped_at) == ("PROCESSING", "PAID", None)
    assert (parcels(store), total_sales(store, MARCH)) == ([], figures)
    product.refresh_from_db()
    assert product.stock == 5
    event = order.events.latest("pk")
    assert (event.kind, event.at, event.note) == ("reopened", canceled.updated_at, "shipment canceled at the source")
    assert apply(store, canceled).result == Result.UNCHANGED
    assert apply(store, SENT).result == Result.OLDER
    apply(store, later(SENT, 5))
    assert (the_order(store).status, len(parcels(store))) == ("SHIPPED", 1)


@pytest.mark.parametrize(("terms", "status"), [("prepaid", "EXPIRED"), ("invoice", "PENDING")])
def test_an_unpaid_order_whose_shipment_is_canceled_stands_as_if_it_had_never_left(terms: str, status: str) -> None:
    store, sent = a_store(), replace(SENT, payments=(), terms=terms)
    apply(store, sent)
    assert the_order(store).status == "SHIPPED"
    apply(store, later(sent, fulfillment=None))
    assert (the_order(store).status, the_order(store).shipped_at) == (status, None)


def test_a_file_takes_no_shipment_back_and_what_was_shipped_here_stays() -> None:
    store, ours = a_store(), a_store()
    apply(store, SENT, replace(STATED, updated_at=None))
    assert the_order(store).status == "SHIPPED"
    apply(ours, STATED)
    ship_order(order=the_order(ours), tracking=Tracking("OURS"), actor=a_user(User.Role.STAFF, ours))
    assert apply(ours, later(STATED)).reason == "#1: its shipment was made here and is kept"
    assert apply(ours, later(SENT)).reason == "#1: its shipment was made here and is kept"
    assert (the_order(ours).status, the_order(ours).fulfillments.get().tracking_number) == ("SHIPPED", "OURS")


def test_the_moment_somebody_shipped_here_stays_and_is_listed_where_the_source_states_another() -> None:
    store, at = a_store(), AT + timedelta(hours=1)
    apply(store, STATED)
    ship_order(order=the_order(store), at=at, actor=a_user(User.Role.STAFF, store))
    same = SourceFulfillment(at)
    assert apply(store, later(STATED, 1, fulfillment=same)) == Applied(Result.UNCHANGED)
    undated = SourceFulfillment(AT, is_dated=False)
    assert apply(store, later(STATED, 2, fulfillment=undated)).result == Result.UNCHANGED
    listed = apply(store, later(STATED, 3, fulfillment=SourceFulfillment(AT + timedelta(days=1))))
    assert listed == Applied(
        Result.CHANGED_HERE,
        reason="#1: it was shipped here and keeps that moment: 2026-03-02 10:00 UTC, 2026-03-03 09:00 in the source",
    )
    assert the_order(store).shipped_at == at


def test_money_of_an_equal_sum_moves_to_the_day_its_source_states_now() -> None:
    store = a_store()
    payment, refund = STATED.payments[0], SourceRefund(AT + timedelta(days=2), D("5.00"))
    first = replace(STATED, refunds=(refund,))
    apply(store, first)
    assert booked(store) == [(2, D("20.00")), (4, D("-5.00"))]
    moved = later(first, 99, payments=(replace(payment, at=AT + timedelta(days=1)),),
                  refunds=(replace(refund, at=AT + timedelta(days=3)),))  # fmt: skip
    assert apply(store, moved) == Applied(Result.UPDATED)
    assert booked(store) == [(3, D("20.00")), (5, D("-5.00"))]
    order = the_order(store)
    assert (order.completed_at, order.sales) == (AT + timedelta(days=1), D("15.00"))
    assert apply(store, moved).result == Result.UNCHANGED
    assert apply(store, first).result == Result.OLDER
    assert booked(store) == [(3, D("20.00")), (5, D("-5.00"))]


def test_a_moment_that_a_source_does_not_state_moves_nothing_and_neither_does_a_file() -> None:
    store = a_store()
    guessed = replace(STATED.payments[0], at=AT + timedelta(days=1), is_dated=False)
    apply(store, STATED, later(STATED, payments=(guessed,)))
    apply(store, replace(STATED, updated_at=None, payments=(replace(guessed, is_dated=True),)))
    assert booked(store) == [(2, D("20.00"))]


def test_money_that_somebody_moved_here_keeps_its_day_and_is_listed() -> None:
    store = a_store()
    apply(store, STATED)
    refund_order(order=the_order(store), amount=D("5.00"), at=AT, actor=a_user(User.Role.STAFF, store))
    stated = SourceRefund(AT + timedelta(days=2), D("5.00"))
    listed = apply(store, later(STATED, refunds=(stated,)))
    assert (listed.result, listed.amount) == (Result.CHANGED_HERE, 0)
    assert listed.reason.startswith("#1: it was changed here: its payments and refunds keep their moments")
    assert booked(store) == [(2, D("15.00"))]


def shopify(**changes: Any) -> SourceOrder:
    """Return Shopify's order as a webhook states it, with one parcel and with `changes`."""
    content = json.loads((FILES / "shopify-orders-updated.json").read_text())
    parcel = {
        "status": "success", "created_at": "2026-06-11T06:00:00-04:00", "tracking_number": "AB1",
        "tracking_company": "USPS", "tracking_url": "https://usps.example/AB1",
    }  # fmt: skip
    return read_rest(content | {"fulfillment_status": "fulfilled", "fulfillments": [parcel]} | changes)


def test_shopify_states_a_parcel_until_it_is_canceled() -> None:
    at = datetime(2026, 6, 11, 10, tzinfo=UTC)
    assert shopify().fulfillment == SourceFulfillment(at, "AB1", "USPS", "https://usps.example/AB1")
    canceled = {"status": "cancelled", "created_at": "2026-06-11T06:00:00-04:00", "tracking_number": "AB1"}
    assert shopify(fulfillment_status=None, fulfillments=[canceled]).fulfillment is None
    assert not any(payment.is_dated for payment in shopify().payments)  # a webhook's body has no captures
    assert all(refund.is_dated for refund in shopify().refunds)


def woo(status: str, **changes: Any) -> SourceOrder:
    content = json.loads((FILES / "woocommerce-order.json").read_text())
    return woocommerce.read_order(content | {"status": status, "date_completed_gmt": "2026-06-11T10:00:00"} | changes)


@pytest.mark.parametrize("status", ["completed", "refunded", "delivered"])
def test_woocommerce_states_a_shipment_once_the_order_is_completed(status: str) -> None:
    assert woo(status).fulfillment == SourceFulfillment(datetime(2026, 6, 11, 10, tzinfo=UTC))


@pytest.mark.parametrize("status", ["pending", "on-hold", "processing", "failed"])
def test_woocommerce_states_no_shipment_of_an_order_that_was_set_back(status: str) -> None:
    assert woo(status).fulfillment is None


def test_woocommerce_states_the_moments_of_a_payment_and_of_refunds_it_lists_alone() -> None:
    refund = {"id": 9, "reason": "", "total": "-1.00"}
    stated = woo("processing", date_paid_gmt=None, refunds=[refund])
    assert [one.is_dated for one in (*stated.payments, *stated.refunds)] == [False, False]
    assert woo("processing", date_paid_gmt="2026-06-10T10:00:00").payments[0].is_dated
