"""The form of a schedule: its fields, what they start with, and the schedule that comes of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django import forms
from django.db.models import Case
from django.db.models import When as IfSo
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.text import capfirst
from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from customers.access import stores_for
from customers.models import User
from dealport.kit.errors import invalid
from dealport.kit.texts import lazy_text as _
from reports import scheduling
from reports.datasets import DATASETS, Dataset
from reports.exporting.requests import QUERY
from reports.models import ExportFormat, SavedQuery, ScheduledExport
from reports.pages.action_form import ActionForm, Attributes, Errors, Suggestions, TimeOfDay, Typed
from reports.pages.export_form import all_columns, columns_field, filter_fields, format_field
from reports.pages.schedule_when import DAYS, RHYTHMS, WEEKDAYS, When, when_of
from reports.scheduling.checking import PERIOD, check_schedule, fields_of
from reports.scheduling.periods import PERIODS

MIDNIGHT = "0 0 * * *"
"""Stands in for an expression that cannot be made of the form, while the rest is checked."""
WHEN = ("rhythm", "time", "weekday", "day", "cron")
"""The fields of `When`."""
SLUG = re.compile(r"[\w-]+")
RHYTHM_OF = {"yesterday": "daily", "last_week": "weekly"}
"""Period → the rhythm a schedule of it begins with, where that is not monthly."""
PLAIN = {"autocomplete": "off", "spellcheck": "false"}
CRON_HINT = _("minute hour day month weekday (0 is Sunday), for example 30 7 * * 1-5; at most every 15 minutes.")
RECIPIENTS_HINT = _(
    "Email addresses of admins, or of people who work in the store, one a line. The mail holds the receipt and a link "
    "that asks for the login, never the file."
)
UNMASKED_HINT = _(" A super admin's file with personal columns holds them unmasked: super admins alone may fetch it.")


class ScheduleForm(ActionForm):
    """The form of a schedule that exports a dataset, or a saved query."""

    def __init__(
        self, dataset: Dataset | None, query: SavedQuery | None, user: User, data: MultiValueDict[str, str]
    ) -> None:
        self.dataset, self.query = dataset, query
        self.filter_fields = _filter_fields(dataset, user, data) if dataset else {}
        name: Attributes = {**PLAIN, "maxlength": 120}
        unmasked = UNMASKED_HINT if user.is_superuser else ""
        fields = {
            "name": Typed(gettext("Name"), attributes=name),
            **self.filter_fields,
            "format": format_field(),
            **({"columns": columns_field(dataset)} if dataset else {}),
            **_when_fields(user),
            "recipients": Typed(
                gettext("Recipients"), forms.Textarea, RECIPIENTS_HINT + unmasked, attributes={**PLAIN, "rows": 3}
            ),
        }
        super().__init__(data, fields)

    @property
    def title(self) -> str:
        """Name of the saved query or dataset that is exported; empty before one is chosen."""
        return self.query.name if self.query else gettext(self.dataset.title) if self.dataset else ""

    @property
    def columns(self) -> list[str]:
        """The ticked columns; a query has none to tick."""
        columns: list[str] = self.values.get("columns", [])
        return columns

    @property
    def filters(self) -> dict[str, str]:
        """What is to be filtered by; empty fields filter nothing."""
        names = [*self.dataset.filter_names, PERIOD] if self.dataset else []
        return {name: text for name in names if (text := str(self.data.get(name, "")).strip())}

    @property
    def when(self) -> When:
        """The moments it runs at, as chosen: every day, week, month, or a cron expression."""
        return When(*(self.values[name] for name in WHEN))


def new_form(dataset: Dataset | None, query: SavedQuery | None, user: User, given: QueryDict) -> ScheduleForm:
    """Return the form of a new schedule: last month, on the first of each month, to oneself.

    `given` may name filters, columns and the format to begin with; the rhythm follows the period, the clock the store.
    """
    slug = given.get("store", "")
    first = Case(IfSo(slug=slug if SLUG.fullmatch(slug) else "", then=0), default=1)
    zone = stores_for(user).order_by(first, "pk").values_list("timezone", flat=True).first() or "UTC"
    filters = {PERIOD: "last_month"} if dataset and dataset.has_period else {}
    names = [name for name in (*dataset.filter_names, PERIOD) if name not in ("from", "to")] if dataset else []
    filters |= {name: text for name in names if (text := given.get(name))}
    columns = given.getlist("column") or (all_columns(dataset) if dataset else [])
    rhythm = RHYTHM_OF.get(str(filters.get(PERIOD)), "monthly")
    title = query.name if query else gettext(dataset.title) if dataset else ""
    words = {"daily": gettext("daily"), "weekly": gettext("weekly"), "monthly": gettext("monthly")}
    format = str(given["format"]) if given.get("format") in ExportFormat.values else str(ExportFormat.CSV)
    data = _data(
        f"{title}, {words[rhythm]}",
        filters,
        columns,
        format,
        When(rhythm),
        zone,
        user.email,
    )
    return ScheduleForm(dataset, query, user, data)


def form_of(schedule: ScheduledExport, user: User) -> ScheduleForm:
    """Return the form of a schedule as it is."""
    dataset = DATASETS.get(schedule.dataset)
    columns = schedule.columns or (all_columns(dataset) if dataset else [])
    when, recipients = when_of(schedule.cron), "\n".join(schedule.recipients)
    data = _data(schedule.name, schedule.filters, columns, schedule.format, when, schedule.timezone, recipients)
    return ScheduleForm(dataset, schedule.query, user, data)


def _data(
    name: str, filters: Mapping[str, object], columns: list[str], format: str, when: When, zone: str, recipients: str
) -> MultiValueDict[str, str]:
    data = QueryDict(mutable=True)
    data.update({filter: str(value) for filter, value in filters.items()})
    data.update({"name": name, "format": str(format), "timezone": zone, "recipients": recipients})
    data.update({field: getattr(when, field) for field in WHEN})
    data.setlist("column", columns)
    return data


def save(form: ScheduleForm, schedule: ScheduledExport | None, actor: User) -> ScheduledExport:
    """Create the schedule, or change it. Raises ValidationError, Http404, Conflict as the actions do."""
    wrong: Errors = {}
    cron = MIDNIGHT
    try:
        cron = form.when.expression
    except ValidationError as refusal:
        wrong |= fields_of(refusal)
    if form.dataset and not form.columns:
        wrong |= fields_of(invalid("columns", gettext("Choose at least one column.")))
    values = {
        "name": form.values["name"],
        "dataset": form.dataset.name if form.dataset else QUERY,
        "query": form.query,
        "filters": form.filters,
        "columns": _asked_columns(form, schedule),
        "format": form.values["format"],
        "cron": cron,
        "timezone": form.values["timezone"],
        "recipients": [address for address in re.split(r"[\s,;]+", form.values["recipients"]) if address],
    }
    if wrong:
        raise ValidationError({**_other_errors(values, schedule.owner if schedule else actor, actor), **wrong})
    if schedule is None:
        return scheduling.create_schedule(values=values, actor=actor)
    return scheduling.change_schedule(schedule=schedule, values=values, actor=actor)


def _other_errors(values: Mapping[str, object], owner: User, actor: User) -> Errors:
    """Return what else is wrong beside what the form alone knows of, so that all is said at once."""
    try:
        check_schedule(ScheduledExport(owner=owner, **values), actor)
    except ValidationError as refusal:
        return fields_of(refusal)
    return {}


def _asked_columns(form: ScheduleForm, schedule: ScheduledExport | None) -> list[str]:
    """Return none where all are ticked, and keep an order that only the API can say."""
    if form.dataset is None or form.columns == all_columns(form.dataset):
        return []
    if schedule and sorted(schedule.columns) == sorted(form.columns):
        return list(schedule.columns)
    return form.columns


def _filter_fields(dataset: Dataset, user: User, data: Mapping[str, object]) -> dict[str, Typed]:
    """Return the fields of what is exported: store, relative period, and the dataset's own filters."""
    known = filter_fields(dataset, user, data)
    fields = {name: field for name, field in known.items() if name not in ("from", "to")}
    if not dataset.has_period:
        return fields
    named = [(name, capfirst(gettext(words))) for name, (words, _) in PERIODS.items()]
    choices = [("", gettext("From the beginning until now")), *named]
    hint = gettext("As it is meant on the day of each run, in the store's time zone.")
    return {"store": fields.pop("store"), PERIOD: Typed(gettext("Period"), forms.Select, hint, choices), **fields}


def _when_fields(user: User) -> dict[str, Typed]:
    zones = sorted({"UTC", *stores_for(user).order_by().values_list("timezone", flat=True).distinct()})
    return {
        "rhythm": Typed(gettext("Rhythm"), forms.RadioSelect, choices=RHYTHMS),
        "time": Typed(gettext("At"), TimeOfDay),
        "weekday": Typed(gettext("On"), forms.Select, choices=WEEKDAYS),
        "day": Typed(gettext("On day"), forms.Select, gettext("Months without that day are left out."), DAYS),
        "cron": Typed(gettext("Expression"), hint=CRON_HINT, attributes={**PLAIN, "maxlength": 120}),
        "timezone": Typed(
            gettext("Time zone"),
            Suggestions,
            choices=[(zone, zone) for zone in zones],
            attributes={**PLAIN, "maxlength": 64},
        ),
    }
