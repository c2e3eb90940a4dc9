"""Writing the audit trail: one entry per change, in the change's own transaction. Every action with an actor calls it.

Steps of an order (placed, paid, shipped …) write an `OrderEvent` with the actor instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.translation import override

from customers.models import AuditEntry, Store, User
from dealport.kit.surface import current_surface

Values = Mapping[str, Any]

SECRETS = {"password", "webhook_secret", "former_webhook_secret", "secret", "credentials", "token"}
MASK = "***"
NOISE = {"id", "state_version", "auth_version", "updated_at", "search_text"}
"""Fields that say nothing about what somebody decided."""


def values_of(row: Model) -> dict[str, object]:
    """Return the values of a row's loaded columns, to be compared with those after a change."""
    loaded = row.__dict__
    return {
        field.name: loaded[field.attname]
        for field in row._meta.concrete_fields
        if field.attname in loaded and field.name not in NOISE and not field.generated
    }


def record(
    action: str,
    row: Model,
    *,
    actor: User | None,
    before: Values | None = None,
    after: Values | None = None,
    of: Model | None = None,
) -> None:
    """Write that `actor` did `action` to a row, unless nothing of it differs.

    `before` are its values before (None: it was not there), `after` those after (None: as `row` has them now). `of`
    is what the row is a part of: the entry is then in the history of that, its fields under the name of the part.
    """
    changes = _changes(before or {}, values_of(row) if after is None else after)
    if not changes:
        return
    about = row if of is None else of
    if of is not None:
        changes = {f"{row._meta.model_name}.{name}": pair for name, pair in changes.items()}
    with override(settings.LANGUAGE_CODE):
        label = str(about)[:254]
    AuditEntry.objects.create(
        store_id=about.pk if isinstance(about, Store) else getattr(about, "store_id", None),
        object_type=about._meta.label_lower,
        object_id=about.pk,
        object_label=label,
        action=action,
        changes=changes,
        actor_id=actor.pk if actor else None,
        actor_label=actor.email if actor else "",
        surface=current_surface(),
    )


def history_of(row: Model) -> QuerySet[AuditEntry]:
    """Return the entries about a row, newest first (index customers_audit_by_object)."""
    return (
        AuditEntry.objects.filter(object_type=row._meta.label_lower, object_id=row.pk)
        .select_related("store")
        .order_by("-id")
    )


def _changes(before: Values, after: Values) -> dict[str, list[object]]:
    """Return field → [before, after] for what differs; what is empty on a new row is left out."""
    changes = {}
    for name in {**before, **after}:
        was, now = before.get(name), after.get(name)
        if was == now or (not before and now in ("", None)):
            continue
        changes[name] = [_shown(name, was), _shown(name, now)]
    return changes


def _shown(name: str, value: object) -> object:
    return MASK if name in SECRETS and value is not None else value
