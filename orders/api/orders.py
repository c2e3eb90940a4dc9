"""Orders as JSON."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, Prefetch, QuerySet, prefetch_related_objects
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from customers.models import AuditEntry, Customer, Store
from customers.rest.history import history_action
from customers.rest.idempotency import idempotent
from dealport.kit.errors import invalid
from dealport.kit.rest.docs import operation, operations
from orders.actions import (
    ItemRequest,
    OrderDetails,
    Tracking,
    bring_to_payment_status,
    bring_to_status,
    cancel_order,
    change_order_details,
    mark_paid,
    place_order,
    refund_order,
    ship_order,
)
from orders.api import examples
from orders.api.edits import EditActions
from orders.api.filters import OrderFilters
from orders.api.serializers import (
    FulfillmentInput,
    OrderDetailsInput,
    OrderInput,
    OrderRowSerializer,
    OrderSerializer,
    PaymentInput,
    RefundedSerializer,
    RefundInput,
    StatusInput,
)
from orders.history import order_history
from orders.models import Fulfillment, Order, OrderItem, Refund, Transaction
from orders.search import search_orders

CANCELED = {**examples.ORDER, "status": "CANCELED", "canceledAt": "2026-03-15T08:00:00Z", "version": 3}
SHIPPED = {**examples.ORDER, "status": "SHIPPED", "version": 3}
TRACKING = ("tracking_number", "carrier", "tracking_url")
DETAIL_FIELDS = ("channel", "ip_address", "user_agent", "internal_notes", "tags")
DETAIL = (
    Prefetch("items", OrderItem.objects.order_by("pk")),
    Prefetch("fulfillments", Fulfillment.objects.order_by("pk").prefetch_related("lines")),
    Prefetch("refunds", Refund.objects.order_by("pk").prefetch_related("shares")),
    Prefetch("transactions", Transaction.objects.order_by("pk")),
    "events",
    "source_record__connection",
)


@operations(
    list=operation("listOrders", "List orders", answer=OrderRowSerializer(many=True), example=examples.ORDER_ROW),
    retrieve=operation("readOrder", "Read an order with its history", answer=OrderSerializer, example=examples.ORDER),
)
class OrderViewSet(EditActions):
    """`/orders`: place, read, update, refund and cancel orders."""

    queryset = Order.objects.select_related("store", "customer")
    serializer_class = OrderSerializer
    filterset_class = OrderFilters
    ordering = ("-placed_at", "-id")
    ordering_fields = {"placedAt": "placed_at", "totalAmount": "total_amount"}

    history = history_action("listOrderHistory", "an order")

    def history_of(self, row: Order) -> list[AuditEntry]:
        """Return the steps of an order and what else was changed about it, newest first."""
        return order_history(row)

    def get_serializer_class(self) -> Any:
        """Return the light form for lists."""
        return OrderRowSerializer if self.action == "list" else OrderSerializer

    def search(self, queryset: QuerySet[Order], text: str) -> QuerySet[Order]:
        """Find by number, customer (name, email, phone), SKU or payment id; the newest 1,000 matches."""
        return search_orders(self.account, queryset, text)

    def answer(self, row: Order, status: int = 200) -> Response:
        """Return an order with everything that belongs to it."""
        prefetch_related_objects([row], *DETAIL)
        return super().answer(row, status)

    @operation(
        "placeOrder",
        "Place an order",
        status=201,
        body=OrderInput,
        sent=examples.NEW_ORDER,
        answer=OrderSerializer,
        example=examples.ORDER,
        errors=(404,),
        keyed=True,
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Place an order at the products' prices (201)."""
        values = self.valid(OrderInput)
        store = self.store_of(values)
        customer = _customer(store, values.pop("customer_id"))
        items = [ItemRequest(**item) for item in values.pop("items")]
        known = {name: values.pop(name) for name in DETAIL_FIELDS if name in values}
        details = OrderDetails(**{"channel": Order.Channel.API.value, **known})
        order = place_order(store=store, customer=customer, items=items, **values, details=details, actor=self.account)
        return self.answer(order, status=201)

    @operation(
        "updateOrder",
        "Update the notes and tags of an order",
        body=OrderDetailsInput,
        sent={"tags": ["gift"], "internalNotes": "Wrap it."},
        answer=OrderSerializer,
        example=examples.ORDER,
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Replace what is named of notes, internal notes and tags."""
        order = self.get_object()
        return self.answer(change_order_details(order=order, changes=self.valid(OrderDetailsInput), actor=self.account))

    @operation("cancelOrder", "Cancel an order", answer=OrderSerializer, example=CANCELED, errors=(409,))
    def destroy(self, request: Request, pk: str) -> Response:
        """Cancel an order that has not been shipped; a paid one is refunded."""
        return self.answer(cancel_order(order=self.get_object(), actor=self.account))

    @operation(
        "changeOrderStatus",
        "Update the status or payment status of an order",
        body=StatusInput,
        sent={"status": "SHIPPED", "trackingNumber": "1Z999AA10123456784", "carrier": "UPS", "version": 2},
        answer=OrderSerializer,
        example=SHIPPED,
        errors=(409,),
    )
    @action(detail=True, methods=["patch"])
    def status(self, request: Request, pk: str) -> Response:
        """Update the status or payment status of an order; 409 naming both states if it is not allowed."""
        order = self.get_object()
        wanted = self.valid(StatusInput)
        version = wanted.get("version")
        if "status" in wanted:
            tracking = Tracking(**{name: wanted[name] for name in TRACKING if name in wanted})
            status = wanted["status"]
            return self.answer(
                bring_to_status(order=order, status=status, tracking=tracking, version=version, actor=self.account)
            )
        status = wanted["payment_status"]
        return self.answer(bring_to_payment_status(order=order, status=status, version=version, actor=self.account))

    @operation(
        "fulfillOrder",
        "Ship pieces of an order",
        status=201,
        body=FulfillmentInput,
        sent={"lines": [{"itemId": 95001, "quantity": 1}], "trackingNumber": "1Z999AA10123456784", "carrier": "UPS"},
        answer=OrderSerializer,
        example=examples.ORDER,
        errors=(409,),
        keyed=True,
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def fulfillments(self, request: Request, pk: str) -> Response:
        """Ship pieces of an order (201); the last ones make it SHIPPED. No money moves."""
        order = self.get_object()
        wanted = self.valid(FulfillmentInput)
        lines = wanted.get("lines")
        order = ship_order(
            order=order,
            lines=None if lines is None else {line["item_id"]: line["quantity"] for line in lines},
            tracking=Tracking(**{name: wanted[name] for name in TRACKING if name in wanted}),
            version=wanted.get("version"),
            actor=self.account,
        )
        return self.answer(order, status=201)

    @operation(
        "capturePayment",
        "Record a payment of an order",
        status=201,
        body=PaymentInput,
        sent={"amount": 40.0, "gatewayTransactionId": "pi_3Nxq"},
        answer=OrderSerializer,
        example={**examples.ORDER, "status": "PENDING", "paymentStatus": "PARTIALLY_PAID", "outstanding": 52.02},
        errors=(409,),
        keyed=True,
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def payments(self, request: Request, pk: str) -> Response:
        """Record money received (201): an amount, or all that is outstanding."""
        order = self.get_object()
        return self.answer(mark_paid(order=order, **self.valid(PaymentInput), actor=self.account), status=201)

    @operation(
        "refundOrder",
        "Refund an order",
        status=201,
        body=RefundInput,
        sent=examples.NEW_REFUND,
        answer=RefundedSerializer,
        example=examples.REFUND,
        keyed=True,
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def refunds(self, request: Request, pk: str) -> Response:
        """Refund an order (201): an amount, line items, or all that is left."""
        order = self.get_object()
        wanted = self.valid(RefundInput)
        lines = wanted.pop("lines", None)
        if lines is not None:
            wanted["lines"] = {line["item_id"]: line["quantity"] for line in lines}
        refund = refund_order(order=order, **wanted, actor=self.account)
        return Response(RefundedSerializer(refund).data, status=201)


@operations(
    list=operation(
        "listCustomerOrders",
        "List a customer's orders",
        answer=OrderRowSerializer(many=True),
        example=examples.ORDER_ROW,
    )
)
class CustomerOrderViewSet(OrderViewSet):
    """`/customers/{id}/orders`: the orders of one customer, with the filters of all orders."""

    def get_queryset(self) -> QuerySet[Model]:
        """Return the customer's orders. Raises Http404 for a customer who is not the caller's."""
        customer = self.own(Customer.objects.present(), self.kwargs["pk"])
        return super().get_queryset().filter(customer=customer)

    def list(self, request: Request, pk: str) -> Response:  # type: ignore[override]
        """Answer with one page of the customer's orders, newest first."""
        return super().list(request)


def _customer(store: Store, pk: int) -> Customer:
    """Return a customer of the store. Raises ValidationError: a foreign one is not there."""
    customer = Customer.objects.present().filter(store=store, pk=pk).first()
    if customer is None:
        raise invalid("customerId", "There is no such customer in this store.")
    return customer
