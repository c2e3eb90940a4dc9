"""Names, help texts and choices of our models in the language of the page that shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils.translation import gettext_lazy

from dealport.kit.texts import SHOWN

OURS = ("dealport", "customers", "orders", "dashboard", "reports")


def mark_models() -> None:
    """Let the names, help texts and choices of our models follow the language; migrations do not see it."""
    for model in _models():
        meta: Any = model._meta
        meta.verbose_name, meta.verbose_name_plural = _lazy(meta.verbose_name), _lazy(meta.verbose_name_plural)
        for field in fields_of(model):
            name = str(field.verbose_name)
            field.verbose_name, field.help_text = _lazy(SHOWN.get(name, name)), _lazy(field.help_text)
            if field.choices:
                field.choices = [(value, _lazy(label)) for value, label in field.choices]


def _models() -> Iterator[type[Model]]:
    for app in OURS:
        yield from apps.get_app_config(app).get_models()


def fields_of(model: type[Model]) -> Iterator[Any]:
    """Return the fields that a model declares."""
    return (field for field in model._meta.local_fields if not field.auto_created)


def _lazy(text: object) -> object:
    return gettext_lazy(str(text)) if text else text
