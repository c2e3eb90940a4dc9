"""Loading the product without looking for garbage meanwhile.

Loading makes some 400,000 objects, and next to none of them becomes garbage: looking through them again and again was a
sixth of the processor time of every start.
"""

from __future__ import annotations

import gc

_USUAL = gc.get_threshold()
WHILE_LOADING = 200_000
"""Objects from one look to the next; a process that never gets to `end` is bounded as well."""


def begin() -> None:
    """Collect garbage seldom, from the settings on; not where somebody set a threshold of their own."""
    if gc.get_threshold() == _USUAL:
        gc.set_threshold(WHILE_LOADING, *_USUAL[1:])


def end() -> None:
    """Collect garbage as usual again, and never look at what is loaded: it lives as long as the process."""
    if gc.get_threshold()[0] == WHILE_LOADING:
        gc.freeze()
        gc.set_threshold(*_USUAL)
