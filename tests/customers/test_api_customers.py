"""Stores and customers over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from customers.actions import add_credits
from customers.models import Address, CreditEntry, Customer, Store, Subscription, User
from dashboard.models import MetricDelta
from tests.builders import a_customer, a_store, a_user, an_order

pytestmark = pytest.mark.django_db
API = "/api/v1"


def as_(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def errors(answer: Any, status: int = 400) -> list[str]:
    assert answer.status_code == status, answer.content
    return sorted(answer.json()["errors"])


def unchanged() -> list[Any]:
    return [
        list(model.objects.order_by("pk").values()) for model in (Store, Customer, Address, CreditEntry, MetricDelta)
    ]


def test_an_admin_creates_and_changes_a_store() -> None:
    admin = as_(a_user(User.Role.ADMIN))
    content = {"slug": "tea", "name": "Tea", "currency": "GBP", "timezone": "Europe/London"}
    created = admin.post(f"{API}/stores", content)
    assert created.status_code == 201
    data = created.json()["data"]
    assert {**content, "isActive": True} == {name: data[name] for name in (*content, "isActive")}
    assert set(data) == {*content, "id", "isActive", "createdAt"}
    changed = admin.patch(f"{API}/stores/tea", {"name": "Coffee", "isActive": False})
    assert (changed.json()["data"]["name"], changed.json()["data"]["isActive"]) == ("Coffee", False)
    assert admin.get(f"{API}/stores/{data['id']}").json()["data"] == changed.json()["data"]
    assert errors(admin.post(f"{API}/stores", {**content, "currency": "gbp", "timezone": "Moon"})) == [
        "currency",
        "slug",
        "timezone",
    ]
    assert admin.patch(f"{API}/stores/tea", {"isActive": True}).status_code == 200
    an_order(Store.objects.get())
    refused = admin.patch(f"{API}/stores/tea", {"currency": "EUR"})
    assert (refused.status_code, refused.json()["code"]) == (409, "CONFLICT")


def test_stores_are_for_admins() -> None:
    store = a_store()
    for role, status in (("user", 403), ("staff", 403), ("admin", 200), ("super_admin", 200)):
        client = as_(a_user(role, store))
        assert client.get(f"{API}/stores").status_code == status
        assert client.get(f"{API}/stores/{store.slug}").status_code == status
    assert Client().get(f"{API}/stores").status_code == 401


def test_a_customer_is_registered_changed_and_hidden() -> None:
    store = a_store()
    staff = as_(a_user(User.Role.STAFF, store))
    address = {"kind": "billing", "isDefault": True, "street": "1 High St", "city": "York", "country": "GB"}
    content = {"email": "Ada@Example.com", "name": "Ada", "phone": "1", "addresses": [address]}
    created = staff.post(f"{API}/customers", content)
    assert created.status_code == 201, created.content
    data = created.json()["data"]
    assert data == {
        "id": Customer.objects.get().pk,
        "store": store.slug,
        "email": "ada@example.com",
        "name": "Ada",
        "firstName": "Ada",
        "lastName": "",
        "phone": "1",
        "avatar": "",
        "status": "ACTIVE",
        "tags": [],
        "notes": "",
        "acceptsMarketing": False,
        "marketingConsentAt": None,
        "createdAt": data["createdAt"],
        "updatedAt": data["updatedAt"],
        "emailConfirmedAt": None,
        "currency": "GBP",
        "totalOrders": 0,
        "totalSpent": 0.0,
        "averageOrderValue": 0.0,
        "tier": "bronze",
        "lastOrderAt": None,
        "creditBalance": 0.0,
        "addresses": [{**address, "state": "", "postalCode": ""}],
        "subscription": None,
    }
    path = f"{API}/customers/{data['id']}"
    assert b'"totalSpent":0.00' in created.content
    assert staff.post(f"{API}/customers", {"email": "ADA@example.com"}).status_code == 409
    changed = staff.patch(path, {"name": "Ada L.", "addresses": []}).json()["data"]
    assert (changed["name"], changed["email"], changed["addresses"]) == ("Ada L.", "ada@example.com", [])
    assert staff.post(f"{path}/confirm-email").json()["data"]["emailConfirmedAt"]
    assert staff.delete(path).status_code == 204
    assert staff.get(path).status_code == 404
    assert staff.get(f"{API}/customers").json()["meta"]["total"] == 0


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ({"email": "no"}, ["email"]),
        ({"email": 7}, ["email"]),
        ({"name": ["x"]}, ["name"]),
        ({"name": "x" * 201}, ["name"]),
        ({"name": "a\0b"}, ["name"]),
        ({"totalSpent": 1}, ["totalSpent"]),
        ({"creditBalance": 1, "tier": "gold"}, ["creditBalance", "tier"]),
        ({"deleted_at": None, "store_id": 1}, ["deleted_at", "store_id"]),
        ({"addresses": [{"street": "x", "city": "y", "country": "gb"}]}, ["addresses.0.country"]),
        ({"addresses": [{"street": "x", "city": "y", "country": "GB", "customer": 1}]}, ["addresses.0.customer"]),
        (
            {"addresses": [{"street": "x", "city": "y", "country": "GB", "isDefault": True}] * 2},
            ["addresses"],
        ),
        ({"addresses": "x"}, ["addresses"]),
    ],
)
def test_bad_input_is_refused_naming_the_field_and_changes_nothing(content: dict[str, Any], fields: list[str]) -> None:
    store = a_store()
    customer = a_customer(store)
    staff = as_(a_user(User.Role.STAFF, store))
    before = unchanged()
    assert errors(staff.post(f"{API}/customers", content)) == fields
    assert errors(staff.patch(f"{API}/customers/{customer.pk}", content)) == fields
    assert unchanged() == before


def test_a_customer_of_another_store_is_not_there_whatever_way_leads_to_it() -> None:
    own, foreign = a_store(slug="own"), a_store(slug="foreign")
    mine, other = a_customer(own, email="a@own.example"), a_customer(foreign, email="a@foreign.example")
    staff = as_(a_user(User.Role.STAFF, own))
    before = unchanged()
    path = f"{API}/customers/{other.pk}"
    for answer in (
        staff.get(path),
        staff.patch(path, {"name": "x"}),
        staff.delete(path),
        staff.post(f"{path}/confirm-email"),
        staff.get(f"{path}/credits"),
        staff.post(f"{path}/credits", {"amount": 1, "reason": "x"}),
        staff.put(f"{path}/subscription", {}),
        staff.post(f"{API}/customers", {"store": "foreign", "name": "x"}),
        staff.post(f"{API}/customers", {"store": foreign.pk, "name": "x"}),
        staff.get(f"{API}/customers?store=foreign"),
        staff.get(f"{API}/customers?store={foreign.pk}"),
        staff.get(f"{API}/customers/999999999"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert unchanged() == before
    for query in ("", "?search=a@", "?ordering=createdAt", "?store=own"):
        listed = staff.get(f"{API}/customers{query}").json()
        assert [row["id"] for row in listed["data"]] == [mine.pk]
        assert listed["meta"]["total"] == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("ordering=password", "ordering"),
        ("ordering=store__webhook_secret", "ordering"),
        ("ordering=", "ordering"),
        ("email__startswith=a", "email__startswith"),
        ("tier=diamond", "tier"),
        ("confirmed=perhaps", "confirmed"),
        ("page=0", "page"),
        ("page=2", "page"),
        ("limit=101", "limit"),
        ("limit=1&limit=2", "limit"),
        ("search=%00", "search"),
    ],
)
def test_a_parameter_that_is_unknown_or_wrong_is_named(query: str, field: str) -> None:
    store = a_store()
    assert errors(as_(a_user(User.Role.STAFF, store)).get(f"{API}/customers?{query}")) == [field]


def test_lists_search_filter_order_and_page() -> None:
    store = a_store()
    for name in ("Ada", "Bob", "adele"):
        a_customer(store, name=name, email=f"{name.lower()}@example.com")
    Customer.objects.filter(name="Bob").update(tier="gold")
    staff = as_(a_user(User.Role.STAFF, store))

    def names(query: str) -> list[str]:
        return [row["name"] for row in staff.get(f"{API}/customers?{query}").json()["data"]]

    assert names("") == ["adele", "Bob", "Ada"]
    assert names("ordering=createdAt") == ["Ada", "Bob", "adele"]
    assert names("search=AD") == ["adele", "Ada"]
    assert names("tier=gold") == ["Bob"]
    assert names("confirmed=true") == []
    page = staff.get(f"{API}/customers?limit=2&page=2").json()
    assert (page["meta"], len(page["data"])) == ({"page": 2, "limit": 2, "total": 3, "totalPages": 2}, 1)


@pytest.mark.parametrize("rows", [3, 30])
def test_a_list_costs_the_same_number_of_queries_whatever_it_shows(rows: int, django_assert_num_queries: Any) -> None:
    store = a_store()
    for _ in range(rows):
        a_customer(store)
    staff = as_(a_user(User.Role.STAFF, store))
    with django_assert_num_queries(4):  # stores, count, keys, rows
        staff.get(f"{API}/customers?limit=100")


def test_credits_are_granted_spent_and_listed() -> None:
    store = a_store()
    customer = a_customer(store)
    staff = as_(a_user(User.Role.STAFF, store))
    path = f"{API}/customers/{customer.pk}/credits"
    granted = staff.post(path, {"amount": 10.5, "reason": "welcome"})
    assert (granted.status_code, granted.json()["data"]["balanceAfter"]) == (201, 10.5)
    assert staff.post(path, {"amount": -0.5, "reason": "order"}).json()["data"]["balanceAfter"] == 10.0
    assert staff.post(path, {"amount": -10.01, "reason": "order"}).status_code == 409
    listed = staff.get(path).json()
    assert [(row["amount"], row["currency"]) for row in listed["data"]] == [(-0.5, "GBP"), (10.5, "GBP")]
    assert listed["meta"]["total"] == 2
    for bad in (0, "NaN", "1e3", True, None, 0.001, 10**15, "١", [1], "--1"):
        assert errors(staff.post(path, {"amount": bad, "reason": "x"})) == ["amount"]
    assert errors(staff.post(path, {"amount": 1})) == ["reason"]
    assert CreditEntry.objects.count() == 2


def test_the_same_key_grants_once() -> None:
    store = a_store()
    customer = a_customer(store)
    user = a_user(User.Role.STAFF, store)
    staff = as_(user)
    path = f"{API}/customers/{customer.pk}/credits"

    def post(amount: float, key: str, client: APIClient = staff, where: str = path) -> Any:
        return client.post(where, {"amount": amount, "reason": "x"}, headers={"Idempotency-Key": key})

    first, again = post(10, "k1"), post(10, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, again["Idempotent-Replayed"]) == (again.content, "true")
    assert "Idempotent-Replayed" not in first
    reused = post(11, "k1")
    assert (reused.status_code, reused.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert post(-100, "k2").status_code == 409
    add_credits(customer=customer, amount=customer.credit_balance + 90, reason="more", actor=None)
    assert post(-100, "k2").status_code == 201
    assert post(10, "k1", client=as_(a_user(User.Role.STAFF, store))).status_code == 201
    other = a_customer(store)
    assert post(10, "k1", where=f"{API}/customers/{other.pk}/credits").status_code == 201
    for key in ("", "x" * 201, "a b", "é"):
        assert post(10, key).status_code == 400
    assert CreditEntry.objects.filter(customer=customer).count() == 4


def test_a_subscription_is_put() -> None:
    store = a_store()
    customer = a_customer(store)
    staff = as_(a_user(User.Role.STAFF, store))
    path = f"{API}/customers/{customer.pk}/subscription"
    content = {"plan": "Pro", "status": "active", "currentPeriodEnd": "2027-01-01T00:00:00Z", "monthlyAmount": 9.99}
    assert staff.put(path, content).json()["data"] == {**content, "currency": "GBP"}
    assert staff.put(path, {**content, "plan": "Max"}).json()["data"]["plan"] == "Max"
    assert Subscription.objects.count() == 1
    assert staff.get(f"{API}/customers/{customer.pk}").json()["data"]["subscription"]["plan"] == "Max"
    assert errors(staff.put(path, {**content, "status": "asleep", "monthlyAmount": -1})) == ["monthlyAmount", "status"]
    assert errors(staff.put(path, {**content, "currentPeriodEnd": "tomorrow"})) == ["currentPeriodEnd"]
