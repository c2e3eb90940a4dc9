"""Products, categories and coupons over HTTP."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal as D
from typing import Any

import pytest

from customers.models import Store, User
from orders.actions import ItemRequest, place_order
from orders.models import Category, Coupon, Product
from tests.builders import a_product, a_store, a_user
from tests.orders.calls import Caller, everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store(slug="tea")


@pytest.fixture
def call(store: Store) -> Caller:
    return Caller(a_user(User.Role.STAFF, store))


def names(answer: Any) -> list[str]:
    assert answer.status == 200, answer.data
    return [row["name"] for row in answer.data]


def moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def test_a_product_is_created_read_changed_and_hidden(store: Store, call: Caller) -> None:
    shelf = Category.objects.create(store=store, name="Cups", slug="cups")
    content = {
        "sku": "CUP",
        "name": "Cup",
        "description": "Blue",
        "price": D("4.50"),
        "stock": 7,
        "imageUrl": "https://example.com/cup.png",
        "categoryId": shelf.pk,
        "slug": "cup",
        "costPrice": D("1.50"),
        "compareAtPrice": None,
        "lowStockThreshold": 5,
        "tags": ["blue"],
        "status": "ACTIVE",
        "isActive": True,
        "isFeatured": True,
    }
    created = call("POST", "/products", {"store": "tea", **content})
    product = Product.objects.get()
    at = moment(product.created_at)
    [picture] = created.data["images"]  # the address is fetched by a worker, once
    assert (picture["sourceUrl"], picture["status"]) == (content["imageUrl"], "waiting")
    assert (created.status, created.data) == (
        201,
        {
            "id": product.pk,
            "store": "tea",
            "currency": "GBP",
            "category": {"id": shelf.pk, "name": "Cups"},
            "images": [picture],
            "parentId": None,
            "options": {},
            "variants": [
                {
                    "id": product.pk,
                    "sku": "CUP",
                    "options": {},
                    "price": D("4.50"),
                    "costPrice": D("1.50"),
                    "stock": 7,
                    "status": "ACTIVE",
                }
            ],
            "viewCount": 0,
            "createdAt": at,
            "updatedAt": moment(product.updated_at),
            **content,
        },
    )
    assert call("GET", f"/products/{product.pk}").data == created.data

    changes = {"name": "Mug", "price": 5, "stock": None, "categoryId": None, "isActive": False}
    changed = call("PATCH", f"/products/{product.pk}", changes)

    product.refresh_from_db()
    stamps = {"updatedAt": moment(product.updated_at), "category": None, "variants": changed.data["variants"]}
    assert changed.data == {**created.data, **changes, **stamps, "price": D("5.00"), "status": "INACTIVE"}
    assert stamps["updatedAt"] > created.data["updatedAt"]
    assert call("DELETE", f"/products/{product.pk}").status == 204
    assert call("GET", f"/products/{product.pk}").status == 404
    assert call("GET", "/products").data == []
    product.refresh_from_db()
    assert product.deleted_at is not None
    assert call("POST", "/products", content).status == 201


def test_a_category_makes_its_slug_and_goes_when_it_is_empty(store: Store, call: Caller) -> None:
    created = call("POST", "/categories", {"name": "Tea Cups"})
    category = Category.objects.get()
    content = {"parentId": None, "description": "", "imageUrl": "", "sortOrder": 0}
    stamps = {"createdAt": moment(category.created_at), "updatedAt": moment(category.updated_at)}
    assert (created.status, created.data) == (
        201,
        {"id": category.pk, "store": "tea", "name": "Tea Cups", "slug": "tea-cups", **content, **stamps},
    )
    path = f"/categories/{created.data['id']}"
    changed = call("PATCH", path, {"slug": "cups"}).data
    assert changed == {**created.data, "slug": "cups", "updatedAt": changed["updatedAt"]}
    product = a_product(store, category=Category.objects.get())
    refused = call("DELETE", path)
    assert (refused.status, refused.data["message"]) == (409, "The category Tea Cups still has products.")
    call("DELETE", f"/products/{product.pk}")
    assert call("DELETE", path).status == 204
    assert call("GET", path).status == 404


def test_a_coupon_shows_what_was_made_of_it(store: Store, call: Caller) -> None:
    content = {
        "code": "Spring",
        "kind": "fixed",
        "value": D("2.50"),
        "minimumSubtotal": D("5.00"),
        "startsAt": "2026-03-01T00:00:00Z",
        "endsAt": "2999-03-31T23:00:00Z",
        "usageLimit": 10,
        "isActive": True,
    }
    created = call("POST", "/coupons", content)
    coupon = Coupon.objects.get()
    figures = {"usesReserved": 0, "timesUsed": 0, "totalSalesAmount": D("0.00")}
    assert (created.status, created.data) == (
        201,
        {"id": coupon.pk, "store": "tea", "currency": "GBP", **content, **figures},
    )
    items = [ItemRequest(a_product(store, "10.00").pk, 1)]
    order = place_order(store=store, items=items, coupon_code="SPRING", actor=None)
    call("PATCH", f"/orders/{order.pk}/status", {"paymentStatus": "PAID"})
    path = f"/coupons/{coupon.pk}"
    used = {"usesReserved": 1, "timesUsed": 1, "totalSalesAmount": D("7.50")}
    assert call("GET", path).data == {**created.data, **used}
    assert call("PATCH", path, {"kind": "percent", "value": 5, "usageLimit": None, "endsAt": None}).data == {
        **created.data,
        **used,
        "kind": "percent",
        "value": D("5.00"),
        "usageLimit": None,
        "endsAt": None,
    }
    assert call("DELETE", path).status == 204
    assert call("GET", path).status == 404


def test_what_is_taken_is_409_and_changes_nothing(store: Store, call: Caller) -> None:
    a_product(store, sku="CUP")
    other = a_product(store, sku="MUG")
    Category.objects.create(store=store, name="Cups", slug="cups")
    Coupon.objects.create(store=store, code="ONE", value=D("1"))
    before = everything()
    for method, path, content, reason in [
        ("POST", "/products", {"name": "Cup", "price": 1, "sku": "CUP"}, "a product with that SKU"),
        ("PATCH", f"/products/{other.pk}", {"sku": "CUP", "stock": 3}, "a product with that SKU"),
        ("POST", "/categories", {"name": "cups"}, "a category with that slug"),
        ("POST", "/coupons", {"code": "one", "value": 1}, "a discount with that code"),
    ]:
        answer = call(method, path, content)
        assert (answer.status, answer.data["message"]) == (409, f"This store already has {reason}.")
    assert everything() == before


def test_products_are_found_by_what_they_are(store: Store, call: Caller) -> None:
    cups = Category.objects.create(store=store, name="Cups", slug="cups")
    a_product(store, "1.00", name="Ant", sku="X-1", stock=0)
    a_product(store, "2.00", name="Bee", sku="Y-1", stock=1, category=cups)
    a_product(store, "3.00", name="Cat", sku="X-2", status="INACTIVE")
    for question, expected in [
        ("", ["Ant", "Bee", "Cat"]),
        ("ordering=-price", ["Cat", "Bee", "Ant"]),
        ("ordering=-name&limit=2", ["Cat", "Bee"]),
        ("inStock=true", ["Bee", "Cat"]),
        ("inStock=false", ["Ant"]),
        ("isActive=false", ["Cat"]),
        (f"categoryId={cups.pk}", ["Bee"]),
        ("minPrice=1.01&maxPrice=2", ["Bee"]),
        ("search=x-", ["Ant", "Cat"]),
        ("search=B", ["Bee"]),
        ("sku=X-1", ["Ant"]),
        ("search=nothing", []),
    ]:
        assert names(call("GET", f"/products?{question}")) == expected, question


def test_coupons_and_categories_are_found_as_well(store: Store, call: Caller) -> None:
    for code, kind, active in (("AB", "fixed", True), ("ABC", "percent", True), ("B", "fixed", False)):
        Coupon.objects.create(store=store, code=code, kind=kind, value=D("1"), is_active=active)
    for question, expected in [
        ("ordering=code", ["AB", "ABC", "B"]),
        ("search=ab&ordering=-code", ["ABC", "AB"]),
        ("kind=fixed&isActive=true", ["AB"]),
    ]:
        assert [row["code"] for row in call("GET", f"/coupons?{question}").data] == expected, question
    for name in ("Tea", "Coffee"):
        Category.objects.create(store=store, name=name, slug=name.lower())
    assert names(call("GET", "/categories")) == ["Coffee", "Tea"]
    assert names(call("GET", "/categories?search=ea")) == ["Tea"]
