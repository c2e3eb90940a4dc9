"""The snapshot as pages."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal as D
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from customers.actions import add_credits, create_or_update_subscription
from customers.models import Store, User
from customers.scopes import StoreScope
from dashboard import figures
from dashboard.figures import Document
from dashboard.figures.registry import FIGURES
from dashboard.models import MinuteActivity
from dashboard.pages.tiles import compared_tile
from tests.builders import a_customer, a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db


PART = r'<th scope="row"><a href="([^"]+)">[^<]+</a></th><td class="number">([^<]+)</td>'


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


def test_a_store_s_snapshot_shows_thirty_days_and_its_tiles_open() -> None:
    store = a_busy_store("tea", "GBP")
    client = logged_in(User.Role.STAFF, store)
    page = client.get("/dashboard/tea/snapshot/").content.decode()
    assert tiles(page) == {
        "Total sales": "£40.00",
        "Tax": "£0.00",
        "Orders": "1",
        "Completed": "1",
        "Pending": "0",
        "Canceled": "0",
        "Expired": "0",
        "Refunded": "0",
        "Average order value": "£40.00",
        "Customers": "1",
        "New customers": "0",
        "Active subscriptions": "1",
        "MRR": "£9.00",
        "Store credit owed": "£7.50",
    }
    links = [unescape(link) for link in re.findall(r'href="([^"]+/explain/[^"]+)"', page)]
    # and what was before
    assert (page.count('title="Breakdown"'), len(links) > 14) == (14, True)
    assert all(client.get(link).status_code == 200 for link in links)
    assert "up to date" in page
    for part in ("This week", "Top products", "Countries", "Day by day", "Germany"):
        assert part in page


def test_a_snapshot_s_tiles_are_compared_with_the_same_part_of_what_is_chosen() -> None:
    store = a_store(slug="tea")
    client = logged_in(User.Role.STAFF, store)
    with time_machine.travel(local(store, 2026, 11, 20, 9), tick=False):
        for price, day, hour in (("40.00", 20, 8), ("10.00", 21, 8), ("20.00", 21, 10)):
            an_order(store, price, paid=True, at=local(store, 2026, 11 if day == 20 else 10, day, hour))
        # the 30 days end on November 20th, those before on October 21st: until 9:00
        page = client.get("/dashboard/tea/snapshot/").content.decode()
        assert changes(page)["Total sales"] == ("+300.0%", "£10.00 before")
        assert "until 09:00 on the last day" in page
        year = client.get("/dashboard/tea/snapshot/?compare=previous_year").content.decode()
        assert changes(year)["Total sales"] == ("–", "£0.00 before")
        assert changes(client.get("/dashboard/tea/snapshot/?compare=none").content.decode()) == {}
        wrong = client.get("/dashboard/tea/snapshot/?compare=luck")
        assert (wrong.status_code, "Enter one of previous_period" in wrong.content.decode()) == (400, True)


def test_the_tiles_of_all_stores_and_of_each_are_compared_with_what_is_chosen() -> None:
    store, other = a_store(slug="tea"), a_store(slug="cha", currency="EUR")
    client = logged_in(User.Role.ADMIN)
    with time_machine.travel(local(store, 2026, 11, 20, 9), tick=False):
        for price, day, hour in (("40.00", 20, 8), ("10.00", 21, 8), ("20.00", 21, 10)):
            an_order(store, price, paid=True, at=local(store, 2026, 11 if day == 20 else 10, day, hour))
        an_order(other, "5.00", paid=True, at=local(store, 2026, 10, 21, 8, 30))
        page = client.get("/company/").content.decode()
        assert changes(page)["Orders"] == ("−50.0%", "2 before")
        assert re.findall(r"<th scope=\"row\">(EUR|GBP)</th><td.*?<small><a [^>]+>(.*?)</a></small>", page) == [
            ("EUR", "−100.0%"),
            ("GBP", "+300.0%"),
        ]
        assert "Changes are against" in page
        year = client.get("/company/?compare=previous_year").content.decode()
        assert changes(year)["Orders"] == ("–", "0 before")
        assert changes(client.get("/company/?compare=none").content.decode()) == {}
        assert client.get("/company/?compare=luck").status_code == 400
        alone = client.get("/dashboard/").content.decode()
        assert "Changes are against" not in alone
        stores = client.get("/dashboard/?compare=previous_period").content.decode()
        cards = dict(
            re.findall(r'<h2><a href="/dashboard/(\w+)/">(.*?)</li>\s*(?=<li class="store">|</ul>)', stores, re.S)
        )
        change = re.compile(r"Total sales</dt>.*?<span class=\"(\w+)\"><a [^>]+>(.*?)</a>", re.S)
        assert change.findall(cards["tea"])[0] == ("rose", "+300.0%")
        assert change.findall(cards["cha"])[0] == ("fell", "−100.0%")
        assert all("until 09:00 on the last day" in cards[slug] for slug in ("tea",))


def changes(page: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r"<dt>([^<]*)</dt>(?:(?!<dt>).)*?<dd class=\"change\">(.*?)</dd>", page, re.S)
    texts = {label: re.findall(r"<span[^>]*>(.*?)</span>", change, re.S) for label, change in found}
    return {
        label: (change, " ".join(re.sub(r"<[^>]+>", "", before).split())) for label, (change, before) in texts.items()
    }


def test_all_stores_together_have_one_line_per_currency() -> None:
    a_busy_store("tea", "GBP")
    a_busy_store("cha", "BRL")
    client = logged_in(User.Role.ADMIN)
    page = client.get("/company/").content.decode()
    assert tiles(page)["Orders"] == "2"
    assert "£40.00" in page and "R$40.00" in page and "80.00" not in page
    overview = client.get("/dashboard/").content.decode()
    assert "All stores" in overview
    assert all(amount in overview for amount in ("£40.00", "R$40.00", "£9.00", "R$9.00", "£7.50", "R$7.50"))
    assert "80.00" not in overview


@pytest.mark.parametrize("currency", ["", "GBP", "BRL"])
def test_each_figure_of_all_stores_opens_to_what_each_store_adds(currency: str) -> None:
    for slug, own in (("tea", "GBP"), ("ale", "GBP"), ("cha", "BRL")):
        a_busy_store(slug, own)
    an_order(Store.objects.get(slug="ale"), "2.50", paid=True)
    client = logged_in(User.Role.ADMIN)
    page = client.get("/company/").content.decode()
    links = re.findall(r'href="(/company/explain/[^"]+)" title="[^"]+">([^<]+)</a>', page)
    chosen = [
        (unescape(link), value)
        for link, value in links
        if ("currency=" in link) == bool(currency) and link.endswith(currency)
    ]

    assert len(chosen) == (5 if currency else 9)
    for link, value in chosen:
        opened = client.get(link).content.decode()
        assert f": {value}</h1>" in opened, link
        stores = [(unescape(href), amount) for href, amount in re.findall(PART, opened)]
        parts = [D(re.sub(r"[^0-9.]", "", amount)) for _, amount in stores]
        if "averageTicket" not in link:
            assert sum(parts) == D(re.sub(r"[^0-9.]", "", value)), link
        assert parts == sorted(parts, reverse=True)
        for href, amount in stores:
            assert "averageTicket" in href or f": {amount}</h1>" in client.get(href).content.decode(), href


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "metric"),
        ("?metric=profit", "metric"),
        ("?metric=totalSales", "currency"),
        ("?metric=totalSales&currency=EUR", "currency"),
        ("?metric=totalOrders&currency=EUR", "currency"),
        ("?metric=totalOrders&asOf=2026-03-18T14:30Z", "asOf"),
        ("?metric=activeSubscriptions&compare=previous_period", "compare"),
        ("?metric=activeSubscriptions&days=week", "days"),
        ("?metric=totalOrders&days=year", "days"),
        ("?metric=totalOrders&page=0", "page"),
        ("?metric=totalOrders&nope=1", "nope"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(query: str, name: str) -> None:
    a_busy_store("tea", "GBP")
    answer = logged_in(User.Role.ADMIN).get(f"/company/explain/{query}")
    assert (answer.status_code, re.findall("<code>(.*?)</code>", answer.content.decode())) == (400, [name])
    assert 'href="/company/"' in answer.content.decode()


def test_only_who_works_in_all_stores_sees_them_together() -> None:
    own, foreign = a_busy_store("own", "GBP"), a_busy_store("foreign", "GBP")
    client = logged_in(User.Role.STAFF, own)
    for page in ("/company/", "/company/explain/?metric=totalOrders"):
        assert client.get(page).status_code == 404
        assert Client().get(page).status_code == 302
    assert client.get(f"/dashboard/{foreign.slug}/snapshot/").status_code == 404
    two = logged_in(User.Role.STAFF, own, foreign).get("/dashboard/").content.decode()
    assert 'href="/company/"' not in two


def test_a_store_without_orders_has_a_snapshot_too() -> None:
    store = a_store(slug="empty")
    page = logged_in(User.Role.STAFF, store).get("/dashboard/empty/snapshot/")
    assert page.status_code == 200
    assert "No product was sold." in page.content.decode()


def test_use_is_shown_minute_by_minute_and_hour_by_hour() -> None:
    store = a_store(slug="tea", timezone="Asia/Tokyo")
    now = timezone.now().replace(second=0, microsecond=0)
    hour = now.replace(minute=0)
    for minute, user, views in ((now, 1, 2), (now, 2, 0), (now - timedelta(minutes=59), 1, 5), (hour, 3, 1)):
        MinuteActivity.objects.update_or_create(
            store=store, minute=minute, user_id=user, defaults={"page_views": views}
        )
    MinuteActivity.objects.create(store=store, minute=now - timedelta(minutes=60), user_id=9, page_views=100)
    MinuteActivity.objects.create(store=store, minute=hour - timedelta(hours=24), user_id=9, page_views=100)
    MinuteActivity.objects.create(store=None, minute=now, user_id=9, page_views=100)

    found = figures.use_lately(StoreScope(store), now)
    page = logged_in(User.Role.STAFF, store).get("/dashboard/tea/snapshot/").content.decode()

    shown = {each.at: (each.active_users, each.page_views) for each in found.minutes}
    assert (len(shown), len(found.hours)) == (60, 24)
    users = {1, 2} | ({3} if now == hour else set())
    assert shown[now] == (len(users), 2 + (now == hour))
    assert shown[now - timedelta(minutes=59)][1] == 5 + (hour == now - timedelta(minutes=59))
    assert sum(views for _, views in shown.values()) == 8
    assert found.hours[-1].at == hour and found.hours[0].at == hour - timedelta(hours=23)
    chart = json.loads(re.search(r'<script id="use-data"[^>]*>(.*?)</script>', page)[1])  # type: ignore[index]
    assert (len(chart["views"]), sum(chart["views"])) == (60, 8)
    assert f"{now.astimezone(store.zone):%H:%M}</time>" in page
    assert page.count('<th scope="row"><time') == 30 + 24 + sum(1 for each in found.minutes if each.active_users)


def test_all_stores_and_a_quiet_one_show_use_too() -> None:
    a_store(slug="quiet")
    client = logged_in(User.Role.ADMIN)
    for page in ("/company/", "/dashboard/quiet/snapshot/"):
        assert "No one was active in the last hour." in client.get(page).content.decode()


def test_days_to_come_of_this_week_show_no_figures() -> None:
    now = timezone.now()
    store = a_store(slug="tea", timezone="UTC")
    for back in range(1, 15):
        an_order(store, "40.00", paid=True, at=now - timedelta(days=back))
    page = logged_in(User.Role.STAFF, store).get("/dashboard/tea/snapshot/").content.decode()
    week = page[page.index('id="week-title"') : page.index("<tfoot>")].split("<tr>")[2:]
    assert len(week) == 7
    for day, row in enumerate(week):
        assert row.count('later">–</td>') == (4 if day > now.weekday() else 0)
        assert ("£" in row) == (day <= now.weekday())


def test_the_last_thirty_days_are_today_and_the_29_before_it_wherever_they_stand() -> None:
    now = timezone.now()
    store = a_store(slug="tea", timezone="UTC")
    an_order(store, "40.00", paid=True, at=now - timedelta(days=29))
    an_order(store, "2.00", paid=True, at=now - timedelta(days=30))
    client = logged_in(User.Role.SUPER_ADMIN)
    assert tiles(client.get("/dashboard/tea/snapshot/").content.decode())["Total sales"] == "£40.00"
    assert client.get("/api/v1/dashboard/metrics?tenant=tea").json()["data"]["totalSales"] == 40
    assert client.get("/store/dashboard?store=tea&period=last30").json()["summary"]["totalSales"] == 40
    (series,) = client.get("/api/v1/admin/analytics/revenue?store=tea").json()["data"]["series"]
    assert series["total"]["sales"] == 40


@pytest.mark.parametrize("key", ["canceled_orders", "total_expired_orders", "total_refunded_orders"])
def test_more_orders_that_came_to_nothing_are_no_good_news(key: str) -> None:
    figure = FIGURES[key]
    name = figure.documents[Document.SNAPSHOT]
    data = {name: 5, "comparison": {"figures": {name: 2}, "change": {name: D(150)}}}
    assert compared_tile(data, figure).direction == "fell"
