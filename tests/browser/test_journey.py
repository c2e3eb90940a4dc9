"""A day in the back office from end to end: with a mouse on two screens, and with the keyboard alone."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from customers.models import Store, User
from orders import uploads
from orders.models import Order, Product, Upload
from reports.exporting import run_export
from reports.models import ExportJob, ScheduledExport
from tests.browser.conftest import Visit
from tests.browser.hands import Keyboard, Mouse
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db(transaction=True)

FILE = Path(__file__).parents[1] / "data/imports/semicolon.csv"
WIDE, PHONE = {"viewport": {"width": 1440, "height": 900}}, {"viewport": {"width": 390, "height": 844}}
JOURNEYS = [
    pytest.param(WIDE, Mouse, id="wide"),
    pytest.param(PHONE, Mouse, id="phone"),
    pytest.param(WIDE, Keyboard, id="wide-keyboard"),
    pytest.param(PHONE, Keyboard, id="phone-keyboard"),
]


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    """Keep the files of a test below its own folder."""
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path)


@pytest.fixture
def store() -> Store:
    """Provide a store with an order that waits to be shipped, a product to look for, and jo, who works there."""
    store = a_store(slug="tracks", name="Southern Track Outdoor", currency="USD")
    ada = a_customer(store, name="Ada Lovelace", email="ada@example.com")
    an_order(store, "20.00", customer=ada, paid=True, at=timezone.now() - timedelta(days=3))
    an_order(store, "50.00", customer=ada, paid=True)
    an_order(store, "75.00", at=timezone.now() - timedelta(hours=22))
    a_product(store, name="Oakwood chair", stock=40)
    a_user(User.Role.STAFF, store, email="jo@example.com")
    return store


def section(hands: Mouse | Keyboard, name: str) -> None:
    """Go to a section: by the rail, on a phone by the bar, behind "More" if it is not on it."""
    entry = hands.page.get_by_role("link", name=name, exact=True)
    if not entry.count():
        hands.use(hands.page.get_by_role("navigation", name="Main, for phones").locator("summary"))
    hands.use(entry.first)


@pytest.mark.parametrize(("browse", "kind"), JOURNEYS, indirect=["browse"])
def test_a_day_from_logging_in_to_a_search(store: Store, browse: Visit, kind: type[Mouse] | type[Keyboard]) -> None:
    page, hands = browse.page, kind(browse.page)
    browse.open("/")
    hands.type(page.get_by_label("Email address"), "jo@example.com")
    hands.type(page.get_by_label("Password"), "secret-pass-1")
    hands.use(page.get_by_role("button", name="Log in"))
    ships_and_refunds(browse, hands)
    prices(browse, hands)
    compares_and_opens(browse, hands)
    exports_and_repeats(browse, hands)
    imports(browse, hands)
    page.wait_for_load_state()  # the key is the script's
    page.keyboard.press("/")
    page.keyboard.type("lovelace")
    page.keyboard.press("Enter")
    hands.use(link(page, "Ada Lovelace"))
    arrived(browse, "Ada Lovelace")
    outside = [url for url in browse.requested if not url.startswith((browse.address, "data:", "blob:"))]
    assert (browse.complaints, outside) == ([], [])


def link(page: Page, name: str) -> Locator:
    """Return the first link of the content with a text in it."""
    return page.locator("main").get_by_role("link", name=name).first


def arrived(browse: Visit, title: str) -> None:
    """Insist on a page of that heading, as wide as the screen."""
    expect(browse.page.get_by_role("heading", level=1)).to_contain_text(title)
    assert browse.overflow() <= 0


def ships_and_refunds(browse: Visit, hands: Mouse | Keyboard) -> None:
    """From what waits on Home to an order, shipped and refunded in part, and its customer."""
    page, order = browse.page, Order.objects.get(total_amount=20)
    hands.use(link(page, "Paid but not shipped for more than 2 days"))
    hands.use(link(page, order.number))
    arrived(browse, order.number)
    hands.use(link(page, "Ship…"))
    hands.use(page.get_by_role("button", name="Ship"))
    expect(page.get_by_role("status").first).to_contain_text("shipped")
    hands.use(link(page, "Refund…"))
    hands.tick(page.get_by_label("An amount"))
    hands.type(page.get_by_role("textbox", name="Amount"), "5.25")
    hands.use(page.get_by_role("button", name="Refund"))
    arrived(browse, order.number)
    order.refresh_from_db()
    assert (order.status, order.refunded_amount) == (Order.Status.SHIPPED, Decimal("5.25"))
    hands.use(link(page, "Ada Lovelace"))
    arrived(browse, "Ada Lovelace")
    expect(page.get_by_text(order.number).first).to_be_visible()


def prices(browse: Visit, hands: Mouse | Keyboard) -> None:
    """A product's price is corrected."""
    section(hands, "Products")
    hands.use(link(browse.page, "Oakwood chair"))
    arrived(browse, "Oakwood chair")
    hands.type(browse.page.get_by_label("Price:", exact=True), "12.34")
    hands.use(browse.page.get_by_role("button", name="Save", exact=True))
    expect(browse.page.get_by_role("status").first).to_contain_text("changed")
    assert Product.objects.get(name="Oakwood chair").price == Decimal("12.34")


def compares_and_opens(browse: Visit, hands: Mouse | Keyboard) -> None:
    """This month against last year, and a figure of it down to an order."""
    page = browse.page
    section(hands, "Analytics")
    hands.use(page.get_by_role("link", name="Month", exact=True))
    hands.use(page.locator(".compare-menu summary"))
    hands.use(page.get_by_role("link", name="Previous year"))
    expect(page.locator(".compare-menu summary")).to_contain_text("Previous year")
    arrived(browse, "Southern Track Outdoor")
    hands.use(page.locator(".total_sales .value a"))
    arrived(browse, "Total sales")
    hands.use(page.locator("main a.number-link").first)
    arrived(browse, "ORD-")


def exports_and_repeats(browse: Visit, hands: Mouse | Keyboard) -> None:
    """The month's orders as a file, and the same every week."""
    page = browse.page
    section(hands, "Analytics")
    hands.use(link(page, "Export orders"))
    hands.use(page.get_by_role("button", name="Export"))
    page.wait_for_url(re.compile(r"/reports/exports/[0-9a-f-]+/(#content)?$"))
    run_export(str(ExportJob.objects.get().pk))
    download = page.get_by_role("link", name="Download CSV")
    expect(download).to_be_visible(timeout=20_000)
    with page.expect_download() as fetched:
        hands.use(download)
    assert "Ada" not in fetched.value.path().read_text()  # masked for staff
    hands.use(link(page, "Repeat this…"))
    hands.tick(page.get_by_label("Every week"))
    hands.use(page.get_by_role("button", name="Create the schedule"))
    page.wait_for_url(re.compile(r"/reports/schedules/[0-9]+/(#content)?$"))
    schedule = ScheduledExport.objects.get()
    assert (schedule.cron.split()[2:], schedule.filters) == (
        ["*", "*", "1"],
        {"store": "tracks", "period": "last_week"},
    )


def imports(browse: Visit, hands: Mouse | Keyboard) -> None:
    """A file of orders is uploaded, looked at and imported."""
    page = browse.page
    section(hands, "Connections")
    hands.use(page.get_by_role("navigation", name="Connections").get_by_role("link", name="Uploads"))
    hands.use(link(page, "Upload a file"))
    with page.expect_file_chooser() as chooser:
        hands.use(page.get_by_label("File", exact=True))
    chooser.value.set_files(FILE)
    hands.use(page.get_by_role("button", name="Upload"))
    page.wait_for_url(re.compile(r"/uploads/[0-9]+/(#content)?$"))
    upload = Upload.objects.get()
    uploads.run_upload(upload.pk)
    hands.use(page.get_by_role("button", name="Import"))
    expect(page.get_by_role("heading", level=1)).to_have_text(FILE.name)
    uploads.run_upload(upload.pk)
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible(timeout=20_000)
    upload.refresh_from_db()
    assert upload.status == Upload.Status.APPLIED and Order.objects.count() > 3
