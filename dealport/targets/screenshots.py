"""`make screenshots`: pictures of the running demo for the README, in docs/images.

Takes the address of the demo (that of the port by default). Needs Debian's chromium; the demo account of super admins
logs in, and everything shown is demo data.
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
WIDE, PHONE = (1440, 900), (390, 844)
QUALITY = 72
LISTS = {"order": "/admin/orders/order/?in_store=3&view=refunded", "customer": "/admin/customers/customer/?in_store=3"}
"""Pages of one thing are those of the first row of a list."""
PICTURES = (
    # name, address or list, size, color scheme
    ("home", "/home/?store=nz-outdoor", WIDE, "light"),
    ("dashboard", "/dashboard/nz-outdoor/", WIDE, "light"),
    ("orders", "/admin/orders/order/?in_store=3", WIDE, "light"),
    ("order", "order", WIDE, "light"),
    ("customer", "customer", WIDE, "dark"),
    ("home-phone", "/home/?store=nz-outdoor", PHONE, "light"),
    ("orders-phone", "/admin/orders/order/?in_store=3", PHONE, "dark"),
)


@one_line_errors
def main(address: str = "") -> None:
    """Take PICTURES of a running demo (this port's without an address) and print the size of each."""
    follow_make()
    if not CHROMIUM.exists():
        sys.exit(f"There is no {CHROMIUM}: apt-get install chromium")
    address = address or f"http://127.0.0.1:{port.port()}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        for name, path, size, scheme in PICTURES:
            with _visit(browser, address, size, scheme) as page:
                _open(page, address, path)
                file = FOLDER / f"{name}.jpg"
                page.screenshot(path=file, type="jpeg", quality=QUALITY)
                print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1000} kB")
        browser.close()


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
