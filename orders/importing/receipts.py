"""What an import did."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from dealport.kit.money import coded_text
from orders.importing.problems import Problem
from orders.pricing import ZERO
from orders.sources.loading import Outcome, Outcomes


@dataclass
class Receipt:
    """Counts of one import. `total` are the order totals, `sales` the captured payments less refunds of new orders.

    `refused_amounts` are the totals of the orders left out, in the currencies they state; the store's is one of them.
    """

    store: str
    currency: str
    format: str = ""
    orders: int = 0
    lines: int = 0
    customers: int = 0
    products: int = 0
    refused: int = 0
    refused_amounts: dict[str, Decimal] = field(default_factory=dict)
    refused_file: str = ""
    problems: list[Problem] = field(default_factory=list)
    outcomes: Outcomes = field(default_factory=Outcomes)
    notes: list[str] = field(default_factory=list)
    is_dry_run: bool = False
    seconds: float = 0.0

    @property
    def guests(self) -> int:
        """New orders without a customer."""
        return self.outcomes.guests

    @property
    def total(self) -> Decimal:
        """Order totals of the new orders."""
        return self.outcomes.total

    @property
    def sales(self) -> Decimal:
        """Captured payments less refunds of the new orders."""
        return self.outcomes.new.amount

    @property
    def repeated(self) -> int:
        """Orders the store had already and that changed nothing."""
        return self.outcomes.unchanged.orders + self.outcomes.older.orders + self.outcomes.changed_here.orders

    def __str__(self) -> str:
        outcomes = self.outcomes
        rows = [
            ("store", self.store),
            ("format", self.format),
            ("new", f"{self._said(outcomes.new)} of sales, {self.guests:,} by guests"),
            ("updated", f"{self._said(outcomes.updated, '+')} of sales"),
            ("unchanged", self._said(outcomes.unchanged)),
            ("older", f"{self._said(outcomes.older, '+')} of sales, older than what is here"),
            ("refused", self._refused()),
            ("lines", f"{self.lines:,}"),
            ("customers", f"{self.customers:,} new"),
            ("products", f"{self.products:,} new"),
            ("total", self._money(self.total)),
            ("sales", f"{self._money(self.sales)} (paid less refunded)"),
        ]
        if outcomes.changed_here.orders:
            rows.append(("changed", f"{self._said(outcomes.changed_here, '+')} of sales, changed here and left alone"))
        if outcomes.contradicting.orders:
            rows.append(("not applied", f"{self._said(outcomes.contradicting, '+')} of sales"))
        rows += [("", reason) for reason in outcomes.reasons]
        if outcomes.gift_cards:
            sold = self._money(outcomes.gift_card_amount)
            rows.append(("gift cards", f"{outcomes.gift_cards:,} lines, {sold}: sold, which is no sale yet"))
        rows += [("note", note) for note in self._notes()]
        rows.append(("seconds", f"{self.seconds:.1f}"))
        return "\n".join(f"{name:<10} {value}" for name, value in rows)

    def _notes(self) -> list[str]:
        notes = list(self.notes)
        if not (self.outcomes.new.orders or self.repeated or self.outcomes.updated.orders or self.refused):
            notes.append("The file has no orders.")
        if self.is_dry_run:
            notes.append("This was a dry run: nothing was imported.")
        return notes

    def _said(self, outcome: Outcome, sign: str = "") -> str:
        return f"{outcome.orders:,}, {self._money(outcome.amount, sign)}"

    def _money(self, amount: Decimal, sign: str = "") -> str:
        return coded_text(amount, self.currency, sign)

    def _refused(self) -> str:
        money = f"{self.refused:,}, {amounts_text(self.refused_amounts or {self.currency: ZERO})} left out"
        return money + (f" (in {self.refused_file})" if self.refused_file else "")


def amounts_text(amounts: dict[str, Decimal]) -> str:
    """Return `USD 412.50 and CAD 30.00`, the first of them also when it is 0 and no other is there."""
    own, *others = amounts.items()
    shown = [pair for pair in (own, *others) if pair[1] or not others]
    return " and ".join(coded_text(amount, currency) for currency, amount in shown or [own])
