"""Writing a file: claim the job, read one snapshot, write, upload, finish — or leave nothing."""

from __future__ import annotations

import errno
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import F, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.text import slugify
from psycopg.errors import QueryCanceled
from rest_framework.exceptions import ValidationError

from customers.models import User
from dashboard import figures
from dealport.kit.installation import installation_id
from dealport.kit.money import places_of
from dealport.kit.storage import StorageAway, StorageRefused, store
from dealport.kit.values import FieldValues, Json
from reports.datasets import DATASETS
from reports.exporting.errors import Refused
from reports.exporting.pulse import NotOurs, Pulse
from reports.exporting.receipts import control_totals, receipt_lines, receipt_of
from reports.exporting.requests import QUERY
from reports.exporting.scopes import may_open, read_columns, read_scope
from reports.files import csv_file, xlsx_file
from reports.files.query_file import write_query
from reports.files.xlsx_file import DoesNotFit
from reports.models import ExportFormat, ExportJob
from reports.sql import Away

MAX_ATTEMPTS = 3
FOLDER_PREFIX = "dealport-export-"
CONTENT_TYPES = {ExportFormat.CSV: csv_file.CONTENT_TYPE, ExportFormat.XLSX: xlsx_file.CONTENT_TYPE}
CELL_DIGITS = 15
"""What a spreadsheet keeps of a number."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Written:
    """A whole file on this machine, and its receipt."""

    path: Path
    receipt: Json
    is_masked: bool


def installation_prefix() -> str:
    """Return how the names of this installation's files begin; clean-up looks at no others."""
    return f"exports/{installation_id()}/"


def run_export(pk: str) -> None:
    """Write the file of a queued job; nothing happens if the job is not queued (any more).

    May be called twice and at once: who claims the job runs it. What can be better later is tried again, up to
    MAX_ATTEMPTS times; everything else ends the job with its reason.
    """
    job = _claim(pk)
    if job is None:
        return
    # a job of a new process may be the first to use the connection
    connection.ensure_connection()
    try:
        with Pulse(job) as pulse, tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX) as folder:
            uploaded = _upload(job, _write(job, Path(folder), pulse), pulse)
        # without the pulse, which would take a finished job for a lost one
        _finish(job, uploaded)
    except NotOurs:
        _log_end(job, "given up")
    except (Refused, DoesNotFit, StorageRefused) as error:
        _fail(job, str(error))
    except (StorageAway, Away, OperationalError) as error:
        _try_again(job, error)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            _fail(job, f"Unexpected: {type(error).__name__}.")
            raise
        _fail(job, "There is no room left on the worker's disk.")
    except Exception as error:
        # the row keeps the reason, the log the details
        _fail(job, f"Unexpected: {type(error).__name__}.")
        raise


def _claim(pk: str) -> ExportJob | None:
    now = timezone.now()
    # a job with an error was put off: the sweep clears it when it is due, messages may be left from before
    claimed = ExportJob.objects.filter(pk=pk, status=ExportJob.Status.QUEUED, error="").update(
        status=ExportJob.Status.RUNNING, attempt=F("attempt") + 1, alive_at=now, started_at=now, rows_done=0
    )
    return ExportJob.objects.select_related("owner").get(pk=pk) if claimed else None


def _write(job: ExportJob, folder: Path, pulse: Pulse) -> Written:
    """Write the file from one snapshot, with the owner's rights of this moment. Raises Refused, NotOurs."""
    owner = User.objects.get(pk=job.owner_id)
    if not (owner.sees_all_stores if job.dataset == QUERY else may_open(owner, job.filters)):
        raise Refused("The account that asked for it may not export any more.")
    path = folder / f"file.{job.format}"
    try:
        if job.dataset == QUERY:
            return Written(path, write_query(job, owner, path, pulse), is_masked=False)
        return _write_dataset(job, owner, path, pulse)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            pulse.check()
        raise


def _write_dataset(job: ExportJob, owner: User, path: Path, pulse: Pulse) -> Written:
    dataset = DATASETS[job.dataset]
    try:
        scope = read_scope(dataset, job.filters, owner)
        read_columns(dataset, job.columns)
    except (ValidationError, Http404) as error:
        raise Refused("Request is not there any more: a store, a filter or a column.") from error
    columns = dataset.chosen(job.columns)
    # without a personal column there is nothing to hide from whom the file is mailed to
    is_masked = not (owner.is_superuser and any(column.is_personal for column in columns))
    with ExitStack() as reading:
        as_of = reading.enter_context(figures.consistent_read(at_length=True))
        _take_all_the_time()
        totals = control_totals(dataset, scope)
        pulse.expect(totals.count)
        receipt = receipt_of(job, dataset, totals, as_of=as_of, is_masked=is_masked)
        parts = dataset.parts(scope)
        shared: FieldValues = {"order": dataset.order, "is_masked": is_masked, "step": pulse.done}
        if job.format == ExportFormat.CSV:
            sha256 = csv_file.write_csv(path, parts, columns, currencies=totals.file, **shared)
        else:
            if totals.largest_amount >= 10 ** (CELL_DIGITS - max(map(places_of, totals.file), default=2)):
                raise Refused("An amount has more than the 15 digits that a cell of XLSX keeps: ask for CSV.")
            # the workbook is put together after the last row: too long to leave the transaction waiting
            rows = _then(xlsx_file.database_rows(parts, columns, **shared), reading.close)
            lines = receipt_lines(receipt)
            sha256 = xlsx_file.write_xlsx(
                path, rows, columns, count=totals.count, receipt=lines, currencies=totals.file
            )
    return Written(path, {**receipt, "sha256": sha256}, is_masked)


def _then(rows: Iterator[dict[str, object]], end: Callable[[], None]) -> Iterator[dict[str, object]]:
    """Yield the rows, and call `end` as soon as the last one was taken."""
    yield from rows
    end()


def _take_all_the_time() -> None:
    """Lift a time-out that is meant for pages from this transaction: the pulse cancels what is not wanted any more."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")


@dataclass(frozen=True)
class Uploaded:
    """A whole file in the store."""

    written: Written
    key: str
    file_name: str
    size: int


def _upload(job: ExportJob, written: Written, pulse: Pulse) -> Uploaded:
    """Bring the file to the store under a name no other run uses. Raises StorageAway, StorageRefused, NotOurs."""
    pulse.check()
    file_name = f"{slugify(job.title) or 'export'}-{timezone.now():%Y%m%d-%H%M%S}.{job.format}"
    key = f"{installation_prefix()}{job.pk}/{job.attempt}/{file_name}"
    store().put(
        key,
        written.path,
        file_name=file_name,
        content_type=CONTENT_TYPES[ExportFormat(job.format)],
        alive=lambda _: pulse.check(),
    )
    return Uploaded(written, key, file_name, written.path.stat().st_size)


def _finish(job: ExportJob, uploaded: Uploaded) -> None:
    """Hand the file over; if the job is not ours any more, nobody shall find the file."""
    now, written = timezone.now(), uploaded.written
    finished = _ours(job).update(
        status=ExportJob.Status.SUCCEEDED,
        finished_at=now,
        expires_at=now + timedelta(days=settings.EXPORT_KEEP_DAYS),
        rows_done=written.receipt["rowCount"],
        rows_total=written.receipt["rowCount"],
        file_key=uploaded.key,
        file_name=uploaded.file_name,
        file_size=uploaded.size,
        is_masked=written.is_masked,
        receipt=written.receipt,
    )
    if not finished:
        store().delete(uploaded.key)
    _log_end(job, "finished" if finished else "given up", rows=written.receipt["rowCount"], bytes=uploaded.size)


def _fail(job: ExportJob, reason: str) -> None:
    _ours(job).update(status=ExportJob.Status.FAILED, finished_at=timezone.now(), error=reason[:500])
    # the reason of a query may quote personal data: the row keeps it
    shown = "see its row" if job.dataset == QUERY else reason
    _log_end(job, "failed", reason=shown)


def _try_again(job: ExportJob, error: Exception) -> None:
    """Queue the job once more, for the sweep to send after a while; the third failure is the last."""
    reason = str(error) if isinstance(error, StorageAway | Away) else "The database did not answer."
    if job.attempt >= MAX_ATTEMPTS:
        _fail(job, f"{reason} Tried {MAX_ATTEMPTS} times.")
        return
    _ours(job).update(status=ExportJob.Status.QUEUED, alive_at=timezone.now(), error=reason[:500])
    _log_end(job, "put off", reason=reason)


def _log_end(job: ExportJob, outcome: str, **facts: object) -> None:
    """Log how a run ended and how many milliseconds it took; a warning where it gives a reason."""
    milliseconds = round((timezone.now() - job.started_at).total_seconds() * 1000) if job.started_at else None
    log.log(
        logging.WARNING if "reason" in facts else logging.INFO,
        f"export {outcome}",
        job=str(job.pk),
        dataset=job.dataset,
        format=job.format,
        attempt=job.attempt,
        outcome=outcome,
        ms=milliseconds,
        **facts,
    )


def _ours(job: ExportJob) -> QuerySet[ExportJob]:
    """Return the job's row as long as it is this run's, on a connection that works: an upload may outlive one."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    return ExportJob.objects.filter(pk=job.pk, attempt=job.attempt, status=ExportJob.Status.RUNNING)
