"""What counts as an amount of money when it comes from outside, and how one is written for people."""

from __future__ import annotations

from decimal import Decimal

from dealport.kit.errors import invalid

MAX_AMOUNT = Decimal("999999999999.99")
"""What a `MoneyField` holds."""
SYMBOLS = {
    "AUD": "A$", "BRL": "R$", "CAD": "CA$", "CNY": "CN¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "INR": "₹",
    "JPY": "¥", "KRW": "₩", "MXN": "MX$", "NZD": "NZ$", "USD": "$", "ZAR": "R",
}  # fmt: skip
DECIMALS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip
"""Digits after the point of currencies that do not have two (ISO 4217, list one)."""
MINUS = "\N{MINUS SIGN}"


def places_of(currency: str) -> int:
    """Return how many decimals an amount of a currency has here: its own, at most the two that are stored."""
    return min(DECIMALS.get(currency, 2), 2)


def unit_of(currency: str) -> Decimal:
    """Return the smallest amount of a currency here, by which shares of orders are rounded: 1 for JPY, 0.01 for EUR."""
    return Decimal(1).scaleb(-places_of(currency))


def require_amount(field: str, amount: Decimal, *, currency: str = "", above_zero: bool = False) -> None:
    """Raise the 400 naming `field` unless `amount` is finite, in range and has no more decimals than its currency."""
    if not amount.is_finite() or not 0 <= amount <= MAX_AMOUNT or amount != round(amount, 2):
        raise invalid(field, f"Enter an amount from 0 to {MAX_AMOUNT} with at most two decimals.")
    if amount != round(amount, places_of(currency)):
        raise invalid(field, f"Enter a whole amount: {currency} has no decimals.")
    if above_zero and amount == 0:
        raise invalid(field, "Enter an amount above zero.")


def coded_text(amount: Decimal, currency: str, sign: str = "") -> str:
    """Return `GBP 1,234.50` or `JPY 1,235`, for plain text; `sign` "+" shows that of a difference."""
    return f"{currency} {amount:{sign},.{places_of(currency)}f}"


def money_text(amount: Decimal, currency: str) -> str:
    """Return `£1,234.50`, `¥1,235`, or `CHF 1,234.50` where the currency has no sign of its own."""
    symbol = SYMBOLS.get(currency, f"{currency}\N{NO-BREAK SPACE}" if currency else "")
    decimals = DECIMALS.get(currency, 2)
    # an amount that has digits which its currency does not know is shown as it is, not rounded away
    units = amount.scaleb(decimals)
    exact = decimals if units == units.to_integral_value() else max(decimals, 2)
    return f"{MINUS if amount < 0 else ''}{symbol}{abs(amount):,.{exact}f}"
