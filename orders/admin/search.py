"""How lists of orders are narrowed."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest
from django.utils.dateparse import parse_date

from orders.models.orders import OrderQuerySet


class OrderDayFilter(admin.DateFieldListFilter):
    """Days of orders by each store's own calendar, found through the index on the moment they were placed."""

    def queryset(self, request: HttpRequest, queryset: OrderQuerySet) -> OrderQuerySet:  # type: ignore[override]
        """Narrow to the days of the address. Raises IncorrectLookupParameters, which the list answers with ?e=1."""
        queryset = super().queryset(request, queryset)  # type: ignore[assignment]
        since, until = (
            parse_date(self.date_params.get(name, "")) for name in (self.lookup_kwarg_since, self.lookup_kwarg_until)
        )
        try:
            if since:
                queryset = queryset.placed_from(since)
            if until:
                queryset = queryset.placed_to(until - timedelta(days=1))
        except OverflowError as error:
            raise IncorrectLookupParameters(error) from error
        return queryset
