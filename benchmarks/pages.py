"""The cached page of a store's dashboard beside its JSON, in processor time of this process, as staff of the store.

Page and JSON are asked for in turns through the WSGI handler with the session of a browser, of the month that the page
opens with; the median of each. What PostgreSQL and Redis spend is not in it, nor compression.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import median

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from benchmarks import home, load, report
from customers.models import Store

ORDERS = 10_000
ROUNDS = 300
SHORT = {"ORDERS": 100, "ROUNDS": 3}
LIMIT = 4
"""Of the page, in times of its JSON."""


def main() -> None:
    """Measure the month of a store that has orders."""
    store = load.order_book(ORDERS)
    client = home.staff_of(store)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page, json = both(store, session, "?period=monthly&year=2025&month=6")
    report.progress(f"{ROUNDS} × page and JSON")
    milliseconds = [1000 * median(found) for found in in_turns((page, json), ROUNDS)]
    names = ("page", "JSON")
    sizes = [len(answer()) for answer in (page, json)]
    report.table(("", "ms", "bytes"), list(zip(names, milliseconds, sizes, strict=True)))
    report.result("pages", "cached page of a store ÷ its JSON", milliseconds[0] / milliseconds[1], f"≤ {LIMIT}")


def both(store: Store, session: str, query: str = "") -> tuple[Callable[[], bytes], Callable[[], bytes]]:
    """Return what asks for the page of a store and what asks for its JSON, as the browser of a session."""
    handler, cookie = WSGIHandler(), f"{settings.SESSION_COOKIE_NAME}={session}"
    json = f"/store/dashboard{query}{'&' if query else '?'}store={store.slug}"
    return partial(_ask, handler, f"/dashboard/{store.slug}/{query}", cookie), partial(_ask, handler, json, cookie)


def _ask(handler: WSGIHandler, path: str, cookie: str) -> bytes:
    status: list[str] = []
    request = RequestFactory().get(path, HTTP_COOKIE=cookie, SERVER_NAME="localhost")
    response = handler(request.environ, lambda line, _: status.append(line))
    body = b"".join(response)
    response.close()
    if status != ["200 OK"]:
        raise RuntimeError(f"{path} answered {status}")
    return body


def in_turns(answers: tuple[Callable[[], bytes], ...], rounds: int) -> list[list[float]]:
    """Return the seconds of processor time of each, asked in turns; all are cached before."""
    for answer in answers * 3:
        answer()
    found: list[list[float]] = [[] for _ in answers]
    for _ in range(rounds):
        for answer, seconds in zip(answers, found, strict=True):
            began = time.process_time()
            answer()
            seconds.append(time.process_time() - began)
    return found
