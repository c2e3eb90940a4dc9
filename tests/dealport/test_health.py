"""`/health` says the process lives, `/health/ready` whether it can serve and what else is away, in a bounded time."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dashboard.models import MetricDelta
from dealport import health, heartbeats
from dealport.models import Heartbeat
from reports.models import ExportJob
from tests.builders import a_user

pytestmark = pytest.mark.django_db(transaction=True)
CHECKS = ("database", "migrations", "cache", "broker", "storage", "beat", "worker", "exports", "sources", "ledger")
ALL_WELL = dict.fromkeys(CHECKS, "ok")
STRANGER = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture(autouse=True)
def living_processes(transactional_db: None) -> None:
    """Let beat and the workers have shown life a moment ago; no mail server is set."""
    for name in ("beat", "celery", "exports", "sources"):
        heartbeats.beat(name)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Yield a port that takes connections and never answers, like a host that hangs."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def answer(client: Client, path: str = "/health/ready", **extra: Any) -> tuple[int, dict[str, Any]]:
    """Return status and content without the timestamp, which must be of now."""
    response = client.get(path, **extra)
    content = response.json()
    at = datetime.fromisoformat(content.pop("timestamp"))
    assert abs((timezone.now() - at).total_seconds()) < 5
    return response.status_code, content


def age(name: str, seconds: float) -> None:
    Heartbeat.objects.filter(name=name).update(at=timezone.now() - timedelta(seconds=seconds))


def check(name: str) -> health.Check:
    return next(check for check in health.CHECKS if check.name == name)


def test_a_living_process_answers_without_asking_anybody(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert answer(client, "/health") == (200, {"status": "healthy"})


def test_g298_it_is_healthy_with_its_moment_when_everything_is_there(client: Client) -> None:
    status, content = answer(client)

    assert (status, content["status"], content["checks"]) == (200, "healthy", ALL_WELL)
    assert content["ages"].keys() == {"beat", "worker", "exports", "sources"}
    assert all(0 <= seconds < 5 for seconds in content["ages"].values())


def test_a_dead_redis_degrades_and_keeps_the_machine_in_the_balancer(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    status, content = answer(client)

    assert (status, content["status"]) == (200, "degraded")
    assert "ConnectionError" in content["checks"].pop("broker")
    assert content["checks"] == {name: "ok" for name in CHECKS if name != "broker"}
    assert answer(client, **STRANGER) == (200, {"status": "degraded"})


@pytest.mark.parametrize(
    ("name", "part"),
    [("beat", "beat"), ("celery", "worker"), ("exports", "exports"), ("sources", "sources")],
)
@pytest.mark.fault("workers-away")
def test_r027_each_process_that_shows_no_life_is_named_with_its_age(client: Client, name: str, part: str) -> None:
    age(name, 90)

    status, content = answer(client)

    assert (status, content["status"]) == (200, "degraded")
    age_shown = content["ages"][part]
    assert 90 <= age_shown < 150
    assert content["checks"] == {**ALL_WELL, part: f"Last seen {age_shown:.0f} s ago."}


def test_a_process_that_never_showed_life_has_no_age(client: Client) -> None:
    Heartbeat.objects.filter(name="exports").delete()

    status, content = answer(client)

    assert (status, content["status"], content["ages"]["exports"]) == (200, "degraded", None)
    assert content["checks"]["exports"] == "Not seen yet."


@pytest.mark.parametrize(("silence", "problem"), [(1, "ok"), (90, "Last seen 90 s ago.")])
def test_a_worker_in_the_middle_of_a_long_export_is_busy_and_not_away(
    client: Client, silence: int, problem: str
) -> None:
    age("exports", 90)
    alive_at = timezone.now() - timedelta(seconds=silence)
    ExportJob.objects.create(
        owner=a_user(), dataset="orders", title="A long one", format="csv", status="running", alive_at=alive_at
    )

    assert answer(client)[1]["checks"]["exports"] == problem


def test_a_mail_server_that_takes_nobody_degrades_with_its_reason(client: Client, settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    heartbeats.beat("mail")
    assert answer(client)[1]["status"] == "healthy"
    age("mail", 400)
    heartbeats.beat("mail", "The mail server cannot be reached: the connection was refused.")

    status, content = answer(client)

    assert (status, content["status"]) == (200, "degraded")
    assert (
        content["checks"]["mail"]
        == "Last seen 400 s ago. The mail server cannot be reached: the connection was refused."
    )


def test_the_mail_server_is_asked_from_where_mails_are_sent(settings: Settings) -> None:
    from dealport.tasks import check_mail

    check_mail()
    assert not Heartbeat.objects.filter(name="mail").exists()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_BACKEND = "dealport.kit.mail.EmailBackend"
    check_mail()
    reason = heartbeats.read()["mail"].reason
    assert reason == "Not seen yet. The mail server cannot be reached: the connection was refused."
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    check_mail()
    assert heartbeats.read()["mail"].reason == ""


def test_a_dead_database_is_503_and_not_an_error_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    health._migrated.clear()

    response = client.get("/health/ready")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.json()["status"] == "unhealthy"
    assert "OperationalError" in response.json()["checks"]["database"]
    assert response.json()["checks"]["cache"] == "ok"


def test_a_database_that_takes_no_writes_is_503(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET default_transaction_read_only = on')
    try:
        status, content = answer(client)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" RESET default_transaction_read_only')

    assert (status, content["status"]) == (503, "unhealthy")
    assert content["checks"]["database"] == "The database is read-only."


def test_a_service_that_hangs_does_not_hang_the_probe_and_the_next_one_waits_no_more(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings, silent_port: int
) -> None:
    over = threading.Event()
    monkeypatch.setattr(check("storage"), "function", lambda: str(over.wait(20))[:0])
    times = []
    try:
        for _ in range(2):
            started = time.monotonic()
            status, content = answer(client)
            times.append(time.monotonic() - started)
            assert (status, content["status"]) == (200, "degraded")
            assert content["checks"]["storage"] == "No answer within 2 s."
    finally:
        over.set()
    assert times[0] < health.DEADLINE_SECONDS + 1
    assert times[1] < 1
    thread = check("storage").thread
    assert thread is not None
    thread.join()
    assert answer(client)[1]["status"] == "healthy"


def test_probes_at_the_same_moment_are_all_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check("storage"), "function", lambda: time.sleep(0.5) or "")
    found: list[dict[str, Any]] = []
    probes = [threading.Thread(target=lambda: found.append(answer(Client())[1])) for _ in range(3)]
    for probe in probes:
        probe.start()
    for probe in probes:
        probe.join()

    assert [content["checks"] for content in found] == [ALL_WELL] * 3


def test_a_probe_that_comes_while_a_check_is_being_started_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class SlowToStart(threading.Thread):
        def start(self) -> None:
            time.sleep(0.2)
            super().start()

    monkeypatch.setattr(health, "threading", SimpleNamespace(Thread=SlowToStart))
    runs: list[float] = []
    slow = health.Check("slow", lambda: runs.append(time.monotonic()) or time.sleep(0.5) or "")
    found: list[health.Results] = []

    def probe() -> None:
        slow.start()
        found.append(slow.finish(time.monotonic() + 5))

    probes = [threading.Thread(target=probe) for _ in range(2)]
    for thread in probes:
        thread.start()
        time.sleep(0.1)  # the second comes in the middle of the first one's start
    for thread in probes:
        thread.join()
    assert found == [{"slow": health.Result()}] * 2
    assert len(runs) == 1


def test_a_database_that_hangs_is_503_in_time(
    client: Client, monkeypatch: pytest.MonkeyPatch, silent_port: int
) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", silent_port)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "connect_timeout", 3)
    health._migrated.set()
    started = time.monotonic()

    response = client.get("/health/ready")

    assert time.monotonic() - started < health.DEADLINE_SECONDS + 1
    assert response.json()["checks"]["database"] == "No answer within 2 s."
    assert response.status_code == 503
    for hanging in health.CHECKS:
        if hanging.thread:
            hanging.thread.join()


def test_a_ledger_nobody_folds_degrades(client: Client) -> None:
    day = timezone.now().date()
    MetricDelta.objects.create(store_id=1, order_day=day, event_day=day, orders=1)
    assert answer(client)[1]["status"] == "healthy"
    MetricDelta.objects.update(created_at=timezone.now() - timedelta(seconds=61))

    status, content = answer(client)

    assert (status, content["status"]) == (200, "degraded")
    assert content["checks"]["ledger"] == "1 ledger rows wait, the oldest for 61 s"


def test_the_first_probe_of_a_process_imports_no_migration(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "MigrationExecutor", lambda connection: pytest.fail("it reads every migration"))
    health._migrated.clear()
    assert answer(client)[1]["checks"]["migrations"] == "ok"
    assert health._migrated.is_set()


def test_unapplied_migrations_are_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'orders'")
        count = cursor.rowcount
    health._migrated.clear()
    try:
        status, content = answer(client)

        assert status == 503
        assert content["checks"]["migrations"] == f"Migrations to apply: {count}. Run the release step."
    finally:
        with connection.cursor() as cursor:
            from django.db.migrations.loader import MigrationLoader
            from django.db.migrations.recorder import MigrationRecorder

            recorder = MigrationRecorder(connection)
            for app, name in MigrationLoader(connection).disk_migrations:
                if app == "orders":
                    recorder.record_applied(app, name)


@pytest.mark.parametrize("caller", [STRANGER, {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.7"}])
def test_strangers_learn_nothing_but_the_state(client: Client, caller: dict[str, str]) -> None:
    assert answer(client, **caller) == (200, {"status": "healthy"})


def test_a_super_admin_and_the_bearer_of_the_token_see_the_details_from_anywhere(
    client: Client, settings: Settings
) -> None:
    settings.METRICS_TOKEN = "scrape-me"
    assert answer(client, **STRANGER, HTTP_AUTHORIZATION="Bearer scrape-me")[1]["checks"] == ALL_WELL
    assert "checks" not in answer(client, **STRANGER, HTTP_AUTHORIZATION="Bearer wrong")[1]
    user = get_user_model().objects.create_superuser("root@example.com", "long enough secret")
    client.force_login(user)

    assert answer(client, **STRANGER)[1]["checks"] == ALL_WELL


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/metrics"])
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "10.1.2.3", "[::1]:8000", "web-3.internal"])
def test_probes_come_under_any_host_and_are_sent_nowhere_else(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture, path: str, host: str
) -> None:
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["office.example.com"], True

    assert client.get(path, HTTP_HOST=host).status_code == 200
    assert not [record for record in caplog.records if record.exc_info]
    assert client.get("/login", HTTP_HOST=host).status_code == 400
