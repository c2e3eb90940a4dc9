"""Promises about customers (checklist 5.1)."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from customers.models import Customer, Store, User
from orders.models import Order
from tests.builders import a_customer, a_product, a_store, a_user

pytestmark = pytest.mark.django_db
PATH = "/api/v1/customers"


@pytest.fixture
def store() -> Store:
    return a_store()


@pytest.fixture
def client(store: Store) -> APIClient:
    client = APIClient()
    client.force_authenticate(a_user(User.Role.STAFF, store))
    return client


def created(client: APIClient, **content: Any) -> dict[str, Any]:
    answer = client.post(PATH, content)
    assert answer.status_code == 201, answer.content
    data: dict[str, Any] = answer.json()["data"]
    return data


def changed(client: APIClient, pk: int, **content: Any) -> dict[str, Any]:
    answer = client.patch(f"{PATH}/{pk}", content)
    assert answer.status_code == 200, answer.content
    data: dict[str, Any] = answer.json()["data"]
    return data


def names(data: dict[str, Any]) -> tuple[str, str, str]:
    return data["name"], data["firstName"], data["lastName"]


def test_g121_g122_first_and_last_name_make_the_name_and_a_name_makes_them(client: APIClient) -> None:
    data = created(client, firstName="Ann", lastName="Lee")
    assert names(data) == ("Ann Lee", "Ann", "Lee")
    assert names(changed(client, data["id"], lastName="van Dyk")) == ("Ann van Dyk", "Ann", "van Dyk")
    assert names(changed(client, data["id"], name="Maria de la Cruz")) == ("Maria de la Cruz", "Maria", "de la Cruz")
    assert names(changed(client, data["id"], phone="1")) == ("Maria de la Cruz", "Maria", "de la Cruz")
    refused = client.patch(f"{PATH}/{data['id']}", {"name": "Bob Bee", "firstName": "Rob"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["name"])
    refused = client.patch(f"{PATH}/{data['id']}", {"firstName": "x" * 199, "lastName": "yy"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["lastName"])


@pytest.mark.parametrize("address", ["http://x.example/a.png", "javascript:alert(1)", "//x.example/a", "a b"])
def test_g125_an_avatar_is_an_address_of_a_picture(client: APIClient, address: str) -> None:
    data = created(client, avatar="https://pictures.example/ann.png")
    assert data["avatar"] == "https://pictures.example/ann.png"
    refused = client.patch(f"{PATH}/{data['id']}", {"avatar": address})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["avatar"])
    assert changed(client, data["id"], avatar="")["avatar"] == ""


def test_g132_a_blocked_customer_cannot_order_until_active_again(client: APIClient, store: Store) -> None:
    customer, product = a_customer(store), a_product(store, stock=3)
    order = {
        "customerId": customer.pk,
        "items": [{"productId": product.pk, "quantity": 1}],
        "shippingAddress": {"street": "1 High St", "city": "York", "country": "GB"},
        "paymentMethod": "CREDIT_CARD",
    }
    assert changed(client, customer.pk, status="BLOCKED")["status"] == "BLOCKED"
    assert [row["id"] for row in client.get(f"{PATH}?status=BLOCKED").json()["data"]] == [customer.pk]

    refused = client.post("/api/v1/orders", order)

    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT")
    product.refresh_from_db()
    assert (Order.objects.count(), product.stock) == (0, 3)
    for status in ("INACTIVE", "ACTIVE"):
        changed(client, customer.pk, status=status)
        assert client.post("/api/v1/orders", order).status_code == 201
    assert client.patch(f"{PATH}/{customer.pk}", {"status": "GONE"}).status_code == 400


def test_g135_updated_at_follows_every_change_of_the_record(client: APIClient) -> None:
    data = created(client, name="Ann")
    first = data["updatedAt"]
    assert first >= data["createdAt"]
    assert changed(client, data["id"], notes="x")["updatedAt"] > first


def test_tags_notes_and_consent_are_kept(client: APIClient) -> None:
    data = created(client, tags=["vip", "Beta", "vip"], notes="Rings twice.", acceptsMarketing=True)
    assert (data["tags"], data["notes"], data["acceptsMarketing"]) == (["Beta", "vip"], "Rings twice.", True)
    agreed_at = data["marketingConsentAt"]
    assert agreed_at is not None
    assert changed(client, data["id"], acceptsMarketing=True, tags=[])["marketingConsentAt"] == agreed_at
    declined = changed(client, data["id"], acceptsMarketing=False)
    assert declined["marketingConsentAt"] > agreed_at
    assert declined["tags"] == []
    assert created(client)["marketingConsentAt"] is None
    listed = client.get(PATH).json()["data"]
    assert "notes" not in listed[0]
    assert Customer.objects.count() == 2
