"""Orders that staff prepare and have not placed yet."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from dealport.kit.fields import MoneyField, are_numbers


class DraftOrder(models.Model):
    """What an order shall be: it counts in no figure, holds no stock and no coupon, and has no number.

    `items` is a list of {"productId", "quantity"}; prices are those of the products when it is confirmed. `order` is
    what it became; its address and notes are then the order's alone.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="draft_orders"
    )
    items = models.JSONField(default=list)
    coupon_code = models.CharField("discount code", max_length=40, blank=True)
    payment_method = models.CharField(max_length=40, blank=True)
    tax_amount = MoneyField(default=Decimal("0.00"))
    shipping_fee = MoneyField(default=Decimal("0.00"))
    tip = MoneyField(default=Decimal("0.00"))
    shipping_address = models.JSONField(default=dict, blank=True)
    billing_address = models.JSONField(default=dict, blank=True)
    notes = models.TextField(blank=True)
    internal_notes = models.TextField(blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    order = models.OneToOneField(
        "orders.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="draft", editable=False
    )
    created_by = models.ForeignKey(
        "customers.User", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False, editable=False
    )
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            are_numbers("orders_draft_are_numbers", "tax_amount", "shipping_fee", "tip"),
            models.CheckConstraint(
                condition=Q(tax_amount__gte=0, shipping_fee__gte=0, tip__gte=0), name="orders_draft_amounts_in_range"
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=True, confirmed_at__isnull=True)
                | Q(order__isnull=False, confirmed_at__isnull=False),
                name="orders_draft_confirmed_is_an_order",
            ),
        ]
        indexes = [
            # lists newest first
            models.Index(fields=["store", "-id"], name="orders_draft_by_store"),
        ]

    def __str__(self) -> str:
        return f"Draft {self.pk}"

    @property
    def is_confirmed(self) -> bool:
        """It became an order and is kept for its history alone."""
        return self.confirmed_at is not None
