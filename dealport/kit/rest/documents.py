"""Documents of the API, declared once: the fields of a dataclass are the JSON's keys and the serializer's fields.

A field is named in snake case and sent in camel case (`from_` as `from`). Its type says what the OpenAPI document does:
`Decimal` is money or another number, `X | None` may be null, `list[X]` is a list, a document nests. What
a type cannot say, `Annotated[str, Said(…)]` does.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from rest_framework import serializers

from dealport.kit.rest.fields import MoneyField
from dealport.kit.values import FieldValues

AnyField = serializers.Field[Any, Any, Any, Any]
PLAIN: dict[type, type[AnyField]] = {
    str: serializers.CharField,
    int: serializers.IntegerField,
    bool: serializers.BooleanField,
    date: serializers.DateField,
    datetime: serializers.DateTimeField,
}


@dataclasses.dataclass(frozen=True)
class Said:
    """A description, the texts it may be, the pattern of its text, its least value, or its field or serializer.

    `length`: how many a list has. `spread`: the value is a mapping whose keys stand among the document's own, as
    `serializer` has them.
    """

    about: str = ""
    choices: Sequence[str] = ()
    pattern: str = ""
    at_least: Decimal | None = None
    length: int | None = None
    serializer: type[AnyField] | None = None
    spread: bool = False


@dataclasses.dataclass(frozen=True)
class ApiDocument:
    """A document of the API: frozen fields, from which come its JSON and its serializer."""

    def to_json(self) -> dict[str, object]:
        """Return the keys and values, dates and moments as text; a Decimal stays one, to be written with its digits."""
        data: dict[str, object] = {}
        for name, key in self.json_keys():
            if key:
                data[key] = _to_json(getattr(self, name))
            else:
                data |= getattr(self, name)
        return data

    @classmethod
    @cache
    def json_keys(cls) -> list[tuple[str, str]]:
        """Return the names of the fields with their keys; one that is spread has none."""
        hints = get_type_hints(cls, include_extras=True)
        names = [field.name for field in dataclasses.fields(cls)]
        return [(name, "" if _said(hints[name]).spread else camel_case(name)) for name in names]


def _said(hint: object) -> Said:
    return get_args(hint)[1] if get_origin(hint) is Annotated else Said()


def camel_case(name: str) -> str:
    """Return `order_id` as `orderId`, `from_` as `from`."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def _to_json(value: object) -> object:
    if isinstance(value, ApiDocument):
        return value.to_json()
    if isinstance(value, list):
        return [_to_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def serializer_of(document: type[ApiDocument], *bases: type[serializers.Serializer[object]]) -> Any:
    """Return the serializer class of a document, with the fields of `bases` beside its own; one for each document."""
    hints = get_type_hints(document, include_extras=True)
    fields: dict[str, AnyField] = {}
    for name, key in document.json_keys():
        if key:
            fields[key] = _field(hints[name])
        else:
            spread: Any = _said(hints[name]).serializer
            fields |= spread().get_fields()
    own = {"__doc__": document.__doc__, "__module__": document.__module__}
    return type(f"{document.__name__}Serializer", bases or (serializers.Serializer,), {**fields, **own})


def _field(hint: object) -> AnyField:
    """Return the serializer field of a type. Raises TypeError for one that has none."""
    said = _said(hint)
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    options: FieldValues = {"help_text": said.about} if said.about else {}
    if get_origin(hint) in (Union, types.UnionType):
        known = set(get_args(hint)) - {types.NoneType}
        if types.NoneType in get_args(hint):
            options["allow_null"] = True
        # a value that is money for some figures and a count for others
        (hint,) = known - {int} if Decimal in known else known
    if get_origin(hint) is list:
        (hint,) = get_args(hint)
        options["many"] = True
        if said.length is not None:
            options |= {"min_length": said.length, "max_length": said.length}
    if options.get("many") and hint in PLAIN:
        return serializers.ListField(child=_plain(hint, said, {}), help_text=said.about)
    is_document = isinstance(hint, type) and issubclass(hint, ApiDocument)
    nested = said.serializer or (serializer_of(hint) if is_document else None)
    return nested(**options) if nested else _plain(hint, said, options)


def _plain(hint: object, said: Said, options: FieldValues) -> AnyField:
    if hint is str and said.choices:
        return serializers.ChoiceField(choices=said.choices, **options)
    if hint is str and said.pattern:
        return serializers.RegexField(said.pattern, **options)
    if hint is Decimal:
        return MoneyField(min_value=said.at_least, **options)
    if hint not in PLAIN:
        raise TypeError(f"no serializer field for {hint}")
    return PLAIN[hint](**options)
