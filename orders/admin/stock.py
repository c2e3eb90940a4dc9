"""What moved the stock of products."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import store_filter
from dealport.kit.admin.display import link_to, moment
from dealport.kit.formats import number_text
from dealport.kit.texts import lazy_text as _
from orders.admin.records import OfOrder
from orders.models import StockMovement


def stock_text(stock: int | None) -> str:
    """Return a stock as pages say it."""
    return gettext("not counted") if stock is None else number_text(stock)


@admin.register(StockMovement)
class StockMovementAdmin(OfOrder, ReadOnlyAdmin):
    """Changes of stock: by which step of which order, or by whom; read only."""

    list_display = ["moved", "product_link", "change", "reason", "order_link", "who", "store"]
    list_filter = ["reason", store_filter(), ("at", admin.DateFieldListFilter)]
    list_select_related = ["order", "product", "store"]
    search_fields = ["^order__number"]
    nothing_yet = _("Every change of a counted stock stands here: sold, returned, canceled, or set by somebody.")
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Know who it was."""
        return super().get_queryset(request).with_person()  # type: ignore[attr-defined,no-any-return]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Narrow the list to the variants of a product as well."""
        return lookup == "product__parent__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("at"))
    def moved(self, row: StockMovement) -> str:
        """Return when it was, in the store's zone."""
        return moment(row.at, row.store.zone)

    @admin.display(description=_("product"))
    def product_link(self, row: StockMovement) -> str:
        """Return the product."""
        return link_to(row.product)

    @admin.display(description=_("stock"))
    def change(self, row: StockMovement) -> str:
        """Return from how many pieces to how many."""
        return f"{stock_text(row.before)} → {stock_text(row.after)}"

    @admin.display(description=_("who"))
    def who(self, row: StockMovement) -> str:
        """Return who made the order's step or set the stock; the system where it was nobody."""
        return row.person
