"""What a list of orders can be narrowed to, in the API and on the page."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from customers.rest.filters import StoreFilterSet
from dealport.kit.rest.filters import AmountFilter, DayFilter, WholeNumberFilter
from orders.discount_codes import with_code
from orders.models import Order, OrderItem
from orders.models.order_querysets import OrderQuerySet

MOST_DAYS = 36_500


class OrderFilters(StoreFilterSet):
    """What a list of orders can be narrowed to. Days are those of each order's own store, both included.

    `minAgeDays` and `maxAgeDays` count days since an order was placed.
    """

    status = django_filters.ChoiceFilter(choices=Order.Status.choices)
    paymentStatus = django_filters.ChoiceFilter(field_name="payment_status", choices=Order.PaymentStatus.choices)
    customerId = WholeNumberFilter(field_name="customer_id")
    placedFrom = DayFilter(method="placed_from")
    placedTo = DayFilter(method="placed_to")
    minAgeDays = WholeNumberFilter(method="placed_before")
    maxAgeDays = WholeNumberFilter(method="placed_since")
    country = django_filters.CharFilter(max_length=2)
    channel = django_filters.ChoiceFilter(choices=Order.Channel.choices)
    tag = django_filters.CharFilter(field_name="tags", lookup_expr="contains", method="tagged", max_length=40)
    couponCode = django_filters.CharFilter(method="with_code", max_length=255)
    minTotal = AmountFilter(field_name="total_amount", lookup_expr="gte")
    maxTotal = AmountFilter(field_name="total_amount", lookup_expr="lte")
    paymentMethod = django_filters.CharFilter(method="paid_by", max_length=40)
    productId = WholeNumberFilter(method="with_product")
    categoryId = WholeNumberFilter(method="with_category")

    def with_product(self, queryset: OrderQuerySet, name: str, value: int) -> OrderQuerySet:
        """Narrow to orders with a line of the product."""
        return queryset.filter(Exists(OrderItem.objects.filter(order=OuterRef("pk"), product=value)))

    def with_category(self, queryset: OrderQuerySet, name: str, value: int) -> OrderQuerySet:
        """Narrow to orders with a line of a product that is in the category now."""
        return queryset.filter(Exists(OrderItem.objects.filter(order=OuterRef("pk"), product__category=value)))

    def with_code(self, queryset: OrderQuerySet, name: str, code: str) -> OrderQuerySet:
        """Narrow to orders that used a discount code, alone or with others."""
        return queryset.filter(with_code(code))

    def paid_by(self, queryset: OrderQuerySet, name: str, method: str) -> OrderQuerySet:
        """Narrow to orders with a payment method: its code, or as it was written."""
        return queryset.filter(Q(payment_code=method) | Q(payment_method=method))

    def tagged(self, queryset: OrderQuerySet, name: str, tag: str) -> OrderQuerySet:
        """Narrow to orders that carry a tag."""
        return queryset.filter(tags__contains=[tag])

    def placed_before(self, queryset: OrderQuerySet, name: str, days: int) -> OrderQuerySet:
        """Narrow to orders that are that old or older."""
        return queryset.filter(placed_at__lte=_days_ago(days))

    def placed_since(self, queryset: OrderQuerySet, name: str, days: int) -> OrderQuerySet:
        """Narrow to orders that are that old or younger."""
        return queryset.filter(placed_at__gte=_days_ago(days))

    def placed_from(self, queryset: OrderQuerySet, name: str, day: date) -> OrderQuerySet:
        """Narrow to order days from this one on."""
        return queryset.placed_from(day)

    def placed_to(self, queryset: OrderQuerySet, name: str, day: date) -> OrderQuerySet:
        """Narrow to order days up to this one."""
        return queryset.placed_to(day)


def _days_ago(days: int) -> datetime:
    """Return the moment that many days ago; more days than a calendar has mean its beginning."""
    return timezone.now() - timedelta(days=min(days, MOST_DAYS))
