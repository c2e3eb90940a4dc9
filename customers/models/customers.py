"""The people who buy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower, Now
from django.utils import timezone

from dealport.kit.fields import EmailAddressField, MoneyField, SumField, are_numbers

WEB_ADDRESS = RegexValidator(r"\A(https://[^\s/]|/(?!/))\S*\Z", "Enter an address that begins with https:// or /.")
MOST_TAGS = 50
SORTED = {
    "spend": [F("total_spent").desc()],
    "orders": [F("total_orders").desc()],
    "last": [F("last_order_at").desc(nulls_last=True)],
}
"""Orders of a list that an index has, by the end of its name."""
PHONE_DIGITS = Func(
    F("phone"), template="regexp_replace(%(expressions)s, '[^0-9+]', '', 'g')", output_field=models.TextField()
)
"""A phone number as it is compared: its digits and plus signs. No parameters: no index is found for those."""


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Customers by whether they are deleted, softly, or there."""

    def present(self) -> CustomerQuerySet:
        """Leave out the deleted ones."""
        return self.filter(deleted_at__isnull=True)


class Customer(models.Model):
    """A shopper of one store.

    `name` is the whole name, `first_name` and `last_name` its two parts; `customers.actions` keep them in line.
    `marketing_consent_at` is when `accepts_marketing` was last decided, null if never.
    `total_orders`, `completed_orders`, `total_spent`, `average_order_value`, `tier` and `last_order_at` follow
    the orders in the orders' own transactions (`customers.actions.record_order_figures`).
    """

    class Tier(models.TextChoices):
        """Loyalty by lifetime spend; thresholds in settings (DEALPORT_TIER_THRESHOLDS)."""

        BRONZE = "bronze", "Bronze"
        SILVER = "silver", "Silver"
        GOLD = "gold", "Gold"
        PLATINUM = "platinum", "Platinum"

    class Status(models.TextChoices):
        """Whether the store still deals with the customer. A blocked one cannot place orders."""

        ACTIVE = "ACTIVE", "Active"
        INACTIVE = "INACTIVE", "Inactive"
        BLOCKED = "BLOCKED", "Blocked"

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="customers", db_index=False)
    email = EmailAddressField(max_length=254, blank=True)
    name = models.CharField(max_length=200, blank=True)
    first_name = models.CharField(max_length=200, blank=True, db_default="", default="")
    last_name = models.CharField(max_length=200, blank=True, db_default="", default="")
    phone = models.CharField(max_length=40, blank=True)
    avatar = models.CharField(
        max_length=500,
        blank=True,
        db_default="",
        default="",
        validators=[WEB_ADDRESS],
        help_text="Address of a picture.",
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE, db_default=Status.ACTIVE)
    tags = ArrayField(models.CharField(max_length=40), size=MOST_TAGS, blank=True, default=list, db_default=[])
    notes = models.TextField(blank=True, max_length=5000, db_default="", default="", help_text="For staff alone.")
    accepts_marketing = models.BooleanField(default=False, db_default=False)
    marketing_consent_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    total_orders = models.PositiveIntegerField(default=0, editable=False)
    completed_orders = models.PositiveIntegerField(default=0, editable=False)
    total_spent = SumField(default=Decimal("0.00"), editable=False)
    average_order_value = MoneyField(default=Decimal("0.00"), editable=False)
    tier = models.CharField(max_length=10, choices=Tier.choices, default=Tier.BRONZE, editable=False)
    last_order_at = models.DateTimeField(null=True, blank=True, editable=False)
    credit_balance = SumField(default=Decimal("0.00"), editable=False)
    search_text = models.TextField(
        editable=False, db_default="", default="", help_text="Name, email and phone, folded; written by a trigger."
    )

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            are_numbers(
                "customers_customer_are_numbers", "average_order_value", sums=("total_spent", "credit_balance")
            ),
            models.UniqueConstraint(
                "store",
                Lower("email"),
                condition=Q(deleted_at__isnull=True) & ~Q(email=""),
                name="customers_customer_email_once_per_store",
            ),
            models.CheckConstraint(condition=Q(credit_balance__gte=0), name="customers_credit_not_negative"),
            models.CheckConstraint(condition=Q(total_spent__gte=0), name="customers_spent_not_negative"),
            models.CheckConstraint(
                condition=Q(completed_orders__lte=F("total_orders")), name="customers_completed_within_orders"
            ),
        ]
        indexes = [
            # newest first within a store; days with registrations (verification, rebuild)
            models.Index(fields=["store", "-created_at", "-id"], name="customers_by_store_created"),
            # days with confirmations on the booked basis
            models.Index(
                fields=["store", "email_confirmed_at"],
                name="customers_by_confirmation",
                condition=Q(email_confirmed_at__isnull=False),
            ),
            # credits outstanding of a store, from the index alone
            models.Index(
                fields=["store"],
                include=["credit_balance"],
                name="customers_with_credits",
                condition=Q(credit_balance__gt=0),
            ),
            # a source's customer without an email address, found by phone (orders.sources.customers)
            models.Index(
                F("store"),
                PHONE_DIGITS,
                name="customers_by_phone",
                condition=Q(email="", deleted_at__isnull=True) & ~Q(phone=""),
            ),
            # search by any part of name, email and phone
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="customers_by_words"),
            # what a tag was put on
            GinIndex(fields=["tags"], name="customers_by_tag"),
            # lists by spend, orders and last order, of one store and of all
            *(
                models.Index(*prefix, *order, F("id").desc(), name=f"customers_by_{scope}_{name}")
                for scope, prefix in (("store", [F("store")]), ("all", []))
                for name, order in SORTED.items()
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or f"customer {self.pk}"


class Address(models.Model):
    """A postal address in a customer's address book. Orders keep their own copy."""

    class Kind(models.TextChoices):
        """What the address is for."""

        SHIPPING = "shipping", "Shipping"
        BILLING = "billing", "Billing"

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.SHIPPING)
    is_default = models.BooleanField(default=False)
    street = models.CharField(max_length=200)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    postal_code = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=Q(is_default=True),
                name="customers_address_one_default_per_kind",
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.street, self.postal_code, self.city, self.country) if part)

    def save(self, *args: object, **kwargs: Any) -> None:
        """Take the store from the customer, so that the two can never differ."""
        self.store_id = self.customer.store_id
        super().save(*args, **kwargs)
