"""The page of a store: where it comes from the cache, whose clock it shows, and before the first order."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from customers.models import User
from tests.builders import a_store, a_user, an_order
from tests.dashboard.march import march_store
from tests.dashboard.test_pages_store import logged_in, queries, see, text_of

pytestmark = pytest.mark.django_db


def test_a_store_without_any_order_says_how_to_import() -> None:
    store = a_store(slug="fresh")

    response = logged_in(a_user(User.Role.STAFF, store)).get("/dashboard/fresh/")

    text = text_of(response.content.decode())
    assert response.status_code == 200
    assert "No orders yet" in text
    for path in ("connections/new/shopify", "connections/new/woocommerce", "uploads/new"):
        assert f'href="/{path}/?store=fresh"' in response.content.decode()
    assert "manage.py" not in text
    assert "Total sales" not in text


@pytest.mark.django_db(transaction=True)
def test_a_page_costs_five_statements_and_one_from_the_cache_two() -> None:
    march = march_store()
    client = logged_in(a_user(User.Role.STAFF, march.store))
    client.get("/account/")
    cache.clear()

    # session with account, stores, figures, the two counts of the rail; from the cache session with account, stores
    assert (queries(client), queries(client)) == (5, 2)


@pytest.mark.django_db(transaction=True)
def test_the_page_comes_from_the_cache_until_the_figures_change() -> None:
    store = a_store(slug="pottery")
    an_order(store, "10.00", paid=True)
    client = logged_in(a_user(User.Role.STAFF, store))
    address = "/dashboard/pottery/"

    def shown() -> tuple[str, str]:
        response = client.get(address)
        html = response.content.decode()
        state = re.search(r"</time>, ([\w ]*\w)", html)[1]  # type: ignore[index]
        assert state == "up to date"
        return response["X-Cache"], tile(html)

    def tile(html: str) -> str:
        return re.search(r'class="figure total_sales">.*?metric=totalSales"[^>]*>([^<]+)', html, re.DOTALL)[1]  # type: ignore[index]

    seen = [shown(), shown()]
    an_order(store, "5.00", paid=True)
    seen += [shown(), shown()]

    assert seen == [
        ("MISS", "£10.00"),
        ("HIT", "£10.00"),
        ("MISS", "£15.00"),
        ("HIT", "£15.00"),
    ]


def test_the_moment_of_the_figures_is_told_in_the_stores_time() -> None:
    store = a_store(slug="pottery", timezone="Pacific/Auckland")
    an_order(store, paid=True)
    before = timezone.now()

    text = see(logged_in(a_user(User.Role.STAFF, store)))

    told = re.search(r"As of (\d\d:\d\d:\d\d) NZ[SD]T", text)
    assert told is not None
    moments = {f"{(before + timedelta(seconds=late)).astimezone(store.zone):%H:%M:%S}" for late in range(30)}
    assert told[1] in moments
