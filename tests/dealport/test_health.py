"""`/health` says the process lives, `/health/ready` whether it can serve, within a bounded time."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dashboard.models import MetricDelta
from dealport import health
from dealport.servers import processes, use

pytestmark = pytest.mark.django_db(transaction=True)
CHECKS = ("database", "cache", "broker", "storage", "migrations", "worker", "ledger")
ALL_WELL = dict.fromkeys(CHECKS, "ok")
START_SECONDS = 90


@pytest.fixture(scope="module", autouse=True)
def worker() -> Iterator[None]:
    """Run a Celery worker, for the probe to find."""
    command = [sys.executable, "-m", "celery", "--app", "dealport", "worker", "--pool", "solo", "--loglevel", "ERROR"]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(use.ROOT)}) as process:
        try:
            assert processes.wait_until(lambda: health._worker() == "", seconds=START_SECONDS)
            yield
        finally:
            process.kill()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Yield a port that takes connections and never answers, like a host that hangs."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_living_process_answers_without_asking_anybody(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    response = client.get("/health")

    assert (response.status_code, response.json()) == (200, {"status": "healthy"})


def test_it_is_ready_when_everything_it_needs_is_there(client: Client) -> None:
    response = client.get("/health/ready")

    assert (response.status_code, response.json()) == (200, {"status": "healthy", "checks": ALL_WELL})


def test_a_dead_redis_is_503_with_retry_after(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    response = client.get("/health/ready")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.json()["status"] == "unhealthy"
    assert response.json()["checks"] == {**ALL_WELL, "broker": response.json()["checks"]["broker"]}
    assert "ConnectionError" in response.json()["checks"]["broker"]


def test_a_dead_database_is_503_and_not_an_error_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    health._migrated.clear()

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert "OperationalError" in response.json()["checks"]["database"]
    assert response.json()["checks"]["cache"] == "ok"


def test_a_service_that_hangs_does_not_hang_the_probe(
    client: Client, monkeypatch: pytest.MonkeyPatch, silent_port: int
) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", silent_port)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "connect_timeout", 5)
    health._migrated.set()
    started = time.monotonic()

    response = client.get("/health/ready")

    assert time.monotonic() - started < health.DEADLINE_SECONDS + 1
    assert response.json()["checks"]["database"] == "no answer within 2 s"
    assert response.status_code == 503
    health._running["database"].join()


def test_a_ledger_nobody_folds_is_not_ready(client: Client) -> None:
    day = timezone.now().date()
    MetricDelta.objects.create(store_id=1, order_day=day, event_day=day, orders=1)
    assert client.get("/health/ready").status_code == 200
    MetricDelta.objects.update(created_at=timezone.now() - timedelta(seconds=61))

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["checks"]["ledger"] == "1 ledger rows wait, the oldest for 61 s"


def test_without_a_worker_it_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.app.control, "inspect", lambda **_: SimpleNamespace(ping=lambda: None))

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["checks"]["worker"] == "no worker answered within a second"


def test_unapplied_migrations_are_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'orders'")
        count = cursor.rowcount
    health._migrated.clear()
    try:
        response = client.get("/health/ready")

        assert response.status_code == 503
        assert response.json()["checks"]["migrations"] == f"{count} migrations are not applied"
    finally:
        with connection.cursor() as cursor:
            from django.db.migrations.loader import MigrationLoader
            from django.db.migrations.recorder import MigrationRecorder

            recorder = MigrationRecorder(connection)
            for app, name in MigrationLoader(connection).disk_migrations:
                if app == "orders":
                    recorder.record_applied(app, name)


@pytest.mark.parametrize(
    "caller",
    [{"REMOTE_ADDR": "203.0.113.7"}, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.7"}],
)
def test_strangers_learn_nothing_but_the_state(client: Client, caller: dict[str, str]) -> None:
    response = client.get("/health/ready", **caller)

    assert (response.status_code, response.json()) == (200, {"status": "healthy"})


def test_an_administrator_sees_the_details_from_anywhere(client: Client) -> None:
    user = get_user_model().objects.create_superuser("root@example.com", "long enough secret")
    client.force_login(user)

    response = client.get("/health/ready", REMOTE_ADDR="203.0.113.7")

    assert response.json() == {"status": "healthy", "checks": ALL_WELL}
