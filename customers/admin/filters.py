"""The filter by store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from customers.access import stores_for
from dealport.kit.admin.paging import PART, SCOPE
from dealport.kit.texts import lazy_text as _

MAX_STORES = 200


def store_filter(path: str = "store") -> type[admin.SimpleListFilter]:
    """Return a filter by store that offers a person their own stores alone; `path` leads to the store.

    A list of one store has its clocks: what filters that follow call today is the store's day, else that of UTC. Beyond
    the first MAX_STORES, stores are found by a part of their name.
    """

    class StoreFilter(admin.SimpleListFilter):
        title = _("store")
        parameter_name = SCOPE
        template = "admin/store_filter.html"

        def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any) -> None:
            self.part = (params.pop(PART, None) or [""])[-1].replace("\0", "").strip()
            super().__init__(request, params, model, model_admin)

        def expected_parameters(self) -> list[str | None]:
            return [SCOPE, PART]

        def has_output(self) -> bool:
            """Stay where a search finds nothing, so that another can be made."""
            return bool(self.part) or super().has_output()

        def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
            stores = stores_for(request.user)
            named = stores.filter(name__icontains=self.part) if self.part else stores
            found = list(named.order_by("name").values_list("pk", "name", "timezone")[: MAX_STORES + 1])
            self.is_cut = len(found) > MAX_STORES
            self.has_more = self.is_cut or bool(self.part)
            found = found[:MAX_STORES]
            chosen = self.value() or (str(found[0][0]) if len(found) == 1 and not self.has_more else "")
            if chosen and chosen not in {str(row[0]) for row in found}:
                found += stores.filter(pk=int(chosen)).values_list("pk", "name", "timezone")
            for pk, _name, zone in found:
                if str(pk) == chosen:
                    timezone.activate(ZoneInfo(zone))
            return [(str(pk), name) for pk, name, zone in found]

        def choices(self, changelist: ChangeList) -> Iterator[Any]:
            """Yield the stores; choosing one ends the search for its name, and all else that the list has stays."""
            kept = changelist.filter_params.items()
            self.kept = [(name, value) for name, values in kept if name != PART for value in values]
            every = (None, gettext("All"), changelist.get_query_string(remove=[SCOPE, PART]))
            stores = [(pk, name, changelist.get_query_string({SCOPE: pk}, [PART])) for pk, name in self.lookup_choices]
            for pk, name, query in [every, *stores]:
                yield {"selected": self.value() == pk, "query_string": query, "display": name}

        def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
            store = self.value()
            if not store:
                return queryset
            # a store that is not the person's would match nothing, after a walk through the whole table
            if not stores_for(request.user).filter(pk=int(store)).exists():
                return queryset.none()
            return queryset.filter(**{path: int(store)})

    return StoreFilter
