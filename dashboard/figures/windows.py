"""Stores, each with a range of local days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from customers.models import Store
from dealport.kit.day_range import DayRange


@dataclass(frozen=True)
class Window:
    """A store and a range of its local days."""

    store: Store
    days: DayRange


def window_parameters(windows: Sequence[Window]) -> dict[str, object]:
    """Return the parameters of `movements.WINDOWS` and `WINDOW`, and the first and last day of all of them."""
    return {
        "stores": [window.store.pk for window in windows],
        "currencies": [window.store.currency for window in windows],
        "firsts": [window.days.first for window in windows],
        "lasts": [window.days.last for window in windows],
        "first": min(window.days.first for window in windows),
        "last": max(window.days.last for window in windows),
    }
