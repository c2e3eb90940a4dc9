"""A new version is taken up by the running web server without a gap, also when the new workers are slow to start."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import psutil
import pytest

from dealport.servers import use
from dealport.servers.processes import wait_until
from tests.faults.conftest import Live

pytestmark = pytest.mark.servers


def test_sighup_replaces_the_web_servers_workers_and_every_request_is_answered(live: Live) -> None:
    """Also when the next SIGHUP comes while the new worker still imports the product, which ends that worker."""
    live.recover()
    server = psutil.Process(live.web.pid)
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

    def workers() -> set[int]:
        return {process.pid for process in server.children() if process.status() != psutil.STATUS_ZOMBIE}

    before = workers()
    clients = [threading.Thread(target=send) for _ in range(2)]
    for client in clients:
        client.start()
    try:
        assert wait_until(lambda: answers[200] >= 5, seconds=20)
        server.send_signal(signal.SIGHUP)
        assert wait_until(lambda: bool(workers() - before), seconds=20)
        hasty = workers() - before
        server.send_signal(signal.SIGHUP)
        assert wait_until(lambda: bool(now := workers()) and not now & (before | hasty), seconds=60)
        replaced = answers[200]
        assert wait_until(lambda: answers[200] >= replaced + 5, seconds=20)
    finally:
        over.set()
        for client in clients:
            client.join()
    assert set(answers) == {200}, answers


def test_a_stop_while_the_workers_still_start_is_obeyed_at_once(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(60)\n")
    options = f"-m dealport.web_server --interface rsgi slow:app --port 0 --working-dir {tmp_path}"
    with subprocess.Popen([sys.executable, *options.split()], cwd=use.ROOT, stderr=subprocess.DEVNULL) as server:
        try:
            assert wait_until(lambda: bool(psutil.Process(server.pid).children()), seconds=20)
            server.terminate()
            assert server.wait(timeout=20) == 0
        finally:
            server.kill()
