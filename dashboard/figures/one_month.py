"""Products of one calendar month, where most have a single row: their sum as it is.

Adding up fifty thousand sums of one row each took three quarters of the time of a page of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.figures.movements import WINDOW, month_rows, waiting_rows
from dealport.kit.day_range import A_DAY, DayRange

ADDED_UP = "added_up"
"""The relation of the products (`product_id`) that have more than one row, or may have one under another's name."""
_OF_VARIANTS = (
    " UNION SELECT unnest(ARRAY[id, parent_id]) FROM orders_product "
    "WHERE parent_id IS NOT NULL AND store_id = (%(stores)s::bigint[])[1]"
)


def is_one_month(days: DayRange) -> bool:
    """Tell whether days are those of one calendar month."""
    return days.first.day == 1 and days.count <= 31 and (days.last + A_DAY).day == 1


def cells_of_products(
    basis: str, measures: Sequence[str], values: Mapping[str, str], others: str, *, by_parent: bool
) -> str:
    """Return SQL of cells by product of the one store and month of `WINDOW`; parameters as there.

    `values` are the inputs of figures, each SQL over the `measures` of one row; `others` is SQL of the cells of
    ADDED_UP. `by_parent`: variants count as the product that they are of.
    """
    several = f"SELECT product_id FROM ({waiting_rows(WINDOW, basis)}) AS waiting{_OF_VARIANTS if by_parent else ''}"
    return (
        f"WITH {ADDED_UP} AS MATERIALIZED ({several}) "
        "SELECT (%(currencies)s::text[])[1] AS currency, '' AS bucket, product_id::text AS key, '' AS second, "
        f"{', '.join(f'{value} AS {name}' for name, value in values.items())} "
        f"FROM ({month_rows(WINDOW, measures, basis)}) AS m "
        f"WHERE NOT EXISTS (SELECT FROM {ADDED_UP} WHERE {ADDED_UP}.product_id = m.product_id) "
        f"AND ({' OR '.join(f'{value} <> 0' for value in values.values())}) UNION ALL {others}"
    )
