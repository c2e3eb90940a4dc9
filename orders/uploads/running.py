"""What a worker does with an upload: fetch the file, check or apply it, write down what came of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext

from dealport.kit.errors import Conflict
from dealport.kit.storage import MissingFile, StorageRefused
from dealport.kit.storage import store as file_store
from orders.models import Upload
from orders.uploads.kinds import READERS
from orders.uploads.orders import keep_refused, write_refused
from orders.uploads.problems import Refused

FOLDER_PREFIX = "dealport-upload-"
MAX_ATTEMPTS = 3
TIME_LIMIT = 6 * 60 * 60
"""Seconds after which a worker is ended that checks or applies an upload: more than a file of the largest size takes.

Longer than other tasks may run: Redis hands the task out again after an hour, and that worker leaves the locked row
to the one that has it.
"""
S = Upload.Status
IS_WAITING = Q(status__in=Upload.WORK) | Q(awaits_refused_file=True)
log = structlog.get_logger(__name__)


def run_upload(pk: int) -> None:
    """Check or apply an upload, whichever it waits for; nothing where it waits for neither, or a worker has it.

    What it says is in the language of the page the file was uploaded on, English if it was none. May be called twice
    and at once. What it changes, and the word that it did, are one transaction: a worker that dies
    leaves the upload waiting. Raises StorageAway, and whatever is unexpected; the sweep then sends it again, up to
    MAX_ATTEMPTS times where the file was there.
    """
    with transaction.atomic():
        rows = Upload.objects.filter(IS_WAITING, pk=pk).select_for_update(skip_locked=True, no_key=True)
        upload = rows.first()
    if upload is not None:
        with translation.override(upload.options.get("language", settings.LANGUAGE_CODE)):
            _run(upload)


def _run(upload: Upload) -> None:
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX) as folder:
        # its name tells what it is; the path is ours
        path = Path(folder) / f"file{Path(upload.file_name).suffix[:10]}"
        try:
            with path.open("wb") as copy:
                for key in upload.keys:
                    with file_store().open(key) as source:
                        shutil.copyfileobj(source, copy)
        except (MissingFile, StorageRefused):
            _give_up(upload, error=gettext("The file is no longer there. Upload it again."))
            return
        if upload.awaits_refused_file:
            _complete(upload, path)
        else:
            _work(upload, path)


def is_one_running() -> bool:
    """Answer whether some worker holds an upload now."""
    waiting = Upload.objects.filter(status__in=Upload.WORK, attempts__gt=0)
    with transaction.atomic():
        free = set(waiting.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True))
        return waiting.exclude(pk__in=free).exists()


def _work(upload: Upload, path: Path) -> None:
    waiting = Upload.objects.filter(pk=upload.pk, status=upload.status).select_for_update(skip_locked=True, no_key=True)
    if not _begin(waiting):
        return
    try:
        with transaction.atomic():
            row = waiting.first()
            if row is None:
                return
            reader = READERS[row.kind]
            if row.status == S.CHECKING:
                row.preview, row.status = reader.check(row, path), S.READY
            else:
                row.receipt, row.status, row.finished_at = reader.apply(row, path), S.APPLIED, timezone.now()
            row.attempts = 0
            row.save(update_fields=["preview", "receipt", "status", "finished_at", "attempts", "awaits_refused_file"])
        if row.awaits_refused_file:
            keep_refused(row, path)
    except Refused as error:
        _give_up(upload, str(error), error.problems)
    except Conflict as error:
        _give_up(upload, str(error.detail))


def _complete(upload: Upload, path: Path) -> None:
    """Store the rows that an import left out whose worker died, or found the storage away, before they were stored."""
    if not _begin(Upload.objects.filter(pk=upload.pk, awaits_refused_file=True).select_for_update(no_key=True)):
        return
    try:
        write_refused(upload, path)
        keep_refused(upload, path)
    except Refused as error:
        _give_up(upload, str(error))
    except Conflict as error:
        _give_up(upload, str(error.detail))


def _begin(waiting: QuerySet[Upload]) -> bool:
    """Count one more attempt; return whether there may be one. A row that another worker holds is left to it."""
    with transaction.atomic():
        row = waiting.first()
        if row is None:
            return False
        if row.attempts < MAX_ATTEMPTS:
            row.attempts += 1
            row.save(update_fields=["attempts"])
            return True
    text = gettext("The worker stopped in the middle {count} times: it was killed, or the file is too large.")
    _give_up(row, text.format(count=MAX_ATTEMPTS))
    return False


def _give_up(upload: Upload, error: str, problems: Sequence[object] = ()) -> None:
    """Let what waits for a worker end as failed, with its reason; an import that is done stays so, without the rows."""
    if upload.status == S.APPLIED:
        log.warning("rows that were left out are lost", upload=upload.pk, reason=error)
        Upload.objects.filter(pk=upload.pk).update(awaits_refused_file=False)
        return
    preview = {**upload.preview, "problems": list(problems)} if problems else upload.preview
    Upload.objects.filter(pk=upload.pk, status=upload.status).update(
        status=S.FAILED, error=error[:500], preview=preview, finished_at=timezone.now()
    )
