"""Filters shared by lists of store-owned rows: each takes exactly one spelling of a value and refuses the rest."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field

from customers.access import store_or_404, stores_for
from customers.models import Store
from dealport.kit.money import MAX_AMOUNT

WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
FLAGS = {"true": True, "false": False}


class _Spelled(forms.Field):
    """A form field that takes text of one spelling; `parse` may raise ValueError for what has no meaning."""

    spelling: re.Pattern[str]
    expected: str

    def to_python(self, value: Any) -> Any:
        """Return the value, None if there is none. Raises ValidationError."""
        if value in self.empty_values:
            return None
        try:
            if not self.spelling.fullmatch(value):
                raise ValueError(value)
            return self.parse(value)
        except ValueError as error:
            raise forms.ValidationError(self.expected) from error

    def parse(self, text: str) -> Any:
        """Return what well spelled text means."""
        raise NotImplementedError


class _WholeField(_Spelled):
    spelling, expected = WHOLE, "Expected a whole number."

    def parse(self, text: str) -> int:
        return int(text)


class _AmountField(_Spelled):
    spelling, expected = AMOUNT, f"Expected an amount from 0 to {MAX_AMOUNT} with at most two decimals."

    def parse(self, text: str) -> Decimal:
        return Decimal(text)


class _DayField(_Spelled):
    spelling, expected = DAY, f"Expected a date from {FIRST_DAY} to {LAST_DAY}."

    def parse(self, text: str) -> date:
        day = date.fromisoformat(text)
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError(text)
        return day


class _FlagField(_Spelled):
    spelling, expected = re.compile("true|false"), "Expected true or false."

    def parse(self, text: str) -> bool:
        return FLAGS[text]


@extend_schema_field({"type": "integer", "minimum": 0})
class WholeNumberFilter(django_filters.NumberFilter):
    """A whole number from 0, such as an id."""

    field_class = _WholeField


@extend_schema_field({"type": "number", "minimum": 0, "maximum": float(MAX_AMOUNT), "multipleOf": 0.01})
class AmountFilter(django_filters.NumberFilter):
    """An amount of money."""

    field_class = _AmountField


@extend_schema_field({"type": "string", "format": "date"})
class DayFilter(django_filters.DateFilter):
    """A calendar day; see `StoreFilterSet.from_day` and `to_day` for whose."""

    field_class = _DayField


@extend_schema_field({"type": "boolean"})
class FlagFilter(django_filters.BooleanFilter):
    """`true` or `false`."""

    field_class = _FlagField


class StoreFilterSet(django_filters.FilterSet):
    """Takes `?store=` (id or slug). A store that is missing or not the caller's is 404, as everywhere."""

    store = django_filters.CharFilter(method="in_store")

    def in_store(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Narrow to one of the caller's stores. Raises Http404."""
        return queryset.filter(store=self._asked_store)

    def from_day(self, queryset: QuerySet[Any], column: str, day: date) -> QuerySet[Any]:
        """Narrow to moments from the beginning of the day on, in the zone of each row's own store."""
        return self._beside_midnight(queryset, f"{column}__gte", day, widest=min)

    def to_day(self, queryset: QuerySet[Any], column: str, day: date) -> QuerySet[Any]:
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

    def _beside_midnight(self, queryset: QuerySet[Any], lookup: str, day: date, *, widest: Any) -> QuerySet[Any]:
        starts = {zone: datetime.combine(day, time(), ZoneInfo(zone)) for zone in self._zones}
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
