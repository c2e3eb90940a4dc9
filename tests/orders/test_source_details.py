"""What an order follows of its source after it was created, besides lines and money."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection

from customers.actions import erase_customer
from customers.models import Customer, Store, User
from dashboard.figures import sales_by_country
from dashboard.metrics import recount
from orders.actions import change_order_details, expire_unpaid
from orders.connections import privacy
from orders.erasing import erase_guests
from orders.models import Connection, Order, SourceRecord
from orders.sources.description import SourceRefund
from orders.sources.shopify import read_rest
from orders.sources.single import Applied, Result, apply_source_order
from orders.sources.syncing import api_connection, sync_orders
from tests.builders import a_store, a_user
from tests.orders.source_states import (
    FILES,
    LONDON,
    MARCH,
    PARIS,
    PLACED,
    UNPAID,
    apply,
    booked,
    later,
    pending,
    the_order,
)
from tests.orders.test_source_keepers import AT

pytestmark = pytest.mark.django_db


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
    assert applied == Applied(Result.CHANGED_HERE, reason="#1: its notes were changed here and are kept")
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


def erased_here(store: Store) -> None:
    erase_guests(Order.objects.filter(store=store))


def erased_by_email(store: Store) -> None:
    Order.objects.filter(store=store).update(internal_notes="Write to ADA@example.com.")
    shop = Connection.objects.create(store=store, kind="shopify", address="ada.myshopify.com")
    privacy.carry_out(shop, "customers/redact", {"customer": {"id": 1, "email": "Ada@example.com"}})


@pytest.mark.parametrize("erase", [erased_here, erased_by_email])
def test_an_order_of_a_guest_without_a_record_of_its_source_stays_erased(erase: Any) -> None:
    store, other = a_store(), a_store()
    for one in (store, other):
        apply(one, replace(PLACED, email="", updated_at=None, external_id=""))
    SourceRecord.objects.all().delete()  # as an import of before there were any left it
    erase(store)
    for one in (store, other):
        apply(one, PLACED, later(PLACED, shipping_address=PARIS, notes=("For Ada Byron.",)))
    assert (the_order(store).shipping_address, the_order(store).notes) == ({"country": "FR"}, "")
    assert the_order(other).shipping_address == PARIS


@pytest.mark.parametrize("erase", [erased_by_customer, erased_here])
@pytest.mark.parametrize("has_record", [True, False])
def test_the_upgrade_marks_the_orders_themselves(erase: Any, has_record: bool) -> None:
    store, other = a_store(), a_store()
    email = "ada@example.com" if erase is erased_by_customer else ""
    for one in (store, other):
        apply(
            one, replace(PLACED, email=email, shipping_address=LONDON if one == store else {"country": "GB"}, notes=())
        )
    erase(store)
    Customer.objects.create(store=store, email="", erased_at=AT)  # somebody was erased in this store
    Order.objects.update(erased_at=None)
    SourceRecord.objects.filter(store=store).update(details={"erased": True})
    if not has_record:
        SourceRecord.objects.all().delete()
    migration: Any = __import__("orders.migrations.0050_order_erased_at", fromlist=["MARK"])
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(migration.MARK)
    assert the_order(store).erased_at is not None
    assert the_order(other).erased_at is None


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
