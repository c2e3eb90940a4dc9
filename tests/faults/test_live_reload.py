"""A new version is taken up by the running web server without a gap, also when the new workers are slow to start."""

from __future__ import annotations

import http.client
import signal
import threading
from collections import Counter

import psutil
import pytest

from dealport.servers.processes import wait_until
from tests.faults.conftest import Live

pytestmark = pytest.mark.serial


def test_sighup_replaces_the_web_servers_workers_and_every_request_is_answered(live: Live) -> None:
    live.recover()
    server = psutil.Process(live.web.pid)
    before = {process.pid for process in server.children()}
    answers: Counter[int | str] = Counter()
    over = threading.Event()

    def read() -> int:
        path = f"/api/v1/orders/{live.order}"
        try:
            return live.get(path).status
        except http.client.RemoteDisconnected:  # accepted in the instant in which the old worker ended
            return live.get(path).status

    def send() -> None:
        while not over.wait(0.05):
            try:
                answers[read()] += 1
            except (OSError, http.client.HTTPException) as error:
                answers[type(error).__name__] += 1

    def is_replaced() -> bool:
        workers = {process.pid for process in server.children() if process.status() != psutil.STATUS_ZOMBIE}
        return bool(workers) and not workers & before

    clients = [threading.Thread(target=send) for _ in range(2)]
    for client in clients:
        client.start()
    try:
        assert wait_until(lambda: answers[200] >= 5, seconds=20)
        server.send_signal(signal.SIGHUP)
        assert wait_until(is_replaced, seconds=60)
        replaced = answers[200]
        assert wait_until(lambda: answers[200] >= replaced + 5, seconds=20)
    finally:
        over.set()
        for client in clients:
            client.join()
    assert set(answers) == {200}, answers
