"""The page of an order, and the papers that are printed of it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from customers.access import get_or_404
from customers.admin.base import StoreOwnedAdmin, user_of
from dealport.kit.formats import country_name
from dealport.kit.texts import lazy_text as _
from orders.method_labels import paid_by
from orders.models import Fulfillment, Order, OrderItem, Refund, Transaction
from orders.timeline import timeline

ITEMS = 200
"""Items of a page; all are in their own list."""
ROWS = 50
PAPERS = {"packing-slip": _("Packing slip"), "summary": _("Order summary")}
ADDRESS = ("name", "company", "street", "street2", "postalCode", "city", "state", "country", "phone")


def order_page(order: Order) -> dict[str, object]:
    """Return what the page of an order shows; a fixed number of statements."""
    items = list(order.items.select_related("product").order_by("pk")[: ITEMS + 1])
    return {
        "order": order,
        "zone": order.store.zone,
        "items": items[:ITEMS],
        "has_more_items": len(items) > ITEMS,
        "fulfillments": list(
            Fulfillment.objects.filter(order=order).prefetch_related("lines__item").order_by("pk")[:ROWS]
        ),
        "transactions": list(Transaction.objects.filter(order=order).order_by("pk")[:ROWS]),
        "refunds": list(Refund.objects.filter(order=order).select_related("created_by").order_by("pk")[:ROWS]),
        "ships_to": address_lines(order.shipping_address),
        "bills_to": address_lines(order.billing_address),
        "timeline": timeline(order),
        "paid_by": paid_by(order),
    }


def address_lines(address: dict[str, object]) -> list[str]:
    """Return an order's copy of an address, a part a line, its country by name."""
    named = (
        {**address, "country": country_name(str(address.get("country") or ""))} if address.get("country") else address
    )
    return [str(named[key]) for key in ADDRESS if named.get(key)]


def paper(order: Order) -> dict[str, object]:
    """Return what is printed of an order: its items less what was refunded, and where it goes."""
    items = list(OrderItem.objects.filter(order=order).order_by("pk"))
    return {
        "order": order,
        "zone": order.store.zone,
        "items": [(item, item.quantity - item.refunded_quantity) for item in items],
        "ships_to": address_lines(order.shipping_address),
        "bills_to": address_lines(order.billing_address),
    }


class OrderPapers(StoreOwnedAdmin):
    """Packing slips and order summaries, of one order and of the ticked ones."""

    @admin.action(description=_("Print packing slips"), permissions=["view"])
    def print_packing_slips(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse:
        """Show the packing slips of the ticked orders, a sheet each."""
        return self._papers(request, "packing-slip", queryset.select_related("store", "customer").order_by("pk"))

    @admin.action(description=_("Print order summaries"), permissions=["view"])
    def print_summaries(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse:
        """Show the summaries of the ticked orders, a sheet each."""
        return self._papers(request, "summary", queryset.select_related("store", "customer").order_by("pk"))

    def paper_view(self, request: HttpRequest, order_id: int, kind: str) -> HttpResponse:
        """Show the packing slip or the summary of one order. Raises Http404 for one that is not the person's."""
        rows = Order.objects.select_related("store", "customer")
        return self._papers(request, kind, [get_or_404(rows, user_of(request), order_id)])

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the papers."""
        wrap = self.admin_site.admin_view
        return [
            *(
                path(f"<int:order_id>/{kind}/", wrap(self.paper_view), {"kind": kind}, name=f"orders_order_{kind}")
                for kind in PAPERS
            ),
            *super().get_urls(),
        ]

    def _papers(self, request: HttpRequest, kind: str, orders: Sequence[Order] | QuerySet[Order]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": PAPERS[kind],
            "kind": kind,
            "opts": self.opts,
            "papers": [paper(order) for order in orders],
            "original": orders[0] if len(orders) == 1 else None,
        }
        return TemplateResponse(request, "admin/orders/order/paper.html", context)
