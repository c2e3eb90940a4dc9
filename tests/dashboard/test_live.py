"""Open pages learn that something changed from one small answer, and nothing else is read for it."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import User
from orders.actions import refund_order
from tests.admin_pages import logged_in
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db(transaction=True)


def ask(client: Client, address: str, etag: str = "") -> tuple[int, str, object]:
    response = client.get(address, headers={"If-None-Match": etag} if etag else {})
    return response.status_code, response.headers.get("ETag", ""), response.json() if response.content else None


@pytest.mark.parametrize("role", [User.Role.STAFF, User.Role.ADMIN])
def test_a_page_is_told_of_new_orders_and_of_nothing_else(role: str) -> None:
    store, foreign = a_store(slug="tea"), a_store(slug="coffee")
    order = an_order(store, paid=True)
    client = logged_in(a_user(role, store))
    address = "/live/?store=tea"

    status, first, data = ask(client, address)
    assert (status, data) == (200, {"after": order.pk, "orders": 0})
    assert ask(client, f"{address}&after={order.pk}", first) == (304, first, None)

    an_order(foreign)
    assert ask(client, f"{address}&after={order.pk}", first) == (304, first, None)

    an_order(store), an_order(store)
    status, second, data = ask(client, f"{address}&after={order.pk}", first)
    assert (status, data, second != first) == (200, {"after": order.pk, "orders": 2}, True)

    refund_order(order=order, actor=None)
    status, third, data = ask(client, f"{address}&after={order.pk}", second)
    assert (status, data, third != second) == (200, {"after": order.pk, "orders": 2}, True)


def test_of_all_stores_staff_are_told_of_their_own_orders() -> None:
    store, foreign = a_store(), a_store()
    order = an_order(store)
    client = logged_in(a_user(User.Role.STAFF, store, a_store()))
    _, etag, _ = ask(client, "/live/")
    an_order(foreign)
    an_order(store)
    assert ask(client, f"/live/?after={order.pk}", etag)[2] == {"after": order.pk, "orders": 1}


def test_nothing_new_costs_no_figure_and_no_order() -> None:
    store = a_store(slug="tea")
    client = logged_in(a_user(User.Role.STAFF, store))
    _, etag, _ = ask(client, "/live/?store=tea")
    with CaptureQueriesContext(connection) as captured:
        assert ask(client, "/live/?store=tea&after=0", etag)[0] == 304
    tables = [set(re.findall(r"(?:FROM|JOIN) (\w+)", query["sql"])) for query in captured]
    session = {"customers_browsersession", "django_session", "customers_user"}
    assert tables == [session, {"customers_store", "customers_membership"}]


def test_the_version_on_a_stores_page_is_the_one_that_is_asked_with() -> None:
    store = a_store(slug="tea")
    an_order(store, paid=True)
    client = logged_in(a_user(User.Role.STAFF, store))
    page = client.get("/dashboard/tea/")
    etag = page.context["live_version"]
    assert etag and ask(client, "/live/?store=tea&after=0", etag)[0] == 304
    an_order(store, paid=True)
    assert ask(client, "/live/?store=tea&after=0", etag)[0] == 200


def test_a_foreign_store_is_not_there_and_a_wrong_parameter_is_named() -> None:
    a_store(slug="coffee")
    client = logged_in(a_user(User.Role.STAFF, a_store()))
    assert client.get("/live/?store=coffee").status_code == 404
    assert client.get("/live/?since=1").status_code == 400
    assert Client().get("/live/").status_code == 302
