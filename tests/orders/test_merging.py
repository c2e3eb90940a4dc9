"""Merging two customers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from customers.actions import add_credits, confirm_email, create_or_update_subscription, spend_credits
from customers.models import CreditEntry, Customer, CustomerMerge, Store, Subscription, User
from dashboard.metrics import verification
from dashboard.metrics.folding import fold_all
from orders.models import Order
from tests.builders import a_customer, a_store, a_user, an_order

pytestmark = pytest.mark.django_db
FIGURES = ("total_orders", "completed_orders", "total_spent", "average_order_value", "tier", "credit_balance")


@pytest.fixture
def store() -> Store:
    return a_store()


@pytest.fixture
def client(store: Store) -> APIClient:
    client = APIClient()
    client.force_authenticate(a_user(User.Role.STAFF, store))
    return client


def two(store: Store) -> tuple[Customer, Customer]:
    """Return a customer with an order, and another with two, credits and a subscription."""
    kept, gone = a_customer(store), a_customer(store)
    an_order(store, "10.00", customer=kept, paid=True)
    an_order(store, "30.00", customer=gone, paid=True)
    an_order(store, "5.00", customer=gone)
    confirm_email(customer=gone, actor=None)
    add_credits(customer=gone, amount=D(7), reason="welcome", actor=None)
    create_or_update_subscription(
        customer=gone,
        plan="Box",
        status="active",
        current_period_end=datetime(2030, 1, 1, tzinfo=UTC),
        monthly_amount=D(9),
        actor=None,
    )
    return kept, gone


def rows() -> Any:
    return (
        list(Customer.objects.order_by("pk").values("pk", "deleted_at", "merged_into", "last_order_at", *FIGURES)),
        list(Order.objects.order_by("pk").values_list("customer", flat=True)),
        list(CreditEntry.objects.order_by("pk").values_list("customer", flat=True)),
        list(Subscription.objects.values_list("customer", "status")),
    )


def counted(client: APIClient, store: Store) -> tuple[int, int]:
    summary = client.get(f"/api/v1/store/dashboard?store={store.slug}").json()["data"]["summary"]
    return summary["totalCustomers"], summary["newCustomers"]


def wrong_buckets(store: Store) -> int:
    fold_all()
    return verification.verify_store(store).wrong_buckets


def test_orders_credits_and_subscription_move_and_the_customers_are_counted_once(
    client: APIClient, store: Store
) -> None:
    kept, gone = two(store)
    before = rows()
    assert counted(client, store) == (2, 1)

    merged = client.post(f"/api/v1/customers/{kept.pk}/merge", {"customerId": gone.pk})

    assert merged.status_code == 200, merged.content
    assert Customer.objects.values(*FIGURES).get(pk=kept.pk) == {
        "total_orders": 3,
        "completed_orders": 2,
        "total_spent": D(40),
        "average_order_value": D(20),
        "tier": kept.tier,
        "credit_balance": D(7),
    }
    assert {*Order.objects.values_list("customer", flat=True)} == {kept.pk}
    assert (CreditEntry.objects.get().customer, Subscription.objects.get().customer) == (kept, kept)
    assert counted(client, store) == (1, 0)
    assert wrong_buckets(store) == 0
    assert client.get(f"/api/v1/customers/{gone.pk}").status_code == 404
    assert client.post(f"/api/v1/customers/{gone.pk}/restore").status_code == 409

    undone = client.post(f"/api/v1/customers/{kept.pk}/merge/undo")

    assert undone.status_code == 200, undone.content
    assert rows() == before
    assert counted(client, store) == (2, 1)
    assert wrong_buckets(store) == 0
    assert client.post(f"/api/v1/customers/{kept.pk}/merge/undo").status_code == 409


def test_a_merge_is_undone_within_thirty_days_and_while_the_credits_are_there(client: APIClient, store: Store) -> None:
    kept, gone = two(store)
    path = f"/api/v1/customers/{kept.pk}/merge"
    client.post(path, {"customerId": gone.pk})
    spend_credits(customer=kept, amount=D(1), reason="order", actor=None)
    assert client.post(f"{path}/undo").status_code == 409
    add_credits(customer=kept, amount=D(1), reason="again", actor=None)
    after = rows()
    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=1), tick=False):
        assert client.post(f"{path}/undo").status_code == 409
    assert rows() == after
    assert client.post(f"{path}/undo").status_code == 200


def test_only_two_present_customers_of_one_store_are_merged(client: APIClient, store: Store) -> None:
    kept, foreign = a_customer(store), a_customer(a_store())
    for other in (kept.pk, foreign.pk, 10**9):
        refused = client.post(f"/api/v1/customers/{kept.pk}/merge", {"customerId": other})
        assert (refused.status_code, list(refused.json()["errors"])) == (400, ["customerId"])
    assert not CustomerMerge.objects.exists()
