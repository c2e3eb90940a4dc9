from __future__ import annotations

import re
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Membership, User
from dashboard.metrics import folding
from dashboard.metrics.verification import verify_store
from dashboard.models import StoreDailySales, Verification
from orders.actions import ItemRequest
from tests.builders import a_product, a_store, a_user, an_order, local
from tests.dashboard.march import MarchStore, march_store

pytestmark = pytest.mark.django_db

PAGE = "/dashboard/pottery/"
MARCH = {"year": "2026", "month": "3"}


@pytest.fixture(scope="module")
def built(module_rows: None) -> MarchStore:
    return march_store()


@pytest.fixture
def march(built: MarchStore) -> MarchStore:
    return deepcopy(built)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(html: str) -> str:
    """Return what a reader sees: no tags, no scripts, single spaces."""
    html = re.sub(r"<(script|svg|title)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def see(client: Client, **params: Any) -> str:
    response = client.get(PAGE, params)
    assert response.status_code == 200
    return text_of(response.content.decode())


def tiles(client: Client, **params: Any) -> dict[str, str]:
    """Return label → value of every tile."""
    html = client.get(PAGE, params).content.decode()
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd class=\"value\">(.*?)</dd>", html)
    return {unescape(label): unescape(re.sub(r"<[^>]+>", "", value)) for label, value in found}


def test_the_tiles_show_the_period_by_order_day(march: MarchStore) -> None:
    assert tiles(logged_in(a_user(User.Role.STAFF, march.store)), **MARCH) == {
        "Total sales": "£56.00",
        "Tax": "£0.00",
        "Orders": "4",
        "Completed": "2",
        "Expired": "1",
        "Refunded": "1",
        "Average order value": "£28.00",
        "Customers": "2",
        "New customers": "1",
        "With discount code": "1",
        "Without discount code": "1",
    }


def test_the_tiles_show_the_period_by_booking_day_and_say_what_that_means(march: MarchStore) -> None:
    client = logged_in(a_user(User.Role.STAFF, march.store))

    assert tiles(client, basis="booked", **MARCH) == {
        "Total sales": "£71.00",
        "Tax": "£0.00",
        "Orders": "4",
        "Completed": "3",
        "Expired": "1",
        "Refunded": "0",
        "Average order value": "£23.67",
        "Customers": "2",
        "New customers": "0",
        "With discount code": "1",
        "Without discount code": "2",
    }
    assert "Each payment and refund counts on the day it happened" in see(client, basis="booked", **MARCH)


def test_the_tables_show_days_products_and_countries(march: MarchStore) -> None:
    text = see(logged_in(a_user(User.Role.STAFF, march.store)), compare="none", **MARCH)

    assert "Sales by day March 2026" in text
    assert "Mon, Mar 30 1 £15.00 Tue, Mar 31 1 £0.00" in text
    assert "B Bowl <b>blue</b> 2 orders 2 £33.00 64.7% Mug 3 orders 3 £18.00 35.3%" in text
    countries = ["United Kingdom 1 order · Products : United Kingdom £41.00 73.2%"]
    countries += ["France 1 order · Products : France £15.00 26.8%", "Unknown 2 orders £0.00 0.0%"]
    assert " ".join(countries) in text


def test_a_picture_is_shown_only_from_this_site(march: MarchStore) -> None:
    march.bowl.image_url = "https://elsewhere.example/bowl.png"
    march.bowl.save(update_fields=["image_url"])

    html = logged_in(a_user(User.Role.STAFF, march.store)).get(PAGE, MARCH).content.decode()

    assert 'src="/media/mug.svg"' in html
    assert "elsewhere.example" not in html


def test_names_and_data_are_escaped(march: MarchStore) -> None:
    march.store.name = "</script><script>alert(1)</script>"
    march.store.save(update_fields=["name"])

    html = logged_in(a_user(User.Role.STAFF, march.store)).get(PAGE, MARCH).content.decode()

    assert "<script>alert" not in html
    assert "<b>blue" not in html


def test_nothing_on_the_page_needs_an_inline_script_or_style(march: MarchStore) -> None:
    response = logged_in(a_user(User.Role.STAFF, march.store)).get(PAGE, MARCH)
    html = response.content.decode()

    assert re.findall(r"\s(?:style|on[a-z]+)=", html) == []
    assert "<style" not in html
    assert [tag for tag in re.findall(r"<script[^>]*>", html) if "src=" not in tag] == [
        '<script id="trend-data" type="application/json">'
    ]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "private, no-store"


def test_the_pickers_lead_to_neighbours_presets_and_the_other_basis(march: MarchStore) -> None:
    html = unescape(logged_in(a_user(User.Role.STAFF, march.store)).get(PAGE, MARCH).content.decode())

    assert '<a href="?year=2026&month=2" rel="prev"' in html
    assert '<a href="?year=2026&month=4" rel="next"' in html
    assert '<a href="?period=last7">7 days</a>' in html
    assert '<a href="?year=2026&month=3" aria-current="true">Order date</a>' in html
    assert '<a href="?year=2026&month=3&basis=booked">Transaction date</a>' in html


def test_the_store_picker_lists_the_viewers_stores_alone_and_keeps_the_period(march: MarchStore) -> None:
    other, foreign = a_store(slug="other", name="Other"), a_store(slug="foreign", name="Foreign")
    client = logged_in(a_user(User.Role.STAFF, march.store, other))

    html = unescape(client.get(PAGE, MARCH).content.decode())

    assert 'href="/dashboard/other/?year=2026&month=3"' in html
    assert foreign.slug not in html


def test_who_has_one_store_sees_no_store_picker(march: MarchStore) -> None:
    html = logged_in(a_user(User.Role.STAFF, march.store)).get(PAGE).content.decode()

    assert "store-menu" not in html


def test_never_checked_is_said(march: MarchStore) -> None:
    assert "Not verified against the orders yet" in see(logged_in(a_user(User.Role.STAFF, march.store)), **MARCH)


def test_a_check_without_a_difference_is_green(march: MarchStore) -> None:
    folding.fold_all()
    checked_at = verify_store(march.store).checked_at.astimezone(march.store.zone)
    client = logged_in(a_user(User.Role.STAFF, march.store))

    assert f"Verified against orders at {checked_at:%H:%M:%S %Z} (all days) , difference 0" in see(client, **MARCH)
    assert "check-good" in client.get(PAGE).content.decode()


def test_a_difference_is_red_with_the_number_of_wrong_buckets(march: MarchStore) -> None:
    folding.fold_all()
    day = StoreDailySales.objects.filter(store_id=march.store.pk, basis="placed", day="2026-03-30")
    day.update(sales=F("sales") + Decimal("7.00"))
    verify_store(march.store)
    client = logged_in(a_user(User.Role.STAFF, march.store))

    assert ": difference £7.00 in 1 bucket" in see(client, **MARCH)
    assert "check-bad" in client.get(PAGE).content.decode()


def test_a_repaired_difference_is_neither_green_nor_red(march: MarchStore) -> None:
    folding.fold_all()
    StoreDailySales.objects.filter(store_id=march.store.pk, day="2026-03-30").update(sales=F("sales") + 1)
    verify_store(march.store, repair=True)

    assert "in 2 buckets , repaired" in see(logged_in(a_user(User.Role.STAFF, march.store))).replace(
        "buckets,", "buckets ,"
    )


def test_an_older_check_carries_its_day_and_the_months_it_covered(march: MarchStore) -> None:
    verification = verify_store(
        march.store, local(march.store, 2026, 3, 5).date(), local(march.store, 2026, 3, 5).date()
    )
    when = local(march.store, 2026, 4, 2, 9, 30)
    Verification.objects.filter(pk=verification.pk).update(checked_at=when)

    assert "Verified against orders at Apr 2, 2026, 09:30 BST (March 2026)" in see(
        logged_in(a_user(User.Role.STAFF, march.store))
    )


def test_a_month_without_orders_leads_to_the_newest_that_has_some(march: MarchStore) -> None:
    response = logged_in(a_user(User.Role.STAFF, march.store)).get(PAGE, {"year": "2025", "month": "7"})

    html = unescape(response.content.decode())
    assert response.status_code == 200
    assert "No orders in July 2025" in text_of(html)
    assert '<a class="button small" href="?year=2026&month=4">Show April 2026</a>' in html
    assert "Sales by product" not in html


def test_the_link_to_the_newest_month_keeps_the_basis(march: MarchStore) -> None:
    params = {"year": "2025", "month": "7", "basis": "booked"}
    response = logged_in(a_user(User.Role.STAFF, march.store)).get(PAGE, params)

    assert 'href="?year=2026&month=4&basis=booked">Show April 2026</a>' in unescape(response.content.decode())


def test_a_month_in_which_only_a_refund_was_booked_is_not_empty(march: MarchStore) -> None:
    client = logged_in(a_user(User.Role.STAFF, march.store))

    assert "No orders in" in see(client, period="custom", startDate="2026-04-02", endDate="2026-04-02")
    booked = see(client, period="custom", startDate="2026-04-02", endDate="2026-04-02", basis="booked")
    assert "No orders in" not in booked
    assert "Total sales −£5.00" in booked


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("period=weekly", ["period Enter one of monthly, today"]),
        ("year=2026&month=13", ["month Enter a whole number from 1 to 12."]),
        ("period=custom&startDate=2026-02-30&endDate=2026-03-01", ["startDate Enter a date as YYYY-MM-DD"]),
        ("basis=paid", ["basis Enter one of placed, booked."]),
        ("moth=3&foo=1", ["moth Unknown parameter.", "foo Unknown parameter."]),
        ("year=2026&year=2025", ["year Enter this parameter once."]),
    ],
)
def test_a_bad_period_is_400_and_says_what_to_mend(march: MarchStore, query: str, texts: list[str]) -> None:
    response = logged_in(a_user(User.Role.STAFF, march.store)).get(f"{PAGE}?{query}")

    text = text_of(response.content.decode())
    assert response.status_code == 400
    assert [expected for expected in ["This period cannot be shown", *texts] if expected not in text] == []
    assert 'href="/dashboard/pottery/">go to this month</a>' in response.content.decode()


def test_a_foreign_store_looks_exactly_like_a_missing_one(march: MarchStore) -> None:
    for user in (a_user(User.Role.STAFF, a_store()), a_user(User.Role.USER, march.store)):
        client = logged_in(user)
        pages = [client.get(path) for path in (PAGE, f"/dashboard/{march.store.pk}/", "/dashboard/nowhere/")]
        bodies = {re.sub(r"Request [0-9a-f]+", "", text_of(page.content.decode())) for page in pages}
        assert ([page.status_code for page in pages], len(bodies)) == ([404, 404, 404], 1)
        assert "Pottery" not in bodies.pop()


def test_admins_see_every_store(march: MarchStore) -> None:
    for role in (User.Role.SUPER_ADMIN, User.Role.ADMIN):
        assert logged_in(a_user(role)).get(PAGE).status_code == 200


def test_anonymous_and_disabled_visitors_are_asked_to_log_in_and_come_back(march: MarchStore) -> None:
    disabled = a_user(User.Role.ADMIN)
    client = logged_in(disabled)
    User.objects.filter(pk=disabled.pk).update(status="SUSPENDED")

    for visitor in (Client(), client):
        response = visitor.get(PAGE, {"year": "2026"})
        assert (response.status_code, response["Location"]) == (302, "/login/?next=/dashboard/pottery/%3Fyear%3D2026")


def test_a_lost_membership_closes_the_page_on_the_next_request(march: MarchStore) -> None:
    user = a_user(User.Role.STAFF, march.store)
    client = logged_in(user)
    assert client.get(PAGE).status_code == 200

    Membership.objects.filter(user=user).delete()

    assert client.get(PAGE).status_code == 404


def test_it_can_only_be_read(march: MarchStore) -> None:
    assert logged_in(a_user(User.Role.STAFF, march.store)).post(PAGE).status_code == 405


def queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(PAGE, MARCH).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_products_and_stores(march: MarchStore) -> None:
    client = logged_in(a_user(User.Role.ADMIN))
    queries(client)  # keeps the counts of the rail
    few = queries(client)

    items = [ItemRequest(a_product(march.store).pk, 1) for _ in range(300)]
    an_order(march.store, items=items, paid=True, at=local(march.store, 2026, 3, 5, 12))
    for _ in range(20):
        a_store()

    assert (few, queries(client)) == (3, 3)  # session with account, stores, figures


def test_a_store_without_orders_this_month_opens_on_the_newest_month_with_orders(march: MarchStore) -> None:
    client = logged_in(a_user(User.Role.STAFF, march.store))

    text = see(client)

    today = timezone.now().astimezone(march.store.zone)
    assert f"No orders in {today:%B %Y} yet Shown is April 2026, the newest month with orders." in text
    assert tiles(client)["Total sales"] == "£700.00"
    assert tiles(client, compare="none")["Total sales"] == "£700.00"
    assert tiles(client, period="today")["Total sales"] == "£0.00"
    assert "Shown is" not in see(client, **MARCH)


def test_every_tile_has_its_change_and_a_dash_where_nothing_was_before(march: MarchStore) -> None:
    client = logged_in(a_user(User.Role.STAFF, march.store))

    text = see(client, **MARCH)

    assert "Changes are against Feb 1 – 28, 2026. " in text
    assert "Total sales £56.00 −88.8% £500.00 before" in text
    assert "Expired 1 – 0 before" in text
    assert "before" not in see(client, compare="none", **MARCH)
    assert "Changes are against Mar 1 – 31, 2025." in see(client, compare="previous_year", **MARCH)
    assert "Changes are against Jan 25 – Feb 24, 2026." in see(client, compare="same_weekdays", **MARCH)


def test_days_products_and_countries_lead_to_their_own(march: MarchStore) -> None:
    client = logged_in(a_user(User.Role.ADMIN))
    html = unescape(client.get(PAGE, {**MARCH, "basis": "booked", "compare": "none"}).content.decode())

    day = "?period=custom&startDate=2026-03-30&endDate=2026-03-30&basis=booked&compare=none"
    assert f'<a href="{day}"><time' in html
    assert tiles(client, **dict(pair.split("=") for pair in day[1:].split("&")))["Total sales"] == "£20.00"
    product = f"/admin/orders/product/{march.mug.pk}/change/?startDate=2026-03-01&endDate=2026-03-31&basis=booked"
    assert f'href="{product}"' in html
    assert "March 2026 : £28.00 , " in text_of(client.get(product).content.decode())
    country = f"{PAGE}explain/?year=2026&month=3&basis=booked&metric=totalOrders&filter=country:FR"
    assert f'href="{country}"' in html
    assert "Orders, France: 1" in text_of(client.get(country).content.decode())
    assert "type=sales-by-product&store=pottery&from=2026-03-01&to=2026-03-31&basis=booked" in html
    assert "/reports/schedules/new/?type=sales-by-country&store=pottery&basis=booked" in html


@pytest.mark.parametrize(
    ("period", "repeated"),
    [("today", "yesterday"), ("yesterday", "yesterday"), ("last7", "last_week"), ("last30", "last_30_days")],
)
def test_what_is_repeated_begins_with_the_period_of_the_page(period: str, repeated: str) -> None:
    store = a_store(slug="tea", timezone="UTC")
    for days in (0, 1):
        an_order(store, paid=True, at=timezone.now() - timedelta(days=days))
    html = unescape(logged_in(a_user(User.Role.ADMIN)).get("/dashboard/tea/", {"period": period}).content.decode())
    links = re.findall(r'"/reports/schedules/new/([^"]+)"', html)
    assert len(links) == 3
    assert all(link.endswith(f"&period={repeated}") for link in links)


def test_tables_are_csv_files_with_the_pages_filters_and_without_formulas(march: MarchStore) -> None:
    march.mug.name = "=cmd()"
    march.mug.save(update_fields=["name"])
    client = logged_in(a_user(User.Role.STAFF, march.store))

    def lines(name: str, **query: str) -> list[str]:
        response = client.get(f"{PAGE}csv/{name}/", {**MARCH, **query})
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        return response.content.decode().splitlines()

    assert lines("products", compare="none") == [
        "productId,product,orders,sales,percentage",
        f"{march.bowl.pk},Bowl <b>blue</b>,2,33.00,64.71",
        f"{march.mug.pk},'=cmd(),3,18.00,35.29",
    ]
    assert lines("countries")[:2] == [
        "country,name,orders,sales,percentage,previousSales",
        "GB,United Kingdom,1,41.00,73.21,0.00",
    ]
    assert lines("steps")[30:] == ["2026-03-30,2026-03-30,,1,15.00,", "2026-03-31,2026-03-31,,1,0.00,"]
    assert client.get(f"{PAGE}csv/steps/", {"month": "13"}).status_code == 400
    assert client.get(f"{PAGE}csv/nothing/").status_code == 404
    assert logged_in(a_user(User.Role.STAFF, a_store())).get(f"{PAGE}csv/steps/").status_code == 404


def test_the_bridge_leads_from_one_basis_to_the_other_and_down_to_the_orders(march: MarchStore) -> None:
    client = logged_in(a_user(User.Role.STAFF, march.store))
    assert "By transaction date, March 2026 has £71.00, +£15.00." in see(client, **MARCH)

    page = client.get(f"{PAGE}bridge/", MARCH).content.decode()
    text = text_of(page)
    assert "By order date £56.00" in text
    assert "By transaction date £71.00" in text
    (link,) = re.findall(r'href="([^"]+part=refundsBookedElsewhere)"', page)
    assert "+£15.00" in text_of(client.get(unescape(link)).content.decode())
    assert client.get(f"{PAGE}bridge/", {"part": "gifts"}).status_code == 400
