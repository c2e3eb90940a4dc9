"""A web server as the Procfile starts it, on a PostgreSQL and a Valkey of its own that may be stopped and frozen."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest

from dealport.servers import processes, use
from tests import prepared
from tests.chaos.processors import Processors, Reading, stretch
from tests.faults import causes

MAKE = """
from customers.models import User
from tests.builders import a_customer, a_store, an_order
from customers.tokens import access_token
user = User.objects.create_superuser("root@example.com", "secret-pass-1", name="Root")
store = a_store(slug="tea")
order = an_order(store, "10.00", customer=a_customer(store))
print("made", order.pk, access_token(user))
"""


@dataclass
class Answer:
    """What came back, and after how many seconds."""

    status: int
    headers: Any
    body: bytes
    seconds: float


class Live:
    """The product's web server, and what it needs."""

    def __init__(self) -> None:
        self.processors = Processors()
        given = dict.fromkeys(("DATABASE_URL", "REDIS_URL"))
        with mock.patch.dict(os.environ):
            for name in given:
                os.environ.pop(name, None)
            self.servers = use.throwaway()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        unwanted = ("CACHE_URL", "DATABASE_POOL_SIZE", "DEALPORT_PROCESS")
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in unwanted},
            **self.servers.urls,
            "DEALPORT_TESTING": "1",
            "PYTHONWARNINGS": "ignore",
            "LOG_LEVEL": "ERROR",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "WEB_WORKERS": "1",
            "GRANIAN_RESPAWN_INTERVAL": "0.1",  # an old worker ends before the new one has imported the product
            "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
            "PYTHONPATH": str(use.ROOT),
        }
        if not prepared.fill(self.servers.urls["DATABASE_URL"]):
            self.run("manage.py", "migrate", "--verbosity", "0")
            prepared.keep(self.servers.urls["DATABASE_URL"])
        with ThreadPoolExecutor(1) as other:  # each imports the product: both at once
            made = other.submit(self.run, "manage.py", "shell", "--verbosity", "0", "--command", MAKE)
            self.web = self.start("web")
            _, order, self.token = made.result().split()[-3:]
        self.order = int(order)

    def run(self, *command: str) -> str:
        """Run a command of the product and return what it printed."""
        done = subprocess.run(
            [sys.executable, *command], env=self.environment, cwd=use.ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start a process of the Procfile; the web server is waited for."""
        (line,) = re.findall(rf"^{name}: (.*)$", (use.ROOT / "Procfile").read_text(), re.M)
        process = subprocess.Popen(
            ["sh", "-c", line],
            env=self.environment,
            cwd=use.ROOT,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(signal.SIGKILL),
        )
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/health", seconds=2, login=False).status == 200:
                    return process
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
        raise RuntimeError("the web server does not start")

    def ask(
        self, method: str, path: str, body: str | None = None, *, seconds: float = 20, login: bool = True
    ) -> Answer:
        """Send a request, with the login of a super admin unless told not to, and return the answer."""
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        headers = {"Authorization": f"Bearer {self.token}"} if login else {}
        with contextlib.closing(connection):
            connection.request(method, path, body, {**headers, "Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
        return Answer(response.status, response.headers, content, time.monotonic() - began)

    def get(self, path: str, **more: Any) -> Answer:
        """Send a GET."""
        return self.ask("GET", path, **more)

    @contextlib.contextmanager
    def frozen(self, kind: str) -> Iterator[None]:
        """Freeze `postgres` or `valkey`, the whole server, as `kill -STOP` does."""
        with causes.frozen(self.servers, kind):
            yield

    def stretched(self, seconds: float, since: Reading) -> float:
        """Return a time limit, longer where other programs have taken the processors meanwhile."""
        return seconds * stretch(since, self.processors.read(), count=os.cpu_count() or 1)

    def recover(self) -> None:
        """Wait until an order can be read again."""
        began, since = time.monotonic(), self.processors.read()
        while self.get(f"/api/v1/orders/{self.order}").status != 200:
            assert time.monotonic() - began < self.stretched(15, since), "not recovered within 15 seconds"
            time.sleep(0.2)

    def stop(self) -> None:
        """End the web server and the servers."""
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait(30)
        for lease in self.servers.leases:
            os.close(lease)


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    live = Live()
    yield live
    live.stop()
