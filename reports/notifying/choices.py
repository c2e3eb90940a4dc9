"""Which notifications a person gets."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from customers.access import stores_for
from customers.auditing import record
from customers.models import User
from reports.models import NotificationChoice, Trouble


def chosen_by(user: User) -> set[str]:
    """Return the kinds of trouble a person wants to be told of."""
    return set(NotificationChoice.objects.filter(user=user).values_list("kind", flat=True))


@transaction.atomic
def choose_notifications(*, user: User, kinds: Collection[str], actor: User | None) -> None:
    """Tell a person of these kinds of trouble and of no others. Raises ValueError for one there is not."""
    wanted = {Trouble.Kind(kind).value for kind in kinds}
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    before = chosen_by(user)
    NotificationChoice.objects.filter(user=user).exclude(kind__in=wanted).delete()
    NotificationChoice.objects.bulk_create(NotificationChoice(user=user, kind=kind) for kind in sorted(wanted - before))
    values = [{"notifications": sorted(kinds)} for kinds in (before, wanted)]
    record("changed", user, before=values[0], after=values[1], actor=actor)


def may_be_told(user: User, trouble: Trouble) -> bool:
    """Answer whether a person wants to know of it now, and may: it is in a store of theirs, or their own schedule."""
    if not user.is_staff or trouble.kind not in chosen_by(user):
        return False
    if trouble.owner_id is not None:
        return bool(trouble.owner_id == user.pk)
    return trouble.store_id is not None and stores_for(user).filter(pk=trouble.store_id).exists()
