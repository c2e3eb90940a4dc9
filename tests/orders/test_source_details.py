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
from dashboard.figures import sales_by_country
from dashboard.figures.periods import Period
from dashboard.metrics import recount
from orders.actions import change_order_details
from orders.connections import privacy
from orders.models import Connection, Order, SourceRecord
from orders.sources.description import SourceOrder, SourceRefund
from orders.sources.shopify import read_rest
from orders.sources.single import Applied, Result, apply_source_order
from tests.builders import a_store, a_user
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
