"""Stores and the local days of each that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from customers.models import Store


@dataclass(frozen=True)
class Window:
    """A store and the local days, both included, that are asked for."""

    store: Store
    first: date
    last: date


def window_parameters(windows: Sequence[Window]) -> dict[str, Any]:
    """Return the parameters of `movements.WINDOWS`, and the first and last day of all of them."""
    return {
        "stores": [window.store.pk for window in windows],
        "firsts": [window.first for window in windows],
        "lasts": [window.last for window in windows],
        "first": min(window.first for window in windows),
        "last": max(window.last for window in windows),
    }
