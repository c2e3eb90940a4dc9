"""The running web server while clients send slowly, too much, or nothing: threads are for whole requests alone."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.faults.causes import slow_bodies
from tests.faults.conftest import Live

pytestmark = pytest.mark.servers


@pytest.mark.fault("slow-connections")
def test_slow_bodies_hold_nobody_up(live: Live) -> None:
    live.recover()
    with slow_bodies(live.port, 60):
        time.sleep(0.3)
        answers = [live.get(f"/api/v1/orders/{live.order}") for _ in range(5)]
        health = live.get("/health", login=False)
    assert [answer.status for answer in answers] == [200] * 5
    assert max(answer.seconds for answer in answers) < 2
    assert (health.status, health.seconds < 1) == (200, True)


@pytest.mark.fault("slow-connections")
def test_health_answers_while_every_thread_waits(live: Live) -> None:
    path, body = f"/api/v1/orders/{live.order}/status", json.dumps({"status": "PROCESSING"})
    with psycopg.connect(live.servers.urls["DATABASE_URL"]) as locker, ThreadPoolExecutor(8) as crowd:
        locker.execute("SELECT id FROM orders_order WHERE id = %s FOR UPDATE", [live.order])
        waiting = [crowd.submit(live.ask, "PATCH", path, body) for _ in range(4)]
        time.sleep(0.5)
        alive, ready = live.get("/health", login=False), live.get("/health/ready", login=False)
        assert not any(future.done() for future in waiting)
    assert (alive.status, json.loads(alive.body)["status"], alive.seconds < 1) == (200, "healthy", True)
    assert ready.status in (200, 503)
    assert ready.seconds < 2.7


def raw(live: Live, request: bytes) -> bytes:
    """Send bytes and return the status line and what follows."""
    address = ("127.0.0.1", live.port)
    with socket.create_connection(address, timeout=20) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(request)
        return connection.recv(65536)
    return b""


def test_addresses_headers_and_bodies_have_limits(live: Live) -> None:
    assert live.get(f"/api/v1/orders?search={'a' * 8200}").status == 414
    assert live.get(f"/api/v1/orders?search={'a' * 100}").status == 200
    headers = b"X-Filler: " + b"a" * 40_000
    answer = raw(live, b"GET /login/ HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")
    large = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n"
    assert raw(live, large).startswith(b"HTTP/1.1 413 ")
    preface = raw(live, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert not preface.startswith(b"\x00")  # no HTTP/2 without TLS


def test_what_requests_carry_reaches_django_whole(live: Live) -> None:
    body = json.dumps({"email": "root@example.com", "password": "secret-pass-1"})
    parts = [body[:10].encode(), body[10:].encode()]
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", live.port, timeout=20)) as connection:
        connection.request("POST", "/api/v1/auth/login", iter(parts), {"Content-Type": "application/json"})
        assert connection.getresponse().status == 200  # chunked
    assert live.get("/api/v1/orders?search=caf%C3%A9%20%26").status == 200
    assert live.get("/nowhere/caf%C3%A9").status == 404
    assert live.ask("HEAD", "/login/").body == b""
    asset = live.get("/static/dashboard/dealport.css", login=False)
    assert asset.status in (200, 404)
