"""What actions write down beside orders: lines, payments, refunds, history. To be read alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from customers.admin.base import ReadOnlyAdmin, user_of
from customers.admin.filters import store_filter
from dealport.kit.admin.display import badge, link_to, moment, money
from dealport.kit.texts import lazy_text as _
from orders.method_labels import method_label_of, method_text
from orders.models import (
    AmountPart,
    CaptureShare,
    Fulfillment,
    FulfillmentLine,
    OrderEvent,
    OrderItem,
    Refund,
    RefundShare,
    Transaction,
)
from orders.search import search_orders

TRANSACTION_TONES = {
    Transaction.Status.PENDING: "warning",
    Transaction.Status.APPROVED: "success",
    Transaction.Status.REFUSED: "danger",
    Transaction.Status.CANCELED: "neutral",
}


class OfOrder:
    """Columns and search of rows that belong to an order."""

    order_path = "order"

    @admin.display(description=_("order"))
    def order_link(self, row: Any) -> str:
        """Return the order the row belongs to."""
        return link_to(row.order)

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Search by what finds the order."""
        return search_orders(user_of(request), queryset, term, path=self.order_path)


@admin.register(OrderItem)
class OrderItemAdmin(OfOrder, ReadOnlyAdmin):
    """Lines of orders with what was refunded of each; they change by edits and refunds alone."""

    list_display = ["name", "sku", "order_link", "quantity", "price", "total", "refunded", "store"]
    list_filter = [store_filter()]
    list_select_related = ["order", "store"]
    search_fields = ["^order__number"]
    nothing_yet = _("The items of all orders stand here once there are orders.")
    comes_with_orders = True
    ordering = ["-id"]

    @admin.display(description=_("unit price"))
    def price(self, item: OrderItem) -> str:
        """Return the price of a piece."""
        return money(item.unit_price, item.store.currency)

    @admin.display(description=_("line total"))
    def total(self, item: OrderItem) -> str:
        """Return the price of all pieces before the discount."""
        return money(item.line_total, item.store.currency)

    @admin.display(description=_("refunded"))
    def refunded(self, item: OrderItem) -> str:
        """Return the line's part of everything refunded."""
        return money(item.refunded_amount, item.store.currency)


@admin.register(Transaction)
class TransactionAdmin(OfOrder, ReadOnlyAdmin):
    """Payments and refunds as they were booked."""

    list_display = [
        "number",
        "created",
        "order_link",
        "kind",
        "status_badge",
        "shown_amount",
        "method_shown",
        "gateway_transaction_id",
        "store",
    ]
    list_filter = ["kind", "status", store_filter(), ("created_at", admin.DateFieldListFilter)]
    list_select_related = ["order", "store"]
    search_fields = ["^order__number", "=gateway_transaction_id"]
    nothing_yet = _("Every payment and every refund of an order stands here, with what its provider said.")
    comes_with_orders = True
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        """Know what the store calls each payment method."""
        rows: QuerySet[Model] = super().get_queryset(request)
        return rows.annotate(method_label=method_label_of("method"))  # type: ignore[no-any-return]

    @admin.display(description=_("method"))
    def method_shown(self, row: Any) -> str:
        """Return the payment method as the store calls it."""
        return method_text(row.method, row.method_label) or "–"

    @admin.display(description=_("number"))
    def number(self, row: Transaction) -> str:
        """Return what people call the transaction by."""
        return row.number

    @admin.display(description=_("at"))
    def created(self, row: Transaction) -> str:
        """Return when the money moved, in the store's zone."""
        return moment(row.created_at, row.store.zone)

    @admin.display(description=_("status"))
    def status_badge(self, row: Transaction) -> str:
        """Return how it ended as a label."""
        return badge(row.get_status_display(), TRANSACTION_TONES[Transaction.Status(row.status)])

    @admin.display(description=_("amount"))
    def shown_amount(self, row: Transaction) -> str:
        """Return the amount with its currency."""
        return money(row.amount, row.currency)

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Search by the provider's id (index orders_transaction_by_gateway), else by order."""
        by_gateway = queryset.filter(gateway_transaction_id=term)
        return by_gateway if by_gateway.order_by().exists() else super().search(request, queryset, term)


@admin.register(Refund)
class RefundAdmin(OfOrder, ReadOnlyAdmin):
    """Refunds as they were asked for, with their reason and whether goods went back to stock; read only."""

    list_display = ["created", "order_link", "shown_amount", "reason", "restock", "state", "created_by", "store"]
    list_filter = [store_filter(), ("created_at", admin.DateFieldListFilter)]
    list_select_related = ["order", "store", "created_by"]
    search_fields = ["^order__number"]
    nothing_yet = _("Refund an order on its page, in full, by amount or by quantity; every refund then stands here.")
    ordering = ["-id"]

    @admin.display(description=_("at"))
    def created(self, refund: Refund) -> str:
        """Return when it was asked for, in the store's zone."""
        return moment(refund.created_at, refund.store.zone)

    @admin.display(description=_("amount"))
    def shown_amount(self, refund: Refund) -> str:
        """Return the amount with its currency."""
        return money(refund.amount, refund.currency)

    @admin.display(description=_("state"))
    def state(self, refund: Refund) -> str:
        """Return whether it took effect or waits for its payment."""
        return (
            badge(gettext("settled"), "success")
            if refund.settled_at
            else badge(gettext("waits for payment"), "warning")
        )


@admin.register(Fulfillment)
class FulfillmentAdmin(OfOrder, ReadOnlyAdmin):
    """Parcels with carrier, tracking number and day of delivery; orders ship on their own page."""

    list_display = ["shipped", "order_link", "carrier", "tracking_number", "delivered", "store"]
    list_filter = [store_filter(), ("shipped_at", admin.DateFieldListFilter)]
    list_select_related = ["order", "store"]
    search_fields = ["^order__number", "=tracking_number"]
    nothing_yet = _(
        "Ship an order on its page, in full or in part; its parcels then stand here with their tracking numbers."
    )
    ordering = ["-id"]

    @admin.display(description=_("shipped"))
    def shipped(self, parcel: Fulfillment) -> str:
        """Return when it left, in the store's zone."""
        return moment(parcel.shipped_at, parcel.store.zone)

    @admin.display(description=_("delivered"))
    def delivered(self, parcel: Fulfillment) -> str:
        """Return when it arrived, in the store's zone."""
        return moment(parcel.delivered_at, parcel.store.zone)

    def search(self, request: HttpRequest, queryset: QuerySet[Model], term: str) -> QuerySet[Model]:
        """Search by tracking number (index orders_fulfillment_by_tracking), else by order."""
        tracked = queryset.filter(tracking_number=term)
        return tracked if tracked.order_by().exists() else super().search(request, queryset, term)


@admin.register(FulfillmentLine)
class FulfillmentLineAdmin(OfOrder, ReadOnlyAdmin):
    """How many of which order line went with which parcel; read only."""

    store_path = "fulfillment__store"
    order_path = "fulfillment__order"
    list_display = ["__str__", "order_link", "item", "quantity", "fulfillment"]
    list_filter = [store_filter("fulfillment__store")]
    list_select_related = ["fulfillment__order", "item"]
    search_fields = ["^fulfillment__order__number"]
    ordering = ["-id"]

    @admin.display(description=_("order"))
    def order_link(self, row: FulfillmentLine) -> str:
        """Return the order the parcel belongs to."""
        return link_to(row.fulfillment.order)


@admin.register(CaptureShare)
class CaptureShareAdmin(OfOrder, ReadOnlyAdmin):
    """What part payments moved on lines."""

    store_path = "transaction__store"
    order_path = "transaction__order"
    list_display = ["__str__", "order_link", "item", "shown_amount"]
    list_filter = [store_filter("transaction__store")]
    list_select_related = ["transaction__order", "item"]
    search_fields = ["^transaction__order__number"]
    ordering = ["-id"]

    @admin.display(description=_("order"))
    def order_link(self, row: CaptureShare) -> str:
        """Return the order that was paid."""
        return link_to(row.transaction.order)

    @admin.display(description=_("amount"))
    def shown_amount(self, share: CaptureShare) -> str:
        """Return the amount with its currency."""
        return money(share.amount, share.transaction.currency)


@admin.register(AmountPart)
class AmountPartAdmin(OfOrder, ReadOnlyAdmin):
    """What steps moved of discounts and tips."""

    list_display = ["__str__", "order_link", "at", "shown_amount"]
    list_filter = [store_filter(), ("at", admin.DateFieldListFilter)]
    list_select_related = ["order", "item", "store"]
    search_fields = ["^order__number"]
    ordering = ["-id"]

    @admin.display(description=_("order"))
    def order_link(self, row: AmountPart) -> str:
        """Return the order the part belongs to as a link."""
        return link_to(row.order)

    @admin.display(description=_("amount"))
    def shown_amount(self, part: AmountPart) -> str:
        """Return the amount with its currency."""
        return money(part.amount, part.order.currency)


@admin.register(RefundShare)
class RefundShareAdmin(OfOrder, ReadOnlyAdmin):
    """What refunds moved on lines."""

    store_path = "refund__store"
    order_path = "refund__order"
    list_display = ["__str__", "order_link", "item", "quantity", "shown_amount"]
    list_filter = [store_filter("refund__store")]
    list_select_related = ["refund__order", "item"]
    search_fields = ["^refund__order__number"]
    ordering = ["-id"]

    @admin.display(description=_("order"))
    def order_link(self, row: RefundShare) -> str:
        """Return the order the refund belongs to."""
        return link_to(row.refund.order)

    @admin.display(description=_("amount"))
    def shown_amount(self, share: RefundShare) -> str:
        """Return the amount with its currency."""
        return money(share.amount, share.refund.currency)


@admin.register(OrderEvent)
class OrderEventAdmin(OfOrder, ReadOnlyAdmin):
    """The history of all orders."""

    list_display = [
        "happened",
        "order_link",
        "kind_badge",
        "to_status",
        "to_payment_status",
        "moved",
        "actor_label",
        "store",
    ]
    list_filter = ["kind", store_filter(), ("at", admin.DateFieldListFilter)]
    list_select_related = ["order", "store"]
    search_fields = ["^order__number"]
    ordering = ["-id"]

    @admin.display(description=_("at"))
    def happened(self, event: OrderEvent) -> str:
        """Return when it happened, in the store's zone."""
        return moment(event.at, event.store.zone)

    @admin.display(description=_("what"))
    def kind_badge(self, event: OrderEvent) -> str:
        """Return what happened as a label."""
        return kind_badge(event)

    @admin.display(description=_("sales moved"))
    def moved(self, event: OrderEvent) -> str:
        """Return by how much the order's sales moved."""
        return money(event.amount, event.store.currency)


KIND_TONES = {
    OrderEvent.Kind.PAID: "success",
    OrderEvent.Kind.SHIPPED: "info",
    OrderEvent.Kind.DELIVERED: "info",
    OrderEvent.Kind.REFUSED: "danger",
    OrderEvent.Kind.EXPIRED: "danger",
    OrderEvent.Kind.CANCELED: "danger",
    OrderEvent.Kind.REFUND_ANNOUNCED: "warning",
    OrderEvent.Kind.REFUNDED: "warning",
}


def kind_badge(event: OrderEvent) -> str:
    """Return what happened as a label."""
    return badge(event.get_kind_display(), KIND_TONES.get(OrderEvent.Kind(event.kind), "neutral"))
