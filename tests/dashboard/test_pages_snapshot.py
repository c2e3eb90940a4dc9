"""The snapshot as pages."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal as D
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from customers.actions import add_credits, create_or_update_subscription
from customers.models import Store, User
from tests.builders import a_customer, a_store, a_user, an_order

pytestmark = pytest.mark.django_db


def logged_in(role: str, *stores: Store) -> Client:
    client = Client()
    client.force_login(a_user(role, *stores))
    return client


def a_busy_store(slug: str, currency: str) -> Store:
    store = a_store(slug=slug, name=slug.title(), currency=currency)
    customer = a_customer(store)
    add_credits(customer=customer, amount=D("7.50"), reason="hello", actor=None)
    create_or_update_subscription(
        customer=customer,
        plan="Pro",
        status="active",
        current_period_end=timezone.now(),
        monthly_amount=D("9.00"),
        actor=None,
    )
    an_order(store, "40.00", paid=True, at=timezone.now(), shipping_address={"country": "DE"})
    an_order(store, "2.00", paid=True, at=timezone.now() - timedelta(days=40))
    return store


def tiles(page: str) -> dict[str, str]:
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd class=\"value\">(.*?)</dd>", page)
    return {unescape(label): unescape(re.sub(r"<[^>]+>", "", value)) for label, value in found}


def test_a_shop_s_snapshot_shows_thirty_days_and_its_tiles_open() -> None:
    store = a_busy_store("tea", "GBP")
    client = logged_in(User.Role.STAFF, store)
    page = client.get("/dashboard/tea/snapshot/").content.decode()
    assert tiles(page) == {
        "Total sales": "£40.00",
        "Orders": "1",
        "Completed": "1",
        "Pending": "0",
        "Canceled": "0",
        "Expired": "0",
        "Refunded": "0",
        "Average ticket": "£40.00",
        "Customers": "1",
        "New customers": "0",
        "Active subscriptions": "1",
        "Monthly recurring revenue": "£9.00",
        "Credits outstanding": "£7.50",
    }
    links = [unescape(link) for link in re.findall(r'href="([^"]+/explain/[^"]+)"', page)]
    assert len(links) == 10
    assert all(client.get(link).status_code == 200 for link in links)
    assert "computed now" in page
    for part in ("This week", "Top products", "Countries", "Day by day", "Germany"):
        assert part in page


def test_all_shops_together_have_one_line_per_currency() -> None:
    a_busy_store("tea", "GBP")
    a_busy_store("cha", "BRL")
    client = logged_in(User.Role.ADMIN)
    page = client.get("/company/").content.decode()
    assert tiles(page)["Orders"] == "2"
    assert "£40.00" in page and "R$40.00" in page and "80.00" not in page
    overview = client.get("/dashboard/").content.decode()
    assert "All shops together" in overview
    assert "£40.00 from 1 order · 1 subscription, £9.00 a month · £7.50 in credits" in overview


def test_only_who_works_in_all_shops_sees_them_together() -> None:
    own, foreign = a_busy_store("own", "GBP"), a_busy_store("foreign", "GBP")
    client = logged_in(User.Role.STAFF, own)
    assert client.get("/company/").status_code == 404
    assert client.get(f"/dashboard/{foreign.slug}/snapshot/").status_code == 404
    assert Client().get("/company/").status_code == 302
    two = logged_in(User.Role.STAFF, own, foreign).get("/dashboard/").content.decode()
    assert "All shops together" not in two


def test_a_shop_without_orders_has_a_snapshot_too() -> None:
    store = a_store(slug="empty")
    page = logged_in(User.Role.STAFF, store).get("/dashboard/empty/snapshot/")
    assert page.status_code == 200
    assert "No product was sold." in page.content.decode()
