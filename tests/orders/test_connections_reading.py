"""What a connection to Shopify reads unasked: polls, backfills, comparisons; and what beside orders it follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone
from pytest_django import Settings

from customers.models import Customer, Store
from dashboard.metrics import recount
from orders.connections import schedule
from orders.models import (
    Connection,
    Order,
    PrivacyRequest,
    Refund,
    SourceDifference,
    SourceEvent,
    SourceRecord,
)
from tests.builders import a_customer, a_product, a_store, an_order
from tests.orders.shopify_connection import LATER, PLACED, WHOLE, send
from tests.shopify_orders import Life
from tests.shopify_server import Shopify

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store()


def test_the_poll_brings_what_no_webhook_told_and_asks_only_for_what_is_not_here(
    connection: Connection, shop: Shopify
) -> None:
    for number in range(1, 4):
        shop.put(Life(str(number), PLACED + timedelta(minutes=number), paid=((LATER, D("12.00")),)).node())
    send(connection, "orders/create", {"id": 1})
    schedule.apply_events(connection.pk)
    shop.requests.clear()
    assert schedule.poll(connection.pk) == 2
    assert schedule.poll(connection.pk) == 0  # not due
    schedule.apply_events(connection.pk)
    assert Order.objects.count() == 3
    connection.refresh_from_db()
    assert connection.poll_cursor == LATER
    Connection.objects.update(next_poll_at=timezone.now())
    assert schedule.poll(connection.pk) == 0


def test_an_order_that_changes_twice_in_one_second_is_read_again_by_the_poll_until_that_second_is_over(
    connection: Connection, shop: Shopify
) -> None:
    second = timezone.now().replace(microsecond=0)
    order = Life("1", second)
    shop.put(order.node())
    send(connection, "orders/create", {"id": 1})
    schedule.apply_events(connection.pk)
    shop.put(replace(order, shipped=second).node())  # no webhook tells, and the moment of its change is the same
    assert schedule.poll(connection.pk) == 1
    schedule.apply_events(connection.pk)
    assert Order.objects.get().shipped_at == second
    SourceRecord.objects.update(read_at=second + timedelta(minutes=5))
    Connection.objects.update(next_poll_at=timezone.now())
    assert schedule.poll(connection.pk) == 0


def test_a_backfill_reads_a_bulk_operation_and_fetches_orders_with_refunds(
    connection: Connection, shop: Shopify, store: Store
) -> None:
    shop.put(WHOLE.node())
    shop.put(Life("5", PLACED, paid=((PLACED, D("12.00")),), email="lee@example.com").node())
    shop.put(Life("4", PLACED - timedelta(days=40)).node())
    shop.is_bulk_slow = True
    Connection.objects.update(backfill="requested")
    assert [schedule.run_backfill(connection.pk) for _ in range(3)] == [0, 0, 2]
    connection.refresh_from_db()
    assert (connection.backfill, connection.backfill_orders, connection.backfill_until) == ("done", 2, None)
    schedule.apply_events(connection.pk)
    assert dict(Order.objects.values_list("number", "captured_amount")) == {"#820001": D("54.00"), "#5": D("12.00")}
    assert Refund.objects.get().amount == D("12.00")
    assert recount.differences(store) == []


@pytest.mark.parametrize("from_before", [False, True])
def test_payment_terms_of_the_source_are_the_orders_with_the_day_it_is_due(
    connection: Connection, shop: Shopify, from_before: bool
) -> None:
    Store.objects.update(timezone="Pacific/Auckland")  # where the last of them is on the day after
    schedules = {"nodes": [{"dueAt": "2026-12-10T09:00:00Z"}, {"dueAt": "2026-12-20T14:00:00-05:00"}]}
    shop.put({**Life("1", PLACED).node(), "paymentTerms": {"paymentTermsType": "NET", "paymentSchedules": schedules}})
    if from_before:
        Connection.objects.update(backfill="requested")
        assert [schedule.run_backfill(connection.pk) for _ in range(2)][-1] == 1
    else:
        send(connection, "orders/create", {"id": 1})
    schedule.apply_events(connection.pk)
    order = Order.objects.get()
    assert (order.payment_terms, str(order.due_on), order.status) == ("invoice", "2026-12-21", "PENDING")


def test_reconciliation_lists_the_days_that_differ_and_repairs_them(
    connection: Connection, shop: Shopify, settings: Settings, store: Store
) -> None:
    settings.DEALPORT_RECONCILE_DAYS = 3000
    first = Life("1", PLACED, paid=((PLACED, D("12.00")),))
    shop.put(first.node())
    send(connection, "orders/create", {"id": 1})
    schedule.apply_events(connection.pk)
    assert schedule.reconcile(connection.pk) == 0
    shop.put(Life("1", PLACED, paid=first.paid, refunds=((LATER, D("5.00"), ()),)).node())
    shop.put(Life("2", PLACED + timedelta(days=1), paid=((LATER + timedelta(days=1), D("12.00")),)).node())
    assert schedule.reconcile(connection.pk) == 2
    rows = SourceDifference.objects.order_by("day").values_list(
        "day", "source_orders", "source_amount", "orders", "amount", "fetched", "is_repaired"
    )
    day = PLACED.date()
    assert list(rows) == [
        (day, 1, D("7.00"), 1, D("12.00"), 1, True),
        (day + timedelta(days=1), 1, D("12.00"), 0, D("0.00"), 1, True),
    ]
    assert sum(Order.objects.values_list("captured_amount", flat=True)) == D("24.00")
    assert schedule.reconcile(connection.pk) == 0
    assert recount.differences(store) == []


def test_without_read_all_orders_only_sixty_days_are_read_and_compared(connection: Connection, shop: Shopify) -> None:
    from orders.connections import backfill
    from orders.connections.access import source_of

    shop.scopes.remove("read_all_orders")
    connection.sync_from = PLACED.date() - timedelta(days=4000)
    source_of(connection).check()
    assert (connection.scopes, connection.reads_days) == (sorted(shop.scopes), 60)
    assert backfill.first_moment(connection) > timezone.now() - timedelta(days=60, minutes=1)


def test_days_that_a_connection_cannot_read_are_neither_compared_nor_missed(
    connection: Connection, shop: Shopify, settings: Settings
) -> None:
    settings.DEALPORT_RECONCILE_DAYS = 3_000
    now = timezone.now()
    Connection.objects.update(sync_from=now.date() - timedelta(days=400), reads_days=60)
    old, new = now - timedelta(days=100), now - timedelta(days=3)
    for key, at in (("1", old), ("2", new)):
        shop.put(Life(key, at, paid=((at, D("12.00")),)).node())
    assert schedule.reconcile(connection.pk) == 1
    assert Order.objects.get().source_record.external_id == "2"
    assert {row.day for row in SourceDifference.objects.all()} == {new.date()}
    # an order of a file that the source would not show is no difference either
    Connection.objects.update(reads_days=None)
    assert schedule.reconcile(connection.pk) == 1
    Connection.objects.update(reads_days=60)
    assert (Order.objects.count(), schedule.reconcile(connection.pk)) == (2, 0)


def test_products_and_customers_follow_the_source_and_keep_what_is_ours(connection: Connection, store: Store) -> None:
    product = a_product(store, "9.00", sku="MUG", low_stock_threshold=4)
    customer = a_customer(store, email="pat@example.com", notes="ours")
    send(
        connection,
        "products/update",
        {"id": 1, "title": "Mug", "variants": [{"title": "Blue", "sku": "MUG", "price": "12.50"}]},
    )
    send(connection, "customers/update", {"id": 2, "email": "Pat@example.com", "first_name": "Pat", "last_name": "Lee"})
    assert schedule.apply_events(connection.pk) == 2
    product.refresh_from_db()
    customer.refresh_from_db()
    assert (product.name, product.price, product.low_stock_threshold) == ("Mug - Blue", D("12.50"), 4)
    assert (customer.name, customer.notes) == ("Pat Lee", "ours")


def test_an_uninstalled_app_blocks_the_connection(connection: Connection) -> None:
    send(connection, "app/uninstalled", {"id": 1})
    schedule.apply_events(connection.pk)
    connection.refresh_from_db()
    assert (connection.state, connection.problem[:30]) == ("blocked", "The app was uninstalled in Sho")


def test_redact_erases_the_customer_their_orders_and_the_stored_webhooks(
    connection: Connection, shop: Shopify, store: Store
) -> None:
    shop.put(WHOLE.node())
    send(connection, "orders/create", {"id": 820001, "email": "pat@example.com", "note": "for Pat"})
    schedule.apply_events(connection.pk)
    person = {"customer": {"id": 9, "email": "pat@example.com"}, "orders_to_redact": [820001]}
    send(connection, "customers/redact", person)
    schedule.apply_events(connection.pk)
    customer = Customer.objects.get(store=store)
    assert customer.erased_at is not None
    assert list(SourceEvent.objects.exclude(body="")) == []
    request = PrivacyRequest.objects.get()
    assert (request.kind, request.erased, request.done_at is not None) == ("customers/redact", 1, True)
    assert Order.objects.get().sales == D("42.00")


def test_shop_redact_erases_whoever_came_by_the_connection_and_nobody_else(
    connection: Connection, shop: Shopify, store: Store
) -> None:
    shop.put(WHOLE.node())
    shop.put(Life("3", PLACED).node())
    other = an_order(store, customer=a_customer(store, email="own@example.com"))
    for key in (820001, 3):
        send(connection, "orders/create", {"id": key})
    schedule.apply_events(connection.pk)
    Order.objects.filter(number="#3").update(shipping_address={"name": "Kim", "country": "GB"})
    Connection.objects.update(state="blocked", problem="The app was uninstalled.")
    send(connection, "shop/redact", {"shop_id": 1})
    schedule.apply_events(connection.pk)
    assert Customer.objects.filter(erased_at=None).get() == other.customer
    assert Order.objects.get(number="#3").shipping_address == {"country": "GB"}
    assert PrivacyRequest.objects.get().erased == 2


def test_a_data_request_is_kept_for_the_owner_and_old_bodies_are_emptied(
    connection: Connection, shop: Shopify, settings: Settings
) -> None:
    shop.put(WHOLE.node())
    send(connection, "orders/create", {"id": 820001, "email": "pat@example.com"})
    send(connection, "customers/data_request", {"customer": {"id": 9, "email": "x@y.z"}, "orders_requested": [820001]})
    schedule.apply_events(connection.pk)
    schedule.apply_events(connection.pk)
    request = PrivacyRequest.objects.get()
    assert (request.done_at, request.customer) == (None, Customer.objects.get())
    assert schedule.empty_bodies() == 0
    SourceEvent.objects.update(done_at=timezone.now() - timedelta(days=8))
    assert schedule.empty_bodies() == 2
