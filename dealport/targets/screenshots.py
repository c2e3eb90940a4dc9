"""`make screenshots`: pictures of every page of the running demo, in docs/images.

Takes the pictures of the README, then every page wide and on a phone, light and dark, and as printed, into
docs/images/all, which git ignores: look at them after a change of style. ARGS=readme leaves the second part out; an
address is that of another demo. Needs Debian's chromium-headless-shell or chromium. The demo account of
super admins logs in; everything shown is demo data. Where nothing is exported or uploaded yet, it makes one of each.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from dealport.servers.use import ROOT
from dealport.targets import port
from dealport.targets.common import follow_make, one_line_errors

BROWSERS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
FOLDER = ROOT / "docs" / "images"
WIDE, PHONE, PAPER = (1440, 900), (390, 844), (794, 1123)
QUALITY = 72
PATIENCE, QUIET = 180_000, 10_000
"""Milliseconds that a page may take on a machine that does other work as well, and to ask for what it shows late."""
STORE = "in_store=3"
ORDERS = f"/admin/orders/order/?{STORE}"
FIRST_ROW = "#result_list tbody th a"
Way = str | tuple[str, ...]
"""The address of a page, or where to start and the selectors to click from there, each of them the first it finds."""
ORDER = (f"{ORDERS}&view=refunded", FIRST_ROW)
CUSTOMER = (f"/admin/customers/customer/?{STORE}", FIRST_ROW)
PRODUCT = (f"/admin/orders/product/?{STORE}", FIRST_ROW)
TO_SHIP = (f"{ORDERS}&view=to-ship", FIRST_ROW)
PICTURES: tuple[tuple[str, Way, tuple[int, int], str], ...] = (
    # name, way, size, color scheme
    ("home", "/home/?store=nz-outdoor", WIDE, "light"),
    ("dashboard", "/dashboard/nz-outdoor/", WIDE, "light"),
    ("orders", ORDERS, WIDE, "light"),
    ("order", ORDER, WIDE, "light"),
    ("customer", CUSTOMER, WIDE, "dark"),
    ("home-phone", "/home/?store=nz-outdoor", PHONE, "light"),
    ("orders-phone", ORDERS, PHONE, "dark"),
)
"""The pictures of the README."""
EVERY_PAGE: dict[str, Way] = {
    "home": "/home/?store=nz-outdoor", "home-all-stores": "/home/", "orders": ORDERS, "order": ORDER,
    "order-edit": (f"{ORDERS}&view=unpaid", FIRST_ROW, "a[href$='/edit/']"),
    "order-refund": (*TO_SHIP, "a[href$='/refund/']"), "order-ship": (*TO_SHIP, "a[href$='/ship/']"),
    "drafts": f"/admin/orders/draftorder/?{STORE}", "draft-new": "/admin/orders/draftorder/add/",
    "products": PRODUCT[0], "product": PRODUCT, "customers": CUSTOMER[0], "customer": CUSTOMER,
    "discounts": f"/admin/orders/coupon/?{STORE}", "dashboard": "/dashboard/nz-outdoor/",
    "snapshot": "/dashboard/nz-outdoor/snapshot/", "figure": "/dashboard/nz-outdoor/explain/?metric=totalSales",
    "bridge": "/dashboard/nz-outdoor/bridge/", "changed": "/dashboard/nz-outdoor/changed/", "stores": "/dashboard/",
    "all-stores": "/company/", "reports": "/analytics/?store=nz-outdoor",
    "report": "/analytics/reports/inventory/?store=nz-outdoor",
    "report-compared": "/analytics/reports/bought-together/?store=nz-outdoor&compare=previous_period",
    "explore": "/analytics/explore/?store=nz-outdoor&figures=totalSales,orders&by=country",
    "explore-compared": "/analytics/explore/?store=nz-outdoor&figures=netSales&by=product&compare=previous_period",
    "figure-before": ("/dashboard/nz-outdoor/", "main a[href*='until=']"), "sql": "/reports/sql/",
    "series": "/reports/series/?store=nz-outdoor", "transactions": f"/admin/orders/transaction/?{STORE}",
    "exports": "/reports/exports/", "export-new": "/reports/exports/?type=orders",
    "export": ("/reports/exports/", "#history tbody th a"), "schedules": "/reports/schedules/",
    "schedule-new": "/reports/schedules/new/?type=orders", "connections": "/connections/",
    "connection-new": "/connections/new/shopify/", "uploads": "/uploads/", "upload-new": "/uploads/new/",
    "upload": ("/uploads/", ".listing tbody th a"), "search": "/search/?q=bag", "account": "/account/",
    "settings": "/admin/", "people": "/admin/customers/user/", "api": "/api/docs", "nothing-here": "/nothing/",
}  # fmt: skip
"""Every page of the product by a name for its pictures."""
SOLD = b"""\
Name,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price
#S1,paid,NZD,6.00,0.00,0.00,6.00,2026-01-05 10:00:00 +1300,2,Blue pen,3.00
#S2,paid,NZD,4.00,0.00,0.00,4.00,2026-01-06 10:00:00 +1300,1,Pad,none
"""
"""An upload to show: of its two orders one cannot be read."""
LOOKS = (("wide", WIDE, "light"), ("wide-dark", WIDE, "dark"), ("phone", PHONE, "light"), ("phone-dark", PHONE, "dark"))


@one_line_errors
def main(*arguments: str) -> None:
    """Take PICTURES and EVERY_PAGE, or with `readme` PICTURES alone, of a running demo (this port's by default)."""
    follow_make()
    program = next((program for program in BROWSERS if program.exists()), None)
    if not program:
        sys.exit(f"There is no {BROWSERS[0]}: apt-get install {BROWSERS[0].name}")
    addresses = [argument for argument in arguments if argument != "readme"]
    address = addresses[0] if addresses else f"http://127.0.0.1:{port.port()}"
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=options)
        _take_pictures(browser, address)
        if "readme" not in arguments:
            _take_every_page(browser, address)
        browser.close()


def _take_pictures(browser: Browser, address: str) -> None:
    """Take the pictures of the README, each of a window's first screen."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, way, size, scheme in PICTURES:
        with _visit(browser, address, size, scheme) as page:
            _open(page, address, way)
            _take(page, FOLDER / f"{name}.jpg", is_whole=False)


def _take_every_page(browser: Browser, address: str) -> None:
    """Take every page whole: in each of LOOKS, and as it is printed."""
    folder = FOLDER / "all"
    folder.mkdir(parents=True, exist_ok=True)
    with _visit(browser, address, WIDE, "light") as page:
        _make_files(page, address)
    for look, size, scheme in LOOKS:
        with _visit(browser, address, size, scheme) as page:
            for name, way in EVERY_PAGE.items():
                _open(page, address, way)
                _take(page, folder / f"{name}-{look}.jpg", is_whole=True)
    with _visit(browser, address, PAPER, "light") as page:
        for name, way in EVERY_PAGE.items():
            page.emulate_media(media="screen")  # paper has no links to click
            _open(page, address, way)
            page.emulate_media(media="print")
            _take(page, folder / f"{name}-print.jpg", is_whole=True)


def _make_files(page: Page, address: str) -> None:
    """Export and upload a file where there is none yet, so that their receipts have something to show."""
    page.goto(f"{address}/reports/exports/")
    if not page.locator("#history tbody th a").count():
        page.goto(f"{address}/reports/exports/?type=orders")
        page.get_by_role("button", name="Export", exact=True).click()
        page.get_by_role("link", name="Download CSV").wait_for()
    page.goto(f"{address}/uploads/")
    if not page.locator(".listing tbody th a").count():
        page.goto(f"{address}/uploads/new/?store=nz-outdoor")
        page.locator("#id_file").set_input_files({"name": "sold.csv", "mimeType": "text/csv", "buffer": SOLD})
        page.get_by_role("button", name="Upload", exact=True).click()
        page.get_by_role("heading", name="Nothing is applied yet").wait_for()


def _take(page: Page, file: Path, *, is_whole: bool) -> None:
    page.screenshot(path=file, type="jpeg", quality=QUALITY, full_page=is_whole)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1000} kB", flush=True)


@contextmanager
def _visit(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Iterator[Page]:
    """Log in in a window of its own."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{address}/login/")
    page.get_by_label("Email address").fill("super@dealport.com")
    page.get_by_label("Password").fill(os.environ.get("DEALPORT_DEMO_PASSWORD", "admin123"))
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()
    yield page
    context.close()


def _open(page: Page, address: str, way: Way) -> None:
    """Open an address and click what leads on from there."""
    path, *clicks = (way,) if isinstance(way, str) else way
    page.goto(address + path)
    for selector in clicks:
        page.locator(selector).first.click()
        page.wait_for_load_state()
    # what a page asks for late; a list that was left while it asked for what is new counts as busy for ever
    with suppress(PlaywrightTimeout):
        page.wait_for_load_state("networkidle", timeout=QUIET)
