"""The base classes and widgets of admin pages: Django's own, bound here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminPasswordChangeForm as AdminOwnPasswordChangeForm
from django.contrib.admin.widgets import AdminSplitDateTime, AutocompleteSelect
from django.forms import CheckboxInput, NumberInput, PasswordInput, RadioSelect, Select, Textarea, TextInput
from django.utils.translation import gettext

from dealport.kit.formats import country_names

if TYPE_CHECKING:
    # its class attributes are typed so narrowly that no admin of ours would fit
    ModelAdmin: Any
    TabularInline: Any
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline
IntegerInput = NumberInput
TextArea = Textarea


class DecimalInput(TextInput):
    """A text field with the keyboard for numbers: a number field would turn "50,25" into 5025 in some browsers."""

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})


class AmountField(forms.DecimalField):
    """An amount, also with a comma before its cents: "50,25". What may mean thousands ("1,000") is refused."""

    widget = DecimalInput

    def to_python(self, value: object) -> Any:
        """Return the amount. Raises ValidationError."""
        if isinstance(value, str) and re.fullmatch(r"\s*[0-9]+,[0-9]{1,2}\s*", value):
            value = value.replace(",", ".")
        return super().to_python(value)


class NamedSelect(Select):
    """A choice among codes by what people call them; a code without a name that is set already stays, as it is.

    `names` is asked each time the list is drawn: what it says depends on the language.
    """

    def __init__(
        self, names: Callable[[], Sequence[tuple[str, str]]], empty: str = "–", attrs: dict[str, object] | None = None
    ) -> None:
        super().__init__(attrs)
        self.names, self.empty = names, empty

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:
        """Return the options, the chosen one marked."""
        names = [("", self.empty), *self.names()]
        known = {code for code, _ in names}
        self.choices = [*names, *((code, code) for code in value if code not in known)]
        return super().optgroups(name, value, attrs)

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the attributes but those of a text field."""
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return {name: attrs[name] for name in attrs if name not in ("maxlength", "minlength")}


class CountrySelect(NamedSelect):
    """A choice among all countries by their names; its value is the code."""

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        super().__init__(country_names, attrs=attrs)


class SplitDateTime(AdminSplitDateTime):
    """Date and time as two fields, each with a name for screen readers."""

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        super().__init__(attrs)
        for widget, name in zip(self.widgets, (gettext("Date"), gettext("Time")), strict=True):
            widget.attrs["aria-label"] = name


class SearchSelect(AutocompleteSelect):
    """A choice by typing that says what to type, and has the field's label as its name for screen readers."""

    @property
    def media(self) -> forms.Media:
        """Return the scripts: Django's, and the one that names what it draws."""
        return super().media + forms.Media(js=["dealport/choices.js"])

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, object]:
        """Return the attributes, with the words."""
        attrs: dict[str, object] = super().build_attrs(base_attrs, extra_attrs)
        rows = self.field.related_model._meta.verbose_name_plural
        return {**attrs, "data-placeholder": gettext("Search {rows}").format(rows=rows)}


__all__ = [
    "AdminOwnPasswordChangeForm",
    "CheckboxInput",
    "CountrySelect",
    "DecimalInput",
    "IntegerInput",
    "ModelAdmin",
    "NamedSelect",
    "PasswordInput",
    "RadioSelect",
    "SearchSelect",
    "SplitDateTime",
    "TabularInline",
    "TextArea",
    "TextInput",
]
