"""The life of an export: asked for once, written once, called off, taken over, cleared away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import structlog
from django.db import connection
from django.http import Http404
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import OutOfMemoryError
from rest_framework.exceptions import ValidationError
from structlog.testing import capture_logs

from customers.actions import update_user
from customers.models import User
from dealport.kit.errors import Conflict
from dealport.kit.storage import StorageAway, StorageRefused, store
from dealport.servers.processes import wait_until
from reports import exporting
from reports.datasets import DATASETS
from reports.exporting import (
    RowCount,
    cancel_export,
    clean,
    estimating,
    request_export,
    retry_export,
    run_export,
    sweep,
)
from reports.exporting.requests import MAX_UNFINISHED
from reports.files import csv_file
from reports.models import ExportJob
from tests.builders import a_product, a_store, a_user
from tests.exports import content, exported, lines_of

pytestmark = pytest.mark.django_db(transaction=True)
ALL_TIME = timezone.now() + timedelta(days=365)


@pytest.fixture
def owner() -> User:
    return a_user(User.Role.ADMIN)


def asked(owner: User, **more: Any) -> ExportJob:
    return request_export(owner=owner, **{"dataset": "products", "filters": {}, "format": "csv", **more})


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls at once, each on a connection of its own, and return what they returned or raised."""
    results: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = calls[index]()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def files() -> list[str]:
    return list(store().files("exports/", before=ALL_TIME))


def many_products(count: int) -> None:
    """Write products behind the back of everything: files of them take a while."""
    own_store = a_store()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_product (store_id, sku, name, description, price, image_url, is_active, created_at) "
            "SELECT %s, 'S-' || n, 'Product ' || n, repeat('words ', 20), 9.99, '', TRUE, now() "
            "FROM generate_series(1, %s) AS n",
            [own_store.pk, count],
        )


def test_equal_requests_are_one_job_until_it_is_finished(owner: User) -> None:
    first = asked(owner)
    assert asked(owner) == first
    assert asked(owner, format="xlsx") != first
    assert asked(owner, columns=["sku"]) != first
    assert asked(a_user(User.Role.ADMIN)) != first
    run_export(str(first.pk))
    assert asked(owner) != first


def test_equal_requests_at_once_are_one_job(owner: User) -> None:
    jobs = together(*[lambda: asked(owner)] * 8)
    assert {type(job) for job in jobs} == {ExportJob}, jobs
    assert len({job.pk for job in jobs}) == ExportJob.objects.count() == 1


def test_nobody_piles_up_more_than_so_many(owner: User) -> None:
    stores = [a_store() for _ in range(MAX_UNFINISHED + 1)]
    for own_store in stores[:-1]:
        asked(owner, filters={"store": own_store.slug})
    with pytest.raises(Conflict, match="20 of your exports"):
        asked(owner, filters={"store": stores[-1].slug})
    assert ExportJob.objects.count() == MAX_UNFINISHED


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"dataset": "passwords"}, "type"),
        ({"dataset": "query"}, "type"),
        ({"format": "pdf"}, "format"),
        ({"columns": ["sku", "webhook_secret"]}, "columns"),
        ({"columns": ["sku", "sku"]}, "columns"),
        ({"columns": ['sku" FROM customers_user; --']}, "columns"),
        ({"filters": {"from": "2026-01-01"}}, "filters.from"),
        ({"filters": {"status": "PAID"}}, "filters.status"),
        ({"dataset": "orders", "filters": {"status": "paid"}}, "filters.status"),
        ({"dataset": "orders", "filters": {"country": "\0"}}, "filters.country"),
        ({"dataset": "orders", "filters": {"country": 7}}, "filters.country"),
        ({"dataset": "orders", "filters": {"from": "2026-02-30"}}, "filters.from"),
        ({"dataset": "orders", "filters": {"from": "1969-12-31"}}, "filters.from"),
        ({"dataset": "orders", "filters": {"to": "2200-01-01"}}, "filters.to"),
        ({"dataset": "orders", "filters": {"to": "٢٠٢٦-٠١-٠١"}}, "filters.to"),
        ({"dataset": "orders", "filters": {"from": "2026-02-02", "to": "2026-02-01"}}, "filters.to"),
        ({"dataset": "sales-by-product", "filters": {"basis": "guessed"}}, "filters.basis"),
        ({"dataset": "orders", "filters": {"basis": "placed"}}, "filters.basis"),
    ],
)
def test_what_is_wrong_is_named_and_leaves_nothing(owner: User, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        asked(owner, **wrong)
    assert list(refusal.value.detail) == [field]
    assert not ExportJob.objects.exists()


def test_a_store_that_is_not_there_is_not_found(owner: User) -> None:
    with pytest.raises(Http404):
        asked(owner, filters={"store": "nowhere"})


def test_filters_narrow_the_rows_and_columns_the_columns(owner: User) -> None:
    ours, theirs = a_store(), a_store()
    mine, _ = a_product(ours), a_product(theirs)
    job = exported(owner, "products", filters={"store": ours.slug}, columns=["name", "productId"])
    assert lines_of(job) == [{"name": mine.name, "productId": str(mine.pk)}]


def test_a_job_is_run_once_however_often_it_is_sent(owner: User) -> None:
    a_product(a_store())
    job = asked(owner)
    together(*[lambda: run_export(str(job.pk))] * 4)
    run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.attempt, len(files())) == ("succeeded", 1, 1)
    assert 6.9 < (job.expires_at - timezone.now()) / timedelta(days=1) < 7.1  # type: ignore[operator]


def test_an_export_that_ends_is_one_line_with_key_time_and_outcome(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a logger that was used before keeps the processors of then, which nobody captures
    monkeypatch.setattr("reports.exporting.running.log", structlog.get_logger())
    a_product(a_store())
    well, badly = asked(owner), asked(owner, format="xlsx")
    with capture_logs() as lines:
        run_export(str(well.pk))
        with mock.patch("reports.exporting.running._write", side_effect=StorageRefused("No.")):
            run_export(str(badly.pk))
    assert all(line.pop("ms") >= 0 for line in lines)
    well.refresh_from_db()
    assert lines == [
        {
            "event": "export finished", "log_level": "info", "outcome": "finished", "job": str(well.pk),
            "dataset": "products", "format": "csv", "attempt": 1, "rows": 1, "bytes": well.file_size,
        },
        {
            "event": "export failed", "log_level": "warning", "outcome": "failed", "job": str(badly.pk),
            "dataset": "products", "format": "xlsx", "attempt": 1, "reason": "No.",
        },
    ]  # fmt: skip


def test_a_job_called_off_while_it_waits_is_never_written(owner: User) -> None:
    job = asked(owner)
    assert cancel_export(job=job).status == "canceled"
    assert cancel_export(job=job).status == "canceled"
    run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.attempt, files()) == ("canceled", 0, [])


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_job_called_off_while_it_is_written_stops_and_leaves_no_file(owner: User, format: str) -> None:
    many_products(3)
    job = asked(owner, format=format)

    def cancel_in_the_middle(self: Any, rows: int) -> None:
        # by somebody else: this connection is reading
        together(lambda: cancel_export(job=job))
        assert wait_until(self._lost.is_set, seconds=10)
        self.check()

    with mock.patch("reports.exporting.pulse.Pulse.done", cancel_in_the_middle):
        run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.file_key, job.error, files()) == ("canceled", "", "", [])


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_statement_that_runs_for_long_is_stopped_when_its_job_is_called_off(owner: User, format: str) -> None:
    many_products(1)
    job = asked(owner, format=format)
    rows = "text_rows" if format == "csv" else "typed_rows"
    with mock.patch(f"reports.files.{format}_file.{rows}", lambda *_, **__: "SELECT pg_sleep(60)"):
        writing = threading.Thread(target=lambda: (run_export(str(job.pk)), connection.close()))
        writing.start()
        assert wait_until(lambda: ExportJob.objects.get().status == "running", seconds=10)
        cancel_export(job=job)
        writing.join(timeout=15)
    assert not writing.is_alive()
    assert (ExportJob.objects.get().status, files()) == ("canceled", [])


def test_a_finished_job_cannot_be_called_off_and_an_unfinished_one_not_asked_for_again(owner: User) -> None:
    job = asked(owner)
    with pytest.raises(Conflict, match="queued"):
        retry_export(job=job)
    run_export(str(job.pk))
    job.refresh_from_db()
    with pytest.raises(Conflict, match="succeeded"):
        cancel_export(job=job)
    with pytest.raises(Conflict, match="succeeded"):
        retry_export(job=job)


def test_a_job_called_off_can_be_asked_for_again(owner: User) -> None:
    own_store = a_store()
    job = asked(owner, filters={"store": own_store.slug}, columns=["sku"], format="xlsx")
    cancel_export(job=job)
    again = retry_export(job=job)
    same = ("owner", "dataset", "filters", "columns", "format", "title")
    assert again.pk != job.pk
    assert [getattr(again, name) for name in same] == [getattr(job, name) for name in same]


def test_what_the_owner_may_do_is_decided_when_the_job_runs(owner: User) -> None:
    job = asked(owner)
    update_user(user=owner, changes={"role": User.Role.STAFF}, actor=a_user(User.Role.SUPER_ADMIN))
    run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.error) == ("failed", "The account that asked for it may not export any more.")
    assert files() == []


def test_personal_data_is_masked_if_the_owner_was_a_super_admin_only_when_asking() -> None:
    owner = a_user(User.Role.SUPER_ADMIN)
    job = asked(owner, dataset="customers")
    update_user(user=owner, changes={"role": User.Role.ADMIN}, actor=a_user(User.Role.SUPER_ADMIN))
    run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.is_masked) == ("succeeded", True)


def test_a_message_that_was_lost_is_sent_again(owner: User) -> None:
    job = asked(owner)
    with mock.patch("reports.exporting.queue.send") as send:
        assert sweep() == 0
        ExportJob.objects.update(requested_at=timezone.now() - timedelta(seconds=16))
        assert sweep() == 1
        assert sweep() == 0
    send.assert_called_once_with(job.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError, OutOfMemoryError])
def test_a_queue_that_is_away_or_full_does_not_lose_the_request(owner: User, error: type[Exception]) -> None:
    with mock.patch("reports.exporting.queue.current_app.send_task", side_effect=error):
        job = asked(owner)
    assert ExportJob.objects.get() == job


def died_in_the_middle(job: ExportJob, attempt: int = 1) -> None:
    silent = timezone.now() - timedelta(seconds=31)
    ExportJob.objects.filter(pk=job.pk).update(status="running", attempt=attempt, alive_at=silent, rows_done=7)


def test_the_job_of_a_dead_worker_is_taken_over(owner: User) -> None:
    a_product(a_store())
    job = asked(owner)
    died_in_the_middle(job)
    with mock.patch("reports.exporting.queue.send"):
        assert sweep() == 1
    run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.attempt, job.rows_done, len(files())) == ("succeeded", 2, 1, 1)


def test_the_job_of_a_worker_that_is_alive_is_left_to_it(owner: User) -> None:
    job = asked(owner)
    ExportJob.objects.update(status="running", attempt=1, alive_at=timezone.now() - timedelta(seconds=5))
    with mock.patch("reports.exporting.queue.send"):
        assert sweep() == 0
    run_export(str(job.pk))
    assert ExportJob.objects.get().attempt == 1


def test_a_job_that_kills_its_worker_three_times_ends_with_the_reason(owner: User) -> None:
    job = asked(owner)
    died_in_the_middle(job, attempt=3)
    with mock.patch("reports.exporting.queue.send"):
        assert sweep() == 0
    job.refresh_from_db()
    assert (job.status, job.error) == (
        "failed",
        "The worker stopped in the middle 3 times: it was killed, or has too little memory.",
    )


def test_a_worker_that_was_believed_dead_can_neither_finish_nor_spoil_the_job(owner: User) -> None:
    a_product(a_store())
    job = asked(owner)
    taken_over = threading.Event()
    written = csv_file.write_csv

    def take_over() -> None:
        died_in_the_middle(job)
        with mock.patch("reports.exporting.queue.send"):
            sweep()
        run_export(str(job.pk))

    def slowly(*args: Any, **kwargs: Any) -> str:
        digest = written(*args, **kwargs)
        if not taken_over.is_set():
            taken_over.set()
            assert together(take_over) == [None]
        return digest

    with mock.patch("reports.files.csv_file.write_csv", slowly):
        run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.attempt, files()) == ("succeeded", 2, [job.file_key])
    assert content(job).count(b"\n") == 2


@pytest.mark.parametrize(("attempt", "status"), [(0, "queued"), (2, "failed")])
def test_a_store_that_is_away_is_tried_again_and_at_last_given_up(owner: User, attempt: int, status: str) -> None:
    job = asked(owner)
    ExportJob.objects.update(attempt=attempt)
    away = StorageAway("the storage cannot be reached, or the connection broke")
    with mock.patch("dealport.kit.storage.local.LocalStore.put", side_effect=away):
        run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, files()) == (status, [])
    assert job.error.startswith(str(away))


def test_a_store_that_refuses_ends_the_job_with_its_reason(owner: User) -> None:
    job = asked(owner)
    with mock.patch("dealport.kit.storage.local.LocalStore.put", side_effect=StorageRefused("the disk is full")):
        run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.error, job.attempt) == ("failed", "the disk is full", 1)


def test_an_unforeseen_failure_is_kept_on_the_row_without_its_internals(owner: User) -> None:
    job = asked(owner)
    secret = RuntimeError("password=hunter2")
    with mock.patch("reports.files.csv_file.write_csv", side_effect=secret), pytest.raises(RuntimeError):
        run_export(str(job.pk))
    job.refresh_from_db()
    assert (job.status, job.error, files()) == ("failed", "Unexpected: RuntimeError.", [])


def test_an_expired_file_is_deleted_before_its_row_says_so(owner: User) -> None:
    job, other = exported(owner, "products"), exported(owner, "coupons")
    ExportJob.objects.filter(pk=job.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    away = mock.patch("dealport.kit.storage.local.LocalStore.delete", side_effect=StorageAway("away"))
    with away, pytest.raises(StorageAway):
        clean()
    assert ExportJob.objects.get(pk=job.pk).status == "succeeded"
    assert clean() == 1
    job.refresh_from_db()
    assert (job.status, job.file_key, files()) == ("expired", "", [other.file_key])
    assert job.receipt["rowCount"] == 0


def test_files_that_no_job_names_are_deleted_once_nobody_can_still_be_writing_them(owner: User, tmp_path: Path) -> None:
    job = exported(owner, "products")
    (tmp_path / "stray").write_bytes(b"left by a worker that died before it could say so")
    stray = job.file_key.replace("/1/", "/9/")
    store().put(stray, tmp_path / "stray", file_name="s", content_type="text/csv", alive=lambda _: None)
    assert clean() == 0
    with mock.patch("reports.exporting.cleaning.LEFT_OVER", timedelta(seconds=-1)):
        assert clean() == 1
    assert files() == [job.file_key]


def test_old_rows_go_and_files_that_can_be_fetched_stay(owner: User) -> None:
    kept, old = exported(owner, "products"), asked(owner, dataset="coupons")
    cancel_export(job=old)
    ExportJob.objects.update(requested_at=timezone.now() - timedelta(days=91))
    clean()
    assert list(ExportJob.objects.all()) == [kept]


def test_few_rows_are_counted_however_wrong_the_planner_is(owner: User) -> None:
    many_products(5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_product")
    many_products(700)  # the planner knows nothing of these
    assert exporting.expected_rows(DATASETS["products"], {}, owner) == RowCount(5700, is_exact=True)


def test_many_rows_are_estimated_and_never_counted_to_the_end(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "COUNTED_ROWS", 1000)
    many_products(5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_product, customers_store")
    expected = exporting.expected_rows(DATASETS["products"], {}, owner)
    assert not expected.is_exact
    assert 4000 < expected.number < 6000
