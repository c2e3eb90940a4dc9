"""Filters that every app's lists share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import django_filters
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from dealport.kit.texts import lazy_text as _


class DeletedFilter(admin.SimpleListFilter):
    """Leaves out deleted rows unless the filter says otherwise."""

    title = _("deletion")
    parameter_name = "deleted"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        """Return the choices besides the default."""
        return [("yes", gettext("Deleted")), ("all", gettext("Both"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Name the default for what it is."""
        default, *others = super().choices(changelist)
        yield {**default, "display": gettext("Present")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return present rows, deleted ones, or both."""
        if self.value() == "all":
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() != "yes")


class FormFilter(admin.ListFilter):
    """Narrows a list by what is typed into a form: filters of the API's list of the same rows, under the same names.

    `labels` says which, and what the form calls them. What cannot be read is said at its field and narrows nothing.
    """

    title = _("more")
    template = "admin/form_filter.html"
    filters: ClassVar[type[django_filters.FilterSet]]
    labels: ClassVar[Mapping[str, str]]
    hidden: ClassVar[Sequence[str]] = ()
    """Those that the form shows only where the address has them."""

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.labels:
            if value := (params.pop(name, None) or [""])[-1].strip():
                self.used_parameters[name] = value
        self.filled = self.filters(self.used_parameters, queryset=model._default_manager.none(), request=request)
        self.filled.form.label_suffix = ""
        for name, label in self.labels.items():
            self.filled.form.fields[name].label = label  # before anything is checked, which makes fields with labels

    def has_output(self) -> bool:
        """Answer yes: the form is shown with nothing chosen, too."""
        return True

    def expected_parameters(self) -> list[str | None]:
        """Return the parameters it takes."""
        return list(self.labels)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Return the rows that match all that was typed in."""
        form = self.filled.form
        if not self.used_parameters or not form.is_valid():
            return queryset
        try:
            return self.filled.filter_queryset(queryset)  # type: ignore[no-any-return]
        except ValidationError as error:  # the beginning of a range after its end
            for name, texts in error.detail.items():  # type: ignore[union-attr]
                form.add_error(name, [self._in_words(str(text)) for text in texts])
            return queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Yield the form: its fields, and the other parameters of the list, which stay."""
        form = self.filled.form
        kept = [(name, value) for name, values in changelist.filter_params.items() for value in values]
        yield {
            "selected": True,  # there is no other choice
            "fields": [form[name] for name in self.labels if name not in self.hidden or name in self.used_parameters],
            "kept": [(name, value) for name, value in kept if name not in self.labels],
            "used": len(self.used_parameters),
            "errors": form.errors if self.used_parameters else {},
        }

    def _in_words(self, text: str) -> str:
        """Return a sentence of the API with the form's names for its parameters."""
        return re.sub(r"\w+", lambda word: f"“{label}”" if (label := self.labels.get(word[0])) else word[0], text)
