"""What was deleted can be recovered (checklist 1)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from customers.actions import add_credits, create_or_update_subscription
from customers.models import AuditEntry, Customer, Store, Subscription, User
from orders.actions import create_category, create_coupon
from orders.models import Category, Coupon, Product
from tests.admin_pages import logged_in, page
from tests.builders import a_customer, a_product, a_store, a_user

pytestmark = pytest.mark.django_db
KINDS = {"customers": Customer, "products": Product, "categories": Category, "coupons": Coupon}


@pytest.fixture
def store() -> Store:
    return a_store()


@pytest.fixture
def client(store: Store) -> APIClient:
    client = APIClient()
    client.force_authenticate(a_user(User.Role.STAFF, store))
    return client


def one(kind: str, store: Store) -> Any:
    """Return a row with the one value that must be unique in the store."""
    if kind == "customers":
        return a_customer(store, email="ann@example.com", name="Ann")
    if kind == "products":
        return a_product(store, sku="MUG", name="Mug")
    if kind == "categories":
        return create_category(store=store, name="Cups", actor=None)
    return create_coupon(store=store, values={"code": "TEN", "value": Decimal(10)}, actor=None)


@pytest.mark.parametrize("kind", KINDS)
def test_g028_a_deleted_row_is_restored_unless_its_unique_value_is_taken(
    client: APIClient, store: Store, kind: str
) -> None:
    row, path = one(kind, store), f"/api/v1/{kind}"
    before = client.get(f"{path}/{row.pk}").json()["data"]
    assert client.delete(f"{path}/{row.pk}").status_code == 204

    restored = client.post(f"{path}/{row.pk}/restore")

    assert restored.status_code == 200, restored.content
    changing = {"updatedAt"}
    assert {k: v for k, v in restored.json()["data"].items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }
    assert client.get(f"{path}/{row.pk}").status_code == 200
    again = client.post(f"{path}/{row.pk}/restore")
    assert again.json()["data"] == restored.json()["data"]
    assert AuditEntry.objects.filter(action="restored").count() == 1
    client.delete(f"{path}/{row.pk}")
    other = one(kind, store)
    refused = client.post(f"{path}/{row.pk}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT")
    assert list(KINDS[kind].objects.filter(deleted_at=None)) == [other]
    stranger = APIClient()
    stranger.force_authenticate(a_user(User.Role.STAFF, a_store()))
    assert stranger.post(f"{path}/{row.pk}/restore").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_g028_the_admin_restores_ticked_rows_and_says_which_it_cannot(store: Store, kind: str) -> None:
    model = KINDS[kind]
    row = one(kind, store)
    model.objects.filter(pk=row.pk).update(deleted_at=datetime(2026, 1, 1, tzinfo=UTC))
    admin = logged_in(a_user(User.Role.STAFF, store))
    ticked = {"action": "restore_rows", "_selected_action": [row.pk]}
    other = one(kind, store)
    answer = admin.post(page(model) + "?deleted=yes", ticked)
    assert "This store already has" in str(next(iter(get_messages(answer.wsgi_request))))
    model.objects.filter(pk=other.pk).delete()
    admin.post(page(model) + "?deleted=yes", ticked)
    row.refresh_from_db()
    assert row.deleted_at is None


def test_deleting_a_customer_cancels_the_subscription_and_states_the_credits(client: APIClient, store: Store) -> None:
    customer = a_customer(store)
    add_credits(customer=customer, amount=Decimal(5), reason="welcome", actor=None)
    create_or_update_subscription(
        customer=customer,
        plan="Box",
        status="active",
        current_period_end=datetime(2030, 1, 1, tzinfo=UTC),
        monthly_amount=Decimal(9),
        actor=None,
    )
    assert client.delete(f"/api/v1/customers/{customer.pk}").status_code == 204
    assert Subscription.objects.get().status == "canceled"
    entry = AuditEntry.objects.get(action="deleted")
    assert entry.changes["credits_left"] == [None, "5.00"]
    assert Customer.objects.get().credit_balance == Decimal(5)


@pytest.mark.parametrize("command", ["verify_metrics", "aggregate_daily", "refresh_dashboard_cache"])
def test_a_bad_day_of_a_command_is_a_plain_error(command: str) -> None:
    with pytest.raises(CommandError, match=r"'2026-02-30' is not a day\. Enter a date as YYYY-MM-DD"):
        call_command(command, "--from", "2026-02-30")
