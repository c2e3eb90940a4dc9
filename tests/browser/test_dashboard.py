from __future__ import annotations

import re
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone
from playwright.sync_api import Route, expect

from customers.models import Store, User
from dashboard.metrics.verification import verify_store
from dashboard.models import MinuteActivity, StoreDailySales
from orders.actions import ItemRequest
from tests.browser.conftest import Visit, window
from tests.builders import a_store, a_user, an_order
from tests.dashboard.march import MarchStore, march_store

pytestmark = pytest.mark.django_db(transaction=True)

MARCH = "/dashboard/pottery/?year=2026&month=3"
STATES = {
    "full": MARCH,
    "empty": "/dashboard/pottery/?year=2025&month=7",
    "fresh": "/dashboard/fresh/",
    "list": "/dashboard/",
    "snapshot": "/dashboard/pottery/snapshot/",
    "snapshot of a fresh store": "/dashboard/fresh/snapshot/",
    "explanation": "/dashboard/pottery/explain/?metric=totalSales&year=2026&month=3",
}
PLACES = """() => [...document.querySelectorAll(".figure")].map((tile) => {
  const {left, top, width} = tile.getBoundingClientRect();
  return [left, top, width].map(Math.round);
})"""
COMPANY = {
    "list": "/dashboard/",
    "together": "/company/",
    "explanation": "/company/explain/?metric=totalSales&currency=GBP",
}


@pytest.fixture
def march() -> MarchStore:
    """Provide the store of March with a picture that loads, and a fresh one; jo works in both."""
    march = march_store()
    march.mug.image_url = "/static/dashboard/mark.svg"
    march.mug.save(update_fields=["image_url"])
    fresh = a_store(slug="fresh", name="Fresh", currency="BRL", timezone="America/Sao_Paulo")
    a_user(User.Role.STAFF, march.store, fresh, email="jo@example.com")
    return march


def test_a_visitor_logs_in_picks_the_store_and_sees_the_chart(march: MarchStore, browse: Visit) -> None:
    browse.open("/")
    browse.log_in("jo@example.com")
    browse.page.wait_for_url(f"{browse.address}/home/")
    browse.page.locator(".store-menu summary").click()
    browse.page.get_by_role("link", name="Pottery & Co").click()
    main = browse.page.get_by_role("navigation", name="Main", exact=True)
    main.get_by_role("link", name="Analytics").click()
    browse.page.wait_for_url(f"{browse.address}/dashboard/pottery/")
    browse.page.get_by_role("link", name="Earlier").click()

    expect(browse.page.get_by_role("heading", name="Pottery & Co")).to_be_visible()
    expect(browse.page.locator(".total_sales .value")).to_have_text("£56.00")
    canvas = browse.page.get_by_role("img", name="Sales by day, March 2026")
    expect(canvas).to_be_visible()
    painted = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    browse.page.wait_for_function(f"() => ({painted})(document.querySelector('#trend'))")
    assert browse.complaints == []


def test_a_picture_that_is_gone_leaves_a_tile_with_a_letter(march: MarchStore, browse: Visit) -> None:
    march.mug.image_url = "/media/gone.png"
    march.mug.save(update_fields=["image_url"])
    browse.open("/login/")
    browse.log_in("jo@example.com")
    browse.page.wait_for_url("**/home/")
    order = an_order(march.store, items=[ItemRequest(march.mug.pk, 1)])
    for path, letter in (
        (MARCH, "M"),
        (f"/admin/orders/order/{order.pk}/change/", "M"),
        ("/admin/orders/product/", ""),
    ):
        browse.open(path)
        tile = browse.page.locator("tr", has_text="Mug").locator(".no-picture")
        tile.scroll_into_view_if_needed()
        expect(tile).to_have_text(letter)
        expect(browse.page.locator("tr", has_text="Mug").locator("img")).to_have_count(0)


@pytest.mark.parametrize(
    "browse", [{"viewport": {"width": width, "height": 900}} for width in (1440, 390)], indirect=True
)
def test_tiles_stay_where_they_are_while_the_page_arrives(march: MarchStore, browse: Visit) -> None:
    """A browser draws what it has of a page that comes slowly."""
    browse.open("/")
    browse.log_in("jo@example.com")
    browse.page.wait_for_url(f"{browse.address}/home/")
    for path in (MARCH, STATES["snapshot"]):
        browse.open(path)
        whole, places = browse.page.content(), browse.page.evaluate(PLACES)
        tiles = [tile.start() for tile in re.finditer('<div class="figure ', whole)]
        assert len(places) == len(tiles) > 6
        for arrived in (1, 6, len(tiles) - 1):
            browse.page.route(browse.address + path, partial(_send, whole[: tiles[arrived]]))
            browse.open(path)
            assert browse.page.evaluate(PLACES) == places[:arrived], (path, arrived)
            browse.page.unroute(browse.address + path)


def _send(html: str, route: Route) -> None:
    route.fulfill(body=html, content_type="text/html")


def test_wrong_credentials_stay_on_the_form_with_a_message(march: MarchStore, browse: Visit) -> None:
    browse.open("/dashboard/pottery/")
    browse.log_in("jo@example.com", "wrong")

    expect(browse.page.get_by_role("alert")).to_have_text("No active account has this email address and password.")
    assert browse.complaints == []


@pytest.mark.parametrize(
    "browse", [{"viewport": {"width": width, "height": 850}} for width in (360, 390, 800, 1440)], indirect=True
)
def test_no_state_is_wider_than_the_window_or_breaks_the_policy(march: MarchStore, browse: Visit) -> None:
    browse.open(MARCH)
    assert browse.overflow() == 0
    browse.log_in("jo@example.com")
    browse.page.wait_for_url(browse.address + MARCH)

    overflow = {}
    for name, path in STATES.items():
        browse.open(path)
        overflow[name] = browse.overflow()
    browse.open(MARCH)
    browse.page.get_by_text("Custom", exact=True).click()
    expect(browse.page.get_by_label("From")).to_be_visible()
    overflow["open menu"] = browse.overflow()

    assert (overflow, browse.complaints) == (dict.fromkeys([*STATES, "open menu"], 0), [])


@pytest.mark.parametrize(
    "browse", [{"viewport": {"width": width, "height": 850}} for width in (360, 1280)], indirect=True
)
def test_all_stores_fit_the_window_whatever_they_sell(march: MarchStore, browse: Visit) -> None:
    for currency, price in (("JPY", "99999999.00"), ("BRL", "1.00"), ("CHF", "123456.78")):
        store = a_store(name="A store with a very long name that does not end", currency=currency)
        an_order(store, price, paid=True, shipping_address={"country": "BQ"})
    StoreDailySales.objects.update(sales=Decimal(1))
    for store in Store.objects.all():
        verify_store(store)
    a_user(User.Role.ADMIN, email="ada@example.com")
    browse.open("/dashboard/")
    browse.log_in("ada@example.com")
    browse.page.wait_for_url(browse.address + "/dashboard/")

    overflow = {}
    for name, path in COMPANY.items():
        browse.open(path)
        overflow[name] = browse.overflow()

    assert (overflow, browse.complaints) == (dict.fromkeys(COMPANY, 0), [])


def test_the_use_of_the_last_hour_is_drawn_and_can_be_read(march: MarchStore, browse: Visit) -> None:
    minute = timezone.now().replace(second=0, microsecond=0)
    MinuteActivity.objects.create(store=march.store, minute=minute, user_id=1, page_views=3)
    browse.open("/dashboard/pottery/snapshot/")
    browse.log_in("jo@example.com")

    expect(browse.page.get_by_role("img", name="Page views per minute in the last hour")).to_be_visible()
    painted = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    browse.page.wait_for_function(f"() => ({painted})(document.querySelector('#use'))")
    browse.page.get_by_text("1 minute with activity in the last hour").click()
    local = f"{minute.astimezone(march.store.zone):%H:%M}"
    expect(browse.page.get_by_role("row", name=f"{local} 1 3").first).to_be_visible()
    assert browse.complaints == []


def test_a_custom_period_is_picked_with_the_keyboard_alone(march: MarchStore, browse: Visit) -> None:
    browse.open(MARCH)
    browse.log_in("jo@example.com")
    browse.page.wait_for_url(browse.address + MARCH)

    browse.page.keyboard.press("Tab")
    expect(browse.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    custom = browse.page.locator(".segments summary", has_text="Custom")
    for _ in range(60):
        if custom.evaluate("summary => summary === document.activeElement"):
            break
        browse.page.keyboard.press("Tab")
    browse.page.keyboard.press("Enter")
    browse.page.keyboard.press("Tab")
    expect(browse.page.get_by_label("From")).to_be_focused()
    browse.page.keyboard.type("03302026")
    browse.page.get_by_label("To", exact=True).press("Enter")

    expect(browse.page.locator(".stepper strong")).to_have_text("Mar 30 – 31, 2026")
    expect(browse.page.locator(".total_sales .value")).to_have_text("£15.00")
    assert browse.complaints == []


def test_escape_closes_an_open_menu_and_returns_the_focus(march: MarchStore, browse: Visit) -> None:
    browse.open(MARCH)
    browse.log_in("jo@example.com")

    summary = browse.page.locator(".store-menu summary")
    summary.press("Enter")
    expect(browse.page.get_by_role("link", name="All stores")).to_be_visible()
    browse.page.keyboard.press("Tab")
    browse.page.keyboard.press("Escape")

    expect(browse.page.get_by_role("link", name="All stores")).to_be_hidden()
    expect(summary).to_be_focused()


@window(java_script_enabled=False)
def test_everything_can_be_read_without_a_script(march: MarchStore, browse: Visit) -> None:
    browse.open(MARCH)
    browse.log_in("jo@example.com")

    expect(browse.page.get_by_role("row", name="Mon, Mar 30 1 £15.00")).to_be_visible()
    expect(browse.page.locator("#trend")).to_be_hidden()
    browse.page.locator(".store-menu summary").click()
    browse.page.get_by_role("link", name="Fresh BRL").click()
    expect(browse.page.get_by_role("heading", name="Fresh")).to_be_visible()


def test_logging_out_returns_to_the_form(march: MarchStore, browse: Visit) -> None:
    browse.open(MARCH)
    browse.log_in("jo@example.com")
    browse.page.locator(".user-menu summary").click()
    browse.page.get_by_role("button", name="Log out").click()

    expect(browse.page.get_by_role("heading", name="Log in")).to_be_visible()
    browse.open(MARCH)
    expect(browse.page.get_by_role("heading", name="Log in")).to_be_visible()
