"""What is read fresh instead of cached (docs/adr/0021): the answer after a change is the changed one."""

from __future__ import annotations

import pytest

from customers.models import User
from tests.builders import a_customer, a_product, a_store, a_user
from tests.orders.calls import Caller, order_content

pytestmark = pytest.mark.django_db


def test_g010_g076_g092_g100_g101_g266_g267_g268_an_order_shows_at_once_wherever_it_counts() -> None:
    store = a_store(slug="tea")
    call, customer, product = Caller(a_user(User.Role.STAFF, store)), a_customer(store), a_product(store, "4.00")

    def shown() -> list[object]:
        profile = call("GET", f"/customers/{customer.pk}").data
        newest = call("GET", "/orders?limit=10").data
        own = call("GET", f"/orders?customerId={customer.pk}").data
        week = call("GET", "/dashboard/weekly-report?store=tea").data
        return [profile["totalOrders"], len(newest), len(own), week["current"]["totalOrders"]]

    assert shown() == [0, 0, 0, 0]
    order = call("POST", "/orders", order_content(product, customer)).data["id"]
    assert shown() == [1, 1, 1, 1]
    call("PATCH", f"/customers/{customer.pk}", {"phone": "+34 600"})
    assert call("GET", f"/customers/{customer.pk}").data["phone"] == "+34 600"
    call("PATCH", f"/orders/{order}/status", {"status": "CANCELED"})
    assert call("GET", "/orders?limit=10").data[0]["status"] == "CANCELED"
