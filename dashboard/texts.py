"""Texts of figures and dimensions for the catalog: pages show them by way of variables."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.answers.analytics import CUSTOMER_TYPES, WEEKDAYS, dimension_name
from dashboard.figures import BASIS, FIGURES
from dashboard.figures.analytics import DIMENSIONS
from orders.models import OrderEvent

ENTRIES = ("order", "payment", "refund", "edit", "customer", "subscription", "credit")
"""Kinds of what adds up to a figure, as dashboard/figures/entries.py names them."""
ACTIONS = (
    "created", "changed", "deleted", "restored", "invited", "password set", "store granted", "store revoked",
    "login ended",
    "second factor set up", "second factor removed", "recovery code used", "webhook secret rotated", "email confirmed",
    "credits granted", "credits spent", "subscription set", "subscription canceled", "address created",
    "address changed",
    "address deleted", "merged", "merge undone", "erased", "picture added", "pictures arranged", "connected",
    "disconnected", "sync requested", "event retried", "uploaded", "confirmed", "canceled", "requested", "updated",
    "stock set",
    "notes changed", "internal notes changed", "tags changed", "notes and internal notes changed",
    "notes and tags changed", "internal notes and tags changed", "notes, internal notes and tags changed",
)  # fmt: skip
"""What the audit trail says was done, which timelines tell."""


def shown_texts() -> Iterator[str]:
    """Yield what figures, bases, entries, dimensions and our own values of dimensions are called and mean."""
    for figure in FIGURES.values():
        yield from map(str, (figure.label, figure.hint, figure.meaning))
    yield from BASIS.values()
    yield from (*ENTRIES, *ACTIONS)
    yield from (str(kind) for kind in OrderEvent.Kind.values)
    yield from map(dimension_name, DIMENSIONS)
    yield from CUSTOMER_TYPES.values()
    yield from WEEKDAYS
