"""Editing orders over the API: what is sent, what is answered, and the operation."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from customers.rest.idempotency import idempotent
from customers.rest.views import StoreOwnedViewSet
from dealport.kit.rest.docs import operation
from dealport.kit.rest.fields import FlagField, IdField, MoneyField, TextField, WholeNumberField
from dealport.kit.rest.serializers import StrictSerializer
from dealport.kit.values import FieldValues
from orders.actions import EditRequest, ItemRequest, edit_order, preview_edit
from orders.actions.edit_pricing import AMOUNTS
from orders.actions.placing import MAX_LINES, MAX_QUANTITY
from orders.api import examples
from orders.api.serializers import ItemInput, OrderRowSerializer, RefundSerializer


class EditLineInput(StrictSerializer):
    """How many pieces a line shall have; 0 removes it."""

    itemId = IdField(source="item_id")
    quantity = WholeNumberField(min_value=0, max_value=MAX_QUANTITY)


class EditInput(StrictSerializer):
    """What to change of an order; what is left out stays.

    `lines` sets quantities, `add` adds products at their prices of now; to replace a line, name it with 0 and add the
    other product. A coupon of a percentage is worked out anew and the tax follows the goods, unless `discount` and
    `taxAmount` name them. `dryRun` answers with the sums and changes nothing; `refundDifference` refunds at once what
    the order is overpaid by then.
    """

    lines = EditLineInput(many=True, allow_empty=False, max_length=MAX_LINES, required=False)  # type: ignore[call-arg]
    add = ItemInput(many=True, allow_empty=False, max_length=MAX_LINES, required=False)  # type: ignore[call-arg]
    shippingFee = MoneyField(source="shipping_fee", required=False)
    discount = MoneyField(required=False)
    taxAmount = MoneyField(source="tax_amount", required=False)
    reason = TextField(max_length=200, allow_blank=True, default="")
    refundDifference = FlagField(source="refund_difference", default=False)
    dryRun = FlagField(source="dry_run", default=False)
    version = WholeNumberField(min_value=1, max_value=2_147_483_647, required=False)

    def validate_lines(self, value: list[dict[str, int]]) -> list[dict[str, int]]:
        """Return the lines. Raises ValidationError where two name the same item."""
        if len({line["item_id"] for line in value}) < len(value):
            raise serializers.ValidationError("Names an item more than once.")
        return value


class ChangedLineSerializer(serializers.Serializer[object]):
    """A line whose quantity changed, before and after. `itemId` is null for a line that a dry run would add."""

    itemId = serializers.IntegerField(allow_null=True)
    productId = serializers.IntegerField()
    name = serializers.CharField()
    sku = serializers.CharField()
    unitPrice = MoneyField(min_value=None)
    quantityBefore = serializers.IntegerField(source="before")
    quantityAfter = serializers.IntegerField(source="after")


class ChangedAmountSerializer(serializers.Serializer[object]):
    """An amount of the order that changed, before and after."""

    name = serializers.ChoiceField(choices=list(AMOUNTS))
    before = MoneyField()
    after = MoneyField()


class ChangesSerializer(serializers.Serializer[object]):
    """What an edit changed: lines and amounts."""

    lines = ChangedLineSerializer(many=True)
    amounts = serializers.SerializerMethodField()

    @extend_schema_field(ChangedAmountSerializer(many=True))
    def get_amounts(self, changes: FieldValues) -> object:
        """Return the amounts in the order of the sums."""
        pairs = {name: changes[name] for name in AMOUNTS if name in changes}
        rows = [{"name": name, "before": before, "after": after} for name, (before, after) in pairs.items()]
        return ChangedAmountSerializer(rows, many=True).data


class EditedSerializer(serializers.Serializer[object]):
    """What an edit made of the order's sums, or would make of them (`dryRun`).

    `outstanding` is the difference to pay, `overpaid` the difference to refund. `editId`, `refund` and `order` are null
    in a dry run; so is `refund` where nothing was refunded.
    """

    dryRun = serializers.SerializerMethodField()
    editId = serializers.IntegerField(source="edit.id", default=None, allow_null=True)
    changes = ChangesSerializer()
    subtotal = MoneyField(source="order.subtotal")
    discount = MoneyField(source="order.discount")
    taxAmount = MoneyField(source="order.tax_amount")
    shippingFee = MoneyField(source="order.shipping_fee")
    tip = MoneyField(source="order.tip")
    totalAmount = MoneyField(source="order.total_amount")
    capturedAmount = MoneyField(source="order.captured_amount")
    outstanding = MoneyField(source="order.outstanding")
    overpaid = MoneyField(source="order.overpaid")
    currency = serializers.CharField(source="order.currency")
    refund = RefundSerializer(allow_null=True)
    order = serializers.SerializerMethodField()

    def get_dryRun(self, edited: Any) -> bool:
        """Tell whether nothing was changed."""
        return edited.edit is None

    @extend_schema_field(OrderRowSerializer(allow_null=True))
    def get_order(self, edited: Any) -> object:
        """Return the order as it stands now."""
        return None if edited.edit is None else OrderRowSerializer(edited.order).data


class EditActions(StoreOwnedViewSet):
    """The operation, for the orders' viewset."""

    @operation(
        "editOrder",
        "Edit an order",
        status=201,
        body=EditInput,
        sent=examples.NEW_EDIT,
        answer=EditedSerializer,
        example=examples.EDITED,
        errors=(409,),
        keyed=True,
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def edits(self, request: Request, pk: str) -> Response:
        """Add, remove or change lines, shipping fee, discount or tax before delivery (201).

        No money moves but what `refundDifference` asks for.
        """
        order = self.get_object()
        values = self.valid(EditInput)
        wanted = EditRequest(
            quantities={line["item_id"]: line["quantity"] for line in values.pop("lines", ())},
            additions=[ItemRequest(**item) for item in values.pop("add", ())],
            **{name: values.pop(name, None) for name in ("shipping_fee", "discount", "tax_amount")},
        )
        if values.pop("dry_run"):
            edited = preview_edit(order=order, request=wanted)
        else:
            edited = edit_order(order=order, request=wanted, **values, actor=self.account)
        return Response(EditedSerializer(edited).data, status=201)
