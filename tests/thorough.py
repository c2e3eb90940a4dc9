"""How much of a grid of cases a run tries: a value for each place in turn, or, with THOROUGH=1, every combination.

Neighboring places get different values, so that each value is tried at many places in every run.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

THOROUGH = os.environ.get("THOROUGH") == "1"
T = TypeVar("T")


def in_turn(values: Sequence[T], place: int) -> Sequence[T]:
    """Return all values of a thorough run, and otherwise the one whose turn it is at this place."""
    return values if THOROUGH else (values[place % len(values)],)


def a_third(values: Iterable[T], place: int) -> Iterator[T]:
    """Yield all values in a thorough run, and otherwise every third, from another one on at the next place."""
    return iter(values) if THOROUGH else islice(values, place % 3, None, 3)
