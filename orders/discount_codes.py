"""The discount codes of an order as one text, so that figures by code add up: "SAVE10 + TRANSFER10"."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

SEPARATOR = " + "
MOST_CHARACTERS = 255


def joined(codes: Iterable[str]) -> str:
    """Return codes as one text: each once, in one order, whatever order the customer used them in."""
    return SEPARATOR.join(sorted({*codes}))[:MOST_CHARACTERS]


def with_code(code: str) -> Q:
    """Return the condition on orders that used a code, alone or with others; of any case."""
    return (
        Q(coupon_code__iexact=code)
        | Q(coupon_code__istartswith=code + SEPARATOR)
        | Q(coupon_code__iendswith=SEPARATOR + code)
        | Q(coupon_code__icontains=SEPARATOR + code + SEPARATOR)
    )


WITH_CODE = (
    "(upper({value}) = upper(o.coupon_code)"
    f" OR upper({{value}}) = ANY(string_to_array(upper(o.coupon_code), '{SEPARATOR}')))"
)
"""The same as SQL over an order `o`."""
