"""Noticing what went wrong, and writing a mail to each person who wants to know; a tick of beat does both.

One process at a time. What is over within TELL_AFTER is told to nobody; what comes back within QUIET is the same
trouble, which was told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from customers.models import Membership, Store, User
from dashboard.figures import latest_verifications
from dashboard.models import Verification
from orders.connections.standing import troubled
from reports.models import NotificationChoice, ScheduledExport, ScheduleMail, Trouble

LOCK = 0x74726F75  # "trou": whoever looks for trouble
TELL_AFTER = timedelta(minutes=10)
QUIET = timedelta(hours=6)
MOST = 1000
"""Of each kind that are noticed at a time."""
Kind = Trouble.Kind
Key = tuple[str, int]


@dataclass(frozen=True)
class _Found:
    kind: str
    subject_id: int
    store_id: int | None
    owner_id: int | None
    label: str
    detail: str

    @property
    def key(self) -> Key:
        return self.kind, self.subject_id


@transaction.atomic
def look_for_trouble() -> int:
    """Note what is wrong now and what no longer is; write the mails that are due. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    now = timezone.now()
    found = {one.key: one for one in [*_connections(now), *_figures(), *_schedules()]}
    _note(found, now)
    return _tell(now)


def _connections(now: datetime) -> Iterator[_Found]:
    for one in troubled(None, now).select_related("store").order_by("pk")[:MOST]:
        label = f"{one.store.name}: {one}"[:254]
        yield _Found(Kind.CONNECTION, one.pk, one.store_id, None, label, one.problem[:500])


def _figures() -> Iterator[_Found]:
    wrong = Verification.objects.filter(wrong_buckets__gt=0, is_repaired=False).order_by("store").distinct("store")
    checks = latest_verifications(list(wrong.values_list("store", flat=True)[:MOST]))
    unsettled = {pk: check for pk, check in checks.items() if check.wrong_buckets and not check.is_repaired}
    for store in Store.objects.filter(pk__in=unsettled):
        check = unsettled[store.pk]
        days = f"{check.first_day} – {check.last_day}, {check.wrong_buckets}"
        yield _Found(Kind.FIGURES, store.pk, store.pk, None, store.name[:254], days)


def _schedules() -> Iterator[_Found]:
    for one in ScheduledExport.objects.filter(failures__gt=0).order_by("pk")[:MOST]:
        yield _Found(Kind.SCHEDULE, one.pk, None, one.owner_id, one.name[:254], one.last_error[:500])


def _note(found: dict[Key, _Found], now: datetime) -> None:
    known = {(row.kind, row.subject_id): row for row in _known(found)}
    new = [
        Trouble(kind=one.kind, subject_id=one.subject_id, store_id=one.store_id, owner_id=one.owner_id, began_at=now)
        for key, one in found.items()
        if key not in known
    ]
    for row in [*new, *(known[key] for key in found.keys() & known.keys())]:
        one = found[row.kind, row.subject_id]
        row.store_id, row.owner_id, row.label, row.detail = one.store_id, one.owner_id, one.label, one.detail
        if row.ended_at is not None and now - row.ended_at > QUIET:
            row.began_at, row.told_at = now, None
        row.ended_at = None
    for key in known.keys() - found.keys():
        known[key].ended_at = now
    Trouble.objects.bulk_create(new)
    Trouble.objects.bulk_update(
        known.values(), ["store", "owner", "label", "detail", "began_at", "ended_at", "told_at"], batch_size=500
    )


def _known(found: dict[Key, _Found]) -> Iterator[Trouble]:
    """Yield the rows of what is found, and those of what was going on."""
    yield from Trouble.objects.filter(ended_at=None)
    for kind in Kind:
        ids = [pk for name, pk in found if name == kind]
        yield from Trouble.objects.filter(kind=kind, subject_id__in=ids, ended_at__isnull=False)


def _tell(now: datetime) -> int:
    due = list(Trouble.objects.filter(ended_at=None, told_at=None, began_at__lte=now - TELL_AFTER))
    if not due:
        return 0
    choices = NotificationChoice.objects.filter(kind__in={one.kind for one in due}, user__is_active=True)
    people = list(choices.select_related("user").order_by("pk"))
    members = Membership.objects.filter(user__in=[choice.user_id for choice in people])
    stores = set(members.values_list("user", "store"))
    mails = [
        ScheduleMail(trouble=trouble, recipient=choice.user.email)
        for trouble in due
        for choice in people
        if choice.kind == trouble.kind and _is_for(choice.user, trouble, stores)
    ]
    ScheduleMail.objects.bulk_create(mails)
    Trouble.objects.filter(pk__in=[one.pk for one in due]).update(told_at=now)
    return len(mails)


def _is_for(user: User, trouble: Trouble, stores: set[tuple[int, int]]) -> bool:
    if trouble.owner_id is not None:
        return trouble.owner_id == user.pk
    works_there = user.role == User.Role.STAFF and (user.pk, trouble.store_id) in stores
    return user.sees_all_stores or works_there
