"""What the rows of a report are compared with: the same rows of other days, a running period with the same part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import cast

from dashboard.figures import FIGURES
from dashboard.figures.analytics import DIMENSIONS, Question, compared_cells
from dashboard.figures.comparisons import Compared, compared_with
from dashboard.figures.figure import Quantities
from dashboard.figures.reading import percentage, rows
from dealport.kit.local_days import CLOCK
from reports.ready.goods import bought_together
from reports.ready.model import Report, Scope, in_days
from reports.ready.money import order_values

Amount = Decimal | int


@dataclass(frozen=True)
class Previous:
    """The compared column of the days before: by key, and of all; without a total where the report has none."""

    values: Mapping[object, Amount]
    total: Amount | None = None

    def of(self, report: Report) -> list[Amount]:
        """Return the value of each row of a report."""
        return [self.values.get(key, 0) for key in report.keys]


def previous_of(name: str, report: Report, scope: Scope, comparison: str) -> Previous:
    """Return what a report's rows are compared with; `comparison` is one of COMPARISONS but NONE."""
    compared = compared_with(scope.days, comparison, scope.now.astimezone(scope.store.zone))
    return _READERS[name](report, replace(scope, days=compared.days, until=compared.until), compared)


def _order_values(report: Report, scope: Scope, compared: Compared) -> Previous:
    if not report.keys:
        return Previous({})
    lower, upper = cast(tuple[Decimal, Decimal], report.keys[0])
    return _previous(order_values(scope, upper - lower))


def _bought_together(report: Report, scope: Scope, compared: Compared) -> Previous:
    return _previous(bought_together(scope, cast(list[tuple[int, int]], report.keys)))


def _previous(before: Report) -> Previous:
    column = cast(int, before.compared)
    values = [cast(Amount, row[column]) for row in before.rows]
    total = cast(Amount, before.total[column]) if before.total else None
    return Previous(dict(zip(before.keys, values, strict=True)), total)


def _refund_reasons(report: Report, scope: Scope, compared: Compared) -> Previous:
    found = rows(
        f"{CLOCK} SELECT CASE WHEN trim(r.reason) = ANY(%(keys)s) THEN trim(r.reason) END AS reason, "
        "sum(r.amount) AS amount FROM orders_refund r "
        f"WHERE r.store_id = %(store)s AND {in_days('r.settled_at')} GROUP BY 1",
        keys=list(report.keys),
        **scope.parameters,
    )
    values = {row["reason"]: row["amount"] for row in found}
    return Previous(values, sum(values.values(), Decimal("0.00")))


def _units(report: Report, scope: Scope, compared: Compared) -> tuple[dict[object, Quantities], Quantities]:
    """Return units sold and returned by what is sold, and of all of it."""
    question = Question((FIGURES["units_sold"], FIGURES["units_returned"]), DIMENSIONS["variant"])
    cells = compared_cells(question, {scope.store: compared})
    nothing = dict.fromkeys(question.inputs, Decimal(0))
    found: dict[object, Quantities] = {int(place[2]): cell for place, cell in cells.items() if place[2]}
    every = {name: sum((cell[name] for cell in cells.values()), Decimal(0)) for name in question.inputs}
    return {key: found.get(key, nothing) for key in report.keys}, every


def _sold(report: Report, scope: Scope, compared: Compared) -> Previous:
    found, every = _units(report, scope, compared)
    return Previous({key: int(units["units_sold"]) for key, units in found.items()}, int(every["units_sold"]))


def _return_rate(report: Report, scope: Scope, compared: Compared) -> Previous:
    found, every = _units(report, scope, compared)
    return Previous({key: _rate(units) for key, units in found.items()}, _rate(every))


def _rate(units: Quantities) -> Decimal:
    return percentage(Decimal(units["units_returned"]), Decimal(units["units_sold"]))


_READERS: dict[str, Callable[[Report, Scope, Compared], Previous]] = {
    "order-values": _order_values,
    "return-rate": _return_rate,
    "refund-reasons": _refund_reasons,
    "inventory": _sold,
    "bought-together": _bought_together,
}
"""The reports of a period; unpaid orders are as of now."""
