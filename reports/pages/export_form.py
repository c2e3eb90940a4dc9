"""The form that asks for a file: what was filled in so far, its fields, and what it would bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import Http404, QueryDict
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from customers.access import stores_for
from customers.models import User
from dashboard.models import Basis
from dealport.kit.errors import invalid
from reports import exporting
from reports.datasets import Column, Dataset
from reports.exporting.scopes import read_columns
from reports.files.xlsx_file import SHEET_ROWS
from reports.models import ExportFormat, ExportJob
from reports.pages.export_words import choice_words, words

RESERVED = frozenset({"csrfmiddlewaretoken", "type", "query", "column", "format", "preview"})
"""Names of the form that are no filters."""
STORES_IN_SELECT = 50
STORES_OFFERED = 1000
NO_STORE = "There is no such store."
Errors = dict[str, list[str]]


@dataclass(frozen=True)
class Draft:
    """What is filled in: filters without the empty ones, the ticked columns, and names that came twice."""

    dataset: Dataset
    filters: Mapping[str, str]
    columns: list[str]
    format: str
    repeated: list[str]

    @property
    def asked_columns(self) -> list[str]:
        """The columns to ask for: none named where all are ticked, so that equal requests are equal."""
        return [] if self.columns == [column.name for column in self.dataset.columns] else self.columns


@dataclass(frozen=True)
class Field:
    """One field of the form."""

    name: str
    label: str
    kind: str
    value: str
    choices: list[tuple[str, str]]
    errors: list[str]
    hint: str = ""

    @property
    def id(self) -> str:
        """The id of its element."""
        return f"field-{self.name}"


@dataclass(frozen=True)
class Preview:
    """What would come: columns, estimated rows (None: the form has errors), sheets of a workbook."""

    columns: list[Column]
    masked: int
    rows: int | None
    format: str

    @property
    def sheets(self) -> int:
        """How many sheets of a workbook the rows fill."""
        return max(1, -(-(self.rows or 0) // SHEET_ROWS))


def read_draft(dataset: Dataset, data: QueryDict, *, is_filled: bool) -> Draft:
    """Return what was filled in; a form that was not yet starts with last month, all columns and CSV."""
    given = {name: str(data[name]).strip() for name in data if name not in RESERVED}
    filters = {name: value for name, value in given.items() if value}
    repeated = [name for name in data if name != "column" and len(data.getlist(name)) > 1]
    if is_filled:
        return Draft(dataset, filters, data.getlist("column"), data.get("format", ""), repeated)
    if dataset.has_period and not {"from", "to"} & set(data):
        last = timezone.now().date().replace(day=1) - timedelta(days=1)
        filters |= {"from": last.replace(day=1).isoformat(), "to": last.isoformat()}
    return Draft(dataset, filters, [column.name for column in dataset.columns], ExportFormat.CSV, repeated)


def ask(draft: Draft, user: User) -> ExportJob:
    """Export. Raises ValidationError, Http404, Conflict as `request_export`."""
    _refuse_what_is_unclear(draft)
    return exporting.request_export(
        owner=user, dataset=draft.dataset.name, filters=draft.filters, format=draft.format, columns=draft.asked_columns
    )


def preview(draft: Draft, user: User) -> tuple[Preview, Errors]:
    """Return what the draft would bring, and what is wrong with it."""
    errors: Errors = {}
    rows = None
    try:
        rows = exporting.estimated_rows(draft.dataset, draft.filters, user)
    except ValidationError as refusal:
        errors |= by_field(refusal)
    except Http404:
        errors["store"] = [NO_STORE]
    try:
        _refuse_what_is_unclear(draft)
        read_columns(draft.dataset, draft.columns)
    except ValidationError as refusal:
        errors |= by_field(refusal)
    columns = [column for column in draft.dataset.columns if column.name in draft.columns]
    masked = 0 if user.is_superuser else sum(column.is_personal for column in columns)
    return Preview(columns, masked, None if errors else rows, draft.format), errors


def by_field(refusal: ValidationError) -> Errors:
    """Return the texts by field of the form."""
    detail: Any = refusal.detail
    return {
        name.removeprefix("filters."): [str(text).replace("filters.", "") for text in texts]
        for name, texts in detail.items()
    }


def fields(draft: Draft, user: User, errors: Errors) -> list[Field]:
    """Return the fields of the dataset: store, period, basis, its own filters."""
    dataset, found = draft.dataset, [_shop_field(draft, user, errors)]

    def field(name: str, label: str, kind: str, choices: list[tuple[str, str]], hint: str = "") -> Field:
        return Field(name, label, kind, draft.filters.get(name, ""), choices, errors.get(name, []), hint)

    if dataset.has_period:
        found += [
            field("from", "From", "date", [], "Empty: from the beginning. Days are those of each store's zone."),
            field("to", "To", "date", [], "This day included. Empty: until now."),
        ]
    if dataset.has_basis:
        found.append(field("basis", "Counted", "select", list(Basis.choices)))
    for known in dataset.filters:
        choices = [("", "All"), *((value, choice_words(value)) for value in known.choices or ())]
        kind = "text" if known.choices is None else "select"
        found.append(field(known.name, words(known.name), kind, choices, known.meaning))
    return found


def error_lines(dataset: Dataset, errors: Errors) -> list[tuple[str, str]]:
    """Return every error with the name of its field, and the id of what it is about: none where the form lacks it."""
    ids = {"columns": "columns", "format": "format"} | {name: f"field-{name}" for name in dataset.filter_names}
    return [(ids.get(name, ""), f"{words(name)}: {text}") for name, texts in errors.items() for text in texts]


def _shop_field(draft: Draft, user: User, errors: Errors) -> Field:
    """Return a select of few stores; of many a text field that is searched, light also for a thousand."""
    stores = list(stores_for(user).order_by("name", "pk").values_list("slug", "name")[: STORES_OFFERED + 1])
    value, wrong = draft.filters.get("store", ""), errors.get("store", [])
    if len(stores) <= STORES_IN_SELECT:
        return Field("store", "Store", "select", value, [("", "All stores"), *stores], wrong)
    hint = "Empty: all stores. Type a part of the name and choose."
    if len(stores) > STORES_OFFERED:
        hint += f" The first {STORES_OFFERED:,} are offered; the others go by the name in their address."
    return Field("store", "Store", "stores", value, stores[:STORES_OFFERED], wrong, hint)


def _refuse_what_is_unclear(draft: Draft) -> None:
    """Raise ValidationError where a name came twice or no column is ticked."""
    if draft.repeated:
        raise ValidationError({name: ["given more than once"] for name in draft.repeated})
    if not draft.columns:
        raise invalid("columns", "Choose at least one column.")
