"""The form of Explore: what to show, of which store, by what, when, beside what. It sends what the API takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from customers.models import User
from dashboard.answers.analytics import dimension_name
from dashboard.figures.analytics import DIMENSIONS, HOURLY, QUERYABLE, dimensions_of
from dashboard.figures.comparisons import NONE, PREVIOUS_PERIOD, PREVIOUS_YEAR, SAME_WEEKDAYS
from dashboard.models import Basis
from dealport.kit.day_range import DayRange
from dealport.kit.texts import lazy_text as _
from reports.pages.action_form import ActionForm, Choices, Day, Ticked, Typed
from reports.pages.export_form import store_field

TIME = "time"
PERIODS: Choices = (
    ("", _("From – to")),
    ("today", _("Today")),
    ("yesterday", _("Yesterday")),
    ("last7", _("Last 7 days")),
    ("last30", _("Last 30 days")),
    ("monthly", _("This month")),
    ("yearly", _("This year")),
)
GRANULARITIES: Choices = (("", _("Days")), ("weekly", _("Weeks")), ("monthly", _("Months")), (HOURLY, _("Hours")))
COMPARISONS: Choices = (
    ("", _("Nothing")),
    (PREVIOUS_PERIOD, _("Previous period")),
    (SAME_WEEKDAYS, _("Same weekdays before")),
    (PREVIOUS_YEAR, _("Previous year")),
)
BASES: Choices = (("", _("Order date")), (str(Basis.BOOKED), _("Transaction date")))
FIELDS = ("store", "by", "thenBy", "period", "from", "to")
FURTHER = ("compare", "granularity", "basis", "filter", "ordering")


@dataclass(frozen=True)
class Choice:
    """A figure to tick: what it means, and by what it is known."""

    name: str
    label: str
    hint: str
    dimensions: str
    is_chosen: bool


class ExploreForm(ActionForm):
    """The pickers, filled in with a canonical query; `days` are those of a period that has no entry of its own."""

    def __init__(self, user: User, query: QueryDict, days: DayRange | None = None) -> None:
        super().__init__(_filled_in(query, days), {"figures": _figures_field(), **_fields(user, query)})

    @property
    def figure_choices(self) -> Iterator[Choice]:
        """The figures of the registry with their meaning and the dimensions they have."""
        chosen = self.values["figures"]
        for name, figure in QUERYABLE.items():
            known = ", ".join(dimension_name(dimension).lower() for dimension in dimensions_of(figure))
            yield Choice(name, figure.label, figure.meaning, known, name in chosen)

    @property
    def chosen_figures(self) -> str:
        """The labels of the ticked figures."""
        labels = [str(figure.label) for name, figure in QUERYABLE.items() if name in self.values["figures"]]
        return ", ".join(labels) or gettext("none")

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields besides the figures that are always in sight."""
        return self.group(FIELDS)

    @property
    def further(self) -> list[forms.BoundField]:
        """The fields below "More": comparison, granularity, basis, filter and order."""
        return self.group(FURTHER)

    @property
    def is_further_open(self) -> bool:
        """Whether one of the other fields says something, or is wrong."""
        return any(self.values[name] or name in self.errors for name in FURTHER if name != "compare")


def _filled_in(query: QueryDict, days: DayRange | None) -> QueryDict:
    data = query.copy()
    data.setlist("figures", [name for name in query.get("figures", "").split(",") if name])
    if TIME not in (by := query.get("by", "")).split(","):
        data["by"], _, data["thenBy"] = by.partition(",")
    is_of_the_form = not {"year", "month", "startDate", "endDate"} & set(query)
    if not is_of_the_form and days is not None:
        data["period"], data["from"], data["to"] = "", days.first.isoformat(), days.last.isoformat()
    for name, default in (("compare", NONE), ("basis", str(Basis.PLACED)), ("granularity", "daily")):
        if data.get(name) == default:
            data[name] = ""
    return data


def _figures_field() -> Ticked:
    return Ticked(gettext("Figures"), [(name, figure.label) for name, figure in QUERYABLE.items()])


def _fields(user: User, query: QueryDict) -> dict[str, Typed]:
    return {
        "store": store_field(user),
        "by": Typed(gettext("By"), forms.Select, choices=_ways()),
        "thenBy": Typed(
            gettext("Then by"), forms.Select, gettext("A second dimension, of one store."), choices=_seconds()
        ),
        "granularity": Typed(gettext("Each row of time"), forms.Select, choices=GRANULARITIES),
        "period": Typed(gettext("Period"), forms.Select, choices=PERIODS),
        "from": Typed(gettext("From"), Day),
        "to": Typed(gettext("To"), Day, gettext("Included. Used with From – to.")),
        "compare": Typed(gettext("Compare with"), forms.Select, choices=COMPARISONS),
        "basis": Typed(gettext("Money counts on the"), forms.Select, choices=BASES),
        "filter": Typed(
            gettext("Filter"),
            forms.TextInput,
            gettext("A dimension and one value, such as country:DE."),
            attributes={"autocomplete": "off", "maxlength": 500},
        ),
        "ordering": Typed(gettext("Sort"), forms.Select, choices=_orders(query)),
    }


def _ways() -> Choices:
    names = {name: dimension_name(name) for name in DIMENSIONS}
    return [
        ("", gettext("Nothing: totals alone")),
        (TIME, gettext("Time")),
        *names.items(),
        *(
            (f"{TIME},{name}", gettext("Time and {dimension}").format(dimension=words.lower()))
            for name, words in names.items()
        ),
    ]


def _seconds() -> Choices:
    return [("", gettext("Nothing")), *((name, dimension_name(name)) for name in DIMENSIONS)]


def _orders(query: QueryDict) -> Choices:
    """Return the ways to sort the figures that are chosen."""
    chosen = [name for name in query.get("figures", "").split(",") if name in QUERYABLE]
    return [
        ("", gettext("As it comes")),
        ("key", gettext("Name or time, ascending")),
        ("-key", gettext("Name or time, descending")),
        *((f"-{name}", gettext("{label}, largest first").format(label=QUERYABLE[name].label)) for name in chosen),
        *((name, gettext("{label}, smallest first").format(label=QUERYABLE[name].label)) for name in chosen),
    ]
