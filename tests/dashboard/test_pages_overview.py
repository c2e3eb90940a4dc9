from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import User
from dashboard import folding
from tests.builders import a_store, a_user, an_order
from tests.dashboard.test_pages_store import logged_in, text_of

pytestmark = pytest.mark.django_db

PAGE = "/dashboard/"


def rows(client: Client) -> dict[str, str]:
    """Return the text of each listed store by its name."""
    html = client.get(PAGE).content.decode()
    items = re.findall(r"<li class=\"store\">(.*?)</li>", html, flags=re.DOTALL)
    texts = [text_of(item) for item in items]
    names = [unescape(re.search(r"<h2><a [^>]*>(.*?)</a>", item)[1]) for item in items]  # type: ignore[index]
    return dict(zip(names, texts, strict=True))


@pytest.mark.parametrize("is_folded", [False, True])
def test_each_store_shows_its_own_month_in_its_own_currency(is_folded: bool) -> None:
    pounds = a_store(name="Pounds")
    reais = a_store(name="Reais", currency="BRL", timezone="America/Sao_Paulo")
    idle, fresh = a_store(name="Idle"), a_store(name="Fresh")
    an_order(pounds, "10.00", "20.50", paid=True)
    an_order(pounds, "99.00")
    an_order(reais, "1234.00", paid=True)
    an_order(idle, "5.00", paid=True, at=timezone.now().replace(year=2025, month=2, day=3))
    if is_folded:
        folding.fold_all()

    shown = rows(logged_in(a_user(User.Role.ADMIN)))

    figures = {name: re.search(r"Total sales .* Seven days", text)[0] for name, text in shown.items()}  # type: ignore[index]
    assert figures == {
        "Fresh": "Total sales £0.00 Orders 0 Completed 0 Average ticket £0.00 Seven days",
        "Idle": "Total sales £0.00 Orders 0 Completed 0 Average ticket £0.00 Seven days",
        "Pounds": "Total sales £30.50 Orders 2 Completed 1 Average ticket £30.50 Seven days",
        "Reais": "Total sales R$1,234.00 Orders 1 Completed 1 Average ticket R$1,234.00 Seven days",
    }
    assert fresh.name in shown and "No orders yet" in shown["Fresh"]
    assert "Newest orders: February 2025" in shown["Idle"]


def test_staff_see_their_stores_alone() -> None:
    one, two, foreign = a_store(name="One"), a_store(name="Two"), a_store(name="Foreign")

    client = logged_in(a_user(User.Role.STAFF, one, two))

    assert list(rows(client)) == ["One", "Two"]
    assert foreign.name not in client.get(PAGE).content.decode()


def test_who_has_one_store_goes_straight_to_it() -> None:
    store = a_store(slug="only")
    a_store()

    response = logged_in(a_user(User.Role.STAFF, store)).get(PAGE)

    assert (response.status_code, response["Location"]) == (302, "/dashboard/only/")


def test_an_account_without_a_store_is_told_whom_to_ask() -> None:
    a_store()

    response = logged_in(a_user(User.Role.USER, email="new@example.com")).get(PAGE)

    assert response.status_code == 200
    assert "No shop has been given to new@example.com" in text_of(response.content.decode())


def test_anonymous_visitors_are_asked_to_log_in() -> None:
    response = Client().get(PAGE)

    assert (response.status_code, response["Location"]) == (302, "/login/?next=/dashboard/")


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(PAGE).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_stores() -> None:
    for _ in range(2):
        an_order(a_store(), paid=True)
    client = logged_in(a_user(User.Role.ADMIN))
    few = queries(client)

    for _ in range(20):
        an_order(a_store(), paid=True)

    assert (few, queries(client)) == (21, 21)


def test_many_stores_come_in_pages() -> None:
    for number in range(25):
        a_store(name=f"Store {number:02}")
    client = logged_in(a_user(User.Role.ADMIN))

    assert len(rows(client)) == 24
    assert "Store 24" in text_of(client.get(PAGE, {"page": "2"}).content.decode())
