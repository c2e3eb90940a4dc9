"""`make screenshots`: pictures of every page of the running demo, in docs/images.

Takes the pictures of the README, then every page wide and on a phone, light and dark, and as printed, into
docs/images/all, which git ignores: look at them after a change of style. ARGS=readme leaves the second part out; an
address is that of another demo than this port's. Needs Debian's chromium; the demo account of super admins logs in, and
everything shown is demo data.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from dealport.servers.use import ROOT
from dealport.targets import port
from dealport.targets.common import follow_make, one_line_errors

CHROMIUM = Path("/usr/bin/chromium")
FOLDER = ROOT / "docs" / "images"
WIDE, PHONE, PAPER = (1440, 900), (390, 844), (794, 1123)
QUALITY = 72
STORE = "in_store=3"
LISTS = {
    "order": f"/admin/orders/order/?{STORE}&view=refunded",
    "customer": f"/admin/customers/customer/?{STORE}",
    "product": f"/admin/orders/product/?{STORE}",
}
"""Pages of one thing are those of the first row of a list."""
PICTURES = (
    # name, address or list, size, color scheme
    ("home", "/home/?store=nz-outdoor", WIDE, "light"),
    ("dashboard", "/dashboard/nz-outdoor/", WIDE, "light"),
    ("orders", LISTS["order"].partition("&")[0], WIDE, "light"),
    ("order", "order", WIDE, "light"),
    ("customer", "customer", WIDE, "dark"),
    ("home-phone", "/home/?store=nz-outdoor", PHONE, "light"),
    ("orders-phone", LISTS["order"].partition("&")[0], PHONE, "dark"),
)
"""The pictures of the README."""
EVERY_PAGE = {
    "home": "/home/?store=nz-outdoor", "home-all-stores": "/home/", "orders": f"/admin/orders/order/?{STORE}",
    "order": "order", "drafts": f"/admin/orders/draftorder/?{STORE}", "draft-new": "/admin/orders/draftorder/add/",
    "products": LISTS["product"], "product": "product", "customers": LISTS["customer"], "customer": "customer",
    "discounts": f"/admin/orders/coupon/?{STORE}", "dashboard": "/dashboard/nz-outdoor/",
    "snapshot": "/dashboard/nz-outdoor/snapshot/", "figure": "/dashboard/nz-outdoor/explain/?metric=totalSales",
    "bridge": "/dashboard/nz-outdoor/bridge/", "changed": "/dashboard/nz-outdoor/changed/", "stores": "/dashboard/",
    "all-stores": "/company/", "reports": "/analytics/?store=nz-outdoor",
    "report": "/analytics/reports/inventory/?store=nz-outdoor",
    "explore": "/analytics/explore/?store=nz-outdoor&figures=totalSales,orders&by=country",
    "series": "/reports/series/?store=nz-outdoor", "transactions": f"/admin/orders/transaction/?{STORE}",
    "exports": "/reports/exports/", "export-new": "/reports/exports/?type=orders", "schedules": "/reports/schedules/",
    "schedule-new": "/reports/schedules/new/?type=orders", "connections": "/connections/",
    "connection-new": "/connections/new/shopify/", "uploads": "/uploads/", "upload-new": "/uploads/new/",
    "search": "/search/?q=bag", "account": "/account/", "settings": "/admin/", "people": "/admin/customers/user/",
    "api": "/api/docs", "nothing-here": "/nothing/",
}  # fmt: skip
"""Every page of the product by a name for its pictures."""
LOOKS = (("wide", WIDE, "light"), ("wide-dark", WIDE, "dark"), ("phone", PHONE, "light"), ("phone-dark", PHONE, "dark"))


@one_line_errors
def main(*arguments: str) -> None:
    """Take PICTURES and EVERY_PAGE, or with `readme` PICTURES alone, of a running demo (this port's by default)."""
    follow_make()
    if not CHROMIUM.exists():
        sys.exit(f"There is no {CHROMIUM}: apt-get install chromium")
    addresses = [argument for argument in arguments if argument != "readme"]
    address = addresses[0] if addresses else f"http://127.0.0.1:{port.port()}"
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        _take_pictures(browser, address)
        if "readme" not in arguments:
            _take_every_page(browser, address)
        browser.close()


def _take_pictures(browser: Browser, address: str) -> None:
    """Take the pictures of the README, each of a window's first screen."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, path, size, scheme in PICTURES:
        with _visit(browser, address, size, scheme) as page:
            _open(page, address, path)
            _take(page, FOLDER / f"{name}.jpg", is_whole=False)


def _take_every_page(browser: Browser, address: str) -> None:
    """Take every page whole: in each of LOOKS, and as it is printed."""
    folder = FOLDER / "all"
    folder.mkdir(parents=True, exist_ok=True)
    for look, size, scheme in LOOKS:
        with _visit(browser, address, size, scheme) as page:
            for name, path in EVERY_PAGE.items():
                _open(page, address, path)
                _take(page, folder / f"{name}-{look}.jpg", is_whole=True)
    with _visit(browser, address, PAPER, "light") as page:
        page.emulate_media(media="print")
        for name, path in EVERY_PAGE.items():
            _open(page, address, path)
            _take(page, folder / f"{name}-print.jpg", is_whole=True)


def _take(page: Page, file: Path, *, is_whole: bool) -> None:
    page.screenshot(path=file, type="jpeg", quality=QUALITY, full_page=is_whole)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1000} kB", flush=True)


@contextmanager
def _visit(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Iterator[Page]:
    """Log in in a window of its own."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/login/")
    page.get_by_label("Email address").fill("super@dealport.com")
    page.get_by_label("Password").fill(os.environ.get("DEALPORT_DEMO_PASSWORD", "admin123"))
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()
    yield page
    context.close()


def _open(page: Page, address: str, path: str) -> None:
    """Open an address, or what the first row of a list leads to."""
    page.goto(address + LISTS.get(path, path))
    if path in LISTS:
        page.locator("#result_list tbody th a").first.click()
    page.wait_for_load_state("networkidle")
