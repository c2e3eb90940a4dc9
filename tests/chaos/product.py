"""The product as `make demo` runs it, on servers and with stores of its own that may be stopped, frozen and filled."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import psutil
import psycopg

from dealport.servers import processes, use
from tests import prepared

KINDS = ("web", "worker", "exports", "sources", "beat")
START_SECONDS = 180.0
UNLIMITED = "1000000000"
# Two stores on both sides of the date line of London, each with some past; the model begins with what they have sold.
FILL = """
import json
from datetime import timedelta
from django.utils import timezone
from customers.models import Customer, User
from customers.tokens import access_token
from dashboard.metrics import folding
from orders.actions import ItemRequest
from orders.models import Product
from tests.builders import a_customer, a_product, a_store, an_order
user = User.objects.create_superuser("root@example.com", "secret-pass-1", name="Root")
stores = []
for slug, zone in (("tea", "Europe/London"), ("surf", "Pacific/Auckland")):
    store = a_store(slug=slug, timezone=zone)
    products = [a_product(store, price, stock=100_000) for price in ("5.00", "12.50", "99.99", "0.01")]
    customers = [a_customer(store) for _ in range(5)]
    for day in range(60):
        at = timezone.now() - timedelta(days=day, hours=1)
        an_order(store, items=[ItemRequest(products[day % 3].pk, 1)], at=at, paid=True, customer=customers[day % 5])
    stores.append({
        "slug": slug, "customers": [row.pk for row in customers],
        "products": {row.pk: [str(row.price), row.stock] for row in Product.objects.filter(store=store)},
    })
locked = an_order(a_store(slug="locked"), "10.00")
folding.fold_all()
print("made", json.dumps({"stores": stores, "locked": locked.pk, "token": access_token(user)}))
"""


class Product:
    """Servers, filled database, and each kind of process below a supervisor of its own."""

    def __init__(self) -> None:
        for variable in ("DATABASE_URL", "REDIS_URL", "CACHE_URL", "DATABASE_REPLICA_URL"):
            os.environ.pop(variable, None)  # nothing that somebody keeps is broken
        self.servers = use.throwaway()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.folder = tempfile.TemporaryDirectory(prefix="dealport-chaos-")
        self.environment = {
            **os.environ,
            **self.servers.urls,
            "DJANGO_SETTINGS_MODULE": "dealport.settings",
            "DEALPORT_TESTING": "1",
            "SECRET_KEY": use.secret_key(),
            "EXPORT_ROOT": self.folder.name,
            "DEALPORT_ACCOUNT_REQUESTS": UNLIMITED,
            "DEALPORT_ANONYMOUS_REQUESTS": UNLIMITED,
            "LOG_LEVEL": "WARNING",
            "PYTHONWARNINGS": "ignore",
            "PYTHONPATH": str(use.ROOT),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",
        }
        self.supervisors: dict[str, subprocess.Popen[bytes]] = {}
        self.log = open(os.path.join(self.folder.name, "log"), "w+b")  # noqa: SIM115

    @property
    def database_url(self) -> str:
        """Address of the database."""
        return self.servers.urls["DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        """Address of Redis."""
        return self.servers.urls["REDIS_URL"]

    def fill(self) -> dict[str, Any]:
        """Make tables, stores and an account; return stores (keys and prices), the order to lock and a token."""
        if not prepared.fill(self.database_url):
            self.run("migrate", "--verbosity", "0")
            prepared.keep(self.database_url)
        made = self.run("shell", "--verbosity", "0", "--command", FILL).stdout
        content: dict[str, Any] = json.loads(made.rpartition("made ")[2])
        return content

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the product. Raises RuntimeError with what it said when it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *command], env=self.environment, cwd=use.ROOT, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {command[0]}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
        return done

    def start(self) -> None:
        """Start every kind of process and wait until the product says it is healthy."""
        for kind in KINDS:
            self.supervisors[kind] = subprocess.Popen(
                [sys.executable, "-m", "dealport.targets.supervisor", kind],
                env=self.environment,
                cwd=use.ROOT,
                stdout=self.log,
                stderr=self.log,
                start_new_session=True,
                preexec_fn=processes.die_with_parent(signal.SIGTERM),
            )
        self.wait_until_healthy(START_SECONDS)

    def wait_until_healthy(self, seconds: float) -> None:
        """Wait until readiness is healthy. Raises RuntimeError with what it says when it is not in time."""
        readiness: object = None
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                with contextlib.closing(connection):
                    connection.request("GET", "/health/ready")
                    readiness = json.loads(connection.getresponse().read())
                if isinstance(readiness, dict) and readiness["status"] == "healthy":
                    return
            time.sleep(0.3)
        raise RuntimeError(f"not healthy within {seconds:g} s: {readiness}")

    def kill(self, kind: str) -> None:
        """Kill the main process of a kind, as the kernel does where memory is short; its supervisor starts another."""
        (main,) = psutil.Process(self.supervisors[kind].pid).children()
        main.kill()

    @contextlib.contextmanager
    def away(self, *kinds: str) -> Iterator[None]:
        """Kill processes that nobody starts again meanwhile."""
        for kind in kinds:
            supervisor = psutil.Process(self.supervisors[kind].pid)
            children = supervisor.children(recursive=True)
            supervisor.suspend()
            for process in children:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        try:
            yield
        finally:
            for kind in kinds:
                psutil.Process(self.supervisors[kind].pid).resume()

    def oldest_unfolded(self) -> float:
        """Return the seconds that the oldest row of the ledger has waited; 0 without any."""
        with psycopg.connect(self.database_url, connect_timeout=3) as database:
            query = "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float FROM dashboard_metricdelta"
            row = database.execute(query).fetchone()
        return float(row[0]) if row else 0.0

    def heartbeat_age(self, name: str) -> float:
        """Return the seconds since beat, or the worker of a queue, last showed life."""
        with psycopg.connect(self.database_url, connect_timeout=3) as database:
            query = "SELECT extract(epoch FROM clock_timestamp() - at)::float FROM dealport_heartbeat WHERE name = %s"
            row = database.execute(query, [name]).fetchone()
        return float(row[0]) if row else float("inf")

    def last_words(self) -> str:
        """Return the end of what the processes wrote."""
        self.log.seek(0)
        return self.log.read()[-4000:].decode(errors="replace")

    def stop(self) -> None:
        """End processes and servers."""
        for supervisor in self.supervisors.values():
            supervisor.send_signal(signal.SIGCONT)
            supervisor.terminate()
        for supervisor in self.supervisors.values():
            processes.stop(supervisor, signal.SIGTERM, seconds=15)
        for lease in self.servers.leases:
            os.close(lease)
        self.log.close()
        self.folder.cleanup()
