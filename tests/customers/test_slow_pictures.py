"""Hosts whose pictures come byte by byte: they hold one process that works on webhooks, for one turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from redis.exceptions import ConnectionError

from customers import pictures
from customers.models import Picture
from tests.builders import a_product, a_store

pytestmark = pytest.mark.django_db(transaction=True)


class Drips(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"0")
                time.sleep(0.02)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def slow_pictures(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a store have forty pictures at a host that never ends, and a turn be a fraction of a second."""
    settings.DEALPORT_LOCAL_SOURCES = True
    monkeypatch.setattr(pictures, "FETCH_SECONDS", 1.0)
    monkeypatch.setattr(pictures, "TURN_SECONDS", 1.5)
    cache.delete(pictures.ONE_AT_A_TIME)
    product = a_product(a_store())
    with ThreadingHTTPServer(("127.0.0.1", 0), Drips) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        for number in range(40):
            pictures.fetch_later(product, f"http://127.0.0.1:{server.server_port}/{number}.png")
        yield
        server.shutdown()


def tried() -> int:
    return Picture.objects.filter(attempts__gt=0).count()


def test_a_store_full_of_them_holds_one_process_for_one_turn_and_no_other() -> None:
    took: list[float] = []

    def work() -> None:
        began = time.monotonic()
        pictures.make_pictures()
        took.append(time.monotonic() - began)
        connection.close()

    first = threading.Thread(target=work)
    first.start()
    while not tried():
        time.sleep(0.01)
    began = time.monotonic()
    assert pictures.make_pictures() == 0
    assert time.monotonic() - began < 1 and first.is_alive()
    first.join()

    # the turn, and the picture begun within it
    assert took[0] < pictures.TURN_SECONDS + pictures.FETCH_SECONDS + 5
    assert 1 <= tried() <= 3
    # the next turn is another's
    assert cache.get(pictures.ONE_AT_A_TIME) is None


def test_without_redis_pictures_are_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(cache, "add", away)
    pictures.make_pictures()

    assert tried() >= 1
