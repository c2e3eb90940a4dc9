"""A process of the web server is killed: another takes its place."""

from __future__ import annotations

import contextlib
import http.client
import time

import psutil
import pytest

from tests.faults.conftest import Live

pytestmark = pytest.mark.servers


@pytest.mark.fault("web-worker-killed")
def test_a_killed_web_worker_is_replaced_and_requests_are_answered_again_within_fifteen_seconds(live: Live) -> None:
    live.recover()
    server = psutil.Process(live.web.pid)
    (killed,) = (process for process in server.children() if "resource_tracker" not in " ".join(process.cmdline()))
    killed.kill()
    began, since, answers = time.monotonic(), live.processors.read(), []
    while not answers or answers[-1] != 200:
        assert time.monotonic() - began < live.stretched(15, since), answers
        with contextlib.suppress(OSError, http.client.HTTPException):
            answers.append(live.get(f"/api/v1/orders/{live.order}", seconds=5).status)
        time.sleep(0.1)
    assert set(answers) == {200}, "an answer that came was a good one"
    assert live.web.poll() is None
