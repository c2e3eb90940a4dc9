"""The filter by store."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from customers.access import stores_for
from dealport.kit.admin.paging import SCOPE
from dealport.kit.texts import lazy_text as _

MAX_STORES = 200


def store_filter(path: str = "store") -> type[admin.SimpleListFilter]:
    """Return a filter by store that offers a person their own stores alone; `path` leads to the store.

    A list of one store has its clocks: what filters that follow call today is the store's day.
    """

    class StoreFilter(admin.SimpleListFilter):
        title = _("store")
        parameter_name = SCOPE

        def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
            found = stores_for(request.user).order_by("name").values_list("pk", "name", "timezone")[:MAX_STORES]
            zones = {str(pk): zone for pk, name, zone in found}
            chosen = self.value() or (next(iter(zones)) if len(zones) == 1 else "")
            if chosen in zones:
                timezone.activate(ZoneInfo(zones[chosen]))
            return [(str(pk), name) for pk, name, zone in found]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
            store = self.value()
            if not store:
                return queryset
            # a store that is not the person's would match nothing, after a walk through the whole table
            if not stores_for(request.user).filter(pk=int(store)).exists():
                return queryset.none()
            return queryset.filter(**{path: int(store)})

    return StoreFilter
