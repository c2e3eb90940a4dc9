"""Documents of the API: one dataclass makes the JSON and the serializer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

import pytest
from rest_framework import serializers

from dealport.kit.rest.documents import AnyField, ApiDocument, Said, serializer_of
from dealport.kit.rest.fields import MoneyField


@dataclass(frozen=True)
class Part(ApiDocument):
    """A part."""

    img_card_url: str | None
    value: Decimal | int


@dataclass(frozen=True)
class Whole(ApiDocument):
    """A whole."""

    from_: date
    as_of: datetime | None
    kind: Annotated[str, Said(choices=("one", "two"), about="Which of both.")]
    week: Annotated[str, Said(pattern="^[0-9]+$")]
    is_running: bool
    parts: list[Part]
    best: Part | None


MARCH = datetime(2026, 3, 1, 9, tzinfo=UTC)
WHOLE = Whole(MARCH.date(), MARCH, "one", "9", True, [Part(None, Decimal("1.50"))], None)


def test_a_document_is_json_in_camel_case_with_moments_as_text_and_amounts_as_they_are() -> None:
    assert WHOLE.to_json() == {
        "from": "2026-03-01",
        "asOf": "2026-03-01T09:00:00+00:00",
        "kind": "one",
        "week": "9",
        "isRunning": True,
        "parts": [{"imgCardUrl": None, "value": Decimal("1.50")}],
        "best": None,
    }


def test_its_serializer_has_the_same_keys_and_says_what_the_types_say() -> None:
    kind = serializer_of(Whole)
    fields = kind().fields
    assert (kind.__name__, kind.__doc__, list(fields)) == ("WholeSerializer", "A whole.", list(WHOLE.to_json()))
    assert (fields["asOf"].allow_null, fields["from"].allow_null, fields["best"].allow_null) == (True, False, True)
    assert (list(fields["kind"].choices), fields["kind"].help_text) == (["one", "two"], "Which of both.")
    assert (type(fields["week"]), type(fields["isRunning"])) == (serializers.RegexField, serializers.BooleanField)
    parts = fields["parts"].child.fields
    assert (list(parts), type(parts["value"]), type(fields["parts"].child)) == (
        ["imgCardUrl", "value"],
        MoneyField,
        serializer_of(Part),
    )


def test_a_serializer_is_made_once_and_takes_the_fields_of_others_along() -> None:
    class More(serializers.Serializer[object]):
        cacheState = serializers.CharField()

    assert serializer_of(Part) is serializer_of(Part)
    assert {*serializer_of(Part, More)().fields} == {"imgCardUrl", "value", "cacheState"}


class NamedSerializer(serializers.Serializer[object]):
    """Keys that only the value knows."""

    def get_fields(self) -> dict[str, AnyField]:
        return {"totalSales": MoneyField(), "totalOrders": serializers.IntegerField()}


@dataclass(frozen=True)
class Figures(ApiDocument):
    """Figures, spread and by themselves."""

    currency: str
    now: Annotated[Mapping[str, Decimal | int], Said(serializer=NamedSerializer, spread=True)]
    then: Annotated[Mapping[str, Decimal | int], Said(serializer=NamedSerializer)]
    days: Annotated[list[Part], Said(length=7)]
    by: Annotated[list[str], Said(choices=["time", "product"])]


def test_keys_of_a_mapping_stand_among_the_others_or_below_their_own_key() -> None:
    now, then = {"totalSales": Decimal("2.50"), "totalOrders": 1}, {"totalSales": Decimal(0), "totalOrders": 0}
    figures = Figures("EUR", now, then, [], ["time"])
    assert figures.to_json() == {"currency": "EUR", **now, "then": then, "days": [], "by": ["time"]}
    fields = serializer_of(Figures)().fields
    assert [*fields] == [*figures.to_json()]
    assert (type(fields["totalSales"]), [*fields["then"].fields]) == (MoneyField, [*now])
    assert (fields["days"].min_length, fields["days"].max_length) == (7, 7)
    assert [*fields["by"].child.choices] == ["time", "product"]


def test_a_type_that_has_no_field_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd(ApiDocument):
        """Odd."""

        shares: Mapping[str, int]

    with pytest.raises(TypeError, match="no serializer field for"):
        serializer_of(Odd)
