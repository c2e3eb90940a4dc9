"""Whose figures, rows or files are meant: those of one store, or of all stores together."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from customers.models import Store


def key_of(store_id: int) -> str:
    """Return the name of one store's scope: what `StoreScope.key` is, where only the id is known."""
    return f"store:{store_id}"


@dataclass(frozen=True)
class StoreScope:
    """One store, or (`store` None, as in ALL_STORES) all of them together."""

    store: Store | None = None

    @property
    def store_id(self) -> int | None:
        """What a column or an SQL parameter holds for it: null for all stores."""
        return self.store.pk if self.store else None

    @property
    def key(self) -> str:
        """Its name in keys of caches: `all` or `store:7`."""
        return key_of(self.store.pk) if self.store else "all"

    @property
    def slug(self) -> str | None:
        """The store's slug, None for all stores."""
        return self.store.slug if self.store else None

    @property
    def timezone(self) -> str | None:
        """The name of the store's time zone; all stores have none, each counts by its own days."""
        return self.store.timezone if self.store else None

    def stores(self) -> QuerySet[Store]:
        """Return the stores in it."""
        return Store.objects.filter(pk=self.store.pk) if self.store else Store.objects.all()

    def zones(self) -> list[ZoneInfo]:
        """Return the time zones of its stores; UTC where there is no store at all."""
        if self.store:
            return [self.store.zone]
        names = Store.objects.order_by("timezone").values_list("timezone", flat=True).distinct()
        return [ZoneInfo(name) for name in names] or [ZoneInfo("UTC")]


ALL_STORES = StoreScope()
