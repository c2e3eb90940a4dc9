"""What the pages of one order share."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import reverse

from customers.access import get_or_404
from customers.admin.base import StoreOwnedAdmin, set_store, user_of
from orders.models import Order


class OrderPages(StoreOwnedAdmin):
    """Finding the order, and going back to its page."""

    def order_or_404(self, request: HttpRequest, order_id: int) -> Order:
        """Return the order if the person may change it. Raises Http404 otherwise."""
        order = get_or_404(Order.objects.select_related("store"), user_of(request), order_id)
        if not self.has_change_permission(request, order):
            raise Http404
        set_store(request, order.store)
        return order

    def to_page(self, order: Order) -> HttpResponseRedirect:
        """Return the way to the order's page."""
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[order.pk]))
