"""Pictures: received or named by an address, made by a worker, forgotten when nobody shows them any more."""

from __future__ import annotations

import itertools
import secrets
import shutil
import tempfile
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from redis.exceptions import RedisError

from customers.auditing import record
from customers.models import Picture, User
from customers.signals import picture_ready
from dealport.kit import outbound
from dealport.kit.errors import invalid
from dealport.kit.installation import installation_id
from dealport.kit.pictures import CONTENT_TYPE, MOST_BYTES, NotAPicture, check_picture, draw
from dealport.kit.storage import MissingFile, StorageAway, StorageRefused
from dealport.kit.storage import store as file_store

FETCH_SECONDS = 20.0
TURN_SECONDS = 15.0
"""After which a worker begins no further picture, so that webhooks and heartbeats have their turn."""
ONE_AT_A_TIME, LONGEST_TURN = "pictures:turn", 120
"""Held by the process that makes pictures, so that the others are free for webhooks; seconds after which it is dead."""
LEASE = timedelta(minutes=5)
"""Longer than a picture can take: after it, the worker that had it is dead."""
MAX_ATTEMPTS = 3
LEFT_OVER = timedelta(hours=2)
BATCH = 500
S = Picture.Status


def prefix() -> str:
    """Return how the names of this installation's pictures begin; clean-up looks at no others."""
    return f"pictures/{installation_id()}/"


def pictures_of(row: Model) -> QuerySet[Picture]:
    """Return the pictures of a product, category, customer or account, in their order."""
    return Picture.objects.filter(subject=row._meta.label_lower, subject_id=row.pk).order_by("position", "pk")


def add_picture(
    row: Model, *, file: UploadedFile | None = None, url: str = "", is_public: bool = False, actor: User | None
) -> Picture:
    """Keep an uploaded picture of `row`, or the address it is fetched from once; a worker makes it.

    Raises ValidationError for a file that is no picture or an address that is not public, StorageAway, StorageRefused.
    """
    picture = Picture(
        subject=row._meta.label_lower, subject_id=row.pk, store_id=getattr(row, "store_id", None), is_public=is_public
    )
    if file is not None:
        picture.incoming_key = _receive(file)
    else:
        picture.source_url = _checked(url)
    with transaction.atomic():
        last = pictures_of(row).last()
        picture.position = last.position + 1 if last else 0
        picture.save(force_insert=True)
        record("picture added", row, after={"picture": picture.source_url or picture.address}, actor=actor)
    return picture


def fetch_later(row: Model, url: str, *, is_first: bool = False) -> None:
    """Keep the address from which a picture of goods is fetched once; `is_first`: before those the row has.

    An address that was fetched before, or waits, is not fetched again. What is no public address is the worker's to
    refuse: nobody waits here for a name to be looked up.
    """
    known = pictures_of(row)
    if known.filter(source_url=url).exclude(status=S.FAILED).exists():
        return
    known.filter(source_url=url).delete()
    last = known.last()
    position = last.position + 1 if last else 0
    if is_first:
        known.update(position=F("position") + 1)
        position = 0
    Picture.objects.create(
        subject=row._meta.label_lower,
        subject_id=row.pk,
        store_id=getattr(row, "store_id", None),
        source_url=url,
        position=position,
        is_public=True,
    )


def drop_former(picture: Picture) -> None:
    """Forget the pictures that this one, which is ready, takes the place of; their files are cleaned up."""
    others = Picture.objects.filter(subject=picture.subject, subject_id=picture.subject_id)
    others.filter(position__lt=picture.position).delete()


def _receive(file: UploadedFile) -> str:
    """Store an upload; return its key."""
    if not file.size or file.size > MOST_BYTES:
        raise invalid(
            "file",
            gettext("Choose a picture of at most {limit} MB that is not empty.").format(limit=MOST_BYTES // 1000000),
        )
    try:
        check_picture(file)
    except NotAPicture as error:
        raise invalid("file", str(error)) from error
    file.seek(0)
    key = f"{prefix()}{secrets.token_hex(16)}/incoming"
    with tempfile.TemporaryDirectory(prefix="dealport-picture-") as folder:
        path = Path(folder) / "incoming"
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        _put(key, path, "application/octet-stream")
    return key


def _checked(url: str) -> str:
    try:
        outbound.check_address(url)
    except (outbound.AddressRefused, outbound.Unreachable) as error:
        raise invalid("url", str(error)) from error
    return url


def make_pictures(most: int = 20) -> int:
    """Make up to `most` of the pictures that wait, for TURN_SECONDS; return how many became ready.

    While another process does, none: of two that work on webhooks too, one is never held up by a slow host of pictures.
    """
    try:
        if not cache.add(ONE_AT_A_TIME, 1, LONGEST_TURN):
            return 0
    except RedisError:
        return _make_some(most)  # two at once share them
    try:
        return _make_some(most)
    finally:
        with suppress(RedisError):
            cache.delete(ONE_AT_A_TIME)


def _make_some(most: int) -> int:
    made, until = 0, time.monotonic() + TURN_SECONDS
    for _ in range(most):
        if time.monotonic() > until:
            break
        picture = _claim()
        if picture is None:
            break
        made += _make(picture)
    return made


def clean() -> int:
    """Delete the files that no picture names; return how many. Raises StorageAway, StorageRefused."""
    before, deleted = timezone.now() - LEFT_OVER, 0
    keys = file_store().files(prefix(), before=before)
    while batch := list(itertools.islice(keys, BATCH)):
        known: set[str] = set()
        for column in ("incoming_key", "file_key", "thumbnail_key"):
            rows = Picture.objects.filter(**{f"{column}__in": batch})
            known.update(rows.values_list(column, flat=True))
        for key in set(batch) - known:
            file_store().delete(key)
            deleted += 1
    file_store().abort_uploads(prefix(), before=before)
    return deleted


def _claim() -> Picture | None:
    """Take the next picture that is due; one that was taken too often has failed."""
    now = timezone.now()
    due = Picture.objects.filter(status=S.WAITING, due_at__lte=now)
    stopped = "The worker stopped in the middle. Upload the picture again."
    due.filter(attempts__gte=MAX_ATTEMPTS, error="").update(status=S.FAILED, error=stopped, due_at=None)
    for picture in due.order_by("due_at")[:5]:
        taken = due.filter(pk=picture.pk, attempts=picture.attempts)
        if taken.update(attempts=F("attempts") + 1, due_at=now + LEASE):
            picture.attempts += 1
            return picture
    return None


def _make(picture: Picture) -> bool:
    with tempfile.TemporaryDirectory(prefix="dealport-picture-") as folder:
        try:
            _draw(picture, Path(folder))
        except (NotAPicture, outbound.AddressRefused, MissingFile, StorageRefused) as error:
            _fail(picture, str(error) if not isinstance(error, MissingFile) else "The file is no longer there.")
        except (outbound.Unreachable, StorageAway) as error:
            _try_again(picture, str(error))
        else:
            return True
    return False


def _draw(picture: Picture, folder: Path) -> None:
    original = folder / "original"
    with original.open("wb") as file:
        _read(picture, file)
    drawn = draw(original, folder)
    base = f"{prefix()}{secrets.token_hex(16)}"
    _put(f"{base}/picture.webp", drawn.picture, CONTENT_TYPE)
    _put(f"{base}/thumbnail.webp", drawn.thumbnail, CONTENT_TYPE)
    incoming = picture.incoming_key
    with transaction.atomic():
        still = Picture.objects.filter(pk=picture.pk, attempts=picture.attempts)
        if not still.update(
            status=S.READY,
            error="",
            due_at=None,
            incoming_key="",
            file_key=f"{base}/picture.webp",
            thumbnail_key=f"{base}/thumbnail.webp",
            width=drawn.width,
            height=drawn.height,
        ):
            return  # it is gone, or another worker's: these files are named by no row
        picture.refresh_from_db()
        picture_ready.send(Picture, picture=picture)
    if incoming:
        file_store().delete(incoming)


def _read(picture: Picture, file: IO[bytes]) -> None:
    if picture.source_url:
        outbound.fetch(picture.source_url, file, seconds=FETCH_SECONDS, most_bytes=MOST_BYTES)
        return
    with file_store().open(picture.incoming_key) as source:
        shutil.copyfileobj(source, file)


def _try_again(picture: Picture, error: str) -> None:
    """Put it off for longer each time; after MAX_ATTEMPTS it has failed."""
    if picture.attempts >= MAX_ATTEMPTS:
        _fail(picture, error)
        return
    due_at: datetime = timezone.now() + timedelta(minutes=picture.attempts)
    Picture.objects.filter(pk=picture.pk, attempts=picture.attempts).update(error=error[:300], due_at=due_at)


def _fail(picture: Picture, error: str) -> None:
    failed = Picture.objects.filter(pk=picture.pk, attempts=picture.attempts)
    failed.update(status=S.FAILED, error=error[:300], due_at=None)


def _put(key: str, path: Path, content_type: str) -> None:
    file_store().put(key, path, file_name=path.name, content_type=content_type, alive=lambda done: None)
