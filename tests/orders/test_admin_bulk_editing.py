"""Prices and stocks of ticked products: typed in, shown as before → after, saved together or not at all."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client

from customers.models import AuditEntry, Store, User
from orders.actions import adjust_stock, create_variant, update_product
from orders.models import Product
from tests.admin_pages import logged_in, page
from tests.builders import a_product, a_store, a_user

pytestmark = pytest.mark.django_db

LIST = page(Product, "changelist")


@pytest.fixture
def store() -> Store:
    return a_store(currency="NZD")


@pytest.fixture
def staff(store: Store) -> User:
    return a_user(User.Role.STAFF, store)


@pytest.fixture
def client(staff: User) -> Client:
    return logged_in(staff)


def typed(stage: str, *rows: tuple[Product, str, str]) -> dict[str, Any]:
    """Return what the form sends: each product's new price and stock."""
    form: dict[str, Any] = {"action": "edit_rows", "_selected_action": [row[0].pk for row in rows], "stage": stage}
    for product, price, stock in rows:
        seen = {"price": price, "stock": stock, "seen_price": product.price, "seen_stock": product.stock}
        seen["seen_stock"] = "" if product.stock is None else product.stock
        form |= {f"product-{product.pk}-{name}": value for name, value in seen.items()}
    return form


def values(*products: Product) -> list[tuple[D, int | None]]:
    return [Product.objects.values_list("price", "stock").get(pk=product.pk) for product in products]


def test_what_is_typed_in_is_shown_before_it_is_saved(client: Client, store: Store, staff: User) -> None:
    cup, pot, lid = a_product(store, "10.00", stock=5), a_product(store, "30.00"), a_product(store, "4.00", stock=1)
    ticked = {"action": "edit_rows", "_selected_action": [cup.pk, pot.pk, lid.pk]}
    form = client.post(LIST, ticked).content.decode()
    assert f'name="product-{cup.pk}-price" value="10.00"' in form

    rows = ((cup, "12,50", ""), (pot, "30.00", "7"), (lid, "4.00", "1"))
    review = client.post(LIST, typed("review", *rows)).content.decode()
    assert "Price: NZ$10.00 → <strong>NZ$12.50</strong>" in review
    assert "Stock: 5 → <strong>not counted</strong>" in review
    assert "Stock: not counted → <strong>7</strong>" in review
    assert "Save 2 products" in review
    assert values(cup, pot, lid) == [(D("10.00"), 5), (D("30.00"), None), (D("4.00"), 1)]

    saved = client.post(LIST, typed("save", *rows), follow=True)
    assert "2 products changed." in saved.content.decode()
    assert values(cup, pot, lid) == [(D("12.50"), None), (D("30.00"), 7), (D("4.00"), 1)]
    entries = AuditEntry.objects.filter(object_type="orders.product").order_by("pk")
    assert [(entry.object_id, entry.actor_id, entry.changes) for entry in entries] == [
        (cup.pk, staff.pk, {"stock": [5, None]}),
        (cup.pk, staff.pk, {"price": ["10.00", "12.50"]}),
        (pot.pk, staff.pk, {"stock": [None, 7]}),
    ]


def test_what_changed_meanwhile_stops_all_of_it_and_is_named(client: Client, store: Store) -> None:
    cup, pot = a_product(store, "10.00", stock=5), a_product(store, "30.00", stock=5)
    rows = ((cup, "11.00", "6"), (pot, "31.00", "6"))
    adjust_stock(product=pot, stock=4, seen=5, actor=None)
    refused = client.post(LIST, typed("save", *rows)).content.decode()
    assert f"The stock of {pot.name} has changed meanwhile" in refused
    assert values(cup, pot) == [(D("10.00"), 5), (D("30.00"), 4)]
    assert f'name="product-{cup.pk}-price" value="11.00"' in refused

    update_product(product=cup, changes={"price": D("9.00")}, actor=None)
    refused = client.post(LIST, typed("save", (cup, "11.00", "5"))).content.decode()
    assert f"The price of {cup.name} has changed meanwhile: it is NZ$9.00 now." in refused


@pytest.mark.parametrize(("price", "stock"), [("x", "5"), ("-1", "5"), ("1.005", "5"), ("", "5"), ("1.00", "-1")])
def test_what_is_no_price_or_stock_is_marked_and_changes_nothing(
    client: Client, store: Store, price: str, stock: str
) -> None:
    cup, pot = a_product(store, "10.00", stock=5), a_product(store, "30.00", stock=5)
    answer = client.post(LIST, typed("save", (cup, price, stock), (pot, "31.00", "5"))).content.decode()
    assert ("Correct what is marked below." in answer, answer.count('<p class="dp-error">')) == (True, 1)
    assert values(cup, pot) == [(D("10.00"), 5), (D("30.00"), 5)]


def test_nothing_changed_is_said(client: Client, store: Store) -> None:
    cup = a_product(store, "10.00", stock=5)
    assert "Nothing was changed." in client.post(LIST, typed("review", (cup, "10.00", "5"))).content.decode()


def test_variants_stand_for_their_product_and_only_own_products_are_taken(client: Client, store: Store) -> None:
    shirt, foreign = a_product(store, "10.00"), a_product(a_store(), "10.00")
    variant = create_variant(product=shirt, options={"Size": "M"}, price=D("10.00"), actor=None)
    shirt.refresh_from_db()
    form = client.post(LIST, {"action": "edit_rows", "_selected_action": [shirt.pk, foreign.pk]}).content.decode()
    assert (f"product-{variant.pk}-price" in form, f"product-{shirt.pk}-price" in form) == (True, False)
    client.post(LIST, typed("save", (foreign, "1.00", "")))
    assert values(foreign) == [(D("10.00"), None)]


def test_the_number_of_products_is_bounded(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.admin.bulk_editing.MOST", 1)
    cup, pot = a_product(store), a_product(store)
    both = client.post(LIST, {"action": "edit_rows", "_selected_action": [cup.pk, pot.pk]}, follow=True)
    assert "Choose 1 to 1 products that are sold" in both.content.decode()
