"""Customers, their addresses, credits and subscriptions as JSON."""

from __future__ import annotations

from django.core.exceptions import ValidationError as InvalidValue
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from customers.models import Address, Customer, Subscription
from customers.models.customers import MOST_TAGS, WEB_ADDRESS
from dealport.kit.rest.fields import FlagField, IdField, MomentField, MoneyField, StoreKeyField, TextField
from dealport.kit.rest.serializers import StrictSerializer

MAX_ADDRESSES = 20


def check_web_address(value: str) -> None:
    """Raise ValidationError unless it is the address of a picture, or empty."""
    try:
        WEB_ADDRESS(value or "/")
    except InvalidValue as error:
        raise serializers.ValidationError(error.message) from error


class AddressSerializer(StrictSerializer):
    """An address of a customer's book."""

    kind = serializers.ChoiceField(choices=Address.Kind.choices, default=Address.Kind.SHIPPING)
    isDefault = FlagField(source="is_default", default=False)
    street = TextField(max_length=200)
    city = TextField(max_length=100)
    state = TextField(max_length=100, default="", allow_blank=True)
    country = serializers.RegexField(r"\A[A-Z]{2}\Z", error_messages={"invalid": "Expected two capital letters."})
    postalCode = TextField(source="postal_code", max_length=20, default="", allow_blank=True)


@extend_schema_field(AddressSerializer(many=True, max_length=MAX_ADDRESSES))  # type: ignore[call-arg]
class AddressBookField(serializers.Field[object, object, object, object]):
    """A whole address book. Checked entry by entry even where the rest of the body is a partial change."""

    def to_internal_value(self, data: object) -> list[dict[str, object]]:
        """Return the entries. Raises ValidationError."""
        book = AddressSerializer(data=data, many=True, max_length=MAX_ADDRESSES)  # type: ignore[call-arg]
        book.is_valid(raise_exception=True)
        return list(book.validated_data)

    def to_representation(self, value: object) -> object:
        """Return the entries as JSON."""
        return AddressSerializer(value, many=True).data


class CustomerSerializer(serializers.Serializer[Customer]):
    """A customer; the amounts are in the store's currency."""

    id = serializers.IntegerField()
    store = serializers.CharField(source="store.slug")
    email = serializers.CharField()
    name = serializers.CharField()
    firstName = serializers.CharField(source="first_name")
    lastName = serializers.CharField(source="last_name")
    phone = serializers.CharField()
    avatar = serializers.CharField()
    status = serializers.ChoiceField(choices=Customer.Status.choices)
    tags = serializers.ListField(child=serializers.CharField())
    acceptsMarketing = serializers.BooleanField(source="accepts_marketing")
    marketingConsentAt = serializers.DateTimeField(
        source="marketing_consent_at", allow_null=True, help_text="When it was last decided; null: never."
    )
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    emailConfirmedAt = serializers.DateTimeField(source="email_confirmed_at", allow_null=True)
    currency = serializers.CharField(source="store.currency")
    totalOrders = serializers.IntegerField(source="total_orders")
    totalSpent = MoneyField(source="total_spent")
    averageOrderValue = MoneyField(source="average_order_value")
    tier = serializers.ChoiceField(choices=Customer.Tier.choices)
    lastOrderAt = serializers.DateTimeField(source="last_order_at", allow_null=True)
    creditBalance = MoneyField(source="credit_balance")


class SubscriptionSerializer(serializers.Serializer[object]):
    """A customer's subscription; the monthly amount is in the currency of the store."""

    plan = serializers.CharField()
    status = serializers.ChoiceField(choices=Subscription.Status.choices)
    currentPeriodEnd = MomentField(source="current_period_end")
    monthlyAmount = MoneyField(source="monthly_amount")
    currency = serializers.CharField(source="store.currency")


class CustomerDetailSerializer(CustomerSerializer):
    """A customer with notes, address book and subscription."""

    notes = serializers.CharField()
    addresses = AddressSerializer(many=True)
    subscription = SubscriptionSerializer(allow_null=True)

    def to_representation(self, instance: Customer) -> dict[str, object]:
        """Return null for a subscription that is not there."""
        missing = not hasattr(instance, "subscription")
        return {**super().to_representation(instance), **({"subscription": None} if missing else {})}


class CustomerChanges(StrictSerializer):
    """What can change; `name` sets both its parts, `addresses` and `tags` replace all there are."""

    email = serializers.EmailField(max_length=254, allow_blank=True, default="")
    name = TextField(max_length=200, allow_blank=True, required=False)
    firstName = TextField(source="first_name", max_length=200, allow_blank=True, required=False)
    lastName = TextField(source="last_name", max_length=200, allow_blank=True, required=False)
    phone = TextField(max_length=40, allow_blank=True, default="")
    avatar = TextField(max_length=500, allow_blank=True, required=False, validators=[check_web_address])
    status = serializers.ChoiceField(choices=Customer.Status.choices, required=False)
    tags = serializers.ListField(child=TextField(max_length=40), max_length=MOST_TAGS, required=False)
    notes = TextField(max_length=5000, allow_blank=True, required=False)
    acceptsMarketing = FlagField(source="accepts_marketing", required=False)
    addresses = AddressBookField(required=False)


class CustomerInput(CustomerChanges):
    """A new customer; `store` may be left out by who works in one store."""

    store = StoreKeyField(required=False)


class MergeInput(StrictSerializer):
    """The customer who becomes a part of the one in the path."""

    customerId = IdField(source="customer_id")


class MergeSerializer(serializers.Serializer[object]):
    """A merge; undone with its id."""

    id = serializers.IntegerField()
    customerId = serializers.IntegerField(source="customer_id")
    mergedCustomerId = serializers.IntegerField(source="merged_id")
    mergedAt = serializers.DateTimeField(source="merged_at")
    undoneAt = serializers.DateTimeField(source="undone_at", allow_null=True)


class CreditEntrySerializer(serializers.Serializer[object]):
    """One change of a credit balance: granted above zero, spent below."""

    id = serializers.IntegerField()
    amount = MoneyField(min_value=None)
    balanceAfter = MoneyField(source="balance_after")
    currency = serializers.CharField(source="store.currency")
    reason = serializers.CharField()
    createdAt = serializers.DateTimeField(source="created_at")


class CreditInput(StrictSerializer):
    """Credits to grant (above zero) or spend (below zero)."""

    amount = MoneyField(min_value=None)
    reason = TextField(max_length=200)


class SubscriptionInput(StrictSerializer):
    """The subscription a customer shall have."""

    plan = TextField(max_length=60)
    status = serializers.ChoiceField(choices=Subscription.Status.choices)
    currentPeriodEnd = MomentField(source="current_period_end")
    monthlyAmount = MoneyField(source="monthly_amount")
