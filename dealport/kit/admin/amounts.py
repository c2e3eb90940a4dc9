"""Fields of forms that take an amount of money."""

from __future__ import annotations

from typing import Any

from dealport.kit.admin.theme import AmountField
from dealport.kit.fields import MONEY_DIGITS
from dealport.kit.money import places_of


def amount_field(currency: str, **options: Any) -> AmountField:
    """Return a field for an amount of a currency: three decimals of KWD, two of most.

    The action says what is wrong with a fraction of a currency without decimals.
    """
    places = max(places_of(currency), 2)
    return AmountField(max_digits=MONEY_DIGITS, decimal_places=places, **options)
