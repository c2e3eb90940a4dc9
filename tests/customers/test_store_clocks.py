"""Moments on pages of the admin are those of the store's clocks, which are named."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from customers.actions import add_credits, update_customer
from customers.models import BrowserSession, CreditEntry, Customer, Store, Subscription, User
from orders.models import Coupon, Order, Product
from tests.admin_pages import logged_in, page
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SHOWN = "Nov 21, 2026, 01:00 NZDT"


@pytest.fixture
def store() -> Store:
    return a_store(timezone="Pacific/Auckland")


@pytest.fixture
def staff(store: Store) -> User:
    return a_user(User.Role.STAFF, store)


@pytest.fixture
def client(staff: User) -> Client:
    return logged_in(staff)


def body_of(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_what_a_page_tells_of_a_row_is_in_the_stores_zone(client: Client, store: Store) -> None:
    product = a_product(store)
    Product.objects.filter(pk=product.pk).update(created_at=NOON, updated_at=NOON)
    text = body_of(client, page(Product, "change", product.pk))
    assert (text.count(SHOWN), "UTC" in text) == (2, False)


def test_lists_of_several_stores_have_the_clocks_of_each(store: Store) -> None:
    with time_machine.travel(NOON, tick=False):
        for where in (store, a_store(timezone="America/Sao_Paulo")):
            add_credits(customer=a_customer(where), amount=Decimal(5), reason="thanks", actor=None)
    text = body_of(logged_in(a_user(User.Role.ADMIN)), page(CreditEntry, "changelist"))
    assert (SHOWN in text, "Nov 20, 2026, 09:00 UTC-03" in text) == (True, True)


def test_the_history_of_a_row_is_in_the_stores_zone(client: Client, store: Store, staff: User) -> None:
    customer = a_customer(store)
    with time_machine.travel(NOON, tick=False):
        update_customer(customer=customer, changes={"accepts_marketing": True}, actor=staff)
        text = body_of(client, page(Customer, "history", customer.pk))
    assert (SHOWN in text, "Accepts marketing: " in text) == (True, True)


def test_moments_are_typed_in_the_zone_that_the_form_names(client: Client, store: Store) -> None:
    customer = a_customer(store)
    form = {"plan": "Plus", "status": "active", "monthly_amount": "9,90", "customer": customer.pk}
    form |= {"current_period_end_0": "2026-11-21", "current_period_end_1": "01:00"}
    assert client.post(page(Subscription, "add"), form).status_code == 302
    subscription = Subscription.objects.get()
    assert subscription.current_period_end == NOON
    text = body_of(client, page(Subscription, "change", subscription.pk))
    assert 'value="01:00:00"' in text
    for path in (page(Subscription, "change", subscription.pk), page(Subscription, "add"), page(Coupon, "add")):
        assert "Times are those of Pacific/Auckland." in body_of(client, path)


def test_a_page_leaves_the_clocks_as_they_were(client: Client, store: Store) -> None:
    client.get(page(Product, "change", a_product(store).pk))
    assert timezone.get_current_timezone_name() == "UTC"


def test_today_is_the_day_of_the_store_whose_orders_are_listed(client: Client, store: Store) -> None:
    today = "order_day__gte=2026-11-21&amp;order_day__lt=2026-11-22"
    with time_machine.travel(NOON, tick=False):
        order = an_order(store)
        assert today in body_of(client, page(Order, "changelist"))
        text = body_of(logged_in(a_user(User.Role.ADMIN)), f"{page(Order, 'changelist')}?in_store={store.pk}")
        assert today in text
        shown = body_of(client, f"{page(Order, 'changelist')}?{today.replace('amp;', '')}")
    assert order.number in shown


def test_a_list_says_which_day_it_calls_today(store: Store) -> None:
    a_store(timezone="Europe/London")
    client = logged_in(a_user(User.Role.ADMIN))
    with time_machine.travel(NOON, tick=False):
        everything = body_of(client, page(Order, "changelist"))
        chosen = body_of(client, f"{page(Order, 'changelist')}?in_store={store.pk}")
    assert "Today is Nov 20, 2026, by the clocks of UTC." in everything
    assert "Today is Nov 21, 2026, by the clocks of Pacific/Auckland." in chosen


def test_a_store_beyond_those_listed_is_found_by_name_and_has_its_clocks(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.admin.filters.MAX_STORES", 1)
    a_store(name="Aardvark", timezone="Europe/London")
    last = a_store(name="Zebra crossing", timezone="Asia/Tokyo")
    client = logged_in(a_user(User.Role.ADMIN))
    address = page(Order, "changelist")
    first = body_of(client, f"{address}?status=PENDING")
    assert ("Aardvark</a></li>" in first, "Zebra crossing</a></li>" in first, 'name="store_name"' in first) == (
        True,
        False,
        True,
    )
    found = body_of(client, f"{address}?status=PENDING&store_name=ZEBRA")
    assert f'<a href="?in_store={last.pk}&amp;status=PENDING">Zebra crossing</a></li>' in found
    assert "Aardvark</a></li>" not in found
    chosen = body_of(client, f"{address}?in_store={last.pk}")
    assert ("by the clocks of Asia/Tokyo." in chosen, "Store: <strong>Zebra crossing</strong>" in chosen) == (
        True,
        True,
    )
    nobody = body_of(client, f"{address}?store_name=no+such+store")
    assert ("Aardvark</a></li>" in nobody, 'name="store_name"' in nobody) == (False, True)


def test_a_store_of_others_is_neither_found_nor_named(client: Client, staff: User) -> None:
    other = a_store(name="Hidden treasures", timezone="Asia/Tokyo")
    for query in (f"in_store={other.pk}", "store_name=hidden"):
        text = body_of(client, f"{page(Order, 'changelist')}?{query}")
        assert ("Hidden treasures" in text, "Asia/Tokyo" in text) == (False, False)


@pytest.mark.parametrize(
    ("zones", "shown"),
    [(["Pacific/Auckland"] * 2, SHOWN), (["Pacific/Auckland", "Asia/Tokyo"], "Nov 20, 2026, 12:00 UTC")],
)
def test_pages_about_no_store_have_the_clocks_that_all_stores_share(zones: list[str], shown: str) -> None:
    user = a_user(User.Role.STAFF, *(a_store(timezone=zone) for zone in zones))
    client = logged_in(user)
    client.get("/account/")
    BrowserSession.objects.update(created_at=NOON)
    assert f"since {shown}" in body_of(client, "/account/")


def test_last_month_of_discounts_is_the_one_before_the_stores_today(client: Client, store: Store) -> None:
    address = page(Coupon, "changelist")
    with time_machine.travel(datetime(2026, 3, 31, 20, tzinfo=UTC), tick=False):
        assert "from=2026-03-01&amp;to=2026-03-31" in body_of(client, address)
        a_store(timezone="Europe/London")
        several = body_of(logged_in(a_user(User.Role.ADMIN)), address)
    assert "from=2026-02-01&amp;to=2026-02-28" in several
