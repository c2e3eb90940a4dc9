"""A day's work in a real browser, on a wide and a narrow window, with and without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from orders.models import Order
from tests.browser.conftest import Visit
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db(transaction=True)

WINDOWS = [
    {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    {"viewport": {"width": 390, "height": 844}},
    {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False},
]


@pytest.mark.parametrize("browse", WINDOWS, indirect=True, ids=["wide", "phone", "without-scripts"])
def test_from_home_to_an_order_its_customer_and_a_product(browse: Visit) -> None:
    store = a_store(currency="NZD", timezone="Pacific/Auckland")
    ada = a_customer(store, name="Ada Lovelace")
    order = an_order(store, "20.00", customer=ada, paid=True, at=timezone.now() - timedelta(days=3))
    an_order(store, paid=True)
    chair = a_product(store, name="Oakwood chair", stock=0)
    a_user("staff", store, email="jo@example.com")
    page, has_scripts = browse.page, page_has_scripts(browse)

    browse.open("/")
    browse.log_in("jo@example.com")
    page.get_by_role("link", name="Paid but not shipped for more than 2 days").click()
    page.get_by_role("link", name=order.number).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(order.number)
    fits(browse, has_scripts)
    page.get_by_role("link", name="Ship…").click()
    page.get_by_role("button", name="Ship").click()
    expect(page.get_by_role("status")).to_contain_text("shipped")
    page.get_by_role("link", name="Ada Lovelace").click()
    expect(page.get_by_text("NZ$20.00").first).to_be_visible()
    fits(browse, has_scripts)
    if has_scripts:
        page.keyboard.press("/")
        page.keyboard.type("oakwood")
        page.keyboard.press("Enter")
    else:
        page.get_by_role("searchbox").first.fill("oakwood")
        page.get_by_role("searchbox").first.press("Enter")
    page.get_by_role("link", name=chair.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(chair.name)
    fits(browse, has_scripts)

    assert Order.objects.get(pk=order.pk).status == Order.Status.SHIPPED
    assert browse.complaints == []


def test_the_list_of_orders_says_what_is_new_and_shows_it_when_asked(browse: Visit) -> None:
    store = a_store()
    first = an_order(store)
    page = browse.page
    page.clock.install()
    browse.open("/admin/orders/order/")
    browse.log_in(a_user("staff", store).email)
    expect(page.get_by_role("link", name=first.number)).to_be_visible()
    with page.expect_response("**/live/**"):
        page.clock.fast_forward(2_000)

    second = an_order(store)
    with page.expect_response("**/live/**after=**"):
        page.clock.fast_forward(20_000)
    pill = page.get_by_role("status").get_by_role("link", name="1 new order")
    expect(pill).to_be_visible()
    expect(page.get_by_role("link", name=second.number)).to_have_count(0)  # the list keeps still
    pill.click()
    expect(page.get_by_role("link", name=second.number)).to_be_visible()
    expect(pill).to_be_hidden()
    assert browse.complaints == []


def page_has_scripts(browse: Visit) -> bool:
    """Return whether the window runs scripts."""
    browse.open("/login/")
    return bool(browse.page.evaluate("matchMedia('(scripting: enabled)').matches"))


def fits(browse: Visit, has_scripts: bool) -> None:
    """Insist that the page is not wider than the window, where the browser can be asked."""
    if has_scripts:
        assert browse.overflow() == 0
