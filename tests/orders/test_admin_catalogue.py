"""Products, categories and coupons in the admin and through their actions."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from rest_framework.exceptions import ValidationError

from customers.models import Store, User
from dealport.kit.errors import Conflict
from orders.actions import (
    ItemRequest,
    adjust_stock,
    create_category,
    create_coupon,
    create_product,
    delete_product,
    place_order,
    update_coupon,
    update_product,
)
from orders.models import Category, Coupon, Product
from tests.admin_pages import SOON, START, logged_in, page
from tests.builders import a_product, a_store, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store()


@pytest.fixture
def client(store: Store) -> Client:
    return logged_in(a_user(User.Role.STAFF, store))


def product_form(store: Store, **fields: Any) -> dict[str, Any]:
    return {
        "store": store.pk,
        "name": "Bunting",
        "sku": "B-1",
        "price": "3.50",
        "stock": "",
        "low_stock_threshold": "10",
        "status": "ACTIVE",
        "variants-TOTAL_FORMS": 0,
        "variants-INITIAL_FORMS": 0,
    } | fields


def test_a_product_is_created_changed_and_hidden(client: Client, store: Store) -> None:
    assert client.post(page(Product, "add"), product_form(store, stock="5")).status_code == 302
    product = Product.objects.get()
    assert (product.store, product.name, product.price, product.stock) == (store, "Bunting", D("3.50"), 5)
    changed = product_form(store, name="Flags", stock="5", **{"initial-stock": "5"})
    assert client.post(page(Product, "change", product.pk), changed).status_code == 302
    product.refresh_from_db()
    assert (product.name, product.stock) == ("Flags", 5)
    assert client.post(page(Product, "delete", product.pk), {"post": "yes"}).status_code == 302
    product.refresh_from_db()
    assert product.deleted_at is not None
    assert list(client.get(page(Product)).context["cl"].result_list) == []
    assert list(client.get(page(Product) + "?deleted=yes").context["cl"].result_list) == [product]
    assert client.post(page(Product, "change", product.pk), changed).status_code == 403


def test_the_stock_is_set_against_what_the_person_saw(client: Client, store: Store) -> None:
    product = a_product(store, stock=10)
    place_order(store=store, items=[ItemRequest(product.pk, 3)], actor=None)
    form = product_form(store, name="New name", stock="12", **{"initial-stock": "10"})
    answer = client.post(page(Product, "change", product.pk), form)
    assert answer.status_code == 200
    assert "has changed meanwhile: it is 7 now." in answer.content.decode()
    row = Product.objects.values("name", "stock").get()
    assert row == {"name": product.name, "stock": 7}
    form["initial-stock"] = "7"
    assert client.post(page(Product, "change", product.pk), form).status_code == 302
    assert Product.objects.values("name", "stock").get() == {"name": "New name", "stock": 12}
    form |= {"stock": "", "initial-stock": "12"}
    assert client.post(page(Product, "change", product.pk), form).status_code == 302
    assert Product.objects.get().stock is None


def test_a_category_of_another_store_is_no_choice(client: Client, store: Store) -> None:
    foreign = create_category(store=a_store(), name="Foreign", slug="foreign", actor=None)
    answer = client.post(page(Product, "add"), product_form(store, category=foreign.pk))
    assert list(answer.context["adminform"].form.errors) == ["category"]
    assert not Product.objects.exists()


def test_a_category_of_another_store_is_refused_by_the_action_too(store: Store) -> None:
    super_admin = logged_in(a_user(User.Role.SUPER_ADMIN))
    foreign = create_category(store=a_store(), name="Foreign", slug="foreign", actor=None)
    answer = super_admin.post(page(Product, "add"), product_form(store, category=foreign.pk))
    assert answer.context["adminform"].form.errors == {"category": ["There is no such category in this store."]}
    assert not Product.objects.exists()


def test_a_category_with_products_stays(client: Client, store: Store) -> None:
    category = create_category(store=store, name="Shelf", slug="shelf", actor=None)
    product = a_product(store, category=category)
    answer = client.post(page(Category, "delete", category.pk), {"post": "yes"}, follow=True)
    assert "The category Shelf still has products." in answer.content.decode()
    ticked = {"action": "delete_selected", "_selected_action": [category.pk], "post": "yes"}
    answer = client.post(page(Category), ticked, follow=True)
    assert "The category Shelf still has products." in answer.content.decode()
    assert Category.objects.get().deleted_at is None
    delete_product(product=product, actor=None)
    client.post(page(Category), ticked)
    assert Category.objects.get().deleted_at is not None


def test_a_coupons_figures_cannot_be_typed_in(client: Client, store: Store) -> None:
    coupon = create_coupon(store=store, values={"code": "TEN", "value": D(10)}, actor=None)
    form = {
        "code": "TEN",
        "kind": "percent",
        "value": "15",
        "minimum_subtotal": "0",
        "times_used": "99",
        "uses_reserved": "99",
    }
    assert client.post(page(Coupon, "change", coupon.pk), form).status_code == 302
    row = Coupon.objects.values("value", "times_used", "uses_reserved", "is_active").get()
    assert row == {"value": D(15), "times_used": 0, "uses_reserved": 0, "is_active": False}


def test_a_percentage_above_a_hundred_is_refused_on_its_field(client: Client, store: Store) -> None:
    form = {"store": store.pk, "code": "X", "kind": "percent", "value": "101", "minimum_subtotal": "0"}
    answer = client.post(page(Coupon, "add"), form)
    assert answer.context["adminform"].form.errors == {"value": ["Enter a percentage of at most 100."]}
    assert not Coupon.objects.exists()


def test_stock_and_price_never_fall_below_zero(store: Store) -> None:
    product = a_product(store, stock=1)
    with pytest.raises(ValidationError):
        adjust_stock(product=product, stock=-1, seen=1, actor=None)
    with pytest.raises(ValidationError):
        update_product(product=product, changes={"price": D("-0.01")}, actor=None)
    assert Product.objects.values("stock", "price").get() == {"stock": 1, "price": D("10.00")}


def test_a_product_is_not_changed_by_fields_that_are_not_its_own_to_change(store: Store) -> None:
    product = a_product(store, stock=1)
    update_product(product=product, changes={"stock": 99, "store_id": 0, "name": "Named"}, actor=None)
    assert Product.objects.values("stock", "store_id", "name").get() == {
        "stock": 1,
        "store_id": store.pk,
        "name": "Named",
    }


def test_a_sku_is_used_once_a_store_until_its_product_is_deleted(store: Store) -> None:
    first = create_product(store=store, name="First", price=D(1), sku="A", actor=None)
    with pytest.raises(Conflict):
        create_product(store=store, name="Second", price=D(1), sku="A", actor=None)
    delete_product(product=first, actor=None)
    create_product(store=store, name="Second", price=D(1), sku="A", actor=None)
    with pytest.raises(Conflict):
        update_product(product=first, changes={"name": "Third"}, actor=None)
    assert list(Product.objects.order_by("pk").values_list("name", flat=True)) == ["First", "Second"]


def test_a_coupon_ends_after_it_starts(store: Store) -> None:

    coupon = create_coupon(
        store=store, values={"code": "X", "value": D(5), "kind": "fixed", "ends_at": SOON}, actor=None
    )
    with pytest.raises(ValidationError):
        update_coupon(coupon=coupon, changes={"starts_at": SOON, "ends_at": START}, actor=None)
    coupon.refresh_from_db()
    assert (coupon.starts_at, coupon.ends_at) == (None, SOON)


def test_products_are_sorted_by_price_and_paged_by_key(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orders.admin.catalogue.ProductAdmin.list_per_page", 2)
    for price in ("3.00", "1.00", "2.00"):
        a_product(store, price)
    first = client.get(page(Product, "changelist"))
    column = first.context["cl"].list_display.index("shown_price")
    shown = client.get(f"{page(Product, 'changelist')}?o={column}").context["cl"]
    assert [product.price for product in shown.result_list] == [D("1.00"), D("2.00")]
    more = client.get(f"{page(Product, 'changelist')}{shown.older}").context["cl"]
    assert [product.price for product in more.result_list] == [D("3.00")]


def test_products_show_their_margin_and_are_sorted_by_it(client: Client, store: Store) -> None:
    a_product(store, "10.00", cost_price=D("7.50"), name="Quarter")
    a_product(store, "10.00", cost_price=D("11.00"), name="Loss")
    a_product(store, "10.00", cost_price=D("5.00"), name="Half")
    a_product(store, "0.00", cost_price=D("5.00"), name="Free")
    a_product(store, "10.00", name="Unknown")
    first = client.get(page(Product, "changelist"))
    column = first.context["cl"].list_display.index("margin")
    shown = client.get(f"{page(Product, 'changelist')}?o={column}")
    names = [product.name for product in shown.context["cl"].result_list]
    assert (names[:3], set(names[3:])) == (["Loss", "Quarter", "Half"], {"Free", "Unknown"})
    text = shown.content.decode()
    assert [text.count(f'field-margin">{share}</td>') for share in ("−10.0%", "25.0%", "50.0%", "–")] == [1, 1, 1, 2]
