"""What must have come out of a race, worked out from the commits that were acknowledged to the racers.

Shares nothing with the product: an order's end follows from the set of steps that were acknowledged for it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass
class Book:
    """One order's acknowledged steps."""

    total: Decimal
    customer: int | None
    has_coupon: bool
    pieces: dict[int, int]
    steps: Counter[str] = field(default_factory=Counter)
    refunded: Decimal = Decimal(0)

    @property
    def is_paid(self) -> bool:
        return self.steps["pay"] > 0

    @property
    def is_completed(self) -> bool:
        return self.is_paid and not self.steps["cancel"] and self.refunded < self.total

    @property
    def sales(self) -> Decimal:
        return self.total - self.refunded if self.is_completed else Decimal(0)

    @property
    def holds_stock(self) -> bool:
        return not self.steps["cancel"] and (self.is_paid or not self.steps["refuse"])

    @property
    def holds_coupon(self) -> bool:
        waits = not self.is_paid and not self.steps["refuse"] and not self.steps["cancel"]
        return self.has_coupon and (waits or self.is_completed)


def books(acknowledged: list[dict[str, Any]]) -> dict[int, Book]:
    """Return the orders by id. Raises AssertionError if a step that can happen once was acknowledged twice."""
    kept = {
        entry["order"]: Book(
            Decimal(entry["total"]),
            entry["customer"],
            bool(entry["coupon"]),
            {int(pk): pieces for pk, pieces in entry["pieces"].items()},
        )
        for entry in acknowledged
        if entry["did"] == "place"
    }
    for entry in acknowledged:
        if entry["did"] != "place":
            book = kept[entry["order"]]
            book.steps[entry["did"]] += 1
            book.refunded += Decimal(entry.get("amount", 0))
    for pk, book in kept.items():
        assert all(book.steps[step] <= 1 for step in ("pay", "refuse", "cancel")), (pk, book)
        assert book.refunded <= book.total, (pk, book)
    return kept


def totals(kept: dict[int, Book]) -> dict[str, Any]:
    """Return the figures of the store."""
    completed = [book for book in kept.values() if book.is_completed]
    return {
        "orders": len(kept),
        "sales": sum((book.sales for book in kept.values()), Decimal("0.00")),
        "completed": len(completed),
        "refunded": sum(1 for book in kept.values() if book.is_paid and not book.is_completed),
        "expired": sum(1 for book in kept.values() if book.steps["refuse"]),
        "with_coupon": sum(1 for book in completed if book.has_coupon),
        "pending": sum(1 for book in kept.values() if not book.steps.keys() - {"refund"}),
        "canceled": sum(1 for book in kept.values() if book.steps["cancel"]),
    }


def pieces_held(kept: dict[int, Book]) -> Counter[int]:
    """Return product id → pieces that orders hold."""
    held: Counter[int] = Counter()
    for book in kept.values():
        if book.holds_stock:
            held.update(book.pieces)
    return held


def coupon(kept: dict[int, Book]) -> tuple[int, int, Decimal]:
    """Return reserved uses, uses and sales of the coupon."""
    used = [book for book in kept.values() if book.has_coupon and book.is_completed]
    reserved = sum(1 for book in kept.values() if book.holds_coupon)
    return reserved, len(used), sum((book.total for book in used), Decimal("0.00"))


def customers(kept: dict[int, Book]) -> dict[int, tuple[int, int, Decimal]]:
    """Return customer id → orders, completed orders, spent."""
    found: defaultdict[int, list[Book]] = defaultdict(list)
    for book in kept.values():
        if book.customer is not None:
            found[book.customer].append(book)
    return {
        pk: (
            len(theirs),
            sum(1 for book in theirs if book.is_completed),
            sum((book.sales for book in theirs), Decimal("0.00")),
        )
        for pk, theirs in found.items()
    }
