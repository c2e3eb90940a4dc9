"""Slugs of new products: unique in their store, found without reading the slugs of all its products."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Product
from orders.slugs import SlugBook
from tests.builders import a_store

pytestmark = pytest.mark.django_db


def test_names_that_collide_get_numbers_and_other_stores_do_not_matter() -> None:
    store, other = a_store(), a_store()
    Product.objects.create(store=store, name="Mug", slug="mug", price=D("1.00"))
    Product.objects.create(store=store, name="Mug", slug="mug-3", price=D("1.00"))
    Product.objects.create(store=other, name="Pot", slug="pot", price=D("1.00"))
    book = SlugBook(store)
    assert book.take_all(["Mug", "Pot", "Mug 4", "Mug", "茶碗", "茶杯"]) == [
        "mug-2",
        "pot",
        "mug-4",
        "mug-5",
        "product",
        "product-2",
    ]
    assert book.take("Mug") == "mug-6"


def test_the_question_does_not_grow_with_the_products_of_the_store() -> None:
    store = a_store()
    slugs = ["product", *(f"product-{number}" for number in range(2, 3_001)), "tea-pot"]
    Product.objects.bulk_create(Product(store=store, name="茶", slug=slug, price=D("1.00")) for slug in slugs)
    with CaptureQueriesContext(connection) as queries:
        assert SlugBook(store).take_all(["Tea cup", "Tea caddy"]) == ["tea-cup", "tea-caddy"]
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        assert SlugBook(store).take_all(["茶碗"] * 100) == [f"product-{number}" for number in range(3_001, 3_101)]
    assert len(queries) < 25
