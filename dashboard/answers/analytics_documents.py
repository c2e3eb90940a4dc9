"""The documents of analytics queries: their JSON and their serializers are made of these fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboard.figures.analytics import DIMENSIONS, QUERYABLE
from dashboard.figures.values import Number
from dashboard.models import Basis
from dealport.kit.rest.documents import ApiDocument, Said

_NUMBERS = {name: {"type": ["number", "null"]} for name in QUERYABLE}


@extend_schema_field({"type": "object", "properties": _NUMBERS, "additionalProperties": False})
class ValuesField(serializers.DictField):
    """The figures of the query, by name."""


Values = Annotated[Mapping[str, Number | None], Said(serializer=ValuesField)]
ValuesBefore = Annotated[Mapping[str, Number | None] | None, Said(serializer=ValuesField)]


@dataclass(frozen=True)
class AnalyticsTotals(ApiDocument):
    """The figures of the whole, and what they are compared with."""

    values: Values
    previous: ValuesBefore


@dataclass(frozen=True)
class AnalyticsRow(AnalyticsTotals):
    """One value of the dimension, one bucket of time, one of both, or one of each of two dimensions.

    `time` is the bucket's first day or its hour; `secondKey` and `secondLabel` are null without a second dimension.
    """

    key: str
    label: str
    second_key: str | None
    second_label: str | None
    time: str | None
    unfinished: bool


@dataclass(frozen=True)
class AnalyticsOther(ApiDocument):
    """What belongs to no value of the dimension; counts of orders are null where an order can be in several rows."""

    values: Values


@dataclass(frozen=True)
class AnalyticsCurrency(ApiDocument):
    """The stores of one currency."""

    currency: str
    rows: list[AnalyticsRow]
    totals: AnalyticsTotals
    other: AnalyticsOther | None


@dataclass(frozen=True)
class AnalyticsAnswer(ApiDocument):
    """Of one store its rows; of several, `currencies` and null in their place."""

    figures: Annotated[list[str], Said(choices=[*QUERYABLE])]
    by: Annotated[list[str], Said(choices=["time", *DIMENSIONS])]
    basis: Annotated[str, Said(choices=Basis.values)]
    from_: date
    to: date
    store: str | None
    timezone: str | None
    currency: str | None
    rows: list[AnalyticsRow] | None
    totals: AnalyticsTotals | None
    other: AnalyticsOther | None
    currencies: list[AnalyticsCurrency] | None
    verified: bool | None
