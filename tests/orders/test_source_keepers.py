"""Who changes an order: the source that keeps it up to date, or the store it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.test import Client

from customers.models import Store, User
from customers.tokens import access_token
from dashboard.metrics import recount
from dealport.kit.errors import Conflict
from orders.actions import (
    authorize_payment,
    cancel_order,
    change_order_details,
    deliver_order,
    mark_paid,
    process_order,
    refund_order,
    ship_order,
)
from orders.importing import import_orders
from orders.models import Connection, Order, SourceRecord
from orders.sources.description import SourceLine, SourceOrder, SourcePayment, SourceRefund
from orders.sources.single import Result, apply_source_order
from tests.admin_pages import logged_in, page
from tests.builders import a_store, a_user
from tests.orders.importing_files import order as row
from tests.orders.importing_files import write

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
STATED = SourceOrder(
    source="shopify",
    external_id="81",
    name="#1",
    placed_at=AT,
    currency="GBP",
    updated_at=AT,
    lines=(SourceLine("Mug", D("10.00"), 2, "MUG"),),
    payments=(SourcePayment(AT, D("20.00")),),
)
STEPS: list[Callable[[Order, User], object]] = [
    lambda order, actor: refund_order(order=order, amount=D("1.00"), actor=actor),
    lambda order, actor: cancel_order(order=order, actor=actor),
    lambda order, actor: ship_order(order=order, actor=actor),
]


def a_kept_order(store: Store) -> tuple[Order, Connection]:
    connection = Connection.objects.create(store=store, kind="shopify", address="ada.myshopify.com")
    apply_source_order(store, STATED, connection=connection, now=AT)
    return Order.objects.get(store=store), connection


def test_an_order_that_its_source_keeps_is_changed_there_alone() -> None:
    store, ada = a_store(), a_user()
    order, _ = a_kept_order(store)
    for step in STEPS:
        with pytest.raises(
            Conflict, match=r"kept in Shopify. Change it there: https://ada.myshopify.com/admin/orders/81"
        ):
            step(order, ada)
    unpaid = replace(STATED, external_id="82", name="#2", payments=(), terms="invoice")
    apply_source_order(store, unpaid, connection=Connection.objects.get(), now=AT)
    second = Order.objects.get(number="#2")
    for action in (mark_paid, authorize_payment, process_order):
        with pytest.raises(Conflict, match="kept in Shopify"):
            action(order=second, actor=ada)
    second.status = "SHIPPED"
    second.save(update_fields=["status"])
    with pytest.raises(Conflict, match="kept in Shopify"):
        deliver_order(order=second, actor=ada)


def test_pages_and_the_api_lead_to_the_source_of_such_an_order() -> None:
    store = a_store()
    order, _ = a_kept_order(store)
    ada = a_user(User.Role.STAFF, store)
    shown = logged_in(ada).get(page(Order, "change", order.pk)).content.decode()
    assert 'href="https://ada.myshopify.com/admin/orders/81"' in shown
    assert "Open in Shopify" in shown
    assert "Refund…" not in shown
    ticked = {"action": "ship", "_selected_action": [order.pk]}
    answer = logged_in(ada).post(page(Order), ticked, follow=True)
    assert "This order is kept in Shopify." in answer.content.decode()
    read = Client().get(f"/api/v1/orders/{order.pk}", headers={"Authorization": f"Bearer {access_token(ada)}"})
    assert read.json()["data"]["source"] == {
        "name": "Shopify",
        "externalId": "81",
        "url": "https://ada.myshopify.com/admin/orders/81",
        "isKept": True,
        "stateOf": "2026-03-02T09:00:00Z",
    }


def test_notes_and_tags_of_such_an_order_stay_ours() -> None:
    order, _ = a_kept_order(a_store())
    changed = change_order_details(order=order, changes={"tags": ["gift"], "notes": "ring"}, actor=a_user())
    assert (changed.tags, changed.notes) == (["gift"], "ring")


def test_what_the_source_states_goes_on_and_disconnecting_frees_the_order() -> None:
    store = a_store()
    order, connection = a_kept_order(store)
    refunded = replace(STATED, refunds=(SourceRefund(AT, D("5.00")),), updated_at=AT.replace(day=3))
    assert apply_source_order(store, refunded, connection=connection, now=AT).result == Result.UPDATED
    connection.state = Connection.State.DISCONNECTED
    connection.save(update_fields=["state"])
    refund_order(order=order, amount=D("1.00"), actor=a_user())
    order.refresh_from_db()
    assert order.refunded_amount == D("6.00")


def test_a_connection_takes_over_an_order_that_came_from_a_file(tmp_path: Path) -> None:
    store = a_store()
    connection = Connection.objects.create(store=store, kind="shopify", address="ada.myshopify.com")
    import_orders(write(tmp_path / "export.csv", row("#1", Id="81")), store)
    record = SourceRecord.objects.get(store=store)
    assert not record.is_kept
    paid = replace(STATED.payments[0], at=AT.replace(minute=1))
    stated = replace(STATED, placed_at=datetime(2026, 3, 2, 9, tzinfo=UTC), payments=(paid,))
    assert apply_source_order(store, stated, connection=connection, now=AT).result == Result.UNCHANGED
    assert SourceRecord.objects.get(store=store).is_kept
    assert recount.differences(store) == []


def test_a_later_file_leaves_what_was_changed_here_and_says_by_how_much_it_differs(tmp_path: Path) -> None:
    store = a_store()
    path = write(tmp_path / "export.csv", row("#1"), row("#2"))
    import_orders(path, store)
    first = Order.objects.get(store=store, number="#1")
    refund_order(order=first, amount=D("7.00"), actor=a_user())
    receipt = import_orders(path, store)
    assert (receipt.outcomes.changed_here.orders, receipt.outcomes.changed_here.amount) == (1, D("7.00"))
    assert receipt.outcomes.unchanged.orders == 1
    assert "changed    1, GBP +7.00 of sales, changed here and left alone" in str(receipt)
    assert "#1: it was changed here and is left alone: its sales are 13.00, +7.00 in the file" in str(receipt)
    first.refresh_from_db()
    assert first.sales == D("13.00")
    assert recount.differences(store) == []


def test_a_later_file_applies_what_does_not_undo_a_change_made_here(tmp_path: Path) -> None:
    store = a_store()
    unpaid = {"Financial_Status": "pending", "Paid_at": "", "Payment_Terms_Name": "Net 30"}
    import_orders(write(tmp_path / "a.csv", row("#1", Outstanding_Balance="20.00", **unpaid)), store)
    order = Order.objects.get(store=store)
    mark_paid(order=order, actor=a_user())
    refunded = row("#1", Financial_Status="partially_refunded", Refunded_Amount="4.00")
    receipt = import_orders(write(tmp_path / "b.csv", refunded), store)
    assert (receipt.outcomes.updated.orders, receipt.outcomes.updated.amount) == (1, D("-4.00"))
    assert recount.differences(store) == []
