"""Pages of lists that may have millions of rows."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MAX_ROWS = 10_000
"""How many rows of a list can be paged through."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts at most MAX_ROWS rows and pages through those.

    Nobody reads past ten thousand rows, and both counting and skipping millions takes seconds. Every row stays in
    reach: by the search, by a filter, and the far end by turning the order round (a click on the column's head).
    """

    @cached_property
    def count(self) -> int:
        """The number of rows, at most MAX_ROWS: the database stops counting there."""
        return min(self._found, MAX_ROWS)

    @cached_property
    def is_cut(self) -> bool:
        """Whether there are rows beyond the last page."""
        return self._found > MAX_ROWS

    @cached_property
    def _found(self) -> int:
        rows: Any = self.object_list  # lists of the admin are querysets
        return int(rows.order_by()[: MAX_ROWS + 1].count())
