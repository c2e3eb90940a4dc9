"""What counts as an amount of money when it comes from outside, and how one is written in plain text."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext, gettext_noop

from dealport.kit.errors import invalid

MAX_AMOUNT = Decimal("999999999999.99")
"""The largest amount that comes in."""
CENT, MILL = Decimal("0.01"), Decimal("0.001")
"""The smallest amounts of currencies with two and three decimals; no currency of a store has a smaller one."""
DECIMALS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip
"""Digits after the point of currencies that do not have two (ISO 4217, list one)."""
MINUS = "\N{MINUS SIGN}"


_WORDS = {2: gettext_noop("two"), 3: gettext_noop("three")}


def places_of(currency: str) -> int:
    """Return how many decimals an amount of a currency has: 3 for KWD, 0 for JPY, 2 for most and for an unknown one."""
    return DECIMALS.get(currency, 2)


def places_sql(currency: str) -> str:
    """Return SQL of `places_of` an SQL expression of a currency."""
    by_places = {places: [code for code in DECIMALS if DECIMALS[code] == places] for places in set(DECIMALS.values())}
    cases = (f"WHEN {currency} = ANY('{{{','.join(codes)}}}') THEN {places}" for places, codes in by_places.items())
    return f"CASE {' '.join(cases)} ELSE 2 END"


def unit_of(currency: str) -> Decimal:
    """Return the smallest amount of a currency, by which shares of orders are rounded: 1 for JPY, 0.01 for EUR."""
    return Decimal(1).scaleb(-places_of(currency))


def in_currency(amount: Decimal, currency: str) -> Decimal:
    """Return the amount with the decimals of its currency, for files and notes: 1.250 of KWD, 1235 of JPY."""
    return in_units(amount, unit_of(currency))


def in_units(amount: Decimal, unit: Decimal) -> Decimal:
    """Return the amount with the decimals of a smallest amount; no digit is cut."""
    written = amount.quantize(unit)
    return written if written == amount else amount


def with_cents(amount: Decimal) -> Decimal:
    """Return the same amount with two decimals, or with the ones it has where a third is not 0."""
    if not amount.is_finite():
        return amount
    cents = amount.quantize(CENT)
    return cents if cents == amount else amount


def with_cents_sql(amount: str) -> str:
    """Return SQL of `with_cents` an SQL expression of an amount, for statements that write what no field does."""
    return f"round({amount}, greatest(2, min_scale({amount})))"


def amount_of(currency: str) -> str:
    """Return what an amount of a currency is, in words: `a whole amount: JPY has no decimals`."""
    places = places_of(currency)
    if not places:
        return gettext("a whole amount: {currency} has no decimals").format(currency=currency)
    text = gettext("an amount with at most {places} decimals, as {currency} has")
    return text.format(places=gettext(_WORDS[places]), currency=currency)


def require_amount(field: str, amount: Decimal, *, currency: str = "", above_zero: bool = False) -> None:
    """Raise the 400 naming `field` unless `amount` is finite, in range and has no more decimals than its currency."""
    most = max(places_of(currency), 2)
    if not amount.is_finite() or not 0 <= amount <= MAX_AMOUNT or amount != round(amount, most):
        raise invalid(
            field,
            gettext("Enter an amount from 0 to {most} with at most {places} decimals.").format(
                most=MAX_AMOUNT, places=gettext(_WORDS[most])
            ),
        )
    if amount != round(amount, places_of(currency)):
        raise invalid(field, gettext("Enter {amount}.").format(amount=amount_of(currency)))
    if above_zero and amount == 0:
        raise invalid(field, gettext("Enter an amount above zero."))


def coded_text(amount: Decimal, currency: str, sign: str = "") -> str:
    """Return `GBP 1,234.50` or `JPY 1,235`, for plain text; `sign` "+" shows that of a difference."""
    return f"{currency} {amount:{sign},.{places_of(currency)}f}"
