"""What a product is, as merchants know it: each test is named after the line of the data model that it proves."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Store, User
from dealport.kit.redis import client as redis_client
from dealport.kit.redis import redis_key
from orders.models import Product
from orders.product_views import COUNTS, write_views
from tests.admin_pages import logged_in, page
from tests.builders import a_customer, a_product, a_store, a_user
from tests.orders.calls import Caller, everything, order_content

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store(slug="tea")


@pytest.fixture
def call(store: Store) -> Caller:
    return Caller(a_user(User.Role.STAFF, store))


def made(call: Caller, **content: Any) -> Any:
    answer = call("POST", "/products", {"name": "Cup", "price": 5, **content})
    assert answer.status == 201, answer.data
    return answer.data


def names(call: Caller, question: str) -> list[str]:
    answer = call("GET", f"/products?{question}")
    assert answer.status == 200, answer.data
    return [row["name"] for row in answer.data]


def test_g152_a_slug_is_made_of_the_name_once_a_store_and_stays(store: Store, call: Caller) -> None:
    first, second, third = (made(call, name=name) for name in ("Blue Cup", "Blue  cup!", "Чашка"))
    assert [row["slug"] for row in (first, second, third)] == ["blue-cup", "blue-cup-2", "product"]
    renamed = call("PATCH", f"/products/{first['id']}", {"name": "Red Cup"}).data
    assert (renamed["name"], renamed["slug"]) == ("Red Cup", "blue-cup")
    assert made(call, slug="red-cup")["slug"] == "red-cup"
    before = everything()
    taken = call("POST", "/products", {"name": "Cup", "price": 5, "slug": "red-cup"})
    assert (taken.status, taken.data["message"]) == (409, "This store already has a product with that slug.")
    assert call("POST", "/products", {"name": "Cup", "price": 5, "slug": "no slug"}).refusal == (400, ["slug"])
    assert call("PATCH", f"/products/{first['id']}", {"slug": ""}).refusal == (400, ["slug"])
    assert everything() == before
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.create(store=store, name="Cup", price=D(1), slug="blue-cup")
    other = a_store()
    Product.objects.create(store=other, name="Cup", price=D(1), slug="blue-cup")
    call("DELETE", f"/products/{first['id']}")
    assert made(call, name="Blue cup")["slug"] == "blue-cup"
    assert names(call, "slug=blue-cup-2") == ["Blue  cup!"]


def test_g153_a_name_with_its_variant_and_a_sku_are_as_long_as_in_shopify(call: Caller) -> None:
    row = made(call, name="x" * 513, sku="y" * 255)
    assert (len(row["name"]), len(row["sku"]), len(row["slug"])) == (513, 255, 247)
    assert call("POST", "/products", {"name": "x" * 514, "price": 5}).refusal == (400, ["name"])
    assert call("POST", "/products", {"name": "x", "price": 5, "sku": "y" * 256}).refusal == (400, ["sku"])


def test_g156_a_product_has_a_cost(call: Caller) -> None:
    assert made(call)["costPrice"] is None
    row = made(call, costPrice=D("2.25"))
    assert row["costPrice"] == D("2.25")
    assert call("PATCH", f"/products/{row['id']}", {"costPrice": None}).data["costPrice"] is None
    assert call("PATCH", f"/products/{row['id']}", {"costPrice": -1}).refusal == (400, ["costPrice"])


def test_g157_a_product_has_a_price_to_compare_with(call: Caller) -> None:
    row = made(call, compareAtPrice=D("7.50"))
    assert row["compareAtPrice"] == D("7.50")
    assert call("PATCH", f"/products/{row['id']}", {"compareAtPrice": "x"}).refusal == (400, ["compareAtPrice"])


def test_g159_low_stock_is_listed_and_warned_of(store: Store, call: Caller) -> None:
    assert made(call)["lowStockThreshold"] == 10
    for name, stock, threshold in (("Low", 10, 10), ("Enough", 11, 10), ("Out", 0, 0), ("Few", 3, 2), ("Own", 3, 3)):
        a_product(store, name=name, stock=stock, low_stock_threshold=threshold)
    a_product(a_store(), name="Foreign", stock=0)
    assert names(call, "lowStock=true") == ["Low", "Out", "Own"]
    assert names(call, "lowStock=false") == ["Cup", "Enough", "Few"]
    browser = logged_in(a_user(User.Role.STAFF, store))
    assert "3 products are low on stock." in browser.get(page(Product)).content.decode()
    for question, expected in (
        ("low", {"Low", "Out", "Own"}),
        ("out", {"Out"}),
        ("enough", {"Cup", "Enough", "Few"}),
    ):
        listed = browser.get(page(Product) + f"?stock={question}").context["cl"].result_list
        assert {product.name for product in listed} == expected, question


def test_g260_a_list_says_the_category_of_each_product_by_name(store: Store, call: Caller) -> None:
    shelf = call("POST", "/categories", {"name": "Cups"}).data["id"]
    made(call, name="Cup", categoryId=shelf)
    made(call, name="Pot")
    assert [row["category"] for row in call("GET", "/products").data] == [{"id": shelf, "name": "Cups"}, None]


def test_g163_products_are_found_by_tag(store: Store, call: Caller) -> None:
    row = made(call, tags=[" summer", "silk", "summer"])
    made(call, name="Mug", tags=["silk road"])
    assert row["tags"] == ["summer", "silk"]
    assert names(call, "tag=silk") == ["Cup"]
    assert call("PATCH", f"/products/{row['id']}", {"tags": []}).data["tags"] == []
    for tags in (["x" * 61], [f"t{number}" for number in range(51)], "silk", [1]):
        assert call("PATCH", f"/products/{row['id']}", {"tags": tags}).refusal[0] == 400, tags


def test_g166_views_are_counted_in_one_update_for_all(store: Store, call: Caller) -> None:
    redis_client(settings.CACHE_URL).delete(redis_key(COUNTS))
    first, second = a_product(store, name="A"), a_product(store, name="B")
    with CaptureQueriesContext(connection) as queries:
        for product in (first, first, first, second):
            assert call("POST", f"/products/{product.pk}/views").status == 204
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]
    with CaptureQueriesContext(connection) as queries:
        assert write_views() == 2
    assert len(queries) == 1
    assert write_views() == 0
    assert call("GET", f"/products/{first.pk}").data["viewCount"] == 3
    assert names(call, "ordering=-viewCount") == ["A", "B"]
    assert call("POST", f"/products/{a_product(a_store()).pk}/views").status == 404


def test_g167_only_an_active_product_can_be_ordered(store: Store, call: Caller) -> None:
    product, customer = a_product(store), a_customer(store)
    for status in ("INACTIVE", "DRAFT", "ARCHIVED"):
        assert call("PATCH", f"/products/{product.pk}", {"status": status}).data["isActive"] is False
        assert names(call, f"status={status}") == [product.name]
        assert call("POST", "/orders", order_content(product, customer)).refusal == (400, ["items"])
    assert call("PATCH", f"/products/{product.pk}", {"isActive": True}).data["status"] == "ACTIVE"
    assert call("POST", "/orders", order_content(product, customer)).status == 201
    contradiction = {"isActive": False, "status": "ACTIVE"}
    assert call("PATCH", f"/products/{product.pk}", contradiction).refusal == (400, ["isActive"])
    assert call("GET", "/products?status=GONE").refusal == (400, ["status"])


def test_g168_featured_products_are_found(store: Store, call: Caller) -> None:
    row = made(call, isFeatured=True)
    made(call, name="Mug")
    assert (names(call, "isFeatured=true"), names(call, "isFeatured=false")) == (["Cup"], ["Mug"])
    assert call("PATCH", f"/products/{row['id']}", {"isFeatured": False}).data["isFeatured"] is False


def test_g170_a_change_moves_updated_at_and_so_does_an_order(store: Store, call: Caller) -> None:
    product = a_product(store, stock=5)
    stamps = [product.updated_at]
    call("PATCH", f"/products/{product.pk}", {"price": 6})
    product.refresh_from_db()
    stamps.append(product.updated_at)
    call("POST", "/orders", order_content(product, a_customer(store)))
    product.refresh_from_db()
    stamps.append(product.updated_at)
    assert sorted(set(stamps)) == stamps
    assert (product.stock, product.created_at < stamps[1]) == (4, True)


def test_g099_g257_g335_g375_g376_a_list_shows_what_the_last_order_left(store: Store, call: Caller) -> None:
    """Lists are not cached (docs/adr/0015): an order and a move to another category show at once."""
    cups = call("POST", "/categories", {"name": "Cups"}).data["id"]
    product = a_product(store, stock=5)

    def lists() -> list[list[tuple[int, int]]]:
        paths = ("/products", f"/products?categoryId={cups}")
        return [[(row["id"], row["stock"]) for row in call("GET", path).data] for path in paths]

    assert lists() == [[(product.pk, 5)], []]
    call("POST", "/orders", order_content(product, a_customer(store)))
    call("PATCH", f"/products/{product.pk}", {"categoryId": cups})
    assert lists() == [[(product.pk, 4)], [(product.pk, 4)]]
