"""The form that exports a dataset: its fields, and what it would bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from customers.access import stores_for
from customers.models import User
from dashboard.models import Basis
from dealport.kit.errors import invalid
from dealport.kit.formats import country_names, number_text
from dealport.kit.texts import lazy_text as _
from orders.method_labels import method_choices
from reports import exporting
from reports.datasets import Column, Dataset
from reports.exporting.scopes import read_columns
from reports.files.xlsx_file import SHEET_ROWS
from reports.models import ExportFormat, ExportJob
from reports.pages.action_form import ActionForm, Attributes, Day, Errors, Suggestions, Ticked, Typed, by_field
from reports.pages.export_words import choice_words, words

RESERVED = frozenset({"csrfmiddlewaretoken", "type", "query", "column", "format", "as", "preview"})
"""Names of the form that are no filters."""
STORES_IN_SELECT = 50
STORES_OFFERED = 1000
TEXT: Attributes = {"maxlength": 100, "autocomplete": "off", "autocapitalize": "characters"}
SEARCHED: Attributes = {"autocomplete": "off", "placeholder": _("All stores")}
NO_STORE = _("There is no such store.")


class DatasetForm(ActionForm):
    """The form of a dataset; one that was not filled in yet starts with last month, all columns and CSV.

    `as` of the address names another format to start with.
    """

    def __init__(self, dataset: Dataset, user: User, data: QueryDict, *, is_filled: bool) -> None:
        self.dataset = dataset
        self.sent = data
        self.filter_fields = filter_fields(dataset, user, data)
        fields = {**self.filter_fields, "format": format_field(), "columns": columns_field(dataset)}
        super().__init__(data if is_filled else _started(dataset, data), fields)

    @property
    def filters(self) -> dict[str, str]:
        """What is to be filtered by, also by filters the dataset does not have; empty fields filter nothing."""
        given = {name: str(self.data[name]).strip() for name in self.data if name not in RESERVED}
        return {name: value for name, value in given.items() if value}

    @property
    def asked_columns(self) -> list[str]:
        """The columns to request: none named where all are ticked, so that equal requests are equal."""
        columns: list[str] = self.values["columns"]
        return [] if columns == all_columns(self.dataset) else columns

    def check_ambiguity(self) -> None:
        """Raise ValidationError where a name came twice or no column is ticked."""
        repeated = [name for name in self.sent if name != "column" and len(self.sent.getlist(name)) > 1]
        if repeated:
            raise ValidationError({name: [gettext("given more than once")] for name in repeated})
        if not self.values["columns"]:
            raise invalid("columns", gettext("Choose at least one column."))


@dataclass(frozen=True)
class Preview:
    """What would come: columns, rows (None: the form has errors), sheets of a workbook."""

    columns: list[Column]
    masked: int
    rows: exporting.RowCount | None
    format: str

    @property
    def sheets(self) -> int:
        """How many sheets of a workbook the rows fill."""
        return max(1, -(-(self.rows.number if self.rows else 0) // SHEET_ROWS))


def _started(dataset: Dataset, data: QueryDict) -> QueryDict:
    started = data.copy()
    if dataset.has_period and not {"from", "to"} & set(data):
        last = timezone.now().date().replace(day=1) - timedelta(days=1)
        started["from"], started["to"] = last.replace(day=1).isoformat(), last.isoformat()
    if "column" not in data:
        started.setlist("column", all_columns(dataset))
    asked = data.get("as", "")
    started["format"] = asked if asked in ExportFormat.values else str(ExportFormat.CSV)
    return started


def all_columns(dataset: Dataset) -> list[str]:
    """Return the names of a dataset's columns, in their order."""
    return [column.name for column in dataset.columns]


def request_file(form: DatasetForm, user: User) -> ExportJob:
    """Export. Raises ValidationError, Http404, Conflict as `request_export`."""
    form.check_ambiguity()
    return exporting.request_export(
        owner=user,
        dataset=form.dataset.name,
        filters=form.filters,
        format=form.values["format"],
        columns=form.asked_columns,
    )


def preview(form: DatasetForm, user: User) -> tuple[Preview, Errors]:
    """Return what the form would bring, and what is wrong with it."""
    errors: Errors = {}
    rows = None
    try:
        rows = exporting.expected_rows(form.dataset, form.filters, user)
    except ValidationError as refusal:
        errors |= by_field(refusal)
    except Http404:
        errors["store"] = [NO_STORE]
    try:
        form.check_ambiguity()
        read_columns(form.dataset, form.values["columns"])
    except ValidationError as refusal:
        errors |= by_field(refusal)
    columns = [column for column in form.dataset.columns if column.name in form.values["columns"]]
    masked = 0 if user.is_superuser else sum(column.is_personal for column in columns)
    return Preview(columns, masked, None if errors else rows, form.values["format"]), errors


NAMED: dict[str, Callable[[User], list[tuple[str, str]]]] = {
    "country": lambda user: country_names(),
    "paymentMethod": lambda user: method_choices(stores_for(user)),
}
"""Filters whose codes people choose by name."""


def filter_fields(dataset: Dataset, user: User, data: Mapping[str, object]) -> dict[str, Typed]:
    """Return the fields of what is exported: store, period, basis, the dataset's own filters; `data` fills them."""
    fields = {"store": store_field(user, gettext("All stores") if user.sees_all_stores else "")}
    if dataset.has_period:
        since = gettext("Empty: from the beginning. Days are those of each store's zone.")
        fields |= {
            "from": Typed(gettext("From"), Day, since),
            "to": Typed(gettext("To"), Day, gettext("This day included. Empty: until now.")),
        }
    if dataset.has_basis:
        fields["basis"] = Typed(
            gettext("Counted"), forms.Select, choices=[(value, gettext(label)) for value, label in Basis.choices]
        )
    for known in dataset.filters:
        if known.name in NAMED:
            names = [("", gettext("All")), *NAMED[known.name](user)]
            if (value := str(data.get(known.name, ""))) not in dict(names):
                names.append((value, value))  # asked for by the API, or known no more
            fields[known.name] = Typed(words(known.name), forms.Select, choices=names)
        elif known.choices is None:
            fields[known.name] = Typed(
                words(known.name), hint=known.meaning and gettext(known.meaning), attributes=TEXT
            )
        else:
            choices = [("", gettext("All")), *((value, choice_words(value)) for value in known.choices)]
            fields[known.name] = Typed(
                words(known.name), forms.Select, known.meaning and gettext(known.meaning), choices
            )
    return fields


def format_field() -> Typed:
    """Return the field of the file's format."""
    return Typed(
        gettext("Format"),
        forms.RadioSelect,
        choices=[(str(value), str(label)) for value, label in ExportFormat.choices],
    )


def _texts(choices: Iterable[tuple[object, object]]) -> list[tuple[str, str]]:
    return [(str(value), str(label)) for value, label in choices]


def columns_field(dataset: Dataset) -> Ticked:
    """Return the field of the file's columns."""
    return Ticked(gettext("Columns"), [(name, name) for name in all_columns(dataset)])


def store_field(user: User, every: str = _("All stores")) -> Typed:
    """Return a select of few stores; of many a text field that is searched, light also for a thousand.

    `every` names what an empty field means; empty, one is to be chosen.
    """
    stores = list(stores_for(user).order_by("name", "pk").values_list("slug", "name")[: STORES_OFFERED + 1])
    if len(stores) <= STORES_IN_SELECT:
        return Typed(gettext("Store"), forms.Select, choices=[*([("", every)] if every else []), *stores])
    hint = gettext("Type a part of the name and choose.")
    if every:
        hint += gettext(" Empty: {every}.").format(every=every.lower())
    if len(stores) > STORES_OFFERED:
        hint += gettext(" The first {stores_offered} are offered; the others go by the name in their address.").format(
            stores_offered=number_text(STORES_OFFERED)
        )
    return Typed(gettext("Store"), Suggestions, hint, stores[:STORES_OFFERED], SEARCHED)
