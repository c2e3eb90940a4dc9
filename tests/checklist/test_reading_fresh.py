"""What is read fresh instead of cached (docs/adr/0021): the answer after a change is the changed one."""

from __future__ import annotations

import pytest

from customers.models import User
from tests.admin_pages import logged_in
from tests.builders import a_customer, a_product, a_store, a_user
from tests.orders.calls import Caller, order_content

pytestmark = pytest.mark.django_db(transaction=True)  # caches end with the commit


def test_g010_g076_g092_g100_g101_g266_g267_g268_an_order_shows_at_once_wherever_it_counts() -> None:
    store = a_store(slug="tea")
    staff = a_user(User.Role.STAFF, store)
    call, browser, customer, product = Caller(staff), logged_in(staff), a_customer(store), a_product(store, "4.00")

    def shown() -> list[object]:
        profile = call("GET", f"/customers/{customer.pk}").data
        newest = call("GET", "/orders?limit=10").data
        own = call("GET", f"/orders?customerId={customer.pk}").data
        month = browser.get("/store/dashboard?store=tea").json()["summary"]
        return [profile["totalOrders"], len(newest), len(own), month["totalOrders"]]

    assert shown() == [0, 0, 0, 0]
    order = call("POST", "/orders", order_content(product, customer)).data["id"]
    assert shown() == [1, 1, 1, 1]
    call("PATCH", f"/customers/{customer.pk}", {"phone": "+34 600"})
    assert call("GET", f"/customers/{customer.pk}").data["phone"] == "+34 600"
    call("PATCH", f"/orders/{order}/status", {"status": "CANCELED"})
    assert call("GET", "/orders?limit=10").data[0]["status"] == "CANCELED"
