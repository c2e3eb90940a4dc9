"""Orders of a connected store are changed at their source alone, until it is disconnected; and are known again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import User
from customers.tokens import access_token
from dashboard.metrics import recount
from dealport.kit import secrets
from orders.connections import schedule
from orders.models import Connection, Order
from tests.builders import a_customer, a_product, a_user
from tests.orders.connected import ORDER, Source
from tests.shopify_server import Shopify

pytestmark = pytest.mark.django_db

CHANGES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("7", "POST", "refunds", {"amount": 1}),
    ("7", "POST", "fulfillments", {}),
    ("7", "POST", "edits", {"shippingFee": 3}),
    ("7", "PATCH", "status", {"status": "SHIPPED"}),
    ("8", "POST", "payments", {"amount": 1}),
    ("8", "DELETE", "", {}),
]
"""Order, method, path and body of what changes it: one order is paid, the other is not."""


def call(source: Source, change: tuple[str, str, str, dict[str, Any]]) -> Any:
    key, method, path, body = change
    order = Order.objects.get(source_record__external_id=key)
    staff = User.objects.filter(email="staff@example.com").first()
    staff = staff or a_user(User.Role.STAFF, source.connection.store, email="staff@example.com")
    address = f"/api/v1/orders/{order.pk}/{path}".rstrip("/")
    headers = {"Authorization": f"Bearer {access_token(staff)}"}
    return Client().generic(method, address, json.dumps(body), "application/json", headers=headers)


def brought(source: Source) -> None:
    """Bring one order that is paid, and one that is not."""
    source.show(ORDER)
    source.show(replace(ORDER, key="8", placed=timezone.now() - timedelta(hours=1), paid=()))
    for key in ("7", "8"):
        source.send({"id": int(key)}, delivery=key)
    assert schedule.apply_events(source.connection.pk) == 2


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change[1]} {change[2] or 'cancel'}")
def test_every_change_is_409_naming_the_source_and_possible_once_it_is_disconnected(
    source: Source, change: tuple[str, str, str, dict[str, Any]]
) -> None:
    brought(source)
    before = list(Order.objects.order_by("pk").values())
    refused = call(source, change)
    assert refused.status_code == 409
    shop, message = source.connection, refused.json()["message"]
    assert message.startswith(f"This order is kept in {shop.source_name}. Change it there: http")
    assert shop.address in message
    assert list(Order.objects.order_by("pk").values()) == before
    actor = User.objects.get(email="staff@example.com")
    headers = {"Authorization": f"Bearer {access_token(actor)}"}
    assert Client().delete(f"/api/v1/connections/{source.connection.pk}", headers=headers).status_code == 204
    assert call(source, change).status_code in (200, 201)
    assert recount.differences(source.connection.store) == []


def test_a_store_that_is_connected_again_knows_its_orders_and_keeps_them_again(source: Source) -> None:
    brought(source)
    Connection.objects.update(state="disconnected")
    assert call(source, CHANGES[0]).status_code == 201
    old = source.connection
    source.connection = Connection.objects.create(
        store=old.store,
        kind=old.kind,
        address=old.address,
        credentials=secrets.seal(secrets.unseal(old.credentials)),
        sync_from=old.sync_from,
        created_at=old.created_at,
    )
    source.show(replace(ORDER, touched=(ORDER.placed + timedelta(days=3),)))
    source.send({"id": 7}, delivery="again")
    assert schedule.apply_events(source.connection.pk) == 1
    assert Order.objects.count() == 2
    assert call(source, CHANGES[0]).status_code == 409
    assert recount.differences(old.store) == []


def test_products_and_customers_follow_in_what_the_source_states_and_keep_the_rest(source: Source) -> None:
    store = source.connection.store
    product = a_product(store, "9.00", sku="MUG", cost_price=D("4.00"), stock=7, low_stock_threshold=4, tags=["blue"])
    customer = a_customer(store, email="pat@example.com", notes="ours", tags=["vip"])
    if isinstance(source.server, Shopify):
        stated = {"id": 1, "title": "Mug", "variants": [{"title": "Default Title", "sku": "MUG", "price": "12.50"}]}
        person = {"id": 2, "email": "Pat@example.com", "first_name": "Pat", "last_name": "Lee", "phone": "+44 1"}
        topics = "products/update", "customers/update"
    else:
        stated = {"id": 1, "name": "Mug", "sku": "MUG", "price": "12.50"}
        person = {
            "id": 2, "email": "Pat@example.com", "first_name": "Pat", "last_name": "Lee", "billing": {"phone": "+44 1"},
        }  # fmt: skip
        topics = "product.updated", "customer.updated"
    for topic, content in zip(topics, (stated, person), strict=True):
        request = source.sign(topic, content, secret=source.secret, delivery=topic)
        answer = Client().post(f"/api/v1/connections/{source.connection.public_id}/webhook", **request)
        assert answer.status_code == 200
    assert schedule.apply_events(source.connection.pk) == 2
    product.refresh_from_db()
    customer.refresh_from_db()
    assert (product.name, product.price) == ("Mug", D("12.50"))
    assert (product.cost_price, product.stock, product.low_stock_threshold, product.tags) == (D("4.00"), 7, 4, ["blue"])
    assert (customer.name, customer.phone) == ("Pat Lee", "+44 1")
    assert (customer.notes, customer.tags) == ("ours", ["vip"])
