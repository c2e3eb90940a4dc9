"""How the admin shows that an action refused: on the form the person filled in, or as a message."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from rest_framework.exceptions import APIException

from dealport.kit.texts import SHOWN

REFUSALS = (APIException, ValidationError)
"""What actions raise when they refuse (`dealport.kit.errors`, and the models' own validation)."""


def by_field(refusal: Exception) -> dict[str | None, list[str]]:
    """Return the texts by form field (snake case); None for what concerns no single field."""
    if isinstance(refusal, ValidationError):
        if hasattr(refusal, "error_dict"):
            return {None if name == "__all__" else name: texts for name, texts in refusal.message_dict.items()}
        return {None: list(refusal.messages)}
    detail: object = getattr(refusal, "detail", str(refusal))
    if isinstance(detail, dict):
        return {_snake(name): [str(text) for text in texts] for name, texts in detail.items()}
    return {None: [str(text) for text in detail] if isinstance(detail, list) else [str(detail)]}


def text_of(refusal: Exception) -> str:
    """Return the refusal as one line, fields named."""
    parts = [(name, " ".join(texts)) for name, texts in by_field(refusal).items()]
    return "; ".join(f"{_words(name)}: {text}" if name else text for name, text in parts)


def _words(name: str) -> str:
    words = name.replace("_", " ")
    return gettext(SHOWN.get(words, words))


def refused_form(form_class: type[forms.ModelForm], refusal: Exception) -> type[forms.ModelForm]:  # type: ignore[type-arg]
    """Return the form that is never valid and shows the refusal where it belongs, input kept."""

    class RefusedForm(form_class):  # type: ignore[misc,valid-type]
        def clean(self) -> dict[str, object]:
            values: dict[str, object] = super().clean()
            for name, texts in by_field(refusal).items():
                self.add_error(name if name in self.fields else None, texts)
            return values

    return RefusedForm


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()
