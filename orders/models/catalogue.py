"""What is sold, and for how much less."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now, Upper
from django.utils import timezone

from dealport.kit.fields import MoneyField, SumField, are_numbers

LOW = Q(stock__isnull=False, stock__lte=F("low_stock_threshold"))
"""Of products: the counted stock is down to the threshold or below."""


class Category(models.Model):
    """A group of products of one store, below another one or at the top.

    The tree has no cycles and is at most `MAX_DEPTH` levels deep: `orders.actions.categories` sees to it.
    """

    MAX_DEPTH = 6

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120)
    description = models.TextField(blank=True, default="", db_default="")
    image_url = models.CharField(max_length=500, blank=True, default="", db_default="")
    sort_order = models.IntegerField(
        default=0, db_default=0, help_text="Categories below the same one come in this order, then by name."
    )
    created_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "slug"],
                condition=Q(deleted_at__isnull=True),
                name="orders_category_slug_once_per_store",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="orders_category_not_below_itself"),
        ]

    def __str__(self) -> str:
        return self.name


def branch_sql(category: str) -> str:
    """Return the SQL of the ids of a category and all below it; `category` is SQL of its id."""
    return (
        f"WITH RECURSIVE branch AS (SELECT id FROM orders_category WHERE id = {category} "
        "UNION ALL SELECT c.id FROM orders_category c JOIN branch ON c.parent_id = branch.id) SELECT id FROM branch"
    )


def in_branch(category_id: int) -> Q:
    """Return the condition of products that are in a category or in one below it."""
    return Q(category_id__in=RawSQL(branch_sql("%s"), [category_id]))


class Product(models.Model):
    """A thing a store sells.

    `stock` is the number of pieces that can still be ordered; null means the store does not count it. `cost_price` is
    what a piece costs the store, `compare_at_price` a former price to show beside a reduced one. `slug` is made of the
    first name and stays. Units sold and sales are figures, read from the rollups (docs/adr/0002).

    A product with options, such as sizes, is sold as its variants: products of their own below it (`parent`), each with
    SKU, price, cost and stock; `options` says which one. It is not ordered itself. Any other is its one variant.
    """

    class Status(models.TextChoices):
        """Only what is active can be ordered."""

        ACTIVE = "ACTIVE", "Active"
        INACTIVE = "INACTIVE", "Inactive"
        DRAFT = "DRAFT", "Draft"
        ARCHIVED = "ARCHIVED", "Archived"

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="products")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="variants", db_index=False, editable=False
    )
    options = models.JSONField(
        default=dict, db_default={}, blank=True, help_text='Of a variant, such as {"Size": "M", "Color": "Red"}.'
    )
    has_variants = models.BooleanField(default=False, db_default=False, editable=False)
    sku = models.CharField("SKU", max_length=255, blank=True)
    # that of a product with its variant is up to 255 + 3 + 255 characters long in Shopify
    name = models.CharField(max_length=513)
    slug = models.SlugField(max_length=255, blank=True, default="", db_default="", db_index=False)
    description = models.TextField(blank=True)
    price = MoneyField()
    cost_price = MoneyField(null=True, blank=True)
    compare_at_price = MoneyField(verbose_name="compare-at price", null=True, blank=True)
    stock = models.IntegerField(null=True, blank=True, help_text="Empty: not counted, always available.")
    low_stock_threshold = models.PositiveIntegerField(
        default=10, db_default=10, help_text="The stock is low from here down."
    )
    image_url = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE, db_default=Status.ACTIVE)
    tags = ArrayField(models.CharField(max_length=60), default=list, db_default=[], blank=True)
    is_featured = models.BooleanField(default=False, db_default=False)
    view_count = models.BigIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            are_numbers("orders_product_are_numbers", "price", "cost_price", "compare_at_price"),
            models.UniqueConstraint(
                fields=["store", "sku"],
                condition=Q(deleted_at__isnull=True) & ~Q(sku=""),
                name="orders_product_sku_once_per_store",
            ),
            models.UniqueConstraint(
                fields=["store", "slug"],
                condition=Q(deleted_at__isnull=True) & ~Q(slug=""),
                name="orders_product_slug_once_per_store",
            ),
            models.UniqueConstraint(
                fields=["parent", "options"],
                condition=Q(deleted_at__isnull=True, parent__isnull=False),
                name="orders_product_options_once",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | Q(has_variants=False), name="orders_product_two_levels"
            ),
            models.CheckConstraint(condition=Q(price__gte=0), name="orders_product_price_not_negative"),
            models.CheckConstraint(condition=Q(cost_price__gte=0), name="orders_product_cost_not_negative"),
            models.CheckConstraint(condition=Q(compare_at_price__gte=0), name="orders_product_compare_not_negative"),
            models.CheckConstraint(condition=Q(stock__gte=0), name="orders_product_stock_not_negative"),
        ]
        indexes = [
            # the product list of a store, by name
            models.Index(fields=["store", "name", "id"], name="orders_product_by_store_name"),
            GinIndex(fields=["tags"], name="orders_product_by_tag"),
            # which product each variant is of
            models.Index(
                fields=["id"], include=["parent"], name="orders_product_variants", condition=Q(parent__isnull=False)
            ),
            # what is to be bought
            models.Index(
                fields=["store", "stock"],
                name="orders_product_low",
                condition=Q(
                    stock__isnull=False,
                    stock__lte=F("low_stock_threshold"),
                    status="ACTIVE",
                    deleted_at__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Whether it can be ordered, its stock aside."""
        return self.status == self.Status.ACTIVE

    @property
    def is_low(self) -> bool:
        """Whether its counted stock is down to the threshold or below."""
        return self.stock is not None and self.stock <= self.low_stock_threshold


class Coupon(models.Model):
    """A discount that customers ask for with a code.

    `uses_reserved` counts the orders that hold a use (placed and not expired, canceled or fully refunded) and is
    what `usage_limit` is held against; `times_used` and `total_sales_amount` follow completion and full refund.
    """

    class Kind(models.TextChoices):
        """Whether `value` is a percentage or an amount in the currency of the store."""

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
        verbose_name = "discount"
        constraints = [
            are_numbers("orders_coupon_are_numbers", "value", "minimum_subtotal", sums=("total_sales_amount",)),
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
