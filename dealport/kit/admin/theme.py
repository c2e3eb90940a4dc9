"""The base classes and widgets of admin pages: Django's own, bound here and nowhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminPasswordChangeForm as AdminOwnPasswordChangeForm
from django.contrib.admin.widgets import AdminSplitDateTime, AutocompleteSelect
from django.forms import CheckboxInput, NumberInput, PasswordInput, RadioSelect, Textarea, TextInput
from django.utils.translation import gettext

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
    "DecimalInput",
    "IntegerInput",
    "ModelAdmin",
    "PasswordInput",
    "RadioSelect",
    "SearchSelect",
    "SplitDateTime",
    "TabularInline",
    "TextArea",
    "TextInput",
]
