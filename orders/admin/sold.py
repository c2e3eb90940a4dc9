"""What each product sold, as columns of the list of products that it can be sorted by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from customers.access import stores_for
from customers.admin.base import StoreOwnedAdmin, user_of
from dealport.kit.admin.display import money
from dealport.kit.formats import number_text
from dealport.kit.texts import lazy_text as _
from orders.sold import MEASURES, Sold, sold_of


class SoldColumns(StoreOwnedAdmin):
    """A list of products that shows units sold and net sales of all time, and sorts by them, where it shows one store:
    several have several currencies.
    """

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Know the figures where the list is sorted; of several stores there are none."""
        rows = super().get_queryset(request)
        store = _one_store(request) if "o" in request.GET else None
        return rows if store is None else rows.alias(**{name: Sold(name, store) for name in MEASURES})

    def get_list_display(self, request: HttpRequest) -> Sequence[str]:
        """Leave the figures out of a list of several stores."""
        columns: Sequence[str] = super().get_list_display(request)
        return [name for name in columns if name not in MEASURES] if _one_store(request) is None else columns

    def get_sortable_by(self, request: HttpRequest) -> Sequence[str]:
        """Sort by the figures as well."""
        return [*self.sortable_by, *MEASURES]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Read the figures of the page, all at once."""
        page: HttpResponse = super().changelist_view(request, extra_context)
        if not (isinstance(page, TemplateResponse) and page.context_data and (cl := page.context_data.get("cl"))):
            return page
        products, store = [*cl.result_list], _one_store(request)
        if products and store is not None:
            figures = sold_of(store, products)
            for product in products:
                product.sold = figures[product.pk]
            cl.result_list = products
        return page

    @admin.display(description=_("units sold"), ordering="units_sold")
    def units_sold(self, product: Any) -> str:
        """Return the pieces sold, returned ones too."""
        return number_text(product.sold.units_sold)

    @admin.display(description=_("net sales"), ordering="net_sales")
    def net_sales(self, product: Any) -> str:
        """Return what was sold, less discounts and refunds."""
        return money(product.sold.net_sales, product.store.currency)


def _one_store(request: HttpRequest) -> int | None:
    """Return the one store whose products the list shows; None for several."""
    chosen = request.GET.get("in_store", "")
    own = stores_for(user_of(request))
    if chosen:
        own = own.filter(pk=int(chosen)) if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else own.none()
    found = [*own.values_list("pk", flat=True)[:2]]
    return found[0] if len(found) == 1 else None
