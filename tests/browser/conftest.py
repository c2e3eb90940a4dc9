"""A real browser on the pages: Debian's chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

# the shell has no windows, menus or extensions of its own: the same engine for a third of the processor time
BROWSERS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Run one browser for all tests of this process; skip where there is none."""
    program = next((program for program in BROWSERS if program.exists()), None)
    if not program:
        pytest.skip(f"no {BROWSERS[0]}: apt-get install {BROWSERS[0].name}")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, which Django takes for an asynchronous caller.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        # A thread of the live server must not hold its connection when the test database is dropped.
        patch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


class Visit:
    """A visitor's tab and everything the browser complained about in it."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.address = address
        self.complaints: list[str] = []
        self.requested: list[str] = []
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', (event) => "
            "console.error('blocked', event.violatedDirective, event.blockedURI))"
        )

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def open(self, path: str) -> None:
        """Open a path of the site."""
        self.page.goto(self.address + path)

    def log_in(self, email: str, password: str = "secret-pass-1") -> None:
        """Fill in the login form that is shown."""
        self.page.get_by_label("Email address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return width


@pytest.fixture
def browse(chromium: Browser, live_server: object, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Return a visit in a window of its own; indirect parameters are options of the window."""
    options = {"viewport": {"width": 1280, "height": 850}, **getattr(request, "param", {})}
    context = chromium.new_context(timezone_id="Asia/Tokyo", **options)
    yield Visit(context, str(live_server))
    context.close()


def window(**options: object) -> pytest.MarkDecorator:
    """Ask for a window with these options of Playwright."""
    return pytest.mark.parametrize("browse", [options], indirect=True)
