"""Forms whose values are checked by an action: pages and API refuse the same with the same words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django import forms
from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import ValidationError

from reports.pages.export_words import words

Choices = Sequence[tuple[str, str]]
Attributes = Mapping[str, str | int]
"""Attributes of an element of the page."""
Errors = dict[str, list[str]]
"""Texts by the name of the field."""
ANCHORS = {"columns": "columns", "format": "format"}
"""Ids of the groups of fields that are no single element."""


class Day(forms.DateInput):
    """A day, by the browser's calendar."""

    input_type = "date"


class TimeOfDay(forms.TimeInput):
    """A time, by the browser's clock."""

    input_type = "time"


class Suggestions(forms.TextInput):
    """A text field that offers values."""


class Typed(forms.Field):
    """A field that takes what was typed, without the white space around it; the action says whether it may be so."""

    def __init__(
        self,
        label: str,
        widget: type[forms.Widget] = forms.TextInput,
        hint: str = "",
        choices: Choices = (),
        attributes: Attributes | None = None,
    ) -> None:
        shown = widget(attrs=dict(attributes or {}))
        super().__init__(required=False, label=label, help_text=hint, widget=shown)
        self.choices = choices

    def to_python(self, value: str | None) -> str:
        """Return the text, empty where the field was not sent."""
        return (value or "").strip()


class Ticked(Typed):
    """A group of boxes; takes the values that are ticked."""

    def __init__(self, label: str, choices: Choices) -> None:
        super().__init__(label, forms.CheckboxSelectMultiple, choices=choices)

    def to_python(self, value: Iterable[str] | None) -> list[str]:  # type: ignore[override]
        """Return the values in the order sent."""
        return list(value or ())


class ActionForm(forms.Form):
    """A form that is always filled in: with what was sent, or with what it starts with."""

    def __init__(self, data: MultiValueDict[str, str], fields: Mapping[str, Typed]) -> None:
        super().__init__(data, auto_id="field-%s")
        self.fields.update(fields)
        self.full_clean()
        self.values = dict(self.cleaned_data)
        """What was filled in, by field; stays where a field is refused."""

    def add_prefix(self, field_name: str) -> str:
        """Return the name a field is sent under."""
        return "column" if field_name == "columns" else field_name

    def group(self, names: Iterable[str]) -> list[forms.BoundField]:
        """Return those of the named fields that the form has."""
        return [self[name] for name in names if name in self.fields]

    def refuse(self, errors: Errors) -> None:
        """Show the errors of an action at their fields, those that the form has no field for above all of them."""
        for name, texts in errors.items():
            for text in texts:
                known = name in self.fields
                self.add_error(name if known else None, text if known else f"{words(name)}: {text}")

    @property
    def error_lines(self) -> list[tuple[str, str]]:
        """Every error in the order of the form: the id of the element it is about (empty: none), and its text."""
        return [
            (ANCHORS.get(name, f"field-{name}"), f"{words(name)}: {text}")
            for name in self.fields
            for text in self.errors.get(name, ())
        ] + [("", str(text)) for text in self.non_field_errors()]


def by_field(refusal: ValidationError) -> Errors:
    """Return the texts by field of the form: a filter is one, whatever the API calls it."""
    detail = refusal.detail if isinstance(refusal.detail, dict) else {"nonFieldErrors": refusal.detail}
    return {
        str(name).removeprefix("filters."): [str(text).replace("filters.", "") for text in texts]
        for name, texts in detail.items()
    }
