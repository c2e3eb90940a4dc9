"""Prices and stocks of ticked products in a real browser: by keyboard, and on a phone without scripts."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from playwright.sync_api import expect

from orders.models import Product
from tests.browser.conftest import Visit
from tests.browser.seeing import faults_to_see
from tests.builders import a_product, a_store, a_user

pytestmark = pytest.mark.django_db(transaction=True)

WINDOWS = [
    {"viewport": {"width": 1440, "height": 900}},
    {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False, "color_scheme": "dark"},
]


@pytest.mark.parametrize("browse", WINDOWS, indirect=True, ids=["wide", "phone-without-scripts"])
def test_prices_and_stock_of_ticked_products_are_checked_and_saved(browse: Visit) -> None:
    store = a_store(currency="NZD")
    cup, pot = a_product(store, "10.00", name="Cup", stock=5), a_product(store, "30.00", name="Pot")
    a_user("staff", store, email="jo@example.com")
    page = browse.page
    browse.open("/admin/orders/product/")
    browse.log_in("jo@example.com")
    for box in page.locator("input[name=_selected_action]").all():
        box.check()
    page.locator("select[name=action]").select_option("edit_rows")
    page.get_by_role("button", name="Run", exact=True).click()

    price = page.get_by_label("Price of Cup")
    assert faults_to_see(browse) == []
    price.fill("12.50")
    price.press("Tab")  # selects what is there
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.get_by_text("NZ$10.00 → NZ$12.50")).to_be_visible()
    assert faults_to_see(browse) == []
    page.get_by_role("button", name="Save 1 product").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 product changed.")
    cup.refresh_from_db()
    assert (cup.price, cup.stock) == (D("12.50"), 7)
    assert Product.objects.get(pk=pot.pk).price == D("30.00")
    assert browse.complaints == []
