from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import User
from tests.browser.conftest import Visit, window
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/reports/series/"
PAINTED = "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"


@pytest.fixture(autouse=True)
def stores() -> None:
    """Provide two stores with orders of the last days in two currencies, one without, and an admin."""
    tea = a_store(slug="tea", name="Tea House of the Northern Counties")
    koffie = a_store(slug="koffie", name="Koffie", currency="EUR", timezone="Europe/Amsterdam")
    a_store(slug="fresh", name="Fresh")
    for days in (1, 2, 3, 400):
        for store in (tea, koffie):
            an_order(store, f"{days}00.50", paid=True, at=timezone.now() - timedelta(days=days))
    a_user(User.Role.ADMIN, email="jo@example.com")


def visit(browse: Visit, query: str = "") -> None:
    """Open the page as an admin."""
    browse.open(PATH)
    browse.log_in("jo@example.com")
    browse.page.wait_for_url(browse.address + PATH)
    if query:
        browse.open(PATH + query)


def long_ago(days: int) -> str:
    return (timezone.now() - timedelta(days=days)).date().isoformat()


def test_a_chart_of_each_currency_and_of_the_use_is_painted_beside_its_table(browse: Visit) -> None:
    visit(browse, "?compare=previous_period")
    for name in ("Sales in EUR by day", "Sales in GBP by day", "Orders, page views and active users by day"):
        canvas = browse.page.get_by_role("img", name=name)
        expect(canvas).to_be_visible()
        browse.page.wait_for_function(f"([canvas]) => ({PAINTED})(canvas)", arg=[canvas.element_handle()])
    kept = browse.page.evaluate(
        "['sales-EUR', 'sales-GBP', 'use'].map(id => Chart.getChart(id).data.datasets.map(line => line.label))"
    )
    assert kept == [
        ["Sales", "Previous period"],
        ["Sales", "Previous period"],
        ["Orders", "Page views", "Active users"],
    ]
    expect(browse.page.get_by_role("heading", level=2)).to_have_count(3)
    expect(browse.page.locator("table tfoot")).to_have_count(2)
    assert browse.complaints == []


def test_everything_is_picked_and_shown_with_the_keyboard_alone(browse: Visit) -> None:
    visit(browse)
    page = browse.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(12):
        if page.get_by_label("Store", exact=True).evaluate("field => field === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type("Tea")
    page.keyboard.press("Tab")
    expect(page.get_by_label("From")).to_be_focused()
    month, day, year = (timezone.now() - timedelta(days=20)).strftime("%m %d %Y").split()
    page.keyboard.type(month + day + year)
    for label, choice in (("Group by", "Weeks"), ("Basis", "Transaction date"), ("Compare with", "Previous year")):
        for _ in range(6):
            page.keyboard.press("Tab")
            if page.get_by_label(label).evaluate("field => field === document.activeElement"):
                break
        page.keyboard.type(choice)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sales in GBP")).to_be_visible()
    chosen = [
        page.get_by_label(label, exact=True).input_value()
        for label in ("Store", "From", "Group by", "Basis", "Compare with")
    ]
    assert chosen == ["tea", f"{year}-{month}-{day}", "weekly", "booked", "previous_year"]
    expect(page.get_by_role("heading", name="Sales in EUR")).to_have_count(0)
    assert browse.complaints == []


def test_a_long_table_scrolls_within_its_panel_and_the_keyboard_reaches_it(browse: Visit) -> None:
    visit(browse, f"?store=tea&from={long_ago(1095)}")
    table = browse.page.get_by_role("region", name="Table of sales in GBP")
    assert table.evaluate("region => region.scrollHeight > 10 * region.clientHeight")
    expect(table.get_by_role("row")).to_have_count(1098)
    table.focus()
    browse.page.keyboard.press("End")
    browse.page.wait_for_function("region => region.scrollTop > 10000", arg=table.element_handle())
    expect(table.locator("tbody tr").last).to_be_in_viewport()
    browse.page.get_by_role("link", name="Weeks are easier to read").click()
    expect(browse.page.get_by_label("Group by")).to_have_value("weekly")
    assert browse.complaints == []


def test_a_wrong_range_is_told_beside_the_form_which_keeps_it(browse: Visit) -> None:
    visit(browse, "?store=tea&from=2026-05-02&to=2026-05-01")
    expect(browse.page.get_by_role("alert")).to_contain_text("Enter a day that is not before from.")
    expect(browse.page.get_by_label("To", exact=True)).to_have_attribute("aria-invalid", "true")
    browse.page.get_by_label("To", exact=True).fill("2026-05-03")
    browse.page.get_by_role("button", name="Show").click()
    expect(browse.page.locator("main")).to_contain_text("No orders and no visits in this period.")
    assert [text for text in browse.complaints if "400" not in text] == []


@window(java_script_enabled=False)
def test_the_form_and_the_tables_work_without_a_script(browse: Visit) -> None:
    visit(browse)
    browse.page.get_by_label("Store", exact=True).select_option("koffie")
    browse.page.get_by_label("Group by").select_option("monthly")
    browse.page.get_by_role("button", name="Show").click()
    expect(browse.page.get_by_role("heading", name="Sales in EUR")).to_be_visible()
    expect(browse.page.locator("tfoot")).to_contain_text("€601.50")
    expect(browse.page.locator("canvas").first).to_be_hidden()


@pytest.mark.parametrize(
    "browse",
    [
        {"viewport": {"width": width, "height": 850}, "color_scheme": scheme}
        for width, scheme in ((360, "dark"), (390, "light"), (800, "dark"), (1440, "light"))
    ],
    indirect=True,
)
def test_no_state_is_wider_than_the_window_or_breaks_the_policy(browse: Visit) -> None:
    visit(browse)
    states = {
        "all": "?compare=previous_year&granularity=weekly",
        "long": f"?store=tea&compare=previous_year&from={long_ago(1095)}",
        "months": f"?store=koffie&compare=previous_period&granularity=monthly&from={long_ago(700)}",
        "empty": "?store=fresh&compare=previous_year",
    }
    overflow = {}
    for name, query in states.items():
        browse.open(PATH + query)
        overflow[name] = browse.overflow()
    assert (overflow, browse.complaints) == (dict.fromkeys(states, 0), [])


def test_the_charts_follow_the_system_into_the_dark(browse: Visit) -> None:
    visit(browse, "?store=tea")
    bar = "Chart.getChart('sales-GBP').getDatasetMeta(0).data[0].options.backgroundColor"
    browse.page.emulate_media(color_scheme="light")
    light = browse.page.evaluate(bar)
    browse.page.emulate_media(color_scheme="dark")
    browse.page.wait_for_function(f"before => {bar} !== before", arg=light)
    assert browse.complaints == []
