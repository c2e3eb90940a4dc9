"""What an order comes to at its source, for comparing days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """An order by id; `amount` is what was captured less what was refunded, in the store's currency."""

    external_id: str
    placed_at: datetime
    updated_at: datetime
    amount: Decimal
