"""What counts as an amount of money when it comes from outside."""

from __future__ import annotations

from decimal import Decimal

from dealport.kit.errors import invalid

MAX_AMOUNT = Decimal("999999999999.99")
"""What a `MoneyField` holds."""


def require_amount(field: str, amount: Decimal, *, above_zero: bool = False) -> None:
    """Raise the 400 naming `field` unless `amount` is finite, in range and has at most two decimals."""
    if not amount.is_finite() or not 0 <= amount <= MAX_AMOUNT or amount != round(amount, 2):
        raise invalid(field, f"Enter an amount from 0 to {MAX_AMOUNT} with at most two decimals.")
    if above_zero and amount == 0:
        raise invalid(field, "Enter an amount above zero.")
