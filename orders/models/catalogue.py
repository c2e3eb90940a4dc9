"""What is sold, and for how much less."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone

from dealport.kit.fields import MoneyField, SumField


class Category(models.Model):
    """A shelf of one store."""

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "slug"],
                condition=Q(deleted_at__isnull=True),
                name="orders_category_slug_once_per_store",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A thing a store sells.

    `stock` is the number of pieces that can still be ordered; null means the store does not count it.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="products")
    sku = models.CharField("SKU", max_length=64, blank=True)
    name = models.CharField(max_length=250)
    description = models.TextField(blank=True)
    price = MoneyField()
    stock = models.IntegerField(null=True, blank=True, help_text="Empty: not counted, always available.")
    image_url = models.CharField(max_length=500, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "sku"],
                condition=Q(deleted_at__isnull=True) & ~Q(sku=""),
                name="orders_product_sku_once_per_store",
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="orders_product_price_not_negative"),
            models.CheckConstraint(condition=Q(stock__gte=0), name="orders_product_stock_not_negative"),
        ]
        indexes = [
            # the product list of a store, by name
            models.Index(fields=["store", "name", "id"], name="orders_product_by_store_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Coupon(models.Model):
    """A discount that customers ask for with a code.

    `uses_reserved` counts the orders that hold a use (placed and not expired, canceled or fully refunded) and is
    what `usage_limit` is held against; `times_used` and `total_sales_amount` follow completion and full refund.
    """

    class Kind(models.TextChoices):
        """How `value` is meant."""

        PERCENT = "percent", "Percent of the subtotal"
        FIXED = "fixed", "Amount off the subtotal"

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=7, choices=Kind.choices, default=Kind.PERCENT)
    value = MoneyField()
    minimum_subtotal = MoneyField(default=Decimal("0.00"))
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    usage_limit = models.PositiveIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    uses_reserved = models.PositiveIntegerField(default=0, editable=False)
    times_used = models.PositiveIntegerField(default=0, editable=False)
    total_sales_amount = SumField(default=Decimal("0.00"), editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "store",
                Upper("code"),
                condition=Q(deleted_at__isnull=True),
                name="orders_coupon_code_once_per_store",
            ),
            models.CheckConstraint(
                condition=Q(value__gt=0) & (Q(kind="fixed") | Q(value__lte=100)),
                name="orders_coupon_value_in_range",
            ),
            models.CheckConstraint(
                condition=Q(times_used__lte=F("uses_reserved")), name="orders_coupon_used_within_reserved"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def is_valid_at(self, moment: datetime) -> bool:
        """Answer whether the coupon may be redeemed at `moment`, its usage limit aside."""
        return (
            self.is_active
            and self.deleted_at is None
            and (self.starts_at is None or self.starts_at <= moment)
            and (self.ends_at is None or moment < self.ends_at)
        )
