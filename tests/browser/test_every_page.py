"""Every page in a browser: axe finds nothing, it is small, still, as wide as the screen, and keeps to itself."""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser

from customers.models import User
from tests.browser import walk
from tests.browser.conftest import Visit
from tests.browser.seeing import faults_to_see
from tests.builders import a_user
from tests.thorough import THOROUGH, in_turn


class Screen(NamedTuple):
    """A window's size and the color scheme that its owner prefers."""

    width: int
    height: int
    scheme: Literal["light", "dark"]


class Budget(NamedTuple):
    """What a page may take when nothing of it is in the browser's cache."""

    kilobytes: int
    requests: float


WIDE, PHONE = (1440, 900), (390, 844)
SCREENS = (Screen(*WIDE, "light"), Screen(*PHONE, "dark"))
if THOROUGH:
    SCREENS += (Screen(*PHONE, "light"), Screen(*WIDE, "dark"))
OWN, ADMIN = Budget(120, 20), Budget(300, math.inf)
MOST_SHIFT = 0.02
NOTE_SHIFTS = """
window.shift = 0;
window.shifted = [];
new PerformanceObserver((list) => list.getEntries().filter((entry) => !entry.hadRecentInput).forEach((entry) => {
  window.shift += entry.value;
  window.shifted.push(...entry.sources.map(({node}) => `${node?.nodeName}.${node?.className}`));
})).observe({type: "layout-shift", buffered: true});
"""
MEASURE = """() => ({
  shift: window.shift,
  shifted: window.shifted,
  files: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map((entry) => [entry.name, entry.encodedBodySize]),
})"""


def test_every_address_is_a_page_of_the_walk_or_none() -> None:
    others = [name for group in walk.NOT_PAGES.values() for name in group]
    listed = [*walk.STRANGERS, *walk.PAGES, *others, *walk.names_of_models()]
    assert sorted(set(walk.names()) ^ set(listed)) == []
    assert len(listed) == len(set(listed))


@pytest.mark.django_db(transaction=True)
def test_no_page_has_a_fault(chromium: Browser, live_server: object, settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path)
    settings.DEALPORT_SQL_CONSOLE = settings.DEALPORT_OPEN_REGISTRATION = True
    user = a_user(User.Role.SUPER_ADMIN, email="root@example.com")
    places = walk.furnish(user)
    context = chromium.new_context(timezone_id="Asia/Tokyo", reduced_motion="reduce")  # colors change at once
    visit = Visit(context, str(live_server))
    visit.page.add_init_script(NOTE_SHIFTS)
    faults = {path: faults_of(visit, path, SCREENS) for path in addresses(walk.STRANGERS, places)}
    context.add_cookies([session_of(user, visit.address)])
    for place, path in enumerate(addresses(walk.PAGES, places)):
        faults[path] = faults_of(visit, path, SCREENS[place % 2 :] + SCREENS[: place % 2])
    for place, (is_worked_with, paths) in enumerate(walk.pages_of_models(user)):
        for path in paths if is_worked_with else in_turn(paths, place):
            faults[path] = faults_of(visit, path, SCREENS if is_worked_with else in_turn(SCREENS, place // 2))
    for path in (path.format(**places) for path in walk.ERRORS):
        faults[path] = faults_of(visit, path, SCREENS, is_error=True)
    context.close()
    if lines := [f"{path}: {fault}" for path, found in faults.items() for fault in found]:
        pytest.fail("\n".join(lines))


def addresses(pages: Mapping[str, Iterable[str]], places: Mapping[str, object]) -> Iterator[str]:
    """Yield the addresses of pages."""
    for paths in pages.values():
        yield from (path.format(**places) for path in paths)


def session_of(user: User, address: str) -> Any:
    """Return the cookie of somebody who is logged in."""
    client = Client()
    client.force_login(user)
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}


def faults_of(visit: Visit, path: str, screens: Sequence[Screen], *, is_error: bool = False) -> list[str]:
    """Open a page on the first screen, turn it into the others, and return what is wrong with it on each."""
    visit.complaints.clear()
    visit.requested.clear()
    show_on(visit, screens[0])
    answer = visit.page.goto(visit.address + path)
    if not answer or (answer.status >= 400) != is_error:
        return [f"answers {answer and answer.status}"]
    found = faults_of_loading(visit, ADMIN if path.startswith("/admin/") else OWN)
    for screen in screens:
        show_on(visit, screen)
        found += [f"{text} ({screen.width} px, {screen.scheme})" for text in faults_to_see(visit)]
    found += [f"console: {text}" for text in visit.complaints if not is_error]
    return found + [f"asks {url}" for url in visit.requested if not url.startswith((visit.address, "data:"))]


def show_on(visit: Visit, screen: Screen) -> None:
    """Give the window the size and color scheme of a screen."""
    visit.page.set_viewport_size({"width": screen.width, "height": screen.height})
    visit.page.emulate_media(color_scheme=screen.scheme)
    visit.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def faults_of_loading(visit: Visit, budget: Budget) -> list[str]:
    """Return what loading the page cost too much."""
    measured = visit.page.evaluate(MEASURE)
    sizes = [size_of(visit.address, address, size) for address, size in measured["files"]]
    found = []
    if sum(sizes) > budget.kilobytes * 1000:
        found.append(f"{sum(sizes) // 1000} kB")
    if len(sizes) > budget.requests:
        found.append(f"{len(sizes)} requests")
    if measured["shift"] >= MOST_SHIFT:
        found.append(f"layout shift {measured['shift']:.3f} of {measured['shifted']}")
    return found


def size_of(site: str, address: str, size: int) -> int:
    """Return the bytes of a file as production sends it: files of style and script are compressed there."""
    path = address.removeprefix(site).partition("?")[0]
    return compressed(path) if path.startswith("/static/") else size


@cache
def compressed(path: str) -> int:
    """Return the bytes of a static file after gzip; of a picture, as it is."""
    content = Path(str(finders.find(path.removeprefix("/static/")))).read_bytes()
    return min(len(content), len(gzip.compress(content)))
