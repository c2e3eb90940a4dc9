"""A worker is killed while it writes or uploads a file: afterwards there is one whole file, or none and the reason."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from customers.models import User
from dealport.kit.storage import store
from dealport.servers.processes import wait_until
from reports.exporting import clean, request_export, sweep
from reports.models import ExportJob
from tests.builders import a_store, a_user
from tests.exports import content
from tests.s3_server import ACCESS_KEY, REGION, Line, S3Server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]
EVER = timezone.now() + timedelta(days=365)
WORKER = ["--app", "dealport", "worker", "--queues", "exports", "--concurrency", "1", "--loglevel", "WARNING"]
SLOW = "tests.reports.exports.slow_worker"
Environment = dict[str, str]


@contextmanager
def a_worker(environment: Environment, program: str = "celery") -> Iterator[Callable[[], None]]:
    """Run a worker of the exports with its pool; yields what kills every process of it at once, as a power cut does."""
    command = [sys.executable, "-m", program, *WORKER, "--without-mingle", "--without-gossip"]
    process = subprocess.Popen(command, env=environment, start_new_session=True)

    def kill() -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    try:
        yield kill
    finally:
        if process.poll() is None:
            kill()


def many_products(count: int) -> None:
    """Write so many products that a file of them takes seconds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_product (store_id, sku, name, description, price, image_url, is_active, created_at) "
            "SELECT %s, 'S-' || n, 'Product ' || n, md5(n::text) || md5(n::text || 'x'), 9.99, '', TRUE, now() "
            "FROM generate_series(1, %s) AS n",
            [a_store().pk, count],
        )


@pytest.fixture
def environment(process_environment: Environment, settings: Any, tmp_path: Any) -> Environment:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path / "exports")
    return {**process_environment, "EXPORT_ROOT": settings.EXPORT_ROOT, "TMPDIR": str(tmp_path)}


def in_bucket(environment: Environment, settings: Any, s3: S3Server, endpoint: str) -> Environment:
    """Keep the files in a new bucket, which the workers reach at `endpoint`."""
    values = {
        "EXPORT_BUCKET": s3.a_bucket(),
        "EXPORT_REGION": REGION,
        "EXPORT_ACCESS_KEY_ID": ACCESS_KEY,
        "EXPORT_SECRET_ACCESS_KEY": s3.secret,
    }
    for name, value in {**values, "EXPORT_ENDPOINT_URL": s3.endpoint}.items():
        setattr(settings, name, value)
    return {**environment, **values, "EXPORT_ENDPOINT_URL": endpoint}


def files() -> list[str]:
    return list(store().files("exports/", before=EVER))


def job_now() -> ExportJob:
    return ExportJob.objects.get()


def half_a_minute_later() -> None:
    """Let the time pass after which a silent worker counts as dead, and do what beat does then."""
    ExportJob.objects.filter(status="running").update(alive_at=timezone.now() - timedelta(seconds=31))
    assert sweep() == 1


def until_it_ends(seconds: float = 60) -> ExportJob:
    assert wait_until(lambda: not job_now().is_unfinished, seconds=seconds, step=0.2), job_now()
    return job_now()


@pytest.mark.parametrize("share", [0.1, pytest.param(0.5, marks=pytest.mark.fault("exports-killed")), 0.9])
def test_killed_while_it_writes_there_is_no_file_and_another_worker_writes_the_whole(
    share: float, environment: Environment
) -> None:
    count = 20_000
    many_products(count)
    request_export(owner=a_user(User.Role.ADMIN), dataset="products", filters={}, format="xlsx")
    with a_worker(environment, SLOW) as kill:
        assert wait_until(lambda: job_now().rows_done > 0, seconds=60, step=0.02), job_now()
        with a_worker(environment):  # starts while the other one writes
            assert wait_until(lambda: job_now().rows_done >= share * count, seconds=60, step=0.02), job_now()
            kill()
            job = job_now()
            assert (job.status, job.attempt, job.file_key, files()) == ("running", 1, "", [])
            assert job.rows_total == count
            assert sweep() == 0, "a job is taken over when its worker is silent, not before"
            half_a_minute_later()
            job = until_it_ends()
    assert (job.status, job.attempt, files()) == ("succeeded", 2, [job.file_key])
    with zipfile.ZipFile(io.BytesIO(content(job))) as workbook:
        assert workbook.testzip() is None
        assert workbook.read("xl/worksheets/sheet1.xml").count(b"<row ") == count + 1


def test_killed_while_it_uploads_there_is_no_file_and_no_upload_stays(
    environment: Environment, settings: Any, s3: S3Server
) -> None:
    many_products(150_000)
    with Line(s3.port, bytes_per_second=4_000_000) as line:
        slow = in_bucket(environment, settings, s3, line.endpoint)
        request_export(owner=a_user(User.Role.ADMIN), dataset="products", filters={}, format="csv")
        with a_worker(slow) as kill:
            assert wait_until(lambda: job_now().rows_done == 150_000, seconds=60)
            assert wait_until(lambda: len(unfinished_uploads(s3)) == 1, seconds=60)
            kill()
    assert (job_now().status, files(), len(unfinished_uploads(s3))) == ("running", [], 1)
    with a_worker({**slow, "EXPORT_ENDPOINT_URL": s3.endpoint}):
        half_a_minute_later()
        job = until_it_ends()
    assert (job.status, job.attempt, files()) == ("succeeded", 2, [job.file_key])
    assert content(job).count(b"\n") == 150_001
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.exporting.cleaning.LEFT_OVER", timedelta(days=-1))
        clean()
    assert (unfinished_uploads(s3), files()) == ([], [job.file_key])


def unfinished_uploads(s3: S3Server) -> list[Any]:
    found = s3.client.list_multipart_uploads(Bucket=django_settings.EXPORT_BUCKET)
    uploads: list[Any] = found.get("Uploads", [])
    return uploads


def test_killed_three_times_the_job_ends_with_its_reason_and_no_file(environment: Environment) -> None:
    many_products(20_000)
    request_export(owner=a_user(User.Role.ADMIN), dataset="products", filters={}, format="xlsx")
    for attempt in (1, 2, 3):
        with a_worker(environment, SLOW) as kill:
            if attempt > 1:
                half_a_minute_later()
            assert wait_until(lambda wanted=attempt: job_now().attempt == wanted, seconds=60), job_now()
            kill()
    ExportJob.objects.update(alive_at=timezone.now() - timedelta(seconds=31))
    assert sweep() == 0
    assert (job_now().status, files()) == ("failed", [])
    assert job_now().error.startswith("The worker stopped in the middle 3 times")


def test_the_bucket_is_away_and_comes_back(environment: Environment, settings: Any, s3: S3Server) -> None:
    many_products(10)
    there = in_bucket(environment, settings, s3, s3.endpoint)
    request_export(owner=a_user(User.Role.ADMIN), dataset="products", filters={}, format="csv")
    with a_worker({**there, "EXPORT_ENDPOINT_URL": "http://127.0.0.1:9"}):
        assert wait_until(lambda: job_now().error != "", seconds=60)
    job = job_now()
    assert (job.status, job.attempt, files()) == ("queued", 1, [])
    with a_worker(there):
        ExportJob.objects.update(alive_at=timezone.now() - timedelta(seconds=16))
        assert sweep() == 1
        job = until_it_ends()
    assert (job.status, job.error, files()) == ("succeeded", "", [job.file_key])
    assert content(job).count(b"\n") == 11
