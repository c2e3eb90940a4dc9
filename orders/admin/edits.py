"""What edits of orders moved. To be read alone."""

from __future__ import annotations

from django.contrib import admin

from customers.admin.base import ReadOnlyAdmin
from customers.admin.filters import store_filter
from dealport.kit.admin.display import link_to, moment, money
from dealport.kit.texts import lazy_text as _
from orders.admin.records import OfOrder
from orders.models import OrderEdit, OrderEditLine
from orders.timeline import edit_text


@admin.register(OrderEdit)
class OrderEditAdmin(OfOrder, ReadOnlyAdmin):
    """Edits: what of an order was changed, when and why."""

    list_display = ["what", "order_link", "edited", "reason", "store"]
    list_filter = [store_filter()]
    list_select_related = ["order", "store"]
    search_fields = ["^order__number"]
    ordering = ["-id"]

    @admin.display(description=_("changes"))
    def what(self, edit: OrderEdit) -> str:
        """Return the changes in words."""
        return edit_text(edit.changes, edit.store.currency) or "-"

    @admin.display(description=_("edited"))
    def edited(self, edit: OrderEdit) -> str:
        """Return when it happened, in the store's zone."""
        return moment(edit.at, edit.store.zone)


@admin.register(OrderEditLine)
class OrderEditLineAdmin(OfOrder, ReadOnlyAdmin):
    """What edits moved on lines."""

    store_path = "edit__store"
    order_path = "edit__order"
    list_display = ["__str__", "order_link", "item", "quantity", "units_sold", "shown_captured", "shown_refunded"]
    list_filter = [store_filter("edit__store")]
    list_select_related = ["edit__order", "item"]
    search_fields = ["^edit__order__number"]
    ordering = ["-id"]

    @admin.display(description=_("order"))
    def order_link(self, row: OrderEditLine) -> str:
        """Return the order that was edited."""
        return link_to(row.edit.order)

    @admin.display(description=_("captured"))
    def shown_captured(self, line: OrderEditLine) -> str:
        """Return what moved of the captured money, with its currency."""
        return money(line.captured, line.edit.order.currency)

    @admin.display(description=_("refunded"))
    def shown_refunded(self, line: OrderEditLine) -> str:
        """Return what moved of the refunded money, with its currency."""
        return money(line.refunded, line.edit.order.currency)
