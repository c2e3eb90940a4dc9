"""Lines of an order whose life is led in memory."""

from __future__ import annotations

from decimal import Decimal

from orders.bulk.descriptions import BulkItem
from orders.pricing import ZERO, RefundableLine


class LiveLine:
    """A line and what refunds and stock did to it."""

    __slots__ = (
        "by_line",
        "captured",
        "discount_share",
        "item",
        "refunded",
        "returned",
        "stock_taken",
        "tax_by_line",
        "tax_share",
        "total",
    )

    def __init__(self, item: BulkItem, total: Decimal, discount_share: Decimal, tax_share: Decimal) -> None:
        self.item, self.total = item, total
        self.discount_share, self.tax_share = discount_share, tax_share
        self.refunded = self.by_line = self.tax_by_line = ZERO
        self.captured: Decimal | None = None
        self.returned = 0
        self.stock_taken = item.quantity if item.counts_stock else 0

    @property
    def net(self) -> Decimal:
        """Charged for the goods alone."""
        return self.total - self.discount_share

    def captured_of(self, captured: Decimal) -> Decimal:
        """Return its part, net of tax, of what was `captured` for its order."""
        whole = self.net if captured else ZERO
        return whole if self.captured is None else self.captured

    def refundable(self, tax: Decimal) -> RefundableLine:
        """Return the line as the refund arithmetic sees it; `tax` is its part of the captured tax."""
        return RefundableLine(
            net=self.net if self.captured is None else self.captured,
            tax=tax,
            quantity=self.item.quantity,
            returned=self.returned,
            by_line=self.by_line,
            tax_by_line=self.tax_by_line,
            refunded=self.refunded,
        )
