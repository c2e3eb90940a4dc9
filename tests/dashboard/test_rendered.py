"""The body of a store's page is kept as HTML: made once for the same figures, and for nobody who should see another."""

from __future__ import annotations

import pytest
from django.test import Client

from customers.models import User
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db(transaction=True)
BODY = "dashboard/_store.html"


def test_the_body_is_made_once_for_the_same_figures_language_and_role() -> None:
    store, other = a_store(slug="pottery"), a_store(slug="glass")
    an_order(store, "10.00", paid=True)
    staff, again, admin = (a_user(role, store, other) for role in (User.Role.STAFF, User.Role.STAFF, User.Role.ADMIN))

    def read(user: User, address: str = "/dashboard/pottery/", language: str = "en") -> tuple[bool, str]:
        client = Client(HTTP_ACCEPT_LANGUAGE=language)
        client.force_login(user)
        response = client.get(address)
        assert response.status_code == 200
        return BODY in {template.name for template in response.templates}, response.content.decode()

    read(staff)  # computes the figures: the page says so
    made = [read(staff), read(again), read(admin), read(staff, language="pt-br"), read(staff, "/dashboard/glass/")]
    assert [is_made for is_made, _ in made] == [False, False, True, True, True]
    assert ["As of" in html for _, html in made] == [True, True, True, False, True]
    assert ["£10.00" in html.replace("£\N{NO-BREAK SPACE}10,00", "£10.00") for _, html in made] == [True] * 4 + [False]
    an_order(store, "5.00", paid=True)
    is_made, html = read(again)
    assert is_made and "£15.00" in html
    assert "csrfmiddlewaretoken" not in html.split('id="content"')[1].split("</main>")[0]
