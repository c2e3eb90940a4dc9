"""The running web server while PostgreSQL is frozen or a row is locked: a clear answer in time, nobody else waits."""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest

from tests.faults.conftest import Live

pytestmark = pytest.mark.servers


@pytest.mark.fault("postgres-frozen")
def test_a_frozen_server_is_503_with_retry_after_within_five_seconds_and_recovers(live: Live) -> None:
    path = f"/api/v1/orders/{live.order}"
    assert live.get(path).status == 200
    with live.frozen("postgres"), ThreadPoolExecutor(13) as crowd:
        began = [crowd.submit(live.get, path) for _ in range(12)]
        page = crowd.submit(live.get, "/login/", login=False)
        alive, ready = (live.get(probe, login=False) for probe in ("/health", "/health/ready"))
        answers = [future.result() for future in began]
        late = live.get(path)
        assert page.result().status in (200, 503)
    assert [(answer.status, answer.headers["Retry-After"]) for answer in answers] == [(503, "5")] * 12
    assert (alive.status, alive.seconds < 1) == (200, True)
    assert (ready.status, json.loads(ready.body)["status"], ready.headers["Retry-After"]) == (503, "unhealthy", "5")
    assert json.loads(answers[0].body)["code"] == "SERVICE_UNAVAILABLE"
    assert max(answer.seconds for answer in answers) < 5
    assert late.seconds < 5
    live.recover()


def test_a_server_that_crashed_is_used_again_once_it_is_ready(live: Live) -> None:
    path, url = f"/api/v1/orders/{live.order}", live.servers.urls["DATABASE_URL"]
    live.recover()
    with psycopg.connect(url) as watcher:
        (pid,) = watcher.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() LIMIT 1"
        ).fetchone() or (0,)
    since = live.processors.read()
    os.kill(pid, signal.SIGKILL)  # PostgreSQL ends every other backend and recovers
    answers = []
    ready_at = None
    while ready_at is None or answers[-1].status != 200:
        answers.append(live.get(path))
        if ready_at is None:
            with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=1):
                ready_at = time.monotonic()
    assert time.monotonic() - ready_at < live.stretched(4, since)
    assert {answer.status for answer in answers} <= {200, 503}
    assert max(answer.seconds for answer in answers) < live.stretched(5, since)


@pytest.mark.fault("order-locked")
def test_a_locked_row_is_409_with_retry_after_and_others_go_on(live: Live) -> None:
    with psycopg.connect(live.servers.urls["DATABASE_URL"]) as locker, ThreadPoolExecutor(3) as crowd:
        locker.execute("SELECT id FROM orders_order WHERE id = %s FOR UPDATE", [live.order])
        path, body = f"/api/v1/orders/{live.order}/status", json.dumps({"status": "PROCESSING"})
        waiting = [crowd.submit(live.ask, "PATCH", path, body) for _ in range(3)]
        time.sleep(0.5)
        read = live.get(f"/api/v1/orders/{live.order}")
        answers = [future.result() for future in waiting]
    assert (read.status, read.seconds < 2) == (200, True)
    assert [(answer.status, answer.headers["Retry-After"]) for answer in answers] == [(409, "5")] * 3
    assert json.loads(answers[0].body)["code"] == "BUSY"
    assert min(answer.seconds for answer in answers) < 3.2
    assert max(answer.seconds for answer in answers) < 5
