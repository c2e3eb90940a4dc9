"""How lists of orders and of what belongs to orders are searched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_date

from customers.access import listed
from customers.models import Customer, User
from orders.models import Order
from orders.models.orders import OrderQuerySet

MAX_MATCHES = 200
"""How many customers one search term may stand for."""


def numbers_like(term: str) -> Q:
    """Return the condition for order numbers that begin with `term`, with or without the # of imported ones.

    Case counts but for our own ORD-…; index orders_order_by_number.
    """
    beginnings = {term, term.upper(), f"#{term}"}
    condition = Q()
    for beginning in sorted(beginnings):
        condition |= Q(number__startswith=beginning)
    return condition


def search_orders(user: User, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Narrow orders to those whose number begins with `term`; if none does, to those of customers it finds.

    One or the other, never both in one query: an OR over two tables would read every order.
    """
    by_number = queryset.filter(numbers_like(term))
    if "@" not in term and by_number.order_by().exists():
        return by_number
    found = listed(Customer.objects.matching(term), user).order_by("pk").values_list("pk", flat=True)
    return queryset.filter(customer__in=list(found[:MAX_MATCHES]))


def search_by_order(user: User, queryset: QuerySet[Any], term: str, *, path: str = "order") -> QuerySet[Any]:
    """Narrow rows to those of orders whose number begins with `term`; at most MAX_MATCHES orders."""
    found = listed(Order.objects.filter(numbers_like(term)), user).order_by("pk").values_list("pk", flat=True)
    return queryset.filter(**{f"{path}__in": list(found[:MAX_MATCHES])})


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
