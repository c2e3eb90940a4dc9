"""Query parameters that open a figure: of a cell of an analytics answer, or of what belongs to none of its values."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from dashboard.api.inputs import (
    LimitedPageQuery,
    MetricQuery,
    PageQuery,
    PeriodOrDaysQuery,
    StoreQuery,
    basis_parameter,
    check_dimensions,
    compare_parameter,
    filter_parameter,
    parse_filter,
)
from dashboard.figures.analytics import DIMENSIONS, QUERYABLE
from dashboard.figures.comparisons import NONE
from dealport.kit.errors import invalid
from dealport.kit.rest.fields import MomentField
from dealport.kit.rest.queries import MOST_CHARACTERS, ChoiceParameter, DayParameter, QuerySerializer
from dealport.kit.values import FieldValues


def filters_of(values: FieldValues) -> list[str]:
    """Return the filters of a cell."""
    return [values[name] for name in ("filter", "andFilter") if name in values]


class DimensionsParameter(serializers.CharField):
    """One dimension, or two with a comma between; its value is their names."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the names. Raises ValidationError."""
        names = data.split(",")
        if unknown := [name for name in names if name not in DIMENSIONS]:
            raise ValidationError(f"There is no {unknown[0]}. Enter one or two of {', '.join(DIMENSIONS)}.")
        return names


class CellQuery(QuerySerializer):
    """Which cell of an analytics answer."""

    filter = filter_parameter(
        "A dimension and one of its values: country:DE; product:other is what belongs to no product."
    )
    andFilter = filter_parameter("Another dimension and one of its values, with `filter`: product:7.")
    other = DimensionsParameter(
        required=False,
        max_length=MOST_CHARACTERS,
        help_text="The dimensions of an answer whose other is meant: product,country; with the answer's `filter`.",
    )

    def validate(self, attrs: FieldValues) -> FieldValues:
        """Return the values. Raises ValidationError naming what does not fit the other parameters."""
        if "other" in attrs:
            _check_other(attrs)
        if "andFilter" in attrs:
            first, second = (parse_filter(attrs.get(name, ""), name)[0] for name in ("filter", "andFilter"))
            if DIMENSIONS[first].source == DIMENSIONS[second].source:
                raise invalid("andFilter", f"Enter another dimension than {first}.")
        return super().validate(attrs)


def _check_other(attrs: FieldValues) -> None:
    names = attrs["other"]
    check_dimensions(names, has_time=False, has_filter="filter" in attrs, fields=("other", "filter"))
    if "andFilter" in attrs:
        raise invalid("andFilter", "Leave it out with other.")
    if "filter" in attrs:
        (dimension, _) = parse_filter(attrs["filter"])
        if DIMENSIONS[dimension].source == DIMENSIONS[names[0]].source:
            raise invalid("filter", f"Enter another dimension than {names[0]}.")


def _until() -> MomentField:
    return MomentField(
        required=False,
        help_text="A moment of the period's last day: what is at it or after it does not count. "
        "A period that runs is compared with the same part of another, cut off at a minute.",
    )


class ExplainQuery(CellQuery, StoreQuery, MetricQuery, LimitedPageQuery):
    """Parameters of `/dashboard/explain`."""

    until = _until()


class ExplainPageQuery(CellQuery, MetricQuery, PageQuery):
    """Parameters of the page that explains a figure of a store."""

    until = _until()


class ExplainStoresQuery(CellQuery, PeriodOrDaysQuery, LimitedPageQuery):
    """Parameters of `/dashboard/explain/stores` and its page."""

    metric = ChoiceParameter([figure.name for figure in QUERYABLE.values() if figure.entries], required=True)
    currency = serializers.CharField(
        required=False, max_length=3, help_text="The stores that sell in it; needed where your stores sell in several."
    )
    first = DayParameter(help_text="First local day of the cell; those of the period before it do not count.")
    last = DayParameter(help_text="Last local day of the cell; those of the period after it do not count.")
    basis = basis_parameter()
    compare = compare_parameter(
        NONE, "Opens what the cell is compared with; `first` and `last` are then days of the other period."
    )
    asOf = MomentField(
        required=False,
        help_text="With compare: the answer's moment, at whose minute each store's day is cut off; now by default.",
    )

    def validate(self, attrs: FieldValues) -> FieldValues:
        """Return the values. Raises ValidationError naming `asOf` or `other` where nothing is compared."""
        if "asOf" in attrs and attrs["compare"] == NONE:
            raise invalid("asOf", "Leave it out, or enter compare.")
        if "other" in attrs and attrs["compare"] != NONE:
            raise invalid("compare", "Leave it out: what belongs to no value of a dimension is compared with nothing.")
        return super().validate(attrs)
