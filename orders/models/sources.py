"""Where orders come from."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q

FURTHER_COUPONS = "furtherCoupons"
"""Key in the details: ids of the coupons an order used besides its first."""
URL = "url"
"""Key in the details: the order's page at its source, where the source states it."""
SETTLED_AFTER = timedelta(minutes=5)
"""How long after its change an order is read to be sure that nothing more happened in the same second; as far may the
clocks of the source and of this machine be apart."""


class SourceRecord(models.Model):
    """Which order of which source an order is. Identity is (store, source, external id); a name is only a name.

    `updated_at` is the state of the source that was applied last, null for a file; sources state it to the second.
    `read_at` is when it was read, by this machine's clock, null where it is never read again. `connection` is what
    keeps the order up to date, null for files: while it is there the order is changed at its source alone. `details`
    keeps what the order itself has no place for: taxes by name, all discount codes, taxes contained in the prices.
    """

    order = models.OneToOneField(
        "orders.Order", on_delete=models.CASCADE, primary_key=True, related_name="source_record"
    )
    store = models.ForeignKey("customers.Store", on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(max_length=20)
    external_id = models.CharField(max_length=100, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    connection = models.ForeignKey(
        "orders.Connection", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "source", "external_id"],
                condition=~Q(external_id=""),
                name="orders_source_once_per_store",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"

    @property
    def is_kept(self) -> bool:
        """Whether the source keeps the order up to date, and changes it alone."""
        return self.connection is not None and self.connection.state != self.connection.State.DISCONNECTED

    @property
    def is_settled(self) -> bool:
        """Whether it was read so long after its change that the same second has no other state of it."""
        at, read_at = self.updated_at, self.read_at
        return at is None or read_at is None or read_at >= at + SETTLED_AFTER

    @property
    def source_name(self) -> str:
        """What people call the source."""
        return self.connection.source_name if self.connection else self.source.capitalize()

    @property
    def url(self) -> str:
        """Where people change the order at its source; "" where that is not known."""
        return str(self.details.get(URL) or (self.connection and self.connection.order_url(self.external_id)) or "")
