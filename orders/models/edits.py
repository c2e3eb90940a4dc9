"""What edits changed of orders after they were placed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from dealport.kit.fields import MoneyField, are_numbers


class OrderEdit(models.Model):
    """Lines, quantities or amounts of an order changed at once. Written with its event, never changed (a trigger).

    `changes` is what people read: lines and amounts, before and after. `tax_amount` is what the edit moved of the tax
    in the order's money (captured less refunded), signed; goods are moved by its lines.
    """

    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="edits")
    event = models.OneToOneField("orders.OrderEvent", on_delete=models.PROTECT, related_name="edit")
    at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    changes = models.JSONField()
    tax_amount = MoneyField(default=0)

    class Meta:
        constraints = [are_numbers("orders_edit_is_a_number", "tax_amount")]
        indexes = [
            # what edits moved on a day: the booked basis
            models.Index(fields=["store", "at"], name="orders_edit_by_store_day"),
        ]

    def __str__(self) -> str:
        return f"edit of {self.order_id}"


class OrderEditLine(models.Model):
    """What an edit moved on one line, signed.

    `quantity`: its pieces. `units_sold`: those that count as sold, where the order was paid in full before. `captured`
    and `refunded`: its part of what was captured and of what was refunded so far, net of tax. `orders` is 1
    where the order had no line of its product before.
    """

    edit = models.ForeignKey(OrderEdit, on_delete=models.CASCADE, related_name="lines")
    item = models.ForeignKey("orders.OrderItem", on_delete=models.PROTECT, related_name="edit_lines")
    quantity = models.IntegerField(default=0)
    units_sold = models.IntegerField(default=0)
    captured = MoneyField(default=0)
    refunded = MoneyField(default=0)
    orders = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [
            are_numbers("orders_edit_line_are_numbers", "captured", "refunded"),
            models.UniqueConstraint(fields=["edit", "item"], name="orders_edit_line_once_per_item"),
            models.CheckConstraint(condition=Q(orders__in=(0, 1)), name="orders_edit_line_counts_once"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+} of {self.item_id}"
