"""Stores."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from customers import signals
from customers.actions.taken import refused_if_taken
from customers.auditing import record, values_of
from customers.models import Store, User
from customers.models.stores import new_webhook_secret

STORE_FIELDS = {"slug", "name", "currency", "timezone", "is_active"}


@transaction.atomic
def create_store(*, slug: str, name: str, currency: str, timezone: str, actor: User | None) -> Store:
    """Create a store. Raises django's ValidationError naming the field on bad values."""
    store = Store(slug=slug, name=name, currency=currency, timezone=timezone)
    store.full_clean()
    with refused_if_taken():
        store.save()
    record("created", store, actor=actor)
    signals.store_created.send(Store, store=store, actor=actor)
    return store


@transaction.atomic
def update_store(*, store: Store, changes: dict[str, object], actor: User | None) -> Store:
    """Change fields of a store.

    Raises Conflict if currency or time zone would change after the first order (the amounts and the days of all
    figures would silently mean something else), ValidationError on bad values.
    """
    store = Store.objects.select_for_update().get(pk=store.pk)
    before = values_of(store)
    changed = {field for field in STORE_FIELDS & changes.keys() if getattr(store, field) != changes[field]}
    for field in changed:
        setattr(store, field, changes[field])
    store.full_clean(exclude={"currency"} - changed)  # one that was withdrawn stays
    signals.store_changing.send(Store, store=store, changed=changed, actor=actor)
    with refused_if_taken():
        store.save(update_fields=sorted(changed))
    record("changed", store, before=before, actor=actor)
    return store


@transaction.atomic
def rotate_webhook_secret(*, store: Store, overlap: timedelta, actor: User | None) -> Store:
    """Give a store a new webhook secret; the one it had works on for the overlap. Earlier ones end at once."""
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    before = values_of(store)
    store.former_webhook_secret, store.former_secret_until = store.webhook_secret, now() + overlap
    store.webhook_secret = new_webhook_secret()
    store.save(update_fields=["webhook_secret", "former_webhook_secret", "former_secret_until"])
    record("webhook secret rotated", store, before=before, actor=actor)
    return store
