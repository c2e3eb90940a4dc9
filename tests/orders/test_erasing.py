"""Erasing the personal data of a customer."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from customers.actions import add_credits, merge_customers, update_customer
from customers.models import AuditEntry, Customer, User
from orders.actions import (
    EditRequest,
    ItemRequest,
    change_order_details,
    create_draft,
    edit_order,
    refund_order,
)
from orders.models import Connection, DraftOrder, Order, OrderEdit, SourceEvent, Upload
from reports.models import ExportJob
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db
VALUES = (
    "Zoë", "Quimby", "zoe.quimby@mail.example", "+44 7700 900123", "17 Hidden Lane", "QX9 8ZZ", "203.0.113.77",
    "Elvira", "99 Secret Road", "pictures.example/zoe", "Zoe Q. Merged", "zq@other.example", "5 Old Street",
)  # fmt: skip


def tables_with(value: str) -> list[str]:
    """Return the tables of the whole database that have a row with the value, in any case."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" t WHERE t::text ILIKE %s)', [f"%{value}%"])
            found += [table] if cursor.fetchone()[0] else []
    return found


def test_what_is_erased_is_nowhere_in_the_database_and_figures_stay() -> None:
    store = a_store()
    admin = APIClient()
    admin.force_authenticate(a_user(User.Role.ADMIN, email="boss@example.org"))
    address = {"street": "17 Hidden Lane", "city": "York", "postalCode": "QX9 8ZZ", "country": "GB"}
    created = admin.post("/api/v1/customers", {
        "store": store.slug, "firstName": "Zoë", "lastName": "Quimby", "email": "zoe.quimby@mail.example",
        "phone": "+44 7700 900123", "avatar": "https://pictures.example/zoe", "notes": "Zoë rings twice.",
        "addresses": [address],
    }, headers={"Idempotency-Key": "k1"})  # fmt: skip
    assert created.status_code == 201, created.content
    customer = Customer.objects.get()
    placed = admin.post(
        "/api/v1/orders",
        {
            "store": store.slug,
            "customerId": customer.pk,
            "paymentMethod": "CREDIT_CARD",
            "items": [{"productId": a_product(store).pk, "quantity": 1}],
            "shippingAddress": {**address, "street": "99 Secret Road"},
            "notes": "for Zoë",
        },
        headers={"Idempotency-Key": "k2"},
    )
    assert placed.status_code == 201, placed.content
    order = Order.objects.get()
    billing = {**order.billing_address, "name": "Elvira"}
    Order.objects.filter(pk=order.pk).update(
        ip_address="203.0.113.77", user_agent="Zoë's phone", billing_address=billing
    )
    paid = admin.post(
        f"/api/v1/orders/{order.pk}/payments",
        {"gatewayResponse": {"payer": "Zoë Quimby"}},
        format="json",
        headers={"Idempotency-Key": "k3"},
    )
    assert paid.status_code == 201, paid.content
    change_order_details(order=order, changes={"notes": "Quimby asked for a bag"}, actor=None)
    refund_order(order=order, amount=Decimal(1), reason="Mrs Quimby was unhappy", actor=None)
    update_customer(customer=customer, changes={"email": "z.quimby@mail.example"}, actor=None)
    update_customer(customer=customer, changes={"email": "zoe.quimby@mail.example"}, actor=None)
    add_credits(customer=customer, amount=Decimal(5), reason="sorry, Zoë", actor=None)
    merged = a_customer(store, name="Zoe Q. Merged", email="zq@other.example")
    old = an_order(store, customer=merged, shipping_address={**address, "street": "5 Old Street"})
    change_order_details(order=old, changes={"notes": "for Zoe Q. Merged"}, actor=None)
    merge_customers(customer=customer, merged=merged, actor=None)
    guest = an_order(store, shipping_address={**address, "email": "Zoe.Quimby@mail.example"})
    change_order_details(order=guest, changes={"internal_notes": "call zq@other.example"}, actor=None)
    edited = edit_order(
        order=order, request=EditRequest(shipping_fee=Decimal(2)), reason="Quimby wants express", actor=None
    )
    assert edited.edit is not None
    items = [ItemRequest(a_product(store).pk, 1)]
    create_draft(
        store=store,
        values={"customer": customer, "items": items, "notes": "for Zoë", "shipping_address": address},
        actor=None,
    )
    job = ExportJob.objects.create(
        owner=User.objects.get(),
        dataset="orders",
        title="Orders",
        format="csv",
        request_hash="x",
        is_masked=False,
        status="succeeded",
        file_key="a/b",
        expires_at="2030-01-01T00:00:00Z",
    )
    source = Connection.objects.create(store=store, kind="shopify", address="zoe.myshopify.com", credentials="x")
    SourceEvent.objects.create(
        connection=source,
        delivery_id="1",
        topic="orders/create",
        subject="order:1",
        state="parked",
        body=json.dumps({"email": "zoe.quimby@mail.example", "note": "Zoë"}),
        reason="zoe.quimby@mail.example is not an email address.",
    )
    quoted = {"orders": [{"customer": "Zoë Quimby", "email": "zoe.quimby@mail.example"}]}
    upload = Upload.objects.create(
        store=store,
        kind="orders",
        file_name="orders of Zoë.csv",
        size=1,
        status="applied",
        file_key="a/c",
        preview=quoted,
        receipt={"refused": [{"order": "#1", "reason": "Zoë Quimby has no address."}]},
        error="Row 2: zoe.quimby@mail.example is written twice.",
        expires_at="2030-01-01T00:00:00Z",
    )
    assert all(tables_with(value) for value in VALUES)
    before = state()

    answer = admin.post(f"/api/v1/customers/{customer.pk}/erase")

    assert answer.status_code == 204, answer.content
    assert {value: tables_with(value) for value in VALUES} == {value: [] for value in VALUES}
    assert state() == before
    customer.refresh_from_db()
    assert (customer.name, customer.email, str(customer.credit_balance)) == ("Erased customer", "", "5.00")
    assert customer.deleted_at is not None and customer.erased_at is not None
    assert [row.shipping_address for row in Order.objects.all()] == [{"country": "GB"}] * 3
    assert OrderEdit.objects.get().reason == "*** wants express" and not DraftOrder.objects.exists()
    job.refresh_from_db()
    assert job.expires_at is not None and job.expires_at <= timezone.now()
    upload.refresh_from_db()
    assert upload.expires_at <= timezone.now()
    assert admin.post(f"/api/v1/customers/{customer.pk}/restore").status_code == 409
    assert AuditEntry.objects.filter(action="erased", object_label="Erased customer").count() == 2
    entries = AuditEntry.objects.count()
    assert admin.post(f"/api/v1/customers/{customer.pk}/erase").status_code == 204
    assert AuditEntry.objects.count() == entries


def state() -> Any:
    """Return what figures are made of."""
    amounts = ("total_amount", "captured_amount", "refunded_amount", "country", "customer_id", "status", "order_day")
    people = ("total_orders", "completed_orders", "total_spent", "created_at", "email_confirmed_at", "credit_balance")
    return list(Order.objects.order_by("pk").values(*amounts)), list(Customer.objects.order_by("pk").values(*people))


def test_the_audit_trail_stays_permanent_for_everything_else() -> None:
    a_store()
    entry = AuditEntry.objects.get()
    for changes in ({"actor_label": "x"}, {"action": "x"}, {"object_id": 7}):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL dealport.history = 'erase'")
            AuditEntry.objects.filter(pk=entry.pk).update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(object_label="x")
