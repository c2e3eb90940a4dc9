"""What beat does for exports: send again what was lost, take over what died, clear away what is old."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import structlog
from django.db.models import Q
from django.utils import timezone

from dealport.kit.storage import store
from dealport.kit.temporary import delete_folders
from reports.exporting import queue
from reports.exporting.running import FOLDER_PREFIX, MAX_ATTEMPTS, installation_prefix
from reports.models import ExportJob

SILENT = timedelta(seconds=30)
"""A worker that has not said for so long that it works on a job is dead: it says so every second."""
RESENT_AFTER = timedelta(seconds=15)
RESENT_AGAIN_AFTER = timedelta(minutes=5)
"""Seldomer, for most messages are not lost: while no worker is there, they pile up at the broker."""
LEFT_OVER = timedelta(hours=2)
"""Older than any run can be (CELERY_TASK_TIME_LIMIT): what no job names by then, no job ever will."""
ROWS_KEPT = timedelta(days=90)
BATCH = 500
log = structlog.get_logger(__name__)


def sweep() -> int:
    """Queue the jobs of dead workers again, and send messages that were lost; return how many were sent."""
    now = timezone.now()
    silent = ExportJob.objects.filter(status=ExportJob.Status.RUNNING, alive_at__lt=now - SILENT)
    silent.filter(attempt__gte=MAX_ATTEMPTS).update(
        status=ExportJob.Status.FAILED,
        finished_at=now,
        error=f"The worker stopped in the middle {MAX_ATTEMPTS} times: it was killed, or has too little memory.",
    )
    silent.update(status=ExportJob.Status.QUEUED, alive_at=now - RESENT_AGAIN_AFTER)
    due = Q(alive_at=None, requested_at__lt=now - RESENT_AFTER) | Q(alive_at__lte=now - RESENT_AGAIN_AFTER)
    put_off = ~Q(error="") & Q(alive_at__lte=now - RESENT_AFTER)
    queued = ExportJob.objects.filter(status=ExportJob.Status.QUEUED)
    waiting = list(queued.filter(due | put_off).order_by("requested_at").values_list("pk", flat=True)[:BATCH])
    # first, so that a message finds the job no longer put off; a message that is lost then is sent again next time
    queued.filter(pk__in=waiting).update(alive_at=now, error="")
    for pk in waiting:
        queue.send(pk)
    return len(waiting)


def clean() -> int:
    """Delete expired files, then say so; files no job names, unfinished uploads, old rows. Return how many files.

    Raises StorageAway, StorageRefused where the store does not let it; what is left is met next time.
    """
    now = timezone.now()
    expired = ExportJob.objects.filter(status=ExportJob.Status.SUCCEEDED, expires_at__lt=now)
    deleted = 0
    for job in expired.order_by("expires_at")[:BATCH]:
        store().delete(job.file_key)
        expired.filter(pk=job.pk).update(status=ExportJob.Status.EXPIRED, file_key="")
        deleted += 1
    deleted += _delete_orphans(now - LEFT_OVER)
    store().abort_uploads(installation_prefix(), before=now - LEFT_OVER)
    delete_folders(FOLDER_PREFIX, before=now - LEFT_OVER)
    old = ExportJob.objects.exclude(status__in=(*ExportJob.UNFINISHED, ExportJob.Status.SUCCEEDED))
    old.filter(requested_at__lt=now - ROWS_KEPT).delete()
    return deleted


def _delete_orphans(before: datetime) -> int:
    """Delete files that no job names: their worker died between the upload and the word that it was done."""
    deleted, keys = 0, store().files(installation_prefix(), before=before)
    while batch := list(itertools.islice(keys, BATCH)):
        known = set(ExportJob.objects.filter(file_key__in=batch).values_list("file_key", flat=True))
        for key in batch:
            if key not in known:
                store().delete(key)
                deleted += 1
    return deleted
