"""Source orders as any system states them in JSON: `POST /orders/sync`, and its signed webhook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError as FieldError
from django.core.validators import EmailValidator, URLValidator
from django.utils import timezone
from rest_framework import serializers

from dealport.kit.emails import MOST_CHARACTERS, fold_email
from dealport.kit.money import MAX_AMOUNT, MILL, amount_of
from dealport.kit.rest.fields import FlagField, MomentField, MoneyField, TextField, WholeNumberField
from dealport.kit.rest.serializers import StrictSerializer
from dealport.kit.values import FieldValues
from orders.actions.placing import MAX_LINES, MAX_QUANTITY
from orders.models import Order, PaymentTerms
from orders.pricing import ZERO
from orders.sources.description import (
    SourceFulfillment,
    SourceLine,
    SourceOrder,
    SourcePayment,
    SourceRefund,
)
from orders.sources.digits import odd_amount

SOURCE_NAME = r"^[a-z0-9][a-z0-9_-]{0,19}$"
AHEAD = timedelta(days=1)
"""How far a source's clock may be ahead of ours."""
MOST_EVENTS = 200
IS_EMAIL, IS_WEB_ADDRESS = EmailValidator(), URLValidator(schemes=["http", "https"])


def optional_text(most: int, source: str | None = None) -> TextField:
    """Return a field of optional text."""
    return TextField(max_length=most, allow_blank=True, default="", source=source)


def optional_amount(source: str | None = None) -> MoneyField:
    """Return a field of an optional amount, 0 unless stated."""
    return MoneyField(default=ZERO, source=source)


class PastMoment(MomentField):
    """A moment that has been: what a source states has happened."""

    def to_internal_value(self, value: object) -> datetime:
        """Return the moment. Raises ValidationError."""
        at = super().to_internal_value(value)
        if at > timezone.now() + AHEAD:
            raise serializers.ValidationError("Enter a moment that has passed.")
        return at


class StatedAddress(StrictSerializer):
    """An address as the source has it; every part may be missing."""

    name = optional_text(200)
    street = optional_text(200)
    city = optional_text(100)
    state = optional_text(100)
    country = serializers.RegexField("^([A-Z]{2})?$", default="", help_text="ISO 3166-1 alpha-2")
    postalCode = optional_text(20)


class StatedLine(StrictSerializer):
    """A line; fewer than 0 pieces came back in an exchange. `discount` is what was taken off this line alone."""

    externalId = optional_text(100, "external_id")
    name = TextField(max_length=513)
    sku = optional_text(255)
    unitPrice = MoneyField(source="unit_price")
    quantity = WholeNumberField(min_value=-MAX_QUANTITY, max_value=MAX_QUANTITY)
    discount = optional_amount()

    def validate(self, attrs: FieldValues) -> FieldValues:
        """Take some pieces, for no more than an amount can be, and no more off than they cost."""
        total = attrs["unit_price"] * attrs["quantity"]
        if attrs["quantity"] == 0:
            raise serializers.ValidationError({"quantity": ["Enter a quantity other than 0, or leave the line out."]})
        if abs(total) > MAX_AMOUNT:
            raise serializers.ValidationError({"unitPrice": ["The line's total is too large."]})
        if attrs["discount"] > max(total, ZERO):
            raise serializers.ValidationError({"discount": [f"Enter at most {max(total, ZERO)}, the line's total."]})
        return attrs


class StatedPayment(StrictSerializer):
    """Money that was captured, or an attempt that failed."""

    at = PastMoment()
    amount = MoneyField(min_value=MILL)
    reference = optional_text(100)
    failed = FlagField(default=False)


class StatedRefundLine(StrictSerializer):
    """What of a refund is for a line: its position in `lines`, from 0, pieces that came back, net amount."""

    line = WholeNumberField(min_value=0, max_value=MAX_LINES - 1)
    quantity = WholeNumberField(min_value=0, max_value=MAX_QUANTITY, default=0)
    amount = optional_amount()


class StatedRefund(StrictSerializer):
    """Money given back. Without `lines` and `shipping` it falls on the whole order; with them the rest is tax."""

    at = PastMoment()
    amount = MoneyField(min_value=MILL)
    reference = optional_text(100)
    reason = optional_text(200)
    lines = StatedRefundLine(many=True, default=list, max_length=MAX_LINES)  # type: ignore[call-arg]
    shipping = optional_amount()


class StatedFulfillment(StrictSerializer):
    """A parcel; `at` must not lie in the future."""

    at = PastMoment()
    trackingNumber = optional_text(100, "tracking_number")
    carrier = optional_text(80)
    url = optional_text(500)


class StatedTax(StrictSerializer):
    """A tax by its name ("VAT 20 %"), as an amount of the order's currency."""

    name = TextField(max_length=100)
    amount = MoneyField()


class StatedOrder(StrictSerializer):
    """An order and everything that has happened to it: send it whole each time. Amounts are in `currency`.

    What is left out is no more: a fulfillment was canceled, a payment taken back, an address or note removed.
    Goods (sum of unit price × quantity) − `discount` + `tax` + `shipping` + `tip` is what the order asks for.
    `discount` is what came off the goods, those of the lines included; `tax` what comes on top of the prices.
    """

    externalId = TextField(source="external_id", max_length=100, help_text="The id at the source: the identity.")
    name = optional_text(40)
    placedAt = PastMoment(source="placed_at")
    updatedAt = PastMoment(source="updated_at", help_text="State of the source; an older one changes nothing.")
    currency = serializers.RegexField("^[A-Z]{3}$", help_text="The store's.")
    lines = StatedLine(many=True, max_length=MAX_LINES)  # type: ignore[call-arg]
    discount = MoneyField(required=False, help_text="The sum of the lines' if left out.")
    tax = optional_amount()
    shipping = optional_amount()
    tip = optional_amount()
    includedTax = optional_amount("included_tax")
    taxLines = StatedTax(source="tax_lines", many=True, default=list, max_length=20)  # type: ignore[call-arg]
    discountCodes = serializers.ListField(
        source="discount_codes", child=TextField(max_length=40), default=list, max_length=20
    )
    payments = StatedPayment(many=True, default=list, max_length=MOST_EVENTS)  # type: ignore[call-arg]
    refunds = StatedRefund(many=True, default=list, max_length=MOST_EVENTS)  # type: ignore[call-arg]
    fulfillment = StatedFulfillment(required=False)
    authorized = FlagField(source="is_authorized", default=False)
    canceledAt = PastMoment(source="canceled_at", required=False)
    voidedAt = PastMoment(source="void_at", required=False, help_text="When its payment was given up.")
    paymentTerms = serializers.ChoiceField(
        source="terms", choices=PaymentTerms.choices, default=PaymentTerms.PREPAID.value
    )
    dueOn = serializers.DateField(source="due_on", required=False)
    email = optional_text(MOST_CHARACTERS)
    customerName = optional_text(200, "customer_name")
    phone = optional_text(40)
    shippingAddress = StatedAddress(source="shipping_address", required=False)
    billingAddress = StatedAddress(source="billing_address", required=False)
    paymentMethod = optional_text(40, "payment_method")
    channel = serializers.ChoiceField(choices=Order.Channel.choices, default=Order.Channel.API.value)
    notes = optional_text(1_600)
    tags = serializers.ListField(child=TextField(max_length=40), default=list, max_length=50)
    url = optional_text(500)

    def validate_url(self, value: str) -> str:
        """Return the address of the order at its source. Raises ValidationError for other schemes than http(s)."""
        if value and not _is(IS_WEB_ADDRESS, value):
            raise serializers.ValidationError("Enter an address that begins with https:// or http://.")
        return value

    def validate(self, attrs: FieldValues) -> FieldValues:
        """Take amounts that fit together, and refunds of the pieces that were bought."""
        lines = attrs["lines"]
        own = sum((line["discount"] for line in lines), ZERO)
        goods = sum((line["unit_price"] * line["quantity"] for line in lines), ZERO)
        discount = attrs.setdefault("discount", own)
        if goods < 0 or goods + attrs["tax"] + attrs["shipping"] + attrs["tip"] > MAX_AMOUNT:
            raise serializers.ValidationError({"lines": [f"The goods are {goods}: enter lines of 0 to {MAX_AMOUNT}."]})
        if not own <= discount <= goods:
            expected = f"Enter from {own}, the discounts of the lines, to {goods}, the goods."
            raise serializers.ValidationError({"discount": [expected]})
        _check_refunds(attrs["refunds"], lines)
        return attrs


def _check_refunds(refunds: list[FieldValues], lines: list[FieldValues]) -> None:
    left = [max(line["quantity"], 0) for line in lines]
    for refund in refunds:
        named = [part["line"] for part in refund["lines"]]
        if len(set(named)) < len(named) or any(position >= len(lines) for position in named):
            raise serializers.ValidationError(
                {"refunds": ["Name each line of the order once, by its position from 0."]}
            )
        if sum((part["amount"] for part in refund["lines"]), refund["shipping"]) > refund["amount"]:
            raise serializers.ValidationError({"refunds": ["The parts of a refund add up to more than its amount."]})
        for part in refund["lines"]:
            left[part["line"]] -= part["quantity"]
    if any(pieces < 0 for pieces in left):
        raise serializers.ValidationError({"refunds": ["More pieces came back than were bought."]})


def read_stated(content: object, *, source: str, currency: str) -> SourceOrder:
    """Return the order that a system states, an unusable email address as a note. Raises ValidationError."""
    stated = StatedOrder(data=content)
    stated.is_valid(raise_exception=True)
    values: FieldValues = stated.validated_data
    if values["currency"] != currency:
        raise serializers.ValidationError({"currency": [f"This store sells in {currency}."]})
    payments = (SourcePayment(**payment) for payment in values.pop("payments"))
    fulfillment = values.pop("fulfillment", None)
    email, note = _email(values.pop("email"))
    order = SourceOrder(
        source=source,
        lines=tuple(SourceLine(**line) for line in values.pop("lines")),
        refunds=tuple(sorted(map(_refund, values.pop("refunds")), key=lambda refund: refund.at)),
        payments=tuple(sorted(payments, key=lambda payment: payment.at)),
        fulfillment=_fulfillment(fulfillment) if fulfillment else None,
        tax_lines=tuple((tax["name"], tax["amount"]) for tax in values.pop("tax_lines")),
        discount_codes=tuple(values.pop("discount_codes")),
        tags=tuple(dict.fromkeys(values.pop("tags"))),
        email=email,
        notes=tuple(filter(None, (values.pop("notes"), note))),
        shipping_address=_address(values.pop("shipping_address", None)),
        billing_address=_address(values.pop("billing_address", None)),
        **values,
    )
    if (odd := odd_amount(order)) is not None:
        raise serializers.ValidationError({odd[0]: [f"Enter {amount_of(currency)}."]})
    return replace(order, name=order.name or order.external_id[:40])


def _email(stated: str) -> tuple[str, str]:
    """Return the address folded, or nothing and a note of what was stated."""
    email = fold_email(stated)
    if not email or (len(email) <= MOST_CHARACTERS and _is(IS_EMAIL, email)):
        return email, ""
    return "", f"Email was {stated!r}, which is no email address."


def _refund(values: FieldValues) -> SourceRefund:
    parts = values["lines"]
    return SourceRefund(
        values["at"],
        values["amount"],
        values["reference"],
        values["reason"] or "refunded",
        pieces=tuple((part["line"], part["quantity"]) for part in parts if part["quantity"]),
        goods=tuple((part["line"], part["amount"]) for part in parts),
        shipping=values["shipping"],
        is_itemized=bool(parts) or values["shipping"] > 0,
    )


def _fulfillment(values: FieldValues) -> SourceFulfillment:
    return SourceFulfillment(values["at"], values["tracking_number"], values["carrier"], values["url"])


def _address(values: Mapping[str, str] | None) -> dict[str, str]:
    return {name: value for name, value in (values or {}).items() if value}


def _is(validator: Any, value: str) -> bool:
    try:
        validator(value)
    except FieldError:
        return False
    return True
