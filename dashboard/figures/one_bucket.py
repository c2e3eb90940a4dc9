"""Products of one calendar month or year, where most have a single row: their sum as it is.

Adding up fifty thousand sums of one row each took three quarters of the time of a page of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from dashboard.figures.movements import WINDOW, waiting_rows
from dashboard.figures.periods import month_end
from dealport.kit.day_range import DayRange

_OF_VARIANTS = (
    " UNION SELECT unnest(ARRAY[id, parent_id]) FROM orders_product "
    "WHERE parent_id IS NOT NULL AND store_id = (%(stores)s::bigint[])[1]"
)


def bucket_of(days: DayRange) -> str | None:
    """Return `month` or `year` where days are those of one, else None."""
    ends = (days.first, days.last)
    if ends == (days.first.replace(day=1), month_end(days.first)):
        return "month"
    return "year" if ends == (date(days.first.year, 1, 1), date(days.first.year, 12, 31)) else None


def added_up(basis: str, *, by_parent: bool) -> str:
    """Return SQL of the products (`product_id`) that have more than one row, or may have one under another's name.

    `by_parent`: variants count as the product that they are of.
    """
    return f"SELECT product_id FROM ({waiting_rows(WINDOW, basis)}) AS waiting{_OF_VARIANTS if by_parent else ''}"


def cells_of_products(rows: str, values: Mapping[str, str], several: str, others: str) -> str:
    """Return SQL of cells (key and inputs) by product of the one store and bucket of `WINDOW`; parameters as there.

    `rows` is SQL of its rows; `values` are the inputs of figures, each SQL over one of them; `several` is SQL of
    `added_up`, and `others` that of their cells.
    """
    return (
        "SELECT product_id AS key, "
        f"{', '.join(f'{value} AS {name}' for name, value in values.items())} "
        f"FROM ({rows}) AS m "
        # faster than an anti join while there are none, which is most of the time
        f"WHERE m.product_id NOT IN ({several}) "
        f"AND ({' OR '.join(f'{value} <> 0' for value in values.values())}) UNION ALL {others}"
    )
