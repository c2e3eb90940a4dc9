"""Explore and ready reports in a browser, without a script where one could be missed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import User
from tests.browser.conftest import Visit, window
from tests.browser.hands import Keyboard
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db(transaction=True)
WIDE, PHONE = {"viewport": {"width": 1440, "height": 900}}, {"viewport": {"width": 390, "height": 844}}


@pytest.fixture(autouse=True)
def tea() -> None:
    """Provide a store with orders of two countries, and somebody who works there."""
    store = a_store(slug="tea", name="Tea House of the Northern Counties")
    for days, country in ((1, "DE"), (2, "FR"), (3, "DE")):
        at = timezone.now() - timedelta(days=days)
        an_order(store, f"{days}00.50", paid=True, at=at, shipping_address={"country": country})
    an_order(store, "40.00", payment_method="INVOICE")
    a_user(User.Role.STAFF, store, email="jo@example.com")


@window(java_script_enabled=False, viewport={"width": 390, "height": 850}, color_scheme="dark")
def test_a_question_is_asked_sorted_opened_and_saved_on_a_phone_without_a_script(browse: Visit) -> None:
    browse.open("/analytics/explore/")
    browse.log_in("jo@example.com")
    page = browse.page
    expect(page.get_by_role("img", name="Total sales, Orders, Average order value by day")).to_be_visible()
    page.get_by_label("By", exact=True).select_option("country")
    page.get_by_role("button", name="Show").click()
    rows = page.locator(".explore-table tbody tr")
    expect(rows.first).to_contain_text("Germany")
    page.get_by_role("link", name="Total sales").click()
    expect(rows.first).to_contain_text("France")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Total sales")
    page.get_by_label("Name").fill("Countries")
    page.get_by_label("Show on my Home").check()
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("status")).to_have_text("“Countries” is saved.")
    page.get_by_role("link", name="Countries", exact=True).click()
    rows.first.get_by_role("link", name="£200.50").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Total sales, France: £200.50")
    browse.open("/home/")
    expect(page.get_by_role("region", name="Countries, GBP")).to_contain_text("Germany")
    assert (browse.overflow(), browse.complaints) == (0, [])


def test_three_ready_reports_are_opened_from_the_gallery(browse: Visit) -> None:
    browse.open("/analytics/")
    browse.log_in("jo@example.com")
    page = browse.page
    page.get_by_role("link", name="Weekday and hour").click()
    expect(page.locator(".heat td[class^=heat-]")).to_have_count(7 * 24)
    browse.open("/analytics/")
    page.get_by_role("link", name="Unpaid orders by age").click()
    expect(page.locator("tfoot")).to_contain_text("£40.00")
    browse.open("/analytics/")
    page.get_by_role("link", name="Order value distribution").click()
    expect(page.get_by_role("list", name="Order value distribution")).to_be_visible()
    page.get_by_label("Period").select_option("today")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("There is nothing to show")).to_be_visible()
    assert (browse.overflow(), browse.complaints) == (0, [])


@pytest.mark.parametrize("browse", [WIDE, PHONE], indirect=True, ids=["wide", "phone"])
def test_explore_is_used_with_the_keyboard_alone(browse: Visit) -> None:
    browse.open("/analytics/explore/")
    browse.log_in("jo@example.com")
    page, keys = browse.page, Keyboard(browse.page)
    figures = page.locator("details.explore-figures").first
    keys.use(figures.locator("summary"))
    for name in ("Orders", "Net sales"):
        keys.switch(figures.get_by_role("checkbox", name=name, exact=True))
    keys.choose(page.get_by_label("By", exact=True), "Country")
    keys.use(page.locator("details.explore-figures").last.locator("summary"))
    keys.choose(page.get_by_label("Compare with", exact=True), "Previous year")
    keys.use(page.get_by_role("button", name="Show", exact=True))
    rows, heads = page.locator(".explore-table tbody tr"), page.locator(".explore-table thead th")
    expect(heads).to_have_text(["Country", re.compile("Total sales"), "Net sales", "Average order value"])
    expect(rows.first).to_contain_text("Germany")
    # what is compared has its value of before beside it
    expect(rows.first.locator("small").first).to_contain_text("£0.00")
    keys.use(heads.get_by_role("link", name="Total sales"))
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Total sales")
    expect(rows.first).to_contain_text("France")
    keys.type(page.get_by_label("Name", exact=True), "Countries")
    keys.switch(page.get_by_label("Show on my Home"))
    keys.use(page.get_by_role("button", name="Save view"))
    expect(page.get_by_role("status")).to_have_text("“Countries” is saved.")
    keys.use(page.get_by_role("link", name="Countries", exact=True))
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Total sales")
    keys.use(rows.first.get_by_role("link", name="£200.50").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Total sales, France: £200.50")
    page.go_back()
    keys.use(rows.first.locator("small a").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Total sales, France: £0.00")
    assert (browse.overflow(), browse.complaints) == (0, [])
