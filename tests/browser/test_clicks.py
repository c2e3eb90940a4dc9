"""How many clicks from Home the common tasks take; typing is not counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import User
from orders.actions import ItemRequest, create_coupon
from orders.models import Order, Product
from reports.exporting import run_export
from reports.models import ExportJob, ScheduledExport
from tests.browser.conftest import Visit, window
from tests.browser.hands import Mouse
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db(transaction=True)


def yesterday_against_the_same_weekday(hands: Mouse) -> None:
    expect(hands.page.get_by_role("heading", name="Yesterday")).to_be_visible()
    expect(hands.page.get_by_text("same weekday the week before").first).to_be_visible()


def a_figure_down_to_an_order(hands: Mouse) -> None:
    hands.use(hands.page.locator(".multiples a").first)
    hands.use(hands.page.locator("main a.number-link").first)
    expect(hands.page.get_by_role("heading", name="Timeline")).to_be_visible()


def a_partial_refund(hands: Mouse) -> None:
    order = Order.objects.get(total_amount=50)
    hands.use(hands.page.get_by_role("link", name=order.number))
    hands.use(hands.page.get_by_role("link", name="Refund…"))
    hands.tick(hands.page.get_by_label("An amount"))
    hands.type(hands.page.get_by_role("textbox", name="Amount"), "5.25")
    hands.use(hands.page.get_by_role("button", name="Refund"))
    expect(hands.page.get_by_text("$5.25").first).to_be_visible()


def a_customer_by_email_and_what_they_bought(hands: Mouse) -> None:
    hands.page.keyboard.press("/")
    hands.page.keyboard.type("ada@example.com")
    hands.page.keyboard.press("Enter")
    hands.use(hands.page.locator("main").get_by_role("link", name="Ada Lovelace"))
    expect(hands.page.get_by_text(Order.objects.get(total_amount=50).number).first).to_be_visible()


def last_months_workbook(hands: Mouse) -> None:
    hands.use(hands.page.get_by_role("link", name="Exports", exact=True))
    hands.use(hands.page.get_by_role("link", name=re.compile("^XLSX ?: Orders$")))
    hands.use(hands.page.get_by_role("button", name="Export"))
    hands.page.wait_for_url(re.compile(r"/reports/exports/[0-9a-f-]+/$"))
    job = ExportJob.objects.get()
    run_export(str(job.pk))
    with hands.page.expect_download() as fetched:
        hands.use(hands.page.get_by_role("link", name="Download Excel (XLSX)"))
    last = timezone.now().date().replace(day=1) - timedelta(days=1)
    assert fetched.value.suggested_filename.endswith(".xlsx")
    assert (job.filters["from"], job.filters["to"]) == (last.replace(day=1).isoformat(), last.isoformat())


def a_weekly_schedule(hands: Mouse) -> None:
    hands.use(hands.page.get_by_role("link", name="Analytics", exact=True))
    hands.use(hands.page.get_by_role("link", name="Repeat this…").first)
    hands.tick(hands.page.get_by_label("Every week"))
    hands.use(hands.page.get_by_role("button", name="Create the schedule"))
    hands.page.wait_for_url(re.compile(r"/reports/schedules/[0-9]+/$"))
    assert ScheduledExport.objects.get().filters == {"store": "tracks", "period": "last_week"}


def a_price(hands: Mouse) -> None:
    hands.use(hands.page.get_by_role("link", name="Products").first)
    hands.use(hands.page.get_by_role("link", name="Oakwood chair"))
    hands.type(hands.page.get_by_label("Price:", exact=True), "12.34")
    hands.use(hands.page.get_by_role("button", name="Save", exact=True))
    expect(hands.page.get_by_role("status").first).to_be_visible()
    assert str(Product.objects.get(name="Oakwood chair").price) == "12.34"


def unpaid_for_more_than_twenty_hours(hands: Mouse) -> None:
    hands.use(hands.page.get_by_role("link", name="Unpaid for more than 20 hours"))
    expect(hands.page.locator("#result_list tbody tr")).to_have_count(1)
    expect(hands.page.locator("#result_list")).to_contain_text(Order.objects.get(total_amount=75).number)


def what_discounts_brought_last_month(hands: Mouse) -> None:
    hands.use(hands.page.get_by_role("link", name="Discounts", exact=True))
    hands.use(hands.page.get_by_role("link", name="Sales by discount, last month"))
    expect(hands.page.locator(".explore-table tbody tr").first).to_contain_text("SAVE10")


def top_products_of_a_country_last_month(hands: Mouse) -> None:
    hands.use(hands.page.get_by_role("link", name="Analytics", exact=True))
    hands.use(hands.page.get_by_role("link", name="Earlier"))
    hands.use(hands.page.get_by_role("link", name=re.compile("^Products ?: Germany$")))
    rows = hands.page.locator(".explore-table tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Walnut table")
    expect(rows.first).to_contain_text("$27.00")


TASKS: dict[Callable[[Mouse], None], int] = {
    yesterday_against_the_same_weekday: 1,
    a_figure_down_to_an_order: 2,
    a_partial_refund: 4,
    a_customer_by_email_and_what_they_bought: 2,
    last_months_workbook: 4,
    a_weekly_schedule: 5,
    a_price: 3,
    unpaid_for_more_than_twenty_hours: 1,
    what_discounts_brought_last_month: 2,
    top_products_of_a_country_last_month: 3,
}
"""Tasks with the most clicks they may take."""


@window(viewport={"width": 1440, "height": 900})
def test_common_tasks_take_few_clicks_from_home(browse: Visit, settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path)
    now = timezone.now()
    store = a_store(slug="tracks", name="Southern Track Outdoor", currency="USD", timezone="UTC")
    create_coupon(store=store, values={"code": "SAVE10", "kind": "percent", "value": Decimal(10)}, actor=None)
    ada = a_customer(store, name="Ada Lovelace", email="ada@example.com")
    an_order(store, "50.00", customer=ada, paid=True)
    an_order(store, "75.00", at=now - timedelta(hours=22))
    last_month = now.replace(day=1) - timedelta(days=2)
    table = [ItemRequest(a_product(store, "30.00", name="Walnut table").pk, 1)]
    germany = {"country": "DE"}
    sold = {"items": table, "customer": ada, "paid": True, "shipping_address": germany}
    an_order(store, at=last_month, coupon_code="SAVE10", **sold)
    an_order(store, "99.00", paid=True, at=last_month, shipping_address={"country": "FR"})
    a_product(store, name="Oakwood chair", stock=40)
    browse.open("/")
    browse.log_in(a_user(User.Role.STAFF, store).email)
    counted = {}
    for task in TASKS:
        browse.open("/home/")
        hands = Mouse(browse.page)
        task(hands)
        counted[task.__name__] = hands.clicks
    most = {task.__name__: clicks for task, clicks in TASKS.items()}
    assert {name: clicks for name, clicks in counted.items() if clicks > most[name]} == {}
    assert browse.complaints == []
