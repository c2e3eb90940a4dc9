"""The search of the whole product."""

from __future__ import annotations

import pytest

from customers.models import User
from tests.admin_pages import logged_in, page
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db


def test_it_finds_a_few_of_everything_in_the_own_stores() -> None:
    own, foreign = a_store(name="Oakwood Gifts"), a_store(name="Oakwood Elsewhere")
    for store in (own, foreign):
        an_order(
            store, customer=a_customer(store, name=f"Anna Oakwood {store.pk}", email=f"anna-{store.pk}@example.com")
        )
        a_product(store, name=f"Oakwood chair {store.pk}")
    client = logged_in(a_user(User.Role.STAFF, own))
    found = {hits.title: [hit.title for hit in hits.rows] for hits in client.get("/search/?q=oakwood").context["found"]}
    assert {title: len(rows) for title, rows in found.items()} == {
        "Orders": 1,
        "Customers": 1,
        "Products": 1,
        "Stores": 1,
    }
    assert found["Products"] == [f"Oakwood chair {own.pk}"]
    assert found["Stores"] == ["Oakwood Gifts"]


def test_the_whole_number_of_an_order_opens_it() -> None:
    store = a_store()
    order = an_order(store)
    client = logged_in(a_user(User.Role.STAFF, store))
    assert client.get("/search/", {"q": order.number.lower()})["Location"] == page(type(order), "change", order.pk)


def test_pages_are_found_by_their_name_where_the_role_opens_them() -> None:
    store = a_store()
    for role, q, titles in (
        (User.Role.STAFF, "schedul", ["Schedules"]),
        (User.Role.STAFF, "all store", []),
        (User.Role.ADMIN, "all store", ["All stores"]),
    ):
        found = logged_in(a_user(role, store)).get("/search/", {"q": q}).context["found"]
        assert [hit.title for hits in found if hits.title == "Pages" for hit in hits.rows] == titles


@pytest.mark.parametrize("q", ["", "   ", "\0", "%", "_" * 500, "nothing-has-this"])
def test_a_search_without_matches_answers(q: str) -> None:
    assert logged_in(a_user(User.Role.STAFF, a_store())).get("/search/", {"q": q}).status_code == 200


def test_a_person_without_a_store_finds_no_orders() -> None:
    order = an_order(a_store())
    assert logged_in(a_user(User.Role.USER)).get("/search/", {"q": order.number}).context["found"] == []
