"""Draft orders as JSON."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from customers.models import Customer, Store
from customers.rest.filters import StoreFilterSet
from customers.rest.history import history_action
from customers.rest.idempotency import idempotent
from customers.rest.views import StoreOwnedViewSet
from dealport.kit.errors import invalid
from dealport.kit.rest.docs import operation, operations
from dealport.kit.rest.fields import FlagField, IdField, MoneyField, StoreKeyField, TextField, WholeNumberField
from dealport.kit.rest.filters import FlagFilter, WholeNumberFilter
from dealport.kit.rest.serializers import StrictSerializer
from dealport.kit.values import FieldValues, Json
from orders.actions import ItemRequest, confirm_draft, create_draft, delete_draft, update_draft
from orders.actions.drafts import price_or_problem
from orders.actions.placing import MAX_LINES
from orders.api import examples
from orders.api.serializers import AddressSerializer, ItemInput, KeptAddressSerializer, OrderSerializer, TagsField
from orders.models import DraftOrder

MOST = 2_147_483_647


class DraftItemSerializer(serializers.Serializer[object]):
    """A product and how many pieces of it."""

    productId = serializers.IntegerField()
    quantity = serializers.IntegerField()


class DraftRowSerializer(serializers.Serializer[object]):
    """A draft in a list. `orderId` and `orderNumber` are those of the order it became, null until then."""

    id = serializers.IntegerField()
    store = StoreKeyField()
    isConfirmed = serializers.BooleanField(source="is_confirmed")
    orderId = serializers.IntegerField(source="order_id", allow_null=True)
    orderNumber = serializers.CharField(source="order.number", default=None, allow_null=True)
    customerId = serializers.IntegerField(source="customer_id", allow_null=True)
    items = DraftItemSerializer(many=True)
    couponCode = serializers.CharField(source="coupon_code")
    paymentMethod = serializers.CharField(source="payment_method")
    taxAmount = MoneyField(source="tax_amount")
    shippingFee = MoneyField(source="shipping_fee")
    tip = MoneyField()
    currency = serializers.CharField(source="store.currency")
    tags = serializers.ListField(child=serializers.CharField())
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    confirmedAt = serializers.DateTimeField(source="confirmed_at", allow_null=True)
    version = serializers.IntegerField()


class QuoteSerializer(serializers.Serializer[object]):
    """What the order would cost now."""

    subtotal = MoneyField()
    discount = MoneyField()
    totalAmount = MoneyField(source="total")


class DraftSerializer(DraftRowSerializer):
    """A draft with what it would cost now; `quote` is null, and `problem` says why, where it cannot be confirmed."""

    shippingAddress = KeptAddressSerializer(source="shipping_address")
    billingAddress = KeptAddressSerializer(source="billing_address")
    notes = serializers.CharField()
    internalNotes = serializers.CharField(source="internal_notes")
    quote = serializers.SerializerMethodField()
    problem = serializers.SerializerMethodField()

    @extend_schema_field(QuoteSerializer(allow_null=True))
    def get_quote(self, draft: DraftOrder) -> object:
        """Return the sums at today's prices."""
        totals, _ = self._priced(draft)
        return None if totals is None else QuoteSerializer(totals).data

    def get_problem(self, draft: DraftOrder) -> str:
        """Return why it cannot be confirmed, or nothing."""
        return self._priced(draft)[1]

    def _priced(self, draft: DraftOrder) -> tuple[object, str]:
        if draft.is_confirmed:
            return None, ""
        if not hasattr(self, "_quote"):
            self._quote = price_or_problem(draft)
        return self._quote


class DraftInput(StrictSerializer):
    """A draft. Prices are the products' own when it is confirmed; nothing is reserved until then."""

    store = StoreKeyField(required=False, help_text="Id or slug; optional where you have one store.")
    customerId = IdField(source="customer_id", allow_null=True, required=False)
    items = ItemInput(many=True, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]
    couponCode = TextField(source="coupon_code", max_length=40, allow_blank=True, required=False)
    shippingAddress = AddressSerializer(source="shipping_address", required=False)
    billingAddress = AddressSerializer(source="billing_address", required=False)
    paymentMethod = TextField(
        source="payment_method",
        max_length=40,
        allow_blank=True,
        required=False,
        help_text="A code of the store's payment methods.",
    )
    taxAmount = MoneyField(source="tax_amount", required=False)
    shippingFee = MoneyField(source="shipping_fee", required=False)
    tip = MoneyField(required=False)
    notes = TextField(max_length=5_000, allow_blank=True, required=False)
    internalNotes = TextField(source="internal_notes", max_length=5_000, allow_blank=True, required=False)
    tags = TagsField(required=False)


class DraftChanges(DraftInput):
    """What to replace of a draft; what is left out stays."""

    store = None  # type: ignore[assignment]  # it was decided when the draft was created
    version = WholeNumberField(min_value=1, max_value=MOST, required=False)


class ConfirmInput(StrictSerializer):
    """How to place the order: unpaid by the terms of its payment method, or `paid` in full already."""

    paid = FlagField(default=False)
    version = WholeNumberField(min_value=1, max_value=MOST, required=False)


class DraftFilters(StoreFilterSet):
    """What a list of drafts can be narrowed to."""

    isConfirmed = FlagFilter(field_name="order", lookup_expr="isnull", exclude=True)
    customerId = WholeNumberFilter(field_name="customer_id")


@operations(
    list=operation("listDrafts", "List draft orders", answer=DraftRowSerializer(many=True), example=examples.DRAFT_ROW),
    retrieve=operation("readDraft", "Read a draft order", answer=DraftSerializer, example=examples.DRAFT),
)
class DraftViewSet(StoreOwnedViewSet):
    """`/orders/drafts`: orders that staff prepare."""

    queryset = DraftOrder.objects.select_related("store", "order")
    serializer_class = DraftSerializer
    filterset_class = DraftFilters
    ordering_fields = {"updatedAt": "updated_at"}

    history = history_action("listDraftHistory", "a draft order")

    def get_serializer_class(self) -> Any:
        """Return the light form for lists: it prices nothing."""
        return DraftRowSerializer if self.action == "list" else DraftSerializer

    def search(self, queryset: QuerySet[DraftOrder], text: str) -> QuerySet[DraftOrder]:
        """Find by the number of the order it became."""
        return queryset.filter(order__number__iexact=text)

    @operation(
        "createDraft",
        "Create a draft order",
        status=201,
        body=DraftInput,
        sent=examples.NEW_DRAFT,
        answer=DraftSerializer,
        example=examples.DRAFT,
        errors=(404,),
        keyed=True,
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Create a draft (201): no figure, no stock, no number."""
        values = self.valid(DraftInput)
        store = self.store_of(values)
        return self.answer(create_draft(store=store, values=_named(store, values), actor=self.account), status=201)

    @operation(
        "updateDraft",
        "Update a draft order",
        body=DraftChanges,
        sent={"shippingFee": 4.9},
        answer=DraftSerializer,
        example=examples.DRAFT,
        errors=(409,),
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Replace what is named; 409 once it was confirmed."""
        draft = self.get_object()
        values = self.valid(DraftChanges, partial=True)
        version = values.pop("version", None)
        changes = _named(draft.store, values)
        return self.answer(update_draft(draft=draft, changes=changes, version=version, actor=self.account))

    @operation("deleteDraft", "Delete a draft order", status=204, errors=(409,))
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a draft for good (204); 409 once it was confirmed."""
        delete_draft(draft=self.get_object(), actor=self.account)
        return Response(status=204)

    @operation(
        "confirmDraft",
        "Place a draft order",
        status=201,
        body=ConfirmInput,
        sent={"paid": True, "version": 1},
        answer=OrderSerializer,
        example={**examples.ORDER, "channel": "draft"},
        errors=(409,),
        keyed=True,
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def confirm(self, request: Request, pk: str) -> Response:
        """Place the order at this moment and at current prices (201), unpaid or paid in full."""
        from orders.api.orders import DETAIL  # the orders' module registers its own routes

        draft = self.get_object()
        order = confirm_draft(draft=draft, **self.valid(ConfirmInput), actor=self.account)
        row = type(order).objects.select_related("store", "customer").prefetch_related(*DETAIL).get(pk=order.pk)
        return Response(OrderSerializer(row).data, status=201)


def _named(store: Store, values: FieldValues) -> Json:
    """Return validated input as values of the action. Raises ValidationError for a customer who is not there."""
    if "items" in values:
        values["items"] = [ItemRequest(**item) for item in values["items"]]
    if "customer_id" in values:
        pk = values.pop("customer_id")
        values["customer"] = Customer.objects.present().filter(store=store, pk=pk).first() if pk else None
        if pk and values["customer"] is None:
            raise invalid("customerId", "There is no such customer in this store.")
    return values
