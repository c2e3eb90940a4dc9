"""Orders, what belongs to them, and what makes or changes them, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from dealport.kit.money import MILL
from dealport.kit.rest.fields import FlagField, IdField, MoneyField, StoreKeyField, TextField, WholeNumberField
from dealport.kit.rest.serializers import StrictSerializer
from dealport.kit.values import Json
from orders.actions.placing import MAX_LINES, MAX_QUANTITY
from orders.models import Order, OrderEvent, PaymentTerms, Transaction


class GatewayResponseField(serializers.DictField):
    """What the payment provider answered: an object of at most 8,192 bytes. Secrets in it are not kept."""

    def to_internal_value(self, data: object) -> dict[str, object]:
        """Take any object, as it is."""
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        return data


class TagsField(serializers.ListField):
    """Up to 50 tags of up to 40 characters."""

    child = TextField(max_length=40)

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=50, **options)


@extend_schema_serializer(component_name="OrderAddress")
class AddressSerializer(StrictSerializer):
    """Where an order goes to, or who pays for it, as it was when the order was placed."""

    street = TextField(max_length=200)
    city = TextField(max_length=100)
    state = TextField(max_length=100, allow_blank=True, default="")
    country = TextField(help_text="ISO 3166-1 alpha-2")
    postalCode = TextField(max_length=20, allow_blank=True, default="")

    def validate_country(self, value: str) -> str:
        """Return an ISO 3166-1 alpha-2 code. Raises ValidationError for anything but two capital letters."""
        if len(value) != 2 or not (value.isascii() and value.isalpha() and value.isupper()):
            raise serializers.ValidationError("Expected two capital letters (ISO 3166-1 alpha-2).")
        return value


class KeptAddressSerializer(serializers.Serializer[object]):
    """An address as an order keeps it; imported ones can lack parts or carry a name."""

    name = serializers.CharField(default="")
    street = serializers.CharField(default="")
    city = serializers.CharField(default="")
    state = serializers.CharField(default="")
    country = serializers.CharField(default="")
    postalCode = serializers.CharField(default="")


class TransactionSerializer(serializers.Serializer[object]):
    """What was said about the money of an order: a payment awaited, approved, refused or canceled, or money given back.

    `settledAt` is null while it is pending. `gatewayResponse` is what the provider answered, secrets masked.
    """

    id = serializers.IntegerField()
    transactionNumber = serializers.CharField(source="number")
    store = StoreKeyField()
    orderId = serializers.IntegerField(source="order_id")
    orderNumber = serializers.CharField(source="order.number")
    customerId = serializers.IntegerField(source="order.customer_id", allow_null=True)
    kind = serializers.ChoiceField(choices=Transaction.Kind.choices)
    status = serializers.ChoiceField(choices=Transaction.Status.choices)
    amount = MoneyField()
    currency = serializers.CharField()
    method = serializers.CharField()
    gatewayTransactionId = serializers.CharField(source="gateway_transaction_id")
    gatewayResponse = serializers.DictField(source="gateway_response", allow_null=True)
    createdAt = serializers.DateTimeField(source="began_at")
    settledAt = serializers.DateTimeField(source="settled_at", allow_null=True)


class OrderTransactionSerializer(TransactionSerializer):
    """A transaction inside its order."""

    store = orderId = orderNumber = customerId = None  # type: ignore[assignment]  # they are the order's own


class RefundLineSerializer(serializers.Serializer[object]):
    """What a refund gave back on one line: `quantity` pieces it named, `amount` net of tax."""

    itemId = serializers.IntegerField(source="item_id")
    quantity = serializers.IntegerField()
    amount = MoneyField(min_value=None)


class RefundSerializer(serializers.Serializer[object]):
    """Money given back. `settledAt` is null while a refund waits for the payment it refunds."""

    id = serializers.IntegerField()
    amount = MoneyField()
    currency = serializers.CharField()
    reason = serializers.CharField()
    restock = serializers.BooleanField()
    gatewayTransactionId = serializers.CharField(source="gateway_transaction_id")
    createdAt = serializers.DateTimeField(source="created_at")
    settledAt = serializers.DateTimeField(source="settled_at", allow_null=True)
    lines = RefundLineSerializer(source="shares", many=True)


class OrderItemSerializer(serializers.Serializer[object]):
    """One product on an order, with its name, SKU, picture and price as they were; 0 pieces of what an edit removed."""

    id = serializers.IntegerField()
    productId = serializers.IntegerField(source="product_id")
    name = serializers.CharField()
    sku = serializers.CharField()
    imageUrl = serializers.CharField(source="image_url")
    unitPrice = MoneyField(source="unit_price")
    unitCost = MoneyField(
        source="unit_cost", allow_null=True, help_text="What a piece cost you when the order was placed."
    )
    quantity = serializers.IntegerField()
    lineTotal = MoneyField(source="line_total")
    discount = MoneyField(source="discount_share")
    taxAmount = MoneyField(source="tax_share")
    refundedAmount = MoneyField(source="refunded_amount")
    refundedQuantity = serializers.IntegerField(source="refunded_quantity")


class FulfillmentLineSerializer(serializers.Serializer[object]):
    """Pieces of a line that went with a fulfillment."""

    itemId = serializers.IntegerField(source="item_id")
    quantity = serializers.IntegerField()


class FulfillmentSerializer(serializers.Serializer[object]):
    """What left at once, and how to follow it."""

    id = serializers.IntegerField()
    trackingNumber = serializers.CharField(source="tracking_number")
    carrier = serializers.CharField()
    trackingUrl = serializers.CharField(source="tracking_url")
    shippedAt = serializers.DateTimeField(source="shipped_at")
    deliveredAt = serializers.DateTimeField(source="delivered_at", allow_null=True)
    lines = FulfillmentLineSerializer(many=True)


class OrderEventSerializer(serializers.Serializer[object]):
    """One thing that happened: who, what, when, from which state to which. `amount` is what the sales moved by."""

    kind = serializers.ChoiceField(choices=OrderEvent.Kind.choices)
    at = serializers.DateTimeField()
    actor = serializers.CharField(source="actor_label")
    fromStatus = serializers.CharField(source="from_status")
    toStatus = serializers.CharField(source="to_status")
    fromPaymentStatus = serializers.CharField(source="from_payment_status")
    toPaymentStatus = serializers.CharField(source="to_payment_status")
    amount = MoneyField(min_value=None)
    note = serializers.CharField()


class CustomerNameSerializer(serializers.Serializer[object]):
    """The customer of an order: enough to show and to open."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()


class OrderRowSerializer(serializers.Serializer[object]):
    """An order in a list. `customer` is null for a guest; `outstanding` is what is still to be paid, `overpaid` what
    was paid above the total and is still to be refunded.

    `paymentMethod` is kept as it was written, `paymentMethodCode` is the store's code for it.
    """

    id = serializers.IntegerField()
    store = StoreKeyField()
    orderNumber = serializers.CharField(source="number")
    customerId = serializers.IntegerField(source="customer_id", allow_null=True)
    customer = CustomerNameSerializer(allow_null=True)
    status = serializers.ChoiceField(choices=Order.Status.choices)
    paymentStatus = serializers.ChoiceField(source="payment_status", choices=Order.PaymentStatus.choices)
    currency = serializers.CharField()
    totalAmount = MoneyField(source="total_amount")
    outstanding = MoneyField()
    overpaid = MoneyField()
    refundedAmount = MoneyField(source="refunded_amount")
    couponCode = serializers.CharField(source="coupon_code")
    country = serializers.CharField()
    channel = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    paymentMethod = serializers.CharField(source="payment_method")
    paymentMethodCode = serializers.CharField(source="payment_code")
    placedAt = serializers.DateTimeField(source="placed_at")
    updatedAt = serializers.DateTimeField(source="last_updated_at")
    version = serializers.IntegerField()


class OrderSourceSerializer(serializers.Serializer[object]):
    """Which order of which source it is. While `isKept` it is changed there alone, at `url` where that is known."""

    name = serializers.CharField(source="source_name")
    externalId = serializers.CharField(source="external_id")
    url = serializers.CharField()
    isKept = serializers.BooleanField(source="is_kept")
    stateOf = serializers.DateTimeField(source="updated_at", allow_null=True)


class OrderSerializer(OrderRowSerializer):
    """An order with everything that belongs to it. `source` is null for an order placed here."""

    source = OrderSourceSerializer(source="source_record", allow_null=True)  # type: ignore[assignment]

    subtotal = MoneyField()
    discount = MoneyField()
    taxAmount = MoneyField(source="tax_amount")
    shippingFee = MoneyField(source="shipping_fee")
    tip = MoneyField()
    capturedAmount = MoneyField(source="captured_amount")
    shippingAddress = KeptAddressSerializer(source="shipping_address")
    billingAddress = KeptAddressSerializer(source="billing_address")
    paymentTerms = serializers.ChoiceField(source="payment_terms", choices=PaymentTerms.choices)
    dueOn = serializers.DateField(source="due_on", allow_null=True)
    ipAddress = serializers.CharField(source="ip_address", allow_null=True)
    userAgent = serializers.CharField(source="user_agent")
    notes = serializers.CharField()
    internalNotes = serializers.CharField(source="internal_notes")
    paidAt = serializers.DateTimeField(source="completed_at", allow_null=True)
    shippedAt = serializers.DateTimeField(source="shipped_at", allow_null=True)
    deliveredAt = serializers.DateTimeField(source="delivered_at", allow_null=True)
    completedAt = serializers.DateTimeField(source="completed_at", allow_null=True)
    expiredAt = serializers.DateTimeField(source="expired_at", allow_null=True)
    canceledAt = serializers.DateTimeField(source="canceled_at", allow_null=True)
    refundedAt = serializers.DateTimeField(source="refunded_at", allow_null=True)
    editedAt = serializers.DateTimeField(source="edited_at", allow_null=True)
    items = OrderItemSerializer(many=True)
    fulfillments = FulfillmentSerializer(many=True)
    refunds = RefundSerializer(many=True)
    transactions = OrderTransactionSerializer(many=True)
    events = OrderEventSerializer(many=True)


class RefundedSerializer(RefundSerializer):
    """A refund just made, with the order as it stands now."""

    order = OrderRowSerializer()


class ItemInput(StrictSerializer):
    """A variant, or a product that has only one, and how many pieces of it."""

    productId = IdField(source="product_id", required=False)
    variantId = IdField(source="variant_id", required=False, help_text="In the place of productId.")
    quantity = WholeNumberField(min_value=1, max_value=MAX_QUANTITY)

    def to_internal_value(self, data: object) -> Json:
        """Take one of the two ids: a variant is a product. Raises ValidationError, naming every fault."""
        wrong: Json = {}
        if isinstance(data, Mapping) and ("productId" in data) == ("variantId" in data):
            wrong["productId"] = ["Name either productId or variantId."]
        try:
            values: Json = super().to_internal_value(data)  # type: ignore[assignment]
        except serializers.ValidationError as refusal:
            raise serializers.ValidationError(wrong | refusal.detail) from None  # type: ignore[operator]
        if wrong:
            raise serializers.ValidationError(wrong)
        if "variant_id" in values:
            values["product_id"] = values.pop("variant_id")
        return values


class OrderInput(StrictSerializer):
    """What makes an order. Prices are the products' own; naming a product twice adds its pieces up."""

    store = StoreKeyField(required=False, help_text="Id or slug; optional where you have one store.")
    customerId = IdField(source="customer_id")
    items = ItemInput(many=True, allow_empty=False, max_length=MAX_LINES)  # type: ignore[call-arg]
    couponCode = TextField(source="coupon_code", max_length=40, required=False)
    shippingAddress = AddressSerializer(source="shipping_address")
    billingAddress = AddressSerializer(source="billing_address", required=False)
    paymentMethod = TextField(
        source="payment_method", max_length=40, help_text="A code of the store's payment methods."
    )
    taxAmount = MoneyField(source="tax_amount", required=False)
    shippingFee = MoneyField(source="shipping_fee", required=False)
    tip = MoneyField(required=False)
    notes = TextField(max_length=5_000, allow_blank=True, required=False)
    internalNotes = TextField(source="internal_notes", max_length=5_000, allow_blank=True, required=False)
    channel = serializers.ChoiceField(choices=Order.Channel.choices, required=False, help_text="api if left out.")
    tags = TagsField(required=False)
    ipAddress = serializers.IPAddressField(source="ip_address", required=False, help_text="The customer's.")
    userAgent = TextField(source="user_agent", max_length=400, allow_blank=True, required=False)


class StatusInput(StrictSerializer):
    """The status or the payment status an order shall get; `version` is the one you saw, if that shall still hold.

    The status SHIPPED takes tracking number, carrier and tracking URL. No status moves money.
    """

    status = serializers.ChoiceField(choices=Order.Status.choices, required=False)
    paymentStatus = serializers.ChoiceField(
        source="payment_status", choices=Order.PaymentStatus.choices, required=False
    )
    trackingNumber = TextField(source="tracking_number", max_length=100, required=False)
    carrier = TextField(max_length=80, required=False)
    trackingUrl = TextField(source="tracking_url", max_length=500, required=False)
    version = WholeNumberField(min_value=1, max_value=2_147_483_647, required=False)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Take one of the two; tracking goes with SHIPPED alone."""
        if ("status" in attrs) == ("payment_status" in attrs):
            raise serializers.ValidationError({"status": ["Name either status or paymentStatus."]})
        names = {"tracking_number": "trackingNumber", "carrier": "carrier", "tracking_url": "trackingUrl"}
        wrong = [name for source, name in names.items() if source in attrs]
        if wrong and attrs.get("status") != Order.Status.SHIPPED:
            raise serializers.ValidationError({name: ["Send this with the status SHIPPED."] for name in wrong})
        return attrs


class FulfillmentLineInput(StrictSerializer):
    """Pieces of one line of the order."""

    itemId = IdField(source="item_id")
    quantity = WholeNumberField(min_value=1, max_value=MAX_QUANTITY)


class FulfillmentInput(StrictSerializer):
    """What leaves: pieces of lines, or all that has not left yet, and how to follow it."""

    lines = FulfillmentLineInput(many=True, allow_empty=False, max_length=MAX_LINES, required=False)  # type: ignore[call-arg]
    trackingNumber = TextField(source="tracking_number", max_length=100, required=False)
    carrier = TextField(max_length=80, required=False)
    trackingUrl = TextField(source="tracking_url", max_length=500, required=False)
    version = WholeNumberField(min_value=1, max_value=2_147_483_647, required=False)

    def validate_lines(self, value: list[dict[str, int]]) -> list[dict[str, int]]:
        """Return the lines. Raises ValidationError where two name the same item."""
        if len({line["item_id"] for line in value}) < len(value):
            raise serializers.ValidationError("Names an item more than once.")
        return value


class OrderDetailsInput(StrictSerializer):
    """What staff write down about an order; what is left out stays."""

    notes = TextField(max_length=5_000, allow_blank=True, required=False)
    internalNotes = TextField(source="internal_notes", max_length=5_000, allow_blank=True, required=False)
    tags = TagsField(required=False)


class PaymentInput(StrictSerializer):
    """Money received for an order: an amount, or all that is outstanding."""

    amount = MoneyField(min_value=MILL, required=False)
    gatewayTransactionId = TextField(source="gateway_transaction_id", max_length=100, allow_blank=True, required=False)
    gatewayResponse = GatewayResponseField(source="gateway_response", required=False)
    version = WholeNumberField(min_value=1, max_value=2_147_483_647, required=False)


class RefundLineInput(StrictSerializer):
    """Pieces of one line of the order."""

    itemId = IdField(source="item_id")
    quantity = WholeNumberField(min_value=1, max_value=MAX_QUANTITY)


class RefundInput(StrictSerializer):
    """What to give back: an amount, lines, both (the amount falls on the lines first), or all that is left."""

    amount = MoneyField(min_value=MILL, required=False)
    lines = RefundLineInput(many=True, allow_empty=False, max_length=MAX_LINES, required=False)  # type: ignore[call-arg]
    reason = TextField(max_length=200, allow_blank=True, default="")
    restock = FlagField(default=False)

    def validate_lines(self, value: list[dict[str, int]]) -> list[dict[str, int]]:
        """Return the lines. Raises ValidationError where two name the same item."""
        if len({line["item_id"] for line in value}) < len(value):
            raise serializers.ValidationError("Names an item more than once.")
        return value
