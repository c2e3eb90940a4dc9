"""The form of further filters above the list of orders."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from customers.models import User
from orders.actions import create_category
from orders.models import Order, Product
from tests.admin_pages import logged_in, page
from tests.builders import a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db


def shown(client: Client, query: str) -> tuple[list[str], Any]:
    answer = client.get(page(Order) + query)
    assert answer.status_code == 200
    return [row.number for row in answer.context["cl"].result_list], answer


def test_orders_are_narrowed_by_amount_country_tag_method_and_product() -> None:
    store = a_store()
    small = an_order(store, "5.00", shipping_address={"country": "DE"})
    large = an_order(store, "90.00", shipping_address={"country": "FR"})
    Order.objects.filter(pk=large.pk).update(tags=["gift"], payment_method="pix", coupon_code="SPRING")
    product = large.items.get().product_id
    Product.objects.filter(pk=product).update(category=create_category(store=store, name="Floor lamps", actor=None))
    name = Product.objects.get(pk=product).name.split()[1]
    client = logged_in(a_user(User.Role.STAFF, store))
    for query in (
        "minTotal=50",
        "country=FR",
        "tag=gift",
        "paymentMethod=pix",
        "couponCode=spring",
        f"productId={product}",
        f"product={name}",
        "category=lamps",
        "minTotal=50&country=FR&maxTotal=",
        "minTotal=19,99&maxTotal=99.5",
    ):
        assert shown(client, f"?{query}")[0] == [large.number], query
    assert shown(client, "?maxTotal=10&country=DE")[0] == [small.number]
    assert shown(client, "?minAgeDays=1")[0] == []
    assert shown(client, f"?productId={a_product(a_store()).pk}")[0] == []
    foreign = a_product(a_store(), name="Unheard-of thing")
    assert shown(client, f"?product={foreign.name}")[0] == shown(client, "?category=nothing")[0] == []


def test_what_cannot_be_read_is_said_beside_its_field_and_narrows_nothing() -> None:
    store = a_store()
    order = an_order(store, "5.00")
    client = logged_in(a_user(User.Role.STAFF, store))
    for query, text in (
        ("minTotal=1,000", "Enter a number"),
        ("minTotal=-1", "greater than or equal to 0"),
        ("country=Germany", "Ensure this value has at most 2 characters"),
        ("minTotal=9&maxTotal=3", "Enter a value that is not after “Total to”."),
    ):
        numbers, answer = shown(client, f"?{query}&status__exact=PENDING")
        body = answer.content.decode()
        assert numbers == [order.number]
        assert text in body
        assert '<details class="filter form-filter" open>' in body
        assert '<input type="hidden" name="status__exact" value="PENDING">' in body


def test_the_form_keeps_what_was_typed_and_says_how_much_is_set() -> None:
    store = a_store()
    client = logged_in(a_user(User.Role.STAFF, store))
    body = shown(client, "?minTotal=50&tag=%3Cb%3E")[1].content.decode()
    assert "Product name or SKU" in body and "Product ID" not in body
    assert "More filters: <strong>2</strong>" in body
    assert 'value="&lt;b&gt;"' in body and "<b>" not in body
