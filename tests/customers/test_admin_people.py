"""The admin's pages that merge customers, undo that, and erase personal data, without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer, CustomerMerge, Store, User
from orders.actions import ItemRequest, create_draft
from orders.models import DraftOrder, Order
from tests.admin_pages import logged_in
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store()


@pytest.fixture
def pair(store: Store) -> tuple[Customer, Customer]:
    kept = a_customer(store, name="Ann Lee", email="ann@example.com")
    other = a_customer(store, name="Anne Lee", email="lee@example.com", phone="+44 20 7946 0000")
    an_order(store, customer=other)
    return kept, other


def address(name: str, customer: Customer) -> str:
    return reverse(f"admin:customers_customer_{name}", args=[customer.pk])


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_two_customers_are_seen_side_by_side_merged_and_parted_again(
    store: Store, pair: tuple[Customer, Customer]
) -> None:
    kept, other = pair
    draft = create_draft(
        store=store, values={"customer": other, "items": [ItemRequest(a_product(store).pk, 1)]}, actor=None
    )
    client = logged_in(a_user(User.Role.STAFF, store))
    page = address("merge", kept)
    assert page in text(client.get(address("change", kept)))
    assert "Anne Lee" not in text(client.get(page))
    assert f"?other={other.pk}" in text(client.get(page, {"q": "anne"}))
    assert "No other customer" in text(client.get(page, {"q": "nobody"}))
    shown = text(client.get(page, {"other": other.pk}))
    assert "ann@example.com" in shown and "<strong>lee@example.com</strong>" in shown
    assert not CustomerMerge.objects.exists()
    assert client.post(page, {"other": other.pk}).status_code == 302
    assert Order.objects.get().customer == kept and DraftOrder.objects.get(pk=draft.pk).customer == kept
    assert "1 order and" in text(client.get(address("undo", kept)))
    assert client.post(address("undo", kept)).status_code == 302
    assert Order.objects.get().customer == other
    assert client.get(address("undo", kept)).status_code == 302  # there is nothing to undo


def test_personal_data_is_erased_after_the_word_was_typed(pair: tuple[Customer, Customer]) -> None:
    _, customer = pair
    client = logged_in(a_user(User.Role.ADMIN))
    page = address("erase", customer)
    assert page in text(client.get(address("change", customer)))
    assert "of 1 order:" in text(client.get(page))
    assert "Type ERASE in capital letters." in text(client.post(page, {"typed": "erase"}))
    customer.refresh_from_db()
    assert customer.erased_at is None
    assert client.post(page, {"typed": "ERASE"}).status_code == 302
    customer.refresh_from_db()
    assert (customer.name, customer.email) == ("Erased customer", "")


def test_pages_are_for_those_who_may(store: Store, pair: tuple[Customer, Customer]) -> None:
    kept, other = pair
    staff = logged_in(a_user(User.Role.STAFF, store))
    stranger = logged_in(a_user(User.Role.STAFF, a_store()))
    foreign = a_customer(a_store(), name="Anne Foreign")
    assert staff.post(address("erase", kept), {"typed": "ERASE"}).status_code == 404
    assert address("erase", kept) not in text(staff.get(address("change", kept)))
    for name in ("merge", "undo", "erase"):
        assert stranger.get(address(name, kept)).status_code == 404
        assert stranger.post(address(name, kept), {"other": other.pk}).status_code == 404
    assert "Foreign" not in text(staff.get(address("merge", kept), {"q": "anne"}))
    assert "Foreign" not in text(staff.post(address("merge", kept), {"other": foreign.pk}))
    assert not CustomerMerge.objects.exists() and Client().get(address("merge", kept)).status_code == 302
