"""What a figure is: one value that pages, files and the API show under one definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from django.utils.translation import gettext_lazy

from dashboard.figures.entries import Entries
from dashboard.figures.values import Number
from dashboard.metrics.rollups import DIMENSIONS, rollup_by
from dashboard.models import Basis
from dealport.kit.money import CENT, unit_of, with_cents

Quantities = Mapping[str, Decimal | int]
"""What figures are computed from, by name: measures of the rollups, and those that `Figure.inputs` names besides.

`registered` are the customers registered up to the end of the period; `subscriptions`, `recurring` and `credits` what
customers have now; `granted` and `spent` the credits of the period; `present`, `in_stock` and `sold_out` the products
of now.
"""


class Kind(Enum):
    """What a figure's value is: Decimals with two decimals but for counts, which are whole; ratios are of money."""

    MONEY = "money"
    COUNT = "count"
    RATIO = "ratio"
    PERCENT = "percent"


class Document(Enum):
    """Where figures are shown: each names them in its own way."""

    SUMMARY = "the store dashboard"
    SNAPSHOT = "the admin snapshot"
    CURRENCY = "the admin snapshot's lines by currency"
    SERIES = "figures along time"
    REVENUE = "sales along time"
    DAILY = "daily metrics"
    ANALYTICS = "analytics queries"


@dataclass(frozen=True, eq=False)
class Figure:
    """One figure.

    `key` names it in code, `name` in the API wherever it stands alone (`documents` where it has another one), `column`
    in daily_metrics and the SQL console. Its value is `formula` of its `inputs` (of one input: itself). `hint` defines
    it in one line, `meaning` in full, `note` says in docs/metrics.md what a reader of the formula needs besides.
    `entries` explain it and say on which bases it is known. `sql` is the formula as SQL over the inputs, to order by.
    """

    key: str
    name: str
    label: str
    hint: str
    meaning: str
    inputs: tuple[str, ...]
    kind: Kind = Kind.COUNT
    formula: Callable[..., Number] | None = None
    entries: Entries = field(default_factory=dict)
    fixed_basis: Basis | None = None
    sums_over_days: bool = True
    is_of_now: bool = False
    can_be_negative: bool = False
    documents: Mapping[Document, str] = field(default_factory=dict)
    column: str = ""
    monitored_as: str = ""
    example: Number = 0
    note: str = ""
    sql: str = ""

    def __post_init__(self) -> None:
        """Let what people read follow the language of the page it is on; API and files are written in English."""
        for name in ("label", "hint", "meaning"):
            object.__setattr__(self, name, gettext_lazy(getattr(self, name)))

    @property
    def analytics_name(self) -> str:
        """Its name in analytics queries."""
        return self.documents.get(Document.ANALYTICS, self.name)

    @property
    def expression(self) -> str:
        """Its value as SQL over the inputs."""
        return self.sql or self.inputs[0]

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of a currency: never added to one of another."""
        return self.kind in (Kind.MONEY, Kind.RATIO)

    @property
    def has_decimals(self) -> bool:
        """Whether its value has two decimals."""
        return self.kind is not Kind.COUNT

    @property
    def bases(self) -> tuple[str, ...]:
        """The bases it is known on."""
        if self.fixed_basis:
            return (self.fixed_basis,)
        return tuple(self.entries) or (Basis.PLACED,)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What it can be split by: the rollups that have all of its inputs."""
        return tuple(dimension for dimension in DIMENSIONS if {*self.inputs} <= {*rollup_by("day", dimension).measures})

    def value(self, quantities: Quantities, currency: str = "") -> Number:
        """Return its value: an amount, a ratio half-up to the currency's unit, a percentage or a whole count."""
        values = [quantities[name] for name in self.inputs]
        value = self.formula(*values) if self.formula else values[0]
        match self.kind:
            case Kind.MONEY:
                return cents(value)
            case Kind.RATIO:
                return cents(Decimal(value).quantize(unit_of(currency), ROUND_HALF_UP))
            case Kind.PERCENT:
                return Decimal(value).quantize(CENT)
        return int(value)

    def share(self, quantities: Quantities) -> Number:
        """Return what a part adds to the whole; of a ratio, which cannot be added up, its numerator."""
        return cents(quantities[self.inputs[0]]) if self.kind is Kind.RATIO else self.value(quantities)


def cents(amount: Decimal | int) -> Decimal:
    """Return an SQL sum with two decimals, or with the three of some currencies (an empty sum comes as 0)."""
    return with_cents(Decimal(amount))
