"""The pages that edit and ship an order, without JavaScript."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Store, User
from orders.actions import EditRequest, ItemRequest, edit_order, mark_paid, place_order
from orders.models import Fulfillment, Order, OrderItem
from tests.admin_pages import logged_in
from tests.builders import a_product, a_store, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store(currency="BRL")


@pytest.fixture
def order(store: Store) -> Order:
    items = [ItemRequest(a_product(store, price).pk, 2) for price in ("10.00", "20.00")]
    return mark_paid(order=place_order(store=store, items=items, actor=None), actor=None)


@pytest.fixture
def client(store: Store) -> Client:
    return logged_in(a_user(User.Role.STAFF, store))


def address(name: str, order: Order) -> str:
    return reverse(f"admin:orders_order_{name}", args=[order.pk])


def filled(answer: Any, **changes: Any) -> dict[str, Any]:
    """Return what the browser would send of the form on a page."""
    form = answer.context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in {**values, **changes}.items() if value is not None and value is not False}


def lines(order: Order) -> list[OrderItem]:
    return list(OrderItem.objects.filter(order=order).order_by("pk"))


def test_an_edit_is_shown_with_its_sums_before_it_is_saved(client: Client, store: Store, order: Order) -> None:
    first, second = lines(order)
    added = a_product(store, "5.00")
    page = client.get(address("edit", order))
    changes = {f"item_{second.pk}": 0, "sku_1": added.sku, "pieces_1": 3, "shipping_fee": "1.50", "reason": "swap"}
    shown = client.post(address("edit", order), filled(page, **changes, preview=1))
    assert shown.context["form"].errors == {}
    assert "R$60.00 → <strong>R$36.50</strong>" in shown.content.decode()
    assert "R$23.50" in shown.content.decode()  # overpaid
    # what was not shown yet is asked about, not saved
    unseen = client.post(address("edit", order), filled(shown, save=1, **{f"item_{first.pk}": 1}))
    assert "Check the new total, then save the edit." in unseen.content.decode()
    assert [item.quantity for item in lines(order)] == [2, 2]
    seen = {"seen": shown.context["preview"].order.total_amount, "refund_difference": "on", "save": 1}
    done = client.post(address("edit", order), filled(shown, **seen))
    assert (done.status_code, done.url) == (302, address("change", order))
    order.refresh_from_db()
    assert (order.total_amount, order.sales, order.overpaid) == (D("36.50"), D("36.50"), D("0.00"))
    assert [item.quantity for item in lines(order)] == [2, 0, 3]
    again = client.post(address("edit", order), filled(shown, **seen))
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Change at least one line or amount."),
        ({"sku_1": "NO-SUCH"}, "Enter the SKU of a product of this store."),
        ({"discount": "99"}, "Enter an amount up to"),
    ],
)
def test_a_refused_edit_says_what_to_do(client: Client, order: Order, changes: dict[str, str], text: str) -> None:
    page = client.get(address("edit", order))
    answer = client.post(address("edit", order), filled(page, **changes, save=1))
    assert answer.status_code == 200 and text in answer.content.decode()


def test_pieces_are_shipped_with_their_tracking(client: Client, order: Order) -> None:
    first, second = lines(order)
    page = client.get(address("ship", order))
    tracking = {"carrier": "UPS", "tracking_number": "1Z9", "tracking_url": "https://ups.example/1Z9"}
    sent = client.post(address("ship", order), filled(page, **tracking, **{f"item_{second.pk}": 1}))
    assert sent.status_code == 302
    parcel = Fulfillment.objects.get(order=order)
    assert (parcel.carrier, parcel.tracking_number, parcel.tracking_url) == tuple(tracking.values())
    assert list(parcel.lines.values_list("item", "quantity").order_by("item")) == [(first.pk, 2), (second.pk, 1)]
    order.refresh_from_db()
    assert order.status == Order.Status.PROCESSING
    rest = client.get(address("ship", order))
    assert [left for _, left, _ in rest.context["form"].lines] == [0, 1]
    wrong = client.post(address("ship", order), filled(rest, tracking_url="not an address"))
    assert "Enter an address that begins with https://" in wrong.content.decode()
    assert client.post(address("ship", order), filled(rest)).status_code == 302
    order.refresh_from_db()
    assert order.status == Order.Status.SHIPPED


def test_pages_of_a_foreign_order_are_not_there(order: Order) -> None:
    stranger = logged_in(a_user(User.Role.STAFF, a_store()))
    for name in ("edit", "ship"):
        assert stranger.get(address(name, order)).status_code == 404
        assert stranger.post(address(name, order)).status_code == 404


def test_the_order_page_shows_what_is_overpaid(client: Client, order: Order) -> None:
    edit_order(order=order, request=EditRequest({lines(order)[0].pk: 1}), actor=None)
    shown = client.get(address("change", order)).content.decode()
    assert "R$10.00" in shown and "Edited" in shown
