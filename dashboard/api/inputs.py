"""Query parameters of the dashboard's operations and pages: each declaration validates and documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from customers.models import Store
from dashboard.figures import EXPLAINED, PRODUCT_LIMIT, PRODUCT_ORDERS, Figure, on_demand
from dashboard.figures.analytics import DIMENSIONS, GRANULARITIES, QUERYABLE, dimensions_of, second_dimensions
from dashboard.figures.bridge import PARTS
from dashboard.figures.comparisons import COMPARISONS, NONE, PREVIOUS_PERIOD
from dashboard.figures.periods import KINDS, MAX_DAYS
from dashboard.figures.weekly import week_of
from dashboard.models import Basis
from dealport.kit.dates import FIRST_YEAR, LAST_YEAR
from dealport.kit.day_range import DayRange
from dealport.kit.errors import invalid
from dealport.kit.rest.documents import AnyField
from dealport.kit.rest.fields import MomentField
from dealport.kit.rest.queries import (
    MOST_CHARACTERS,
    ChoiceParameter,
    DayParameter,
    FlagParameter,
    QuerySerializer,
    StoreParameter,
    WholeNumberParameter,
)
from dealport.kit.values import FieldValues

MAX_PAGE, LIMIT, MAX_LIMIT = 1_000_000, 20, 100
MAX_ID = 2**63 - 1
BEST_PRODUCTS = 10
ISO_WEEK = re.compile(r"[0-9]{4}-W[0-9]{2}", re.ASCII)
WEEK_EXPECTED = "Enter a week that has begun, as YYYY-Www."


class StoreQuery(QuerySerializer):
    """The store; optional for who has one."""

    store = StoreParameter()


def basis_parameter() -> ChoiceParameter:
    return ChoiceParameter(
        Basis.values,
        default=str(Basis.PLACED),
        help_text="Whether money counts on the day of the order (placed) or on its own day (booked).",
    )


class DatesQuery(QuerySerializer):
    """The period of figures; `dashboard.figures.periods.parse_period` makes days of it."""

    period = ChoiceParameter(KINDS, default="monthly")
    year = WholeNumberParameter(FIRST_YEAR, LAST_YEAR, help_text="With monthly and yearly; this year by default.")
    month = WholeNumberParameter(1, 12, help_text="With monthly and `year`; this month by default.")
    startDate = DayParameter(help_text=f"With custom, which needs it; at most {MAX_DAYS:,} days.")
    endDate = DayParameter(help_text="With custom, which needs it; the last day itself counts.")


class PeriodQuery(DatesQuery):
    """The period and basis of figures."""

    basis = basis_parameter()


class PageQuery(QuerySerializer):
    """Which page."""

    page = WholeNumberParameter(1, MAX_PAGE, default=1)


class LimitedPageQuery(PageQuery):
    """Which page, and how many rows it has."""

    limit = WholeNumberParameter(1, MAX_LIMIT, default=LIMIT)


def _first_day() -> DayParameter:
    return DayParameter(help_text=f"First local day; by default 29 days before today; at most {MAX_DAYS - 1:,}.")


class DaysQuery(QuerySerializer):
    """Days from `from` to `to`, both included."""

    to = DayParameter(help_text="Last local day, which counts; today by default.")

    def get_fields(self) -> dict[str, AnyField]:
        """Return the fields; the name of the first is a keyword of Python."""
        return {"from": _first_day(), **super().get_fields()}


def compare_parameter(
    default: str, text: str = "What every value is compared with; of a period that runs, with the same part of it."
) -> ChoiceParameter:
    """Return the parameter `compare`."""
    return ChoiceParameter(COMPARISONS, default=default, help_text=text)


class StoreDashboardQuery(StoreQuery, PeriodQuery):
    """Parameters of `/store/dashboard`."""

    compare = compare_parameter(NONE)


class StorePageQuery(PeriodQuery):
    """Parameters of the page of a store's figures."""

    compare = compare_parameter(PREVIOUS_PERIOD)


class SnapshotPageQuery(QuerySerializer):
    """Parameters of the pages of the last 30 days: a store's, and that of all stores."""

    compare = compare_parameter(PREVIOUS_PERIOD)


class MetricQuery(PeriodQuery):
    """A figure to explain."""

    metric = ChoiceParameter(EXPLAINED, required=True)

    def validate(self, attrs: FieldValues) -> dict[str, object]:
        """Return the values. Raises ValidationError naming `basis` where the figure is not known on it."""
        metric = attrs["metric"]
        if attrs["basis"] not in EXPLAINED[metric].bases:
            text = f"{metric} is a current value and only available with basis=placed."
            raise ValidationError({"basis": [text]})
        return attrs


def parse_filter(text: str, field: str = "filter") -> tuple[str, str]:
    """Return the dimension and the value of a filter. Raises ValidationError naming `field`, with the dimensions."""
    name, colon, value = text.partition(":")
    if not colon or name not in DIMENSIONS:
        known = ", ".join(DIMENSIONS)
        raise invalid(field, f"Enter a dimension and a value, such as country:DE. Dimensions: {known}.")
    return name, value


def check_dimension(figure: Figure, dimension: str, field: str = "by") -> None:
    """Raise ValidationError naming `field` where a figure is not known by a dimension, and what it is known by."""
    possible = dimensions_of(figure)
    if dimension not in possible:
        known = ", ".join(("time", *possible)) if possible else "time alone"
        raise invalid(field, f"{figure.analytics_name} is not known by {dimension}. It is known by {known}.")


def check_dimensions(
    names: Sequence[str], *, has_time: bool, has_filter: bool, fields: tuple[str, str] = ("by", "filter")
) -> None:
    """Raise ValidationError where dimensions cannot be combined, saying with what they can be.

    `fields` are what it names: that of the dimensions, that of the filter.
    """
    field, filter_field = fields
    if len(names) < 2:
        return
    first, second = names[:2]
    possible = ", ".join(second_dimensions(first))
    if second not in second_dimensions(first):
        raise invalid(field, f"{first} and {second} cannot be combined. {first} can be combined with {possible}.")
    if has_time or len(names) > 2:
        raise invalid(field, "Enter time, one dimension, time and one dimension, or two dimensions.")
    if has_filter:
        raise invalid(filter_field, "Leave it out with two dimensions, or enter one of them with by.")


def check_demand(store: Store, days: DayRange, basis: str, field: str = "filter") -> None:
    """Raise ValidationError naming `field` where a store's period has more orders than are read for one answer."""
    if on_demand.is_too_much(store, days, basis):
        raise invalid(
            field,
            f"Enter fewer days. Two dimensions at once are read from the orders, at most {on_demand.MOST_CHANGES:,} of "
            "them.",
        )


def filter_parameter(text: str = "A dimension and one of its values: country:DE.") -> serializers.CharField:
    return serializers.CharField(required=False, max_length=MOST_CHARACTERS, help_text=text)


class BridgeQuery(StoreQuery, DatesQuery, LimitedPageQuery):
    """Parameters of `/dashboard/bridge`, which is about both bases."""

    part = ChoiceParameter(PARTS, help_text="Lists the payments or refunds of this part.")


class BridgePageQuery(DatesQuery, PageQuery):
    """Parameters of the page about both bases of a store's period."""

    part = ChoiceParameter(PARTS)
    basis = basis_parameter()


class LiveQuery(QuerySerializer):
    """Parameters of what open pages ask for."""

    store = StoreParameter()
    after = WholeNumberParameter(0, MAX_ID)


class ChangedPastQuery(StoreQuery, LimitedPageQuery):
    """Parameters of `/dashboard/changed-past`."""

    since = MomentField()


class ChangedPastPageQuery(PageQuery):
    """Parameters of the page of changes to closed months."""

    day = DayParameter()


class MonthAsOfQuery(StoreQuery):
    """Parameters of `/dashboard/month-as-of`."""

    year = WholeNumberParameter(FIRST_YEAR, LAST_YEAR, required=True)
    month = WholeNumberParameter(1, 12, required=True)
    asOf = MomentField()


class MetricsQuery(QuerySerializer):
    """Parameters of `/dashboard/metrics`."""

    tenant = StoreParameter(
        help_text="Id or slug of a store; left out, all stores for admins, the only store of who has one."
    )
    refresh = FlagParameter(help_text="Compute again; for admins.")
    compare = compare_parameter(NONE)

    def get_fields(self) -> dict[str, AnyField]:
        """Return the fields; the name of one is a keyword of Python."""
        return {**super().get_fields(), "from": _first_day()}


@extend_schema_field({"type": "string", "pattern": f"^{ISO_WEEK.pattern}$"})
class WeekParameter(serializers.CharField):
    """An ISO week, YYYY-Www; its value is its Monday."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the Monday. Raises ValidationError."""
        try:
            monday = date.fromisocalendar(int(data[:4]), int(data[6:]), 1) if ISO_WEEK.fullmatch(data) else None
        except ValueError:
            monday = None
        if monday is None or not FIRST_YEAR <= monday.year <= LAST_YEAR:
            raise ValidationError(WEEK_EXPECTED)
        return monday


def every_store() -> StoreParameter:
    """Return the parameter `store` of what admins read of all stores as well."""
    return StoreParameter(
        help_text="Id or slug of a store; left out, all your stores by currency, or the only one you have."
    )


class WeekQuery(StoreQuery):
    """Parameters of `/dashboard/weekly-report`."""

    store = every_store()
    week = WeekParameter(required=False, help_text="ISO week that has begun; the one that runs by default.")


class TopProductsQuery(StoreQuery, DaysQuery):
    """Parameters of `/dashboard/top-products`."""

    store = every_store()
    limit = WholeNumberParameter(1, PRODUCT_LIMIT, default=BEST_PRODUCTS)
    orderBy = ChoiceParameter(PRODUCT_ORDERS, default="sales", help_text="What the best products are chosen by.")
    compare = compare_parameter(NONE)


class SalesByCountryQuery(StoreQuery, DaysQuery):
    """Parameters of `/dashboard/sales-by-country`."""

    store = every_store()
    compare = compare_parameter(NONE)


class SalesByCategoryQuery(StoreQuery, DaysQuery):
    """Parameters of `/dashboard/sales-by-category`."""

    compare = compare_parameter(NONE)


class PeriodOrDaysQuery(QuerySerializer):
    """A period, or days from `from` to `to`."""

    period = ChoiceParameter(KINDS, help_text="With its `year`, `month`, `startDate` and `endDate`.")
    year = WholeNumberParameter(FIRST_YEAR, LAST_YEAR, help_text="With monthly and yearly; this year by default.")
    month = WholeNumberParameter(1, 12, help_text="With monthly and `year`; this month by default.")
    startDate = DayParameter(help_text=f"With custom, which needs it; at most {MAX_DAYS:,} days.")
    endDate = DayParameter(help_text="With custom, which needs it; the last day itself counts.")
    to = DayParameter(help_text="Last local day without a period; today by default.")

    def get_fields(self) -> dict[str, AnyField]:
        """Return the fields; the name of one is a keyword of Python."""
        return {**super().get_fields(), "from": _first_day()}


class StorePeriodQuery(StoreQuery, PeriodOrDaysQuery, PageQuery):
    """Parameters of a page about a period of a store."""

    compare = compare_parameter(NONE)


class AnalyticsQuery(StoreQuery, PeriodOrDaysQuery, LimitedPageQuery):
    """Parameters of `/analytics/query`."""

    store = StoreParameter(help_text="Id or slug of one of your stores; left out, all of them, by currency.")
    figures = serializers.CharField(
        help_text="Names with commas between them.",
        max_length=MOST_CHARACTERS,
        error_messages={"required": f"Enter some of {', '.join(QUERYABLE)}."},
    )
    by = serializers.CharField(
        required=False,
        max_length=MOST_CHARACTERS,
        help_text=f"time, one of {', '.join(DIMENSIONS)}, time and one of them, or two of them, with a comma between; "
        f"left out, totals alone. Two dimensions are read from at most {on_demand.MOST_CHANGES:,} orders of a store.",
    )
    granularity = ChoiceParameter(GRANULARITIES, help_text="With by=time; daily by default.")
    compare = compare_parameter(NONE)
    filter = filter_parameter()
    basis = basis_parameter()
    ordering = serializers.CharField(
        required=False,
        max_length=MOST_CHARACTERS,
        help_text="A figure of the query, or key; with - in front the largest first. The first figure by default.",
    )
    limit = WholeNumberParameter(1, 500, default=100, help_text="Rows per page; of each currency.")


class ProductSalesQuery(QuerySerializer):
    """Parameters of `/products/{id}/sales`."""

    to = DayParameter(help_text="Last local day, which counts; without it, all days that follow.")
    basis = basis_parameter()

    def get_fields(self) -> dict[str, AnyField]:
        """Return the fields; the name of the first is a keyword of Python."""
        first = DayParameter(help_text="First local day; without it, from the first order on.")
        return {"from": first, **super().get_fields()}


def monday_of(week: date | None, today: date) -> date:
    """Return the Monday of a requested week, this week's by default. Raises ValidationError if it has not begun."""
    this_week = week_of(today).first
    if week is not None and week > this_week:
        raise invalid("week", WEEK_EXPECTED)
    return week or this_week


def check_range(days: DayRange) -> None:
    """Raise ValidationError naming `from` or `to` for a range that is reversed or too long."""
    if not days.count:
        raise invalid("to", "Enter a day that is not before from.")
    if days.count > MAX_DAYS:
        raise invalid("from", f"Enter at most {MAX_DAYS:,} days.")
