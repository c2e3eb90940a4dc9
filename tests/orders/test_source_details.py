"""What an order follows of its source after it was created, besides lines and money."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from customers.actions import erase_customer
from customers.models import Customer, Store, User
from dashboard.figures import daily_sales, sales_by_country
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from orders.actions import Tracking, change_order_details, expire_unpaid, refund_order, ship_order
from orders.connections import privacy
from orders.models import Connection, Fulfillment, Order, SourceRecord
from orders.sources import woocommerce
from orders.sources.description import SourceFulfillment, SourceOrder, SourceRefund
from orders.sources.shopify import read_rest
from orders.sources.single import Applied, Result, apply_source_order
from orders.sources.syncing import api_connection, sync_orders
from tests.builders import a_product, a_store, a_user
from tests.orders.test_source_keepers import AT, STATED

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parents[1] / "data" / "imports"
LONDON = {"name": "Ada Byron", "street": "1 High Street", "city": "London", "country": "GB", "postalCode": "N1 1AA"}
PARIS = {"name": "Ada Byron", "street": "2 rue Haute", "city": "Paris", "country": "FR", "postalCode": "75001"}
PLACED = replace(STATED, email="ada@example.com", shipping_address=LONDON, notes=("Ring twice.",))
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def later(order: SourceOrder, hours: int = 1, **changes: Any) -> SourceOrder:
    """Return a later state of an order."""
    assert order.updated_at is not None
    return replace(order, updated_at=order.updated_at + timedelta(hours=hours), **changes)


def apply(store: Store, *states: SourceOrder) -> Applied:
    """Apply states one after the other; return what became of the last one."""
    for state in states:
        applied = apply_source_order(store, state, now=AT + timedelta(days=9))
        assert recount.differences(store) == []
    return applied


def the_order(store: Store) -> Order:
    return Order.objects.get(store=store)


def test_a_corrected_address_is_the_orders_and_its_sales_move_to_the_other_country() -> None:
    store = a_store()
    assert apply(store, PLACED, later(PLACED, shipping_address=PARIS)) == Applied(Result.UPDATED)
    order = the_order(store)
    assert (order.shipping_address, order.billing_address, order.country) == (PARIS, PARIS, "FR")
    by_country = [(row.country, row.total_sales, row.total_orders) for row in sales_by_country(store, MARCH)]
    assert by_country == [("FR", D("20.00"), 1)]
    event = order.events.latest("pk")
    assert (event.kind, event.at, event.actor_label) == ("edited", AT + timedelta(hours=1), "shopify")
    assert event.note == "country GB → FR; shipping address; billing address"
    assert event.amount == 0


def test_an_older_state_and_the_same_one_again_change_no_address() -> None:
    store, moved = a_store(), later(PLACED, shipping_address=PARIS)
    apply(store, moved)
    version = the_order(store).version
    assert apply(store, PLACED).result == Result.OLDER
    assert apply(store, moved).result == Result.UNCHANGED
    order = the_order(store)
    assert (order.shipping_address, order.version) == (PARIS, version)


def test_the_sources_notes_are_followed_until_somebody_writes_others_here() -> None:
    store = a_store()
    apply(store, PLACED, later(PLACED, notes=("Ring once.",)))
    order = the_order(store)
    assert order.notes == "Ring once."
    actor = a_user(User.Role.STAFF, store)
    change_order_details(order=order, changes={"internal_notes": "Checked."}, actor=actor)
    apply(store, later(PLACED, 2, notes=("Do not ring.",)))
    assert the_order(store).notes == "Do not ring."
    change_order_details(order=order, changes={"notes": "Call first."}, actor=actor)
    applied = apply(store, later(PLACED, 3, notes=("Knock.",)))
    assert applied == Applied(Result.UNCHANGED, reason="#1: its notes were changed here and are kept")
    order.refresh_from_db()
    assert (order.notes, order.internal_notes) == ("Call first.", "Checked.")


def erased_by_customer(store: Store) -> None:
    erase_customer(customer=Customer.objects.get(store=store), actor=None)


def erased_by_source(store: Store) -> None:
    shop = Connection.objects.create(store=store, kind="shopify", address="ada.myshopify.com")
    privacy.carry_out(shop, "customers/redact", {"customer": {"id": 1}, "orders_to_redact": [81]})


@pytest.mark.parametrize(("email", "erase"), [("ada@example.com", erased_by_customer), ("", erased_by_source)])
def test_what_was_erased_does_not_come_back_with_a_later_state(email: str, erase: Any) -> None:
    store, placed = a_store(), replace(PLACED, email=email)
    apply(store, placed)
    erase(store)
    assert apply(store, placed).result == Result.UNCHANGED
    refund = SourceRefund(AT, D("5.00"), reason="Ada Byron moved")
    apply(store, later(placed, shipping_address=PARIS, notes=("For Ada Byron.",), refunds=(refund,)))
    order = the_order(store)
    assert order.refunds.get().reason == "refunded"
    assert (order.shipping_address, order.billing_address) == ({"country": "FR"}, {"country": "FR"})
    assert (order.notes, order.country) == ("", "FR")


@pytest.mark.parametrize(("email", "erase"), [("ada@example.com", erased_by_customer), ("", erased_by_source)])
def test_the_upgrade_marks_what_was_erased_before_it(email: str, erase: Any) -> None:
    store, other = a_store(), a_store()
    apply(store, replace(PLACED, email=email))
    apply(other, replace(PLACED, email=email, shipping_address={"country": "GB"}, notes=()))
    erase(store)
    SourceRecord.objects.filter(store=store).update(details={"url": "https://ada.example/81"})
    migration: Any = __import__("orders.migrations.0048_erased_orders", fromlist=["MARK"])
    with connection.cursor() as cursor:
        cursor.execute(migration.MARK)
    assert SourceRecord.objects.get(store=store).details == {"url": "https://ada.example/81", "erased": True}
    assert SourceRecord.objects.get(store=other).details == {}


def test_an_address_that_shopify_does_not_show_stays() -> None:
    store = a_store(currency="USD", timezone="America/New_York")
    shown = json.loads((FILES / "shopify-orders-updated.json").read_text())
    now = datetime(2026, 7, 2, tzinfo=UTC)
    apply_source_order(store, read_rest(shown), now=now)
    address = the_order(store).shipping_address
    hidden = copy.deepcopy(shown) | {"shipping_address": None, "billing_address": None}
    hidden["updated_at"] = "2026-07-01T06:00:00-04:00"
    assert address
    assert apply_source_order(store, read_rest(hidden), now=now).result == Result.UNCHANGED
    assert the_order(store).shipping_address == address


def test_a_file_moves_an_address_only_where_it_states_more_money_and_adds_to_it() -> None:
    store = a_store()
    placed = replace(PLACED, updated_at=None)
    paid = replace(placed, payments=(*PLACED.payments, replace(PLACED.payments[0], amount=D("1.00"))))
    apply(store, placed, replace(placed, shipping_address=PARIS))
    assert the_order(store).shipping_address == LONDON
    apply(store, replace(paid, shipping_address={"country": "GB"}, notes=()))
    assert (the_order(store).shipping_address, the_order(store).notes) == (LONDON, "Ring twice.")
    more = replace(paid, payments=(*paid.payments, replace(PLACED.payments[0], amount=D("2.00"))))
    apply(store, replace(more, shipping_address=PARIS))
    assert (the_order(store).shipping_address, the_order(store).country) == (PARIS, "FR")


def test_a_file_does_not_move_what_a_dated_state_says() -> None:
    store = a_store()
    apply(store, PLACED)
    newer = replace(PLACED, updated_at=None, canceled_at=AT, shipping_address=PARIS)
    apply(store, newer)
    assert (the_order(store).status, the_order(store).shipping_address) == ("CANCELED", LONDON)


UNPAID = replace(STATED, payments=())


def total_sales(store: Store, period: Period) -> list[tuple[date, D, int]]:
    bases = ("placed", "booked")
    return [(d.date, d.total_sales, d.total_orders) for one in bases for d in daily_sales(store, period, one)]


def pending(store: Store) -> list[tuple[str, D]]:
    rows = the_order(store).transactions.order_by("pk")
    return [(row.status, row.amount) for row in rows if row.kind == "payment"]


def test_an_order_that_is_due_later_after_all_is_not_expired_any_more() -> None:
    store = a_store()
    apply(store, UNPAID)
    assert (the_order(store).status, the_order(store).expired_at) == ("EXPIRED", AT + timedelta(hours=24))
    invoice = later(UNPAID, 30, terms="invoice", due_on=date(2026, 4, 1))
    assert apply(store, invoice).result == Result.UPDATED
    order = the_order(store)
    assert (order.status, order.payment_status, order.expired_at) == ("PENDING", "PENDING", None)
    assert (order.payment_terms, order.due_on, pending(store)) == (
        "invoice",
        date(2026, 4, 1),
        [("canceled", D("20.00"))],
    )
    event = order.events.filter(kind="edited").get()
    assert (event.at, event.note) == (invoice.updated_at, "payment terms prepaid → invoice; due date — → 2026-04-01")
    assert expire_unpaid(now=AT + timedelta(days=90)) == 0
    assert apply(store, invoice).result == Result.UNCHANGED


def test_a_due_day_that_moves_is_the_orders() -> None:
    store = a_store()
    first = replace(UNPAID, terms="invoice", due_on=date(2026, 4, 1))
    apply(store, first, later(first, due_on=date(2026, 5, 1)), later(first, 0, due_on=date(2026, 4, 1)))
    assert the_order(store).due_on == date(2026, 5, 1)


def test_an_order_that_is_prepaid_after_all_expires_when_it_would_have() -> None:
    store = a_store()
    apply(store, replace(UNPAID, terms="invoice"))
    assert (the_order(store).status, pending(store)) == ("PENDING", [])
    apply(store, later(UNPAID))
    order = the_order(store)
    assert (order.status, order.expired_at) == ("EXPIRED", AT + timedelta(hours=24))
    assert pending(store) == [("canceled", D("20.00"))]


def test_terms_that_a_file_cannot_change_do_not_expire_the_order() -> None:
    store = a_store()
    apply(store, replace(UNPAID, terms="invoice"), replace(UNPAID, updated_at=None))
    assert (the_order(store).status, the_order(store).payment_terms) == ("PENDING", "invoice")


SENT = later(
    STATED, 2, fulfillment=SourceFulfillment(AT + timedelta(hours=2), "AB1", "Royal Mail", "https://rm.example/AB1")
)


def parcels(store: Store) -> list[tuple[str, str, str, datetime, int]]:
    rows = Fulfillment.objects.filter(store=store).order_by("pk").prefetch_related("lines")
    return [
        (
            one.tracking_number,
            one.carrier,
            one.tracking_url,
            one.shipped_at,
            sum(line.quantity for line in one.lines.all()),
        )
        for one in rows
    ]


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


def booked(store: Store) -> list[tuple[int, D]]:
    return [(day.date.day, day.total_sales) for day in daily_sales(store, MARCH, "booked") if day.total_sales]


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


def test_money_that_somebody_moved_here_keeps_its_day() -> None:
    store = a_store()
    apply(store, STATED)
    refund_order(order=the_order(store), amount=D("5.00"), at=AT, actor=a_user(User.Role.STAFF, store))
    stated = SourceRefund(AT + timedelta(days=2), D("5.00"))
    apply(store, later(STATED, refunds=(stated,)))
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


def test_what_a_system_sends_follows_in_every_detail() -> None:
    store = a_store()
    system = api_connection(store, "erp", actor=a_user(User.Role.ADMIN))
    parcel = {"at": "2026-03-02T11:00:00Z", "trackingNumber": "AB1", "carrier": "DHL", "url": "https://dhl.example/AB1"}
    sent = {
        "externalId": "1", "name": "#1", "placedAt": "2026-03-02T09:00:00Z", "updatedAt": "2026-03-02T12:00:00Z",
        "currency": "GBP", "lines": [{"name": "Mug", "sku": "MUG", "unitPrice": 10, "quantity": 2}],
        "payments": [{"at": "2026-03-02T10:00:00Z", "amount": 20}], "fulfillment": parcel,
        "shippingAddress": LONDON, "notes": "Ring twice.", "paymentTerms": "invoice", "dueOn": "2026-04-01",
    }  # fmt: skip
    changed = sent | {
        "updatedAt": "2026-03-09T12:00:00Z", "payments": [{"at": "2026-03-05T10:00:00Z", "amount": 20}],
        "fulfillment": parcel | {"trackingNumber": "CD2"}, "shippingAddress": PARIS, "billingAddress": LONDON,
        "notes": "", "dueOn": "2026-05-01",
    }  # fmt: skip
    ends = [[sent, changed, changed], [changed, sent]]
    for states in ends:
        results = [one.applied.result for one in sync_orders(system, states)]
        order = the_order(store)
        assert (order.shipping_address, order.billing_address, order.country) == (PARIS, LONDON, "FR")
        assert (order.notes, order.due_on, order.fulfillments.get().tracking_number) == ("", date(2026, 5, 1), "CD2")
        assert (booked(store), recount.differences(store)) == ([(5, D("20.00"))], [])
    assert results == [Result.UNCHANGED, Result.OLDER]
