"""What Prometheus is told."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from customers.models import PasswordLink, Picture, User
from dashboard.metrics.folding import fold_all
from dashboard.metrics.verification import verify_store
from dealport import heartbeats, metrics
from dealport.celery import app
from dealport.kit.redis import redis_key
from orders.models import Upload
from reports.models import ExportJob, ScheduledExport, ScheduleMail
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db


def scrape(**extra: Any) -> dict[str, float]:
    answer = Client().get("/metrics", **extra)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    lines = (line for line in answer.content.decode().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_requests_are_counted_by_route_method_and_status() -> None:
    user = a_user(User.Role.ADMIN)
    store = a_store()
    client = Client()
    client.force_login(user)
    series = (
        'dealport_http_request_duration_seconds_count{method="GET",route="api/v1/stores/(?P<pk>[^/.]+)$",status="%d"}'
    )
    before = scrape()
    for key in (store.pk, store.slug, "missing"):
        client.get(f"/api/v1/stores/{key}")
    client.generic("BREW", "/nowhere/at/all")
    after = scrape()
    counted = {name: after[name] - before.get(name, 0) for name in after if name.startswith("dealport_http")}
    assert (counted[series % 200], counted[series % 404]) == (2, 1)
    assert not any(store.slug in name or "nowhere" in name or "BREW" in name for name in counted)


def test_g064_g326_the_time_of_statements_is_told_by_route() -> None:
    client, store = Client(), a_store()
    client.force_login(a_user(User.Role.ADMIN))
    name = 'dealport_database_query_duration_seconds_count{method="GET",route="api/v1/stores/(?P<pk>[^/.]+)$"}'
    before = scrape()
    client.get(f"/api/v1/stores/{store.pk}")
    assert scrape()[name] - before.get(name, 0) == 2  # session with its account, store


def test_g065_a_web_processs_pool_says_what_is_taken_free_and_waited_for(settings: Any, monkeypatch: Any) -> None:
    pool = SimpleNamespace(get_stats=lambda: {"pool_size": 8, "pool_available": 3, "requests_waiting": 2})
    monkeypatch.setattr("dealport.metrics.connections", {"default": SimpleNamespace(pool=pool)})
    settings.DATABASE_POOL_SIZE = 8
    metrics.count_pool()
    settings.DATABASE_POOL_SIZE = 0
    monkeypatch.undo()
    told = scrape()
    assert told['dealport_database_pool_connections{state="taken"}'] == 5
    assert told['dealport_database_pool_connections{state="free"}'] == 3
    assert told["dealport_database_pool_waiting"] == 2


def test_what_an_ended_web_process_said_of_its_pool_is_forgotten(tmp_path: Path, monkeypatch: Any) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for name in (f"gauge_livesum_{ended.pid}.db", f"gauge_livesum_{os.getpid()}.db", f"counter_{ended.pid}.db"):
        (tmp_path / name).touch()
    metrics._shared()
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {f"gauge_livesum_{os.getpid()}.db", f"counter_{ended.pid}.db"}


def test_g066_index_blocks_found_in_memory_and_on_disk_are_told() -> None:
    told = scrape()
    assert told['dealport_database_index_blocks_total{found="memory"}'] > 0
    assert told['dealport_database_index_blocks_total{found="disk"}'] >= 0


def test_the_ledger_the_folds_the_checks_and_the_orders_are_told() -> None:
    store = a_store(slug="tea")
    before = scrape()
    an_order(store, paid=True)
    waiting = scrape()
    assert waiting["dealport_ledger_rows"] == before["dealport_ledger_rows"] + 4
    assert waiting["dealport_ledger_oldest_seconds"] >= 0
    assert waiting["dealport_orders_placed"] == waiting["dealport_orders_completed"] == 1
    fold_all()
    verify_store(store)
    folded = scrape()
    assert (folded["dealport_ledger_rows"], folded["dealport_ledger_oldest_seconds"]) == (0, 0)
    assert folded["dealport_folded_rows_total"] - before["dealport_folded_rows_total"] == 4
    assert folded["dealport_folds_total"] - before["dealport_folds_total"] == 1
    assert folded["dealport_fold_seconds_total"] > before["dealport_fold_seconds_total"]
    assert folded['dealport_verification_wrong_buckets{store="tea"}'] == 0
    assert folded['dealport_verification_difference{store="tea"}'] == 0
    assert folded['dealport_verification_age_seconds{store="tea"}'] < 60
    assert "dealport_verification_sample_age_seconds" not in folded
    assert folded["dealport_orders_placed"] == 1


def test_this_machine_and_the_bearer_of_the_token_may_scrape(settings: Any) -> None:
    settings.METRICS_TOKEN = "scrape-me"
    far = {"REMOTE_ADDR": "203.0.113.7"}
    proxied = {"HTTP_X_FORWARDED_FOR": "203.0.113.7"}
    assert scrape()
    assert scrape(**far, HTTP_AUTHORIZATION="Bearer scrape-me")
    for caller in (
        far,
        proxied,
        {**far, "HTTP_AUTHORIZATION": "Bearer wrong"},
        {**far, "HTTP_AUTHORIZATION": "Bearer "},
    ):
        assert Client().get("/metrics", **caller).status_code == 404
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", **far, HTTP_AUTHORIZATION="Bearer ").status_code == 404


def test_no_series_names_a_person() -> None:
    an_order(a_store(), paid=True)
    assert not [name for name in scrape() if re.search(r"@|[0-9]{5,}", name)]


def test_g069_queues_say_how_much_waits_for_how_long_and_redis_what_it_evicted(settings: Any) -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete(redis_key("celery"), redis_key("exports"), redis_key("unacked"), redis_key("parked"))
    try:
        app.send_task("reports.tasks.run_export", ["of a test"])
        before = scrape()
        assert before['dealport_queue_messages{queue="exports"}'] == 1
        assert 0 < before['dealport_queue_oldest_seconds{queue="exports"}'] < 60
        assert (
            before['dealport_queue_messages{queue="celery"}'] == before['dealport_queue_oldest_seconds{queue="celery"}']
        )
        assert before["dealport_queue_parked_messages"] == before["dealport_queue_taken_messages"] == 0
        client.lpush(redis_key("parked"), "{}")
        client.lpush(redis_key("celery"), "no message")
        after = scrape()
        assert (after["dealport_queue_parked_messages"], after['dealport_queue_messages{queue="celery"}']) == (1, 1)
        assert after['dealport_queue_oldest_seconds{queue="celery"}'] == 0
        assert after['dealport_redis_memory_bytes{server="queue"}'] > 0
        assert after['dealport_redis_evicted_keys_total{server="cache"}'] == 0
    finally:
        client.delete(redis_key("celery"), redis_key("exports"), redis_key("parked"))
        client.close()


def test_heartbeats_have_an_age_and_infinity_until_the_first() -> None:
    heartbeats.beat("beat")
    told = scrape()
    assert 0 <= told['dealport_heartbeat_age_seconds{part="beat"}'] < 5
    assert told['dealport_heartbeat_age_seconds{part="worker"}'] == float("inf")
    assert told['dealport_heartbeat_age_seconds{part="exports"}'] == float("inf")


def test_jobs_of_beat_say_when_they_were_last_sent() -> None:
    hourly = IntervalSchedule.objects.create(every=1, period="hours")
    job = {"task": "reports.tasks.clean_exports", "interval": hourly}
    PeriodicTask.objects.create(**job, name="late", last_run_at=timezone.now() - timedelta(hours=30))
    PeriodicTask.objects.create(**job, name="off", last_run_at=timezone.now(), enabled=False)

    told = {name: value for name, value in scrape().items() if name.startswith("dealport_job")}

    assert told == {'dealport_job_age_seconds{job="late"}': pytest.approx(108_000, abs=20)}


def test_exports_schedules_and_mails_that_wait_are_told_with_their_age() -> None:
    owner, now = a_user(), timezone.now()
    job = {"owner": owner, "dataset": "orders", "title": "Orders", "format": "csv"}
    ExportJob.objects.create(**job, request_hash="a", requested_at=now - timedelta(minutes=3))
    ExportJob.objects.create(
        **job, request_hash="b", status="failed", started_at=now - timedelta(seconds=9), finished_at=now
    )
    due = {"owner": owner, "name": "Monthly", "dataset": "orders", "cron": "0 6 * * *"}
    schedule = ScheduledExport.objects.create(**due, next_run_at=now - timedelta(minutes=5))
    ScheduledExport.objects.create(**due, next_run_at=now + timedelta(minutes=5))
    ScheduleMail.objects.create(schedule=schedule, recipient="a@example.com", created_at=now - timedelta(hours=1))
    ScheduleMail.objects.create(schedule=schedule, recipient="b@example.com", state="sent")
    PasswordLink.objects.create(kind="reset", email="c@example.com", created_at=now - timedelta(hours=2))
    PasswordLink.objects.create(kind="reset", email="d@example.com", next_try_at=None)
    file = {"store": a_store(), "kind": "orders", "file_name": "a.csv", "size": 1, "expires_at": now}
    Upload.objects.create(**file, status="checking", created_at=now - timedelta(minutes=7))
    Upload.objects.create(**file, status="ready", created_at=now - timedelta(days=1))
    shown = {"subject": "orders.product", "subject_id": 1}
    Picture.objects.create(**shown, created_at=now - timedelta(minutes=9))
    Picture.objects.create(**shown, status="failed", created_at=now - timedelta(days=1))

    told = scrape()

    jobs = {status: told[f'dealport_exports{{status="{status}"}}'] for status in ("queued", "running", "failed")}
    assert jobs == {"queued": 1, "running": 0, "failed": 1}
    assert 180 <= told["dealport_exports_queued_oldest_seconds"] < 200
    assert (told["dealport_export_seconds_total"], told["dealport_exports_finished_total"]) == (9, 1)
    assert (told["dealport_schedules_waiting"], told["dealport_mails_waiting"]) == (1, 2)
    assert (told["dealport_uploads_waiting"], told["dealport_pictures_waiting"]) == (1, 1)
    assert 420 <= told["dealport_uploads_waiting_oldest_seconds"] < 440
    assert 540 <= told["dealport_pictures_waiting_oldest_seconds"] < 560
    assert 300 <= told["dealport_schedules_waiting_oldest_seconds"] < 320
    assert 7200 <= told["dealport_mails_waiting_oldest_seconds"] < 7220


def test_a_source_that_is_away_is_named_and_hides_no_other(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    told = scrape()

    failed = {name.split('"')[1] for name, value in told.items() if name.startswith("dealport_collector") and value}
    assert failed == {"dealport.telemetry.collect_queues", "dealport.telemetry.collect_redis"}
    assert "dealport_ledger_rows" in told
