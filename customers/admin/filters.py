"""The filter by store."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from customers.access import stores_for
from dealport.kit.texts import lazy_text as _

MAX_STORES = 200


def store_filter(path: str = "store") -> type[admin.SimpleListFilter]:
    """Return a filter by store that offers a person their own stores alone; `path` leads to the store."""

    class StoreFilter(admin.SimpleListFilter):
        title = _("store")
        parameter_name = "in_store"

        def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
            stores = stores_for(request.user).order_by("name").values_list("pk", "name")
            return [(str(pk), name) for pk, name in stores[:MAX_STORES]]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
            store = self.value()
            if not store:
                return queryset
            # a store that is not the person's would match nothing, after a walk through the whole table
            if not stores_for(request.user).filter(pk=int(store)).exists():
                return queryset.none()
            return queryset.filter(**{path: int(store)})

    return StoreFilter
