"""What moved the stock of products."""

from __future__ import annotations

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext

from orders.models.history import OrderEvent


class StockMovementQuerySet(models.QuerySet["StockMovement"]):
    """Movements with what pages show of them."""

    def with_person(self) -> StockMovementQuerySet:
        """Know as `event_label` who made the step of the order (index on the events of an order)."""
        steps = OrderEvent.objects.filter(order=OuterRef("order"), at=OuterRef("at")).order_by("id")
        return self.annotate(event_label=Subquery(steps.values("actor_label")[:1]))


class StockMovement(models.Model):
    """One change of a product's stock, in the transaction that made it. Never changed or deleted (a trigger).

    `before` and `after` are pieces; null is a stock that is not counted. An order's movement is at the moment of its
    event, which says who it was; `actor_label` is who set a stock by hand, by file or through the API.
    """

    class Reason(models.TextChoices):
        """What moved it: a step of an order, or somebody who set it."""

        PLACED = "placed", "Sold"
        EDITED = "edited", "Order edited"
        CANCELED = "canceled", "Order canceled"
        EXPIRED = "expired", "Order expired"
        REFUNDED = "refunded", "Returned with a refund"
        PAID = "paid", "Paid after it expired"
        SET = "set", "Set"

    store = models.ForeignKey(
        "customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    product = models.ForeignKey("orders.Product", on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    reason = models.CharField(max_length=8, choices=Reason.choices)
    before = models.IntegerField(null=True)
    after = models.IntegerField(null=True)
    at = models.DateTimeField()
    actor_label = models.CharField(max_length=254, blank=True)

    objects = StockMovementQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "stock change"
        constraints = [
            models.CheckConstraint(
                condition=~Q(before=F("after")) | Q(before__isnull=True) | Q(after__isnull=True),
                name="orders_stock_movement_moves",
            ),
        ]
        indexes = [
            # the history of a product's stock, newest first
            models.Index(fields=["product", "-id"], name="orders_stock_by_product"),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after} of {self.product_id}"

    @property
    def person(self) -> str:
        """Who it was, of a row read `with_person`; the system where it was nobody."""
        return self.actor_label or getattr(self, "event_label", None) or gettext("System")
