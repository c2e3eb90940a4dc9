"""Connections that break, messages that pile up, and requests that meet: one file or none, and the reason."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from customers.models import User
from dealport.kit.storage import StorageAway, store
from dealport.kit.storage.local import LocalStore
from reports.exporting import request_export, run_export, sweep
from reports.files import csv_file, xlsx_file
from reports.models import ExportJob
from tests.builders import a_product, a_store, a_user
from tests.exports import content

pytestmark = pytest.mark.django_db(transaction=True)
EVER = timezone.now() + timedelta(days=365)


@pytest.fixture
def job() -> ExportJob:
    a_product(a_store())
    return request_export(owner=a_user(User.Role.ADMIN), dataset="products", filters={}, format="csv")


def files() -> list[str]:
    return list(store().files("exports/", before=EVER))


def end_this_connection() -> None:
    """Let the server end the connection of this thread, as a restart, a proxy or a firewall does."""
    pid = connection.connection.info.backend_pid
    parameters = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "pool"):
        parameters.pop(ours, None)
    with psycopg.connect(**parameters, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def elsewhere(call: Callable[[], Any]) -> None:
    """Call on a connection of its own."""

    def run() -> None:
        try:
            call()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.parametrize("attempt", [0, 2])
def test_a_connection_that_breaks_while_the_file_is_uploaded_costs_nothing(job: ExportJob, attempt: int) -> None:
    ExportJob.objects.update(attempt=attempt)
    put = LocalStore.put

    def slowly(self: LocalStore, *args: Any, **kwargs: Any) -> None:
        put(self, *args, **kwargs)
        end_this_connection()

    with mock.patch("dealport.kit.storage.local.LocalStore.put", slowly):
        run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.attempt, job.error, files()) == ("succeeded", attempt + 1, "", [job.file_key])
    assert content(job).count(b"\n") == 2


@pytest.mark.parametrize(("attempt", "status"), [(0, "queued"), (2, "failed")])
def test_a_job_whose_store_and_connection_are_away_keeps_the_reason(job: ExportJob, attempt: int, status: str) -> None:
    ExportJob.objects.update(attempt=attempt)

    def away(*args: Any, **kwargs: Any) -> None:
        end_this_connection()
        raise StorageAway("The storage is away.")

    with mock.patch("dealport.kit.storage.local.LocalStore.put", away):
        run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.attempt) == (status, attempt + 1)
    assert job.error.startswith("The storage is away.")


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize(("attempt", "status"), [(0, "queued"), (2, "failed")])
def test_a_connection_that_breaks_while_rows_are_read_is_tried_again(
    job: ExportJob, format: str, attempt: int, status: str
) -> None:
    ExportJob.objects.update(attempt=attempt, format=format)
    where = {"csv": (csv_file, "text_rows"), "xlsx": (xlsx_file, "typed_rows")}[format]
    statement = getattr(*where)

    def broken(*args: Any, **kwargs: Any) -> Any:
        end_this_connection()
        return statement(*args, **kwargs)

    with mock.patch.object(*where, broken):
        run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.attempt, files()) == (status, attempt + 1, [])
    assert job.error.startswith("The database did not answer.")
    if status == "queued":
        ExportJob.objects.update(alive_at=timezone.now() - timedelta(seconds=16))
        with mock.patch("reports.exporting.queue.send"):
            assert sweep() == 1
        run_export(str(job.pk))
        job.refresh_from_db()
        assert (job.status, job.error, files()) == ("succeeded", "", [job.file_key])


def test_a_timeout_meant_for_pages_does_not_stop_a_file_that_takes_longer(
    job: ExportJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {**connection.settings_dict["OPTIONS"], "options": "-c statement_timeout=100ms"}
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    connection.close()
    slow = "SELECT pg_sleep(0.3)"
    try:
        with mock.patch("reports.files.csv_file.text_rows", lambda *_, **__: slow):
            run_export(str(job.pk))
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("100ms",)
    finally:
        connection.close()
        monkeypatch.undo()
    job.refresh_from_db()
    assert (job.status, job.error) == ("succeeded", "")


def test_a_column_that_is_gone_since_it_was_asked_for_ends_the_job_with_a_reason(job: ExportJob) -> None:
    ExportJob.objects.update(columns=["sku", "colour"])
    run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, files()) == ("failed", [])
    assert job.error == "Request is not there any more: a store, a filter or a column."


def test_a_job_that_was_put_off_waits_for_the_sweep_whatever_messages_are_left(job: ExportJob) -> None:
    with mock.patch("dealport.kit.storage.local.LocalStore.put", side_effect=StorageAway("away")):
        for _ in range(5):
            run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.attempt, job.error) == ("queued", 1, "away")


def test_messages_do_not_pile_up_while_no_worker_is_there(job: ExportJob) -> None:
    began = timezone.now()
    sent = 0
    with mock.patch("reports.exporting.queue.send"), mock.patch("reports.exporting.cleaning.timezone.now") as clock:
        for tick in range(0, 3600, 15):
            clock.return_value = began + timedelta(seconds=tick)
            sent += sweep()
    assert 11 <= sent <= 13


def test_a_job_taken_over_after_a_long_run_is_sent_at_once(job: ExportJob) -> None:
    now = timezone.now()
    ExportJob.objects.update(
        status="running", attempt=1, requested_at=now - timedelta(hours=2), alive_at=now - timedelta(seconds=31)
    )
    with mock.patch("reports.exporting.queue.send") as send:
        assert sweep() == 1
    send.assert_called_once_with(job.pk)


def test_an_equal_request_that_was_faster_and_is_done_by_now_is_the_same_job(job: ExportJob) -> None:
    create = ExportJob.objects.create

    def beaten(**values: Any) -> ExportJob:
        elsewhere(lambda: create(**values))
        try:
            return create(**values)
        finally:
            elsewhere(lambda: ExportJob.objects.filter(dataset="coupons").update(status="canceled"))

    asked = {"owner": job.owner, "dataset": "coupons", "filters": {}, "format": "csv"}
    with mock.patch("reports.models.ExportJob.objects.create", beaten):
        found = request_export(**asked)
    assert (found.dataset, found.status, ExportJob.objects.count()) == ("coupons", "canceled", 2)
