"""Who may see and change a schedule: its owner while they work in its store, and every super admin."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.http import Http404

from customers.access import Viewer, sees_all_stores
from customers.models import User
from reports.exporting.scopes import store_keys
from reports.models import ScheduledExport


def visible_schedules(user: Viewer) -> QuerySet[ScheduledExport]:
    """Return the schedules `user` may see: their own, and every one for super admins."""
    if not isinstance(user, User) or not user.is_staff:
        return ScheduledExport.objects.none()
    schedules = ScheduledExport.objects.select_related("owner", "query")
    if user.is_superuser:
        return schedules
    own = schedules.filter(owner=user)
    return (
        own
        if sees_all_stores(user)
        else own.annotate(of_store=KT("filters__store")).filter(of_store__in=store_keys(user))
    )


def failing_schedules(user: User) -> QuerySet[ScheduledExport]:
    """Return a person's own schedules whose last runs failed: those that Home counts."""
    return visible_schedules(user).filter(owner=user, failures__gt=0)


def schedule_or_404(user: Viewer, pk: object) -> ScheduledExport:
    """Return the schedule if `user` may see it. Raises Http404 otherwise."""
    text = str(pk)
    known = text.isascii() and text.isdigit() and len(text) < 19
    schedule = visible_schedules(user).filter(pk=int(text)).first() if known else None
    if schedule is None:
        raise Http404("no such schedule")
    return schedule
