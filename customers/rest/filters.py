"""Filters shared by lists of store-owned rows: by store, and by days of each store's own calendar."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import django_filters
from django.db.models import Model, Q, QuerySet

from customers.access import store_or_404, stores_for
from customers.models import Store
from dealport.kit.errors import invalid
from dealport.kit.local_days import day_start


class StoreFilterSet(django_filters.FilterSet):
    """Takes `?store=` (id or slug). A store that is missing or not the caller's is 404, as everywhere."""

    store = django_filters.CharFilter(method="in_store")

    def filter_queryset(self, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the rows. Raises ValidationError for a range that ends before it begins."""
        values = self.form.cleaned_data
        for first in values:
            last = re.sub(r"From\Z", "To", re.sub(r"\Amin", "max", first))
            if last != first and None not in (values[first], values.get(last)) and values[first] > values[last]:
                raise invalid(first, f"Enter a value that is not after {last}.")
        narrowed: QuerySet[Model] = super().filter_queryset(queryset)
        return narrowed

    def in_store(self, queryset: QuerySet[Model], name: str, value: str) -> QuerySet[Model]:
        """Narrow to one of the caller's stores. Raises Http404."""
        return queryset.filter(store=self._asked_store)

    def from_day(self, queryset: QuerySet[Model], column: str, day: date) -> QuerySet[Model]:
        """Narrow to moments from the beginning of the day on, in the zone of each row's own store."""
        return self._beside_midnight(queryset, f"{column}__gte", day, widest=min)

    def to_day(self, queryset: QuerySet[Model], column: str, day: date) -> QuerySet[Model]:
        """Narrow to moments up to the end of the day, in the zone of each row's own store."""
        return self._beside_midnight(queryset, f"{column}__lt", day + timedelta(days=1), widest=max)

    @cached_property
    def _asked_store(self) -> Store:
        return store_or_404(self.request.user, self.form.cleaned_data["store"])

    @cached_property
    def _zones(self) -> list[str]:
        if self.form.cleaned_data.get("store"):
            return [self._asked_store.timezone]
        return list(stores_for(self.request.user).order_by().values_list("timezone", flat=True).distinct())

    def _beside_midnight(self, queryset: QuerySet[Model], lookup: str, day: date, *, widest: Any) -> QuerySet[Model]:
        starts = {zone: day_start(day, ZoneInfo(zone)) for zone in self._zones}
        if not starts:
            return queryset.none()
        # the widest bound is one range of an index; the zones then decide within some hours around it
        queryset = queryset.filter(**{lookup: widest(starts.values())})
        if len(set(starts.values())) == 1:
            return queryset
        own = Q()
        for zone, start in starts.items():
            own |= Q(store__timezone=zone, **{lookup: start})
        return queryset.filter(own)
