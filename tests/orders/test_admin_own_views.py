"""Views that a person saves of a list: tabs of their own."""

from __future__ import annotations

import pytest
from django.urls import reverse

from customers.models import Customer, User
from orders.models import Order
from tests.admin_pages import logged_in, page
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db
VIEWS = "admin:orders_order_views"


def test_filters_are_saved_under_a_name_shown_as_a_tab_and_deleted_again() -> None:
    store = a_store()
    large, _small = an_order(store, "90.00"), an_order(store, "5.00")
    staff = a_user(User.Role.STAFF, store)
    client = logged_in(staff)
    body = client.get(page(Order) + "?minTotal=50&after=7").content.decode()
    assert "Save this view" in body
    assert '<input type="hidden" name="query" value="minTotal=50">' in body
    answer = client.post(reverse(VIEWS), {"name": "Large", "query": "minTotal=50"}, follow=True)
    assert answer.redirect_chain == [("../?minTotal=50", 302)]
    assert [row.number for row in answer.context["cl"].result_list] == [large.number]
    body = answer.content.decode()
    assert '<a href="?minTotal=50" aria-current="page">Large</a>' in body
    assert "Save this view" not in body and "Delete view “Large”" in body
    assert '<a href="?minTotal=50">Large</a>' in client.get(page(Order)).content.decode()
    assert "Large" not in client.get(page(Customer)).content.decode()
    assert "Large" not in logged_in(a_user(User.Role.STAFF, store)).get(page(Order)).content.decode()
    client.post(reverse(VIEWS), {"name": "Large", "query": "minTotal=60"})
    staff.refresh_from_db()
    assert staff.list_views == {"orders.order": {"Large": "minTotal=60"}}
    client.post(reverse(VIEWS), {"name": "Large", "delete": "on"})
    staff.refresh_from_db()
    assert staff.list_views == {"orders.order": {}}


def test_what_is_too_much_is_refused_and_markup_is_text() -> None:
    staff = a_user(User.Role.STAFF, a_store())
    client = logged_in(staff)
    client.post(reverse(VIEWS), {"name": "<b>x</b>", "query": "tag=<b>"})
    body = client.get(page(Order)).content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in body and "<b>x" not in body
    for number in range(1, 20):
        client.post(reverse(VIEWS), {"name": f"View {number}", "query": "tag=a"})
    for refused, words in (
        ({"name": "One more", "query": "tag=a"}, "You have 20 views of this list."),
        ({"name": "", "query": "tag=a"}, "This field is required."),
        ({"name": "Many", "query": "&".join(f"a{n}=1" for n in range(60))}, "Use fewer filters."),
        ({"name": "Long", "query": "tag=" + "a" * 1_000}, "at most 1000 characters"),
    ):
        assert words in client.post(reverse(VIEWS), refused, follow=True).content.decode()
    staff.refresh_from_db()
    assert len(staff.list_views["orders.order"]) == 20
    assert client.get(reverse(VIEWS)).status_code == 405
    assert logged_in(a_user(User.Role.USER)).post(reverse(VIEWS), {"name": "x"}).status_code in (302, 403)
