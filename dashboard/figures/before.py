"""What stores' snapshots and shares were in the days that theirs are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.models import Store
from dashboard.figures.analytics import DIMENSIONS, Question, compared_cells
from dashboard.figures.comparisons import NONE, Compared, compared_with
from dashboard.figures.figure import Document, Figure, Quantities
from dashboard.figures.movements import WINDOWS, sums, until
from dashboard.figures.reading import Query, Row, read_together
from dashboard.figures.registry import FIGURES, shown_in
from dashboard.figures.windows import Window, window_parameters
from dashboard.metrics.measures import STORE_MEASURES
from dashboard.metrics.movements_of_orders import movements_of_parts
from dashboard.models import Basis


@dataclass(frozen=True)
class Comparison:
    """What the days of some stores are compared with, by store; `compare` is one of COMPARISONS but none."""

    compare: str
    stores: Mapping[Store, Compared]

    @property
    def until(self) -> datetime | None:
        """Where the last day is cut off, of one store; several have clocks of their own."""
        found = [one.until for one in self.stores.values()]
        return found[0] if len(found) == 1 else None

    def of(self, store: Store) -> Comparison:
        """Return what the days of one of the stores are compared with."""
        return Comparison(self.compare, {store: self.stores[store]})

    def ends(self, now: datetime) -> list[datetime]:
        """Return when it is true no more: with the minute, where a day is cut off."""
        is_cut = any(one.until for one in self.stores.values())
        return [now.replace(second=0, microsecond=0) + timedelta(minutes=1)] if is_cut else []


def comparison_of(windows: Sequence[Window], compare: str, now: datetime) -> Comparison | None:
    """Return what each store's days are compared with, by the one rule; None for none, and without stores."""
    if compare == NONE or not windows:
        return None
    stores = {
        window.store: compared_with(window.days, compare, now.astimezone(window.store.zone)) for window in windows
    }
    return Comparison(compare, stores)


def compared_in(document: Document) -> dict[str, Figure]:
    """Return the figures of a document that a period has, by their names; those of now were nothing before."""
    return {name: figure for name, figure in shown_in(document).items() if not figure.is_of_now}


def quantities_before(comparison: Comparison, basis: str = Basis.PLACED) -> dict[Store, Quantities]:
    """Return the measures of the days each store's are compared with, and the customers registered up to their end.

    One round trip: two statements for all stores, and one for all whose last day is cut off.
    """
    windows = [Window(store, one.whole) for store, one in comparison.stores.items()]
    parameters = window_parameters(windows)
    cut = {store: one.until for store, one in comparison.stores.items() if one.until}
    whole, registered, *parts = read_together(
        Query(sums(WINDOWS, STORE_MEASURES, basis=basis, up_to="year"), parameters, _by_key),
        Query(sums(until(WINDOWS), ("customers",), up_to="year"), parameters, _by_key),
        *([_parts_query(cut, basis)] if cut else []),
    )
    part_of = parts[0] if parts else {}
    found: dict[Store, Quantities] = {}
    for store in comparison.stores:
        moved = [*whole.get(store.pk, ()), *part_of.get(store.pk, ())]
        customers = [*registered.get(store.pk, ()), *part_of.get(store.pk, ())]
        found[store] = {name: sum(row[name] for row in moved) for name in STORE_MEASURES} | {
            "registered": sum(row["customers"] for row in customers)
        }
    return found


def _parts_query(cut: Mapping[Store, datetime], basis: str) -> Query[dict[int, list[Row]]]:
    """Return the query of the measures of each store's cut off day."""
    source, parameters = movements_of_parts(basis, cut, by_product=False)
    added = ", ".join(f"sum({name}) AS {name}" for name in STORE_MEASURES)
    return Query(f"SELECT store_id AS key, {added} FROM ({source}) AS part GROUP BY store_id", parameters, _by_key)


def _by_key(found: list[Row]) -> dict[int, list[Row]]:
    return {row["key"]: [row] for row in found}


# what lists of shares are compared by: the dimension and the figures whose measures they show
_SHARES = {
    "product": (DIMENSIONS["variant"], ("net_sales", "total_orders", "units_sold")),
    "country": (DIMENSIONS["country"], ("total_sales", "total_orders")),
    "category": (DIMENSIONS["category"], ("net_sales", "units_sold")),
}


@dataclass(frozen=True)
class SharesBefore:
    """What parts of the sales were in the days compared with, by currency and key."""

    comparison: Comparison
    parts: Mapping[tuple[str, str], Quantities]
    nothing: Quantities

    def part(self, currency: str, key: object) -> Quantities:
        """Return the measures of a part; 0 where nothing moved."""
        return self.parts.get((currency, str(key)), self.nothing)


def shares_before(comparison: Comparison | None, by: str, keys: Iterable[object] | None = None) -> SharesBefore | None:
    """Return the parts of products (what is sold: a variant), countries or categories that have one of the `keys`.

    One statement for all stores; nothing where nothing is compared.
    """
    if comparison is None:
        return None
    dimension, names = _SHARES[by]
    question = Question(figures=tuple(FIGURES[name] for name in names), dimension=dimension)
    found = compared_cells(question, comparison.stores, None if keys is None else [str(key) for key in keys])
    parts = {(currency, key): quantities for (currency, _, key, _), quantities in found.items()}
    return SharesBefore(comparison, parts, dict.fromkeys(question.inputs, 0))
