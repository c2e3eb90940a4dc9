"""The lines of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from dealport.kit.fields import MoneyField, are_numbers

if TYPE_CHECKING:
    from orders.models.orders import Order


class OrderItem(models.Model):
    """One product on an order, with its name, SKU, picture and price as they were.

    `captured_amount` is this line's part of what was captured, net of tax; null: all of it, once the order was paid.
    Fewer than 0 pieces, or a price below 0, came back in an exchange: discounts, tax and refunds fall on the others.
    `discount_share` and `tax_share` are this line's part of the order's discount and tax. `refunded_amount` is its
    part of everything refunded (net of tax); `refunded_by_line`, `refunded_tax_by_line` and `refunded_quantity`
    are what refunds naming this line gave back. `stock_taken` is how many pieces the line holds from stock.
    `unit_cost` is what a piece cost the store when the order was placed or taken over; null: not known.
    `removed_at` is when an edit took the line off its order: it stays, with 0 pieces.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.CASCADE, related_name="items")
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, related_name="items")
    name = models.CharField(max_length=513)
    sku = models.CharField("SKU", max_length=255, blank=True)
    image_url = models.CharField(max_length=500, blank=True)
    unit_price = MoneyField()
    unit_cost = MoneyField(null=True, blank=True)
    quantity = models.IntegerField()
    line_total = MoneyField()
    discount_share = MoneyField(default=Decimal("0.00"))
    tax_share = MoneyField(default=Decimal("0.00"))
    captured_amount = MoneyField(null=True, blank=True, editable=False)
    refunded_amount = MoneyField(default=Decimal("0.00"))
    refunded_by_line = MoneyField(default=Decimal("0.00"))
    refunded_tax_by_line = MoneyField(default=Decimal("0.00"))
    refunded_quantity = models.PositiveIntegerField(default=0)
    stock_taken = models.PositiveIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            are_numbers(
                "orders_order_item_are_numbers",
                "unit_price",
                "unit_cost",
                "line_total",
                "discount_share",
                "tax_share",
                "captured_amount",
                "refunded_amount",
                "refunded_by_line",
                "refunded_tax_by_line",
            ),
            models.CheckConstraint(
                condition=~Q(quantity=0) | Q(removed_at__isnull=False), name="orders_item_without_pieces_was_removed"
            ),
            models.CheckConstraint(
                condition=Q(line_total=F("unit_price") * F("quantity")), name="orders_item_total_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(discount_share=0) | Q(discount_share__gte=0, discount_share__lte=F("line_total")),
                name="orders_item_discount_within_total",
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount=0)
                | Q(refunded_amount__gte=0, refunded_amount__lte=F("line_total") - F("discount_share")),
                name="orders_item_refunded_within_net",
            ),
            models.CheckConstraint(
                condition=Q(refunded_quantity=0) | Q(refunded_quantity__lte=F("quantity")),
                name="orders_item_returned_within_quantity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"

    @property
    def net(self) -> Decimal:
        """Charged for the goods alone: line total less its share of the discount."""
        net: Decimal = self.line_total - self.discount_share
        return net

    def captured_of(self, order: Order) -> Decimal:
        """Return this line's part of what was captured for its order, net of tax."""
        whole = self.net if order.captured_amount else Decimal("0.00")
        captured: Decimal = whole if self.captured_amount is None else self.captured_amount
        return captured
