"""Taking a file in, letting it be applied, and giving it up."""

from __future__ import annotations

import hashlib
import re
import secrets
import tempfile
from datetime import timedelta
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, gettext

from customers.auditing import record, values_of
from customers.models import Store, User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.installation import installation_id
from dealport.kit.redis import publish
from dealport.kit.storage import store as file_store
from orders.models import Upload
from orders.models.uploads import part_key

RUN = "orders.tasks.run_upload"
CONTENT_TYPE = "application/octet-stream"
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def installation_prefix() -> str:
    """Return how the names of this installation's uploads begin; clean-up looks at no others."""
    return f"uploads/{installation_id()}/"


def receive_upload(
    *, store: Store, kind: str, file: UploadedFile, options: dict[str, object] | None = None, actor: User
) -> Upload:
    """Keep a file and let a worker check it.

    Raises ValidationError (empty, or larger than DEALPORT_UPLOAD_BYTES), Conflict when the store is closed,
    StorageAway, StorageRefused.
    """
    if not store.is_active:
        raise Conflict(gettext("This store is closed. Open it before uploading files."))
    if not file.size:
        raise invalid("file", gettext("Choose a file that is not empty."))
    if file.size > settings.DEALPORT_UPLOAD_BYTES:
        raise invalid(
            "file",
            gettext("Choose a file of at most {limit} MB.").format(limit=settings.DEALPORT_UPLOAD_BYTES // 1000000),
        )
    name = (file.name or "file")[-150:]
    upload = Upload(store=store, kind=kind, created_by=actor, file_name=name, size=file.size, options=_said(options))
    upload.expires_at = upload.created_at + timedelta(days=settings.DEALPORT_UPLOAD_KEEP_DAYS)
    upload.file_key = f"{installation_prefix()}{secrets.token_hex(16)}/{_plain(name)}"
    upload.sha256 = _keep(file, upload.file_key, name)
    with transaction.atomic():
        upload.save(force_insert=True)
        record("uploaded", upload, after={"file_name": name, "sha256": upload.sha256}, actor=actor)
        _tell_worker(upload)
    return upload


def begin_upload(
    *, store: Store, kind: str, file_name: str, size: int, options: dict[str, object], actor: User
) -> Upload:
    """Announce a file that comes in parts (`add_part`). Raises ValidationError, Conflict when the store is closed."""
    if not store.is_active:
        raise Conflict(gettext("This store is closed. Open it before uploading files."))
    if not 0 < size <= settings.DEALPORT_IMPORT_BYTES:
        raise invalid(
            "file",
            gettext("Choose a file of at most {limit} MB, not empty.").format(
                limit=settings.DEALPORT_IMPORT_BYTES // 1000000
            ),
        )
    name = file_name[-150:] or "file"
    upload = Upload(store=store, kind=kind, created_by=actor, file_name=name, size=size, options=_said(options))
    upload.status = Upload.Status.SENDING
    upload.expires_at = upload.created_at + timedelta(days=settings.DEALPORT_UPLOAD_KEEP_DAYS)
    upload.file_key = f"{installation_prefix()}{secrets.token_hex(16)}/{_plain(name)}"
    with transaction.atomic():
        upload.save(force_insert=True)
        record("uploaded", upload, after={"file_name": name, "size": size}, actor=actor)
    return upload


def add_part(*, upload: Upload, number: int, content: bytes) -> Upload:
    """Keep a part, counted from 0; with the last one a worker checks the file. A part sent again changes nothing.

    Raises Conflict for a part out of turn or beyond the announced size, StorageAway, StorageRefused.
    """
    if number < upload.parts:
        return upload
    if upload.status != Upload.Status.SENDING or number != upload.parts or not content:
        raise Conflict(
            gettext("{file_name} waits for part {parts}.").format(file_name=upload.file_name, parts=upload.parts)
        )
    if upload.received + len(content) > upload.size:
        raise Conflict(gettext("{file_name} has more bytes than announced.").format(file_name=upload.file_name))
    with tempfile.NamedTemporaryFile(prefix="dealport-upload-") as file:
        file.write(content)
        file.flush()
        key = part_key(upload.file_key, number)
        file_store().put(key, Path(file.name), file_name=upload.file_name, content_type=CONTENT_TYPE, alive=_alive)
    with transaction.atomic():
        row = _lock(upload)
        if row.parts == number and row.status == Upload.Status.SENDING:
            row.parts, row.received = number + 1, row.received + len(content)
            if row.received == row.size:
                row.status = Upload.Status.CHECKING
                _tell_worker(row)
            row.save(update_fields=["parts", "received", "status"])
    return row


@transaction.atomic
def confirm_upload(*, upload: Upload, actor: User) -> Upload:
    """Let a worker apply a checked file. Raises Conflict unless it is ready."""
    row = _lock(upload)
    if row.status != Upload.Status.READY:
        raise Conflict(
            gettext("{file_name} cannot be applied: it is {status}.").format(
                file_name=row.file_name, status=gettext(row.get_status_display()).lower()
            )
        )
    before = values_of(row)
    row.status, row.attempts = Upload.Status.APPLYING, 0
    row.save(update_fields=["status", "attempts"])
    record("confirmed", row, before=before, actor=actor)
    _tell_worker(row)
    return row


@transaction.atomic
def cancel_upload(*, upload: Upload, actor: User) -> Upload:
    """Give up a checked file; nothing of it is applied. Raises Conflict unless it is ready."""
    row = _lock(upload)
    if row.status != Upload.Status.READY:
        raise Conflict(
            gettext("{file_name} cannot be canceled: it is {status}.").format(
                file_name=row.file_name, status=gettext(row.get_status_display()).lower()
            )
        )
    before = values_of(row)
    row.status, row.finished_at = Upload.Status.CANCELED, timezone.now()
    row.save(update_fields=["status", "finished_at"])
    record("canceled", row, before=before, actor=actor)
    return row


def _alive(done: int) -> None:
    """Parts are small: nobody waits to hear that they move."""


def send(pk: int) -> None:
    """Tell a worker of the upload; where the broker is away or full, the sweep does."""
    publish(lambda: current_app.send_task(RUN, [pk]))


def _tell_worker(upload: Upload) -> None:
    transaction.on_commit(lambda: send(upload.pk))


def _lock(upload: Upload) -> Upload:
    return Upload.objects.select_for_update(no_key=True).get(pk=upload.pk)


def _said(options: dict[str, object] | None) -> dict[str, object]:
    """Return what was said of the file, and the language of the page: the worker writes for it."""
    return {**(options or {}), "language": get_language() or settings.LANGUAGE_CODE}


def _plain(name: str) -> str:
    return UNSAFE.sub("-", name).strip("-.")[-80:].lstrip("-._") or "file"


def _keep(file: UploadedFile, key: str, name: str) -> str:
    """Store the file whole; return its SHA-256."""
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory(prefix="dealport-upload-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as copy:
            for chunk in file.chunks():
                digest.update(chunk)
                copy.write(chunk)
        file_store().put(key, path, file_name=name, content_type=CONTENT_TYPE, alive=lambda done: None)
    return digest.hexdigest()
