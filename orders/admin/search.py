"""How lists of orders are narrowed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext

from customers.access import listed, stores_for
from customers.admin.base import user_of
from dealport.kit.admin.filters import FormFilter
from dealport.kit.admin.theme import AmountField, CountrySelect, NamedSelect
from dealport.kit.fields import MONEY_DIGITS, MONEY_PLACES
from dealport.kit.texts import lazy_text as _
from orders import attention
from orders.api.filters import OrderFilters
from orders.method_labels import method_choices
from orders.models import Category, OrderItem, Product
from orders.models.order_querysets import OrderQuerySet
from orders.search import search_products

AMOUNTS = {"min_value": 0, "max_digits": MONEY_DIGITS, "decimal_places": MONEY_PLACES}
MOST_NAMED = 200
"""How many products or categories a name in a filter may mean: the newest ones."""


class AttentionFilter(admin.SimpleListFilter):
    """The orders that Home counts under "Needs attention": exactly those."""

    title = _("needs attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Return what Home lists under "Needs attention", by the value in the address."""
        return [
            ("unpaid", gettext("Unpaid for more than 20 hours")),
            ("unshipped", gettext("Paid but not shipped for more than 2 days")),
            ("failed", gettext("Payment failed in the last 7 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: OrderQuerySet) -> OrderQuerySet:  # type: ignore[override]
        """Return the orders of the choice."""
        choices = {
            "unpaid": attention.unpaid_orders,
            "unshipped": attention.unshipped_orders,
            "failed": attention.failed_orders,
        }
        chosen = choices.get(self.value() or "")
        return chosen(queryset, timezone.now()) if chosen else queryset


class ViewFilter(admin.SimpleListFilter):
    """The views of the list, shown as tabs above it."""

    title = _("view")
    parameter_name = "view"
    template = "admin/orders/order/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Return the tabs after the first, which shows all."""
        return [
            ("unpaid", gettext("Unpaid")),
            ("to-ship", gettext("To ship")),
            ("cash-on-delivery", gettext("Cash on delivery")),
            ("refunded", gettext("Refunded")),
            ("disputed", gettext("Disputed")),
        ]

    def queryset(self, request: HttpRequest, queryset: OrderQuerySet) -> OrderQuerySet:  # type: ignore[override]
        """Return the orders of the tab."""
        views = {
            "unpaid": queryset.unpaid,
            "to-ship": queryset.to_ship,
            "cash-on-delivery": queryset.on_delivery,
            "refunded": queryset.refunded,
            "disputed": queryset.disputed,
        }
        chosen = views.get(self.value() or "")
        return chosen() if chosen else queryset


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


class TypedAmountFilter(django_filters.NumberFilter):  # type: ignore[misc]
    """An amount as people type it, also with a comma before its cents."""

    field_class = AmountField


class NamedFilters(OrderFilters):
    """The API's filters, with countries, payment methods, products and categories by their names."""

    product = django_filters.CharFilter(method="with_products", max_length=100)
    category = django_filters.CharFilter(method="with_categories", max_length=100)
    country = django_filters.CharFilter(max_length=2, widget=CountrySelect)
    minTotal = TypedAmountFilter(field_name="total_amount", lookup_expr="gte", **AMOUNTS)
    maxTotal = TypedAmountFilter(field_name="total_amount", lookup_expr="lte", **AMOUNTS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = stores_for(user_of(self.request))
        self.form.fields["paymentMethod"].widget = NamedSelect(lambda: method_choices(stores))

    def with_products(self, queryset: OrderQuerySet, name: str, text: str) -> OrderQuerySet:
        """Narrow to orders with a line of a product that the text finds: by words of its name, or its SKU."""
        own = listed(Product.objects.all(), user_of(self.request))
        return queryset.filter(_has_item(product__in=_newest(search_products(own, text))))

    def with_categories(self, queryset: OrderQuerySet, name: str, text: str) -> OrderQuerySet:
        """Narrow to orders with a line of a product that is now in a category with the text in its name."""
        own = listed(Category.objects.all(), user_of(self.request))
        found = own.filter(deleted_at__isnull=True, name__icontains=text.replace("\0", ""))
        return queryset.filter(_has_item(product__category__in=_newest(found)))


def _has_item(**lookups: object) -> Exists:
    return Exists(OrderItem.objects.filter(order=OuterRef("pk"), **lookups))


def _newest(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("-pk").values_list("pk", flat=True)[:MOST_NAMED])


class MoreFilter(FormFilter):
    """What else a list of orders can be narrowed to; ids come with links alone."""

    filters = NamedFilters
    hidden = ("productId", "categoryId")
    labels = {
        "minTotal": _("Total from"),
        "maxTotal": _("Total to"),
        "minAgeDays": _("Placed at least … days ago"),
        "country": _("Country"),
        "couponCode": _("Discount code"),
        "paymentMethod": _("Payment method"),
        "tag": _("Tag"),
        "product": _("Product name or SKU"),
        "category": _("Category name"),
        "productId": _("Product ID"),
        "categoryId": _("Category ID"),
    }
