"""What an import did."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orders.pricing import ZERO


@dataclass
class Receipt:
    """Counts of one import. `total` are the order totals, `sales` the captured payments less refunds."""

    store: str
    currency: str
    orders: int = 0
    lines: int = 0
    customers: int = 0
    guests: int = 0
    products: int = 0
    repeated: int = 0
    refused: int = 0
    refused_file: str = ""
    total: Decimal = ZERO
    sales: Decimal = ZERO
    seconds: float = 0.0

    def __str__(self) -> str:
        refused = f"{self.refused:,}" + (f" (in {self.refused_file})" if self.refused_file else "")
        rows = (
            ("store", self.store),
            ("orders", f"{self.orders:,}, {self.guests:,} of them by guests"),
            ("lines", f"{self.lines:,}"),
            ("customers", f"{self.customers:,} new"),
            ("products", f"{self.products:,} new"),
            ("repeated", f"{self.repeated:,} skipped"),
            ("refused", refused),
            ("total", f"{self.currency} {self.total:,.2f}"),
            ("sales", f"{self.currency} {self.sales:,.2f} (paid less refunded)"),
            ("seconds", f"{self.seconds:.1f}"),
        )
        return "\n".join(f"{name:<10} {value}" for name, value in rows)
