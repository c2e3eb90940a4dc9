"""The form of a schedule: what it was filled in with, its fields, and the schedule that comes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from customers.models import Store, User
from dealport.kit.errors import invalid
from reports import scheduling
from reports.datasets import DATASETS, Dataset
from reports.exporting.requests import QUERY
from reports.models import ExportFormat, SavedQuery, ScheduledExport
from reports.pages import export_form, export_words
from reports.pages.export_form import Errors, Field
from reports.pages.schedule_when import DAYS, WEEKDAYS, When, when_of
from reports.scheduling.checking import PERIOD, check_schedule, fields_of
from reports.scheduling.periods import PERIODS

FIELDS = ("name", "rhythm", "time", "weekday", "day", "cron", "timezone", "recipients")
"""Fields of the form beside those of what is exported."""
MIDNIGHT = "0 0 * * *"
"""Stands in for an expression that cannot be made of the form, while the rest is checked."""


@dataclass(frozen=True)
class Draft:
    """What is filled in; either a dataset or a saved query."""

    dataset: Dataset | None
    query: SavedQuery | None
    name: str
    filters: Mapping[str, str]
    columns: list[str]
    format: str
    when: When
    timezone: str
    recipients: str

    @property
    def title(self) -> str:
        """What is exported."""
        return self.query.name if self.query else self.dataset.title if self.dataset else ""


def new_draft(dataset: Dataset | None, query: SavedQuery | None, user: User) -> Draft:
    """Return what the form of a new schedule starts with: last month, on the first of each month, to oneself."""
    filters = {PERIOD: "last_month"} if dataset and dataset.has_period else {}
    zone = Store.objects.order_by("pk").values_list("timezone", flat=True).first() or "UTC"
    columns, when = _all_columns(dataset), When("monthly")
    return Draft(dataset, query, "", filters, columns, ExportFormat.CSV, when, zone, user.email)


def draft_of(schedule: ScheduledExport) -> Draft:
    """Return what the form of a schedule starts with."""
    dataset = DATASETS.get(schedule.dataset)
    return Draft(
        dataset=dataset,
        query=schedule.query,
        name=schedule.name,
        filters={name: str(value) for name, value in schedule.filters.items()},
        columns=schedule.columns or _all_columns(dataset),
        format=schedule.format,
        when=when_of(schedule.cron),
        timezone=schedule.timezone,
        recipients="\n".join(schedule.recipients),
    )


def filled_in(data: QueryDict, dataset: Dataset | None, query: SavedQuery | None) -> Draft:
    """Return what was sent."""
    names = [*dataset.filter_names, PERIOD] if dataset else []
    return Draft(
        dataset=dataset,
        query=query,
        name=data.get("name", ""),
        filters={name: text for name in names if (text := data.get(name, "").strip())},
        columns=data.getlist("column") if dataset else [],
        format=data.get("format", ""),
        when=When(*(data.get(name, "").strip() for name in ("rhythm", "time", "weekday", "day", "cron"))),
        timezone=data.get("timezone", "").strip(),
        recipients=data.get("recipients", ""),
    )


def save(draft: Draft, schedule: ScheduledExport | None, actor: User) -> ScheduledExport:
    """Create the schedule, or change it. Raises ValidationError, Http404, Conflict as the actions do."""
    wrong: dict[str, Any] = {}
    cron = MIDNIGHT
    try:
        cron = draft.when.expression
    except ValidationError as refusal:
        wrong |= fields_of(refusal)
    if draft.dataset and not draft.columns:
        wrong |= fields_of(invalid("columns", "Choose at least one column."))
    values = {
        "name": draft.name,
        "dataset": draft.dataset.name if draft.dataset else QUERY,
        "query": draft.query,
        "filters": dict(draft.filters),
        "columns": _asked_columns(draft, schedule),
        "format": draft.format,
        "cron": cron,
        "timezone": draft.timezone,
        "recipients": [address for address in re.split(r"[\s,;]+", draft.recipients) if address],
    }
    if wrong:
        raise ValidationError({**_other_errors(values, schedule.owner if schedule else actor, actor), **wrong})
    if schedule is None:
        return scheduling.create_schedule(values=values, actor=actor)
    return scheduling.change_schedule(schedule=schedule, values=values, actor=actor)


def _other_errors(values: Mapping[str, Any], owner: User, actor: User) -> dict[str, Any]:
    """Return what else is wrong beside what the form alone knows of, so that all is said at once."""
    try:
        check_schedule(ScheduledExport(owner=owner, **values), actor)
    except ValidationError as refusal:
        return fields_of(refusal)
    return {}


def _asked_columns(draft: Draft, schedule: ScheduledExport | None) -> list[str]:
    """Return none where all are ticked, and keep an order that only the API can say."""
    if draft.columns == _all_columns(draft.dataset):
        return []
    if schedule and sorted(schedule.columns) == sorted(draft.columns):
        return list(schedule.columns)
    return draft.columns


def _all_columns(dataset: Dataset | None) -> list[str]:
    return [column.name for column in dataset.columns] if dataset else []


def fields(draft: Draft, user: User, errors: Errors) -> list[Field]:
    """Return the fields of what is exported: store, relative period, and the dataset's own filters."""
    if draft.dataset is None:
        return []
    asked = export_form.Draft(draft.dataset, draft.filters, draft.columns, draft.format, [])
    found = [field for field in export_form.fields(asked, user, errors) if field.name not in ("from", "to")]
    if draft.dataset.has_period:
        named = [(name, words[0].upper() + words[1:]) for name, (words, _) in PERIODS.items()]
        choices = [("", "From the beginning until now"), *named]
        value, hint = draft.filters.get(PERIOD, ""), "As it is meant on the day of each run, in the store's time zone."
        found.insert(1, Field(PERIOD, "Period", "select", value, choices, errors.get(PERIOD, []), hint))
    return found


def when_fields(draft: Draft, errors: Errors) -> dict[str, Field]:
    """Return the fields of the time, by name."""
    when = draft.when
    zones = sorted({"UTC", *Store.objects.order_by().values_list("timezone", flat=True).distinct()})

    def field(name: str, label: str, kind: str, value: str, choices: list[tuple[str, str]], hint: str = "") -> Field:
        return Field(name, label, kind, value, choices, errors.get(name, []), hint)

    cron_hint = "minute hour day month weekday (0 is Sunday), for example 30 7 * * 1-5; at most every 15 minutes."
    return {
        "weekday": field("weekday", "On", "select", when.weekday, WEEKDAYS),
        "day": field("day", "On day", "select", when.day, DAYS, "Months without that day are left out."),
        "time": field("time", "At", "time", when.time, []),
        "cron": field("cron", "Expression", "text", when.cron, [], cron_hint),
        "timezone": field("timezone", "Time zone", "list", draft.timezone, [(zone, zone) for zone in zones]),
    }


def error_lines(draft: Draft, errors: Errors) -> list[tuple[str, str]]:
    """Return every error in the order of the form: the id of the element it is about (empty: none), and its text."""
    first, *rest = FIELDS
    filters = [*(draft.dataset.filter_names if draft.dataset else ()), PERIOD]
    order = [first, *filters, "format", "columns", *rest]
    ids = {name: f"field-{name}" for name in order} | {"columns": "columns", "format": "format"}
    known = sorted(errors, key=lambda name: order.index(name) if name in order else len(order))
    return [(ids.get(name, ""), f"{export_words.words(name)}: {text}") for name in known for text in errors[name]]
