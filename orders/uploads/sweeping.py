"""What beat does for uploads: send again what was lost, delete files that are old or that no row names."""

from __future__ import annotations

import itertools
import re
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from dealport.kit.storage import store as file_store
from dealport.kit.temporary import delete_folders
from orders.models import Upload
from orders.uploads.orders import REFUSED_SUFFIX
from orders.uploads.receiving import installation_prefix, send
from orders.uploads.running import FOLDER_PREFIX, IS_WAITING, TIME_LIMIT

RESENT_AFTER = timedelta(seconds=15)
RESENT_AGAIN_AFTER = timedelta(minutes=1)
IN_VAIN = gettext_noop("Nobody applied it in time. Upload it again.")
LEFT_OVER = timedelta(hours=2)
"""Older than any request that receives a file: what no row names by then, no row ever will."""
BATCH = 500
BESIDE = re.compile(r"(\.part[0-9]{5}|\.refused\.csv)\Z", re.ASCII)
"""What files beside the one of a row's key are called."""


def sweep() -> int:
    """Tell workers again of what waits and what nobody works on; return how many."""
    now = timezone.now()
    due = Q(sent_at=None, created_at__lt=now - RESENT_AFTER) | Q(sent_at__lt=now - RESENT_AGAIN_AFTER)
    waiting = Upload.objects.filter(due, IS_WAITING).order_by("created_at")
    with transaction.atomic():
        # a worker holds the row it works on
        lost = waiting.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
        keys = list(lost[:BATCH])
        Upload.objects.filter(pk__in=keys).update(sent_at=now)
    for pk in keys:
        send(pk)
    return len(keys)


def clean() -> int:
    """Delete the files of uploads that have expired, and those no row names; return how many.

    Rows stay with what they say. Folders that killed workers left on this machine go when none can be at them any
    more. Raises StorageAway, StorageRefused; what is left is met next time.
    """
    now = timezone.now()
    old = Upload.objects.exclude(file_key="").filter(expires_at__lt=now)
    unread = old.filter(status__in=(*Upload.WORK, Upload.Status.READY, Upload.Status.SENDING))
    unread.update(status=Upload.Status.CANCELED, finished_at=now, error=IN_VAIN)
    deleted = sum(forget_file(upload) for upload in old.order_by("expires_at")[:BATCH])
    deleted += _delete_orphans(now - LEFT_OVER)
    file_store().abort_uploads(installation_prefix(), before=now - LEFT_OVER)
    delete_folders(FOLDER_PREFIX, before=now - timedelta(seconds=TIME_LIMIT) - LEFT_OVER)
    return deleted


def forget_file(upload: Upload) -> bool:
    """Delete the file of an upload; that of another installation is only forgotten. Return whether it was deleted."""
    is_ours = upload.file_key.startswith(installation_prefix())
    if is_ours:
        for key in {*upload.keys, upload.file_key + REFUSED_SUFFIX}:
            file_store().delete(key)
    Upload.objects.filter(pk=upload.pk).update(file_key="")
    return is_ours


def _delete_orphans(before: datetime) -> int:
    """Delete files that no row names: the process that received them died before it wrote the row."""
    deleted, keys = 0, file_store().files(installation_prefix(), before=before)
    while batch := list(itertools.islice(keys, BATCH)):
        owners = {key: BESIDE.sub("", key) for key in batch}
        known = set(Upload.objects.filter(file_key__in=owners.values()).values_list("file_key", flat=True))
        for key in batch:
            if owners[key] not in known:
                file_store().delete(key)
                deleted += 1
    return deleted
