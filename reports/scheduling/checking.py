"""What a schedule may say: everything is checked together, so that every wrong field is named at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError as ModelValidationError
from django.utils import timezone
from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from customers.models import User
from customers.models.stores import validate_time_zone
from dealport.kit.errors import invalid
from dealport.kit.values import FieldValues, Json
from reports.datasets import DATASETS, Dataset
from reports.exporting.requests import QUERY
from reports.exporting.scopes import read_columns, read_scope, with_store
from reports.models import ExportFormat, ScheduledExport
from reports.scheduling.moments import next_moment, read_cron
from reports.scheduling.periods import PERIODS
from reports.scheduling.recipients import read_recipients

PERIOD = "period"
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line ends, and what turns the direction of writing round: not in a mail's subject."""


def check_schedule(schedule: ScheduledExport, actor: User) -> None:
    """Normalise what the unsaved `schedule` says and check it with the rights of its owner and of who writes it.

    Raises ValidationError naming every field that is wrong, Http404 for a store the owner may not see.
    """
    checks: Sequence[Callable[[ScheduledExport], None]] = (
        _check_name,
        _check_query if schedule.dataset == QUERY else _check_dataset,
        _check_format,
        _check_moments,
        _check_recipients,
    )
    wrong: FieldValues = {}
    if schedule.dataset != QUERY and "store" not in schedule.filters:
        try:
            schedule.filters = with_store(schedule.filters, schedule.owner)
        except ValidationError as error:
            wrong = fields_of(error)
    if not schedule.owner.is_staff:
        wrong["owner"] = ["The account may not open exports any more."]
    may_query = settings.DEALPORT_SQL_CONSOLE and schedule.owner.is_superuser and actor.is_superuser
    if schedule.dataset == QUERY and not may_query:
        wrong["query"] = ["is for super admins, where the SQL console is switched on"]
    for check in checks:
        try:
            check(schedule)
        except ValidationError as error:
            wrong = {**fields_of(error), **wrong}
    if wrong:
        raise ValidationError(wrong)


def split_period(filters: Mapping[str, Any]) -> tuple[Json, str]:
    """Return the filters without `period`, and that (empty: none). Raises ValidationError for an unknown one."""
    rest = dict(filters)
    period = rest.pop(PERIOD, "")
    if PERIOD in filters and not (isinstance(period, str) and period in PERIODS):
        raise invalid(f"filters.{PERIOD}", gettext("Enter one of {choices}.").format(choices=", ".join(PERIODS)))
    return rest, period


def _check_name(schedule: ScheduledExport) -> None:
    schedule.name = schedule.name.strip()
    if not 1 <= len(schedule.name) <= 120 or _UNFIT.search(schedule.name):
        raise invalid("name", gettext("Enter one line of 1 to 120 characters."))


def _check_query(schedule: ScheduledExport) -> None:
    if schedule.query is None:
        raise invalid("query", gettext("Enter a saved query with type={query}.").format(query=QUERY))
    if schedule.filters or schedule.columns:
        raise invalid("filters", gettext("A saved query takes neither filters nor columns."))


def _check_dataset(schedule: ScheduledExport) -> None:
    dataset = DATASETS.get(schedule.dataset)
    if dataset is None:
        raise invalid(
            "type", gettext("Enter one of {choices}, {query}.").format(choices=", ".join(DATASETS), query=QUERY)
        )
    if schedule.query is not None:
        raise invalid("query", gettext("Leave it out: only type={query} has a query.").format(query=QUERY))
    _check_filters(schedule, dataset)
    read_columns(dataset, schedule.columns)


def _check_filters(schedule: ScheduledExport, dataset: Dataset) -> None:
    filters, period = split_period(schedule.filters)
    if period and not dataset.has_period:
        raise invalid(
            f"filters.{PERIOD}", gettext("Leave it out: {dataset} has no period.").format(dataset=dataset.name)
        )
    if fixed := [name for name in ("from", "to") if name in filters]:
        raise invalid(
            f"filters.{fixed[0]}",
            gettext("Enter {period}: a fixed day exports the same days each time.").format(period=PERIOD),
        )
    read_scope(dataset, filters, schedule.owner)


def _check_format(schedule: ScheduledExport) -> None:
    if schedule.format not in ExportFormat.values:
        raise invalid("format", gettext("Enter one of {choices}.").format(choices=", ".join(ExportFormat.values)))


def _check_moments(schedule: ScheduledExport) -> None:
    schedule.cron = " ".join(schedule.cron.split())
    try:
        validate_time_zone(schedule.timezone)
    except ModelValidationError as error:
        raise invalid("timezone", error.messages[0]) from error
    next_moment(read_cron(schedule.cron), ZoneInfo(schedule.timezone), timezone.now())


def _check_recipients(schedule: ScheduledExport) -> None:
    schedule.recipients = read_recipients(schedule.recipients, schedule.filters)


def fields_of(error: ValidationError) -> Json:
    """Return what is wrong by field."""
    return error.detail if isinstance(error.detail, dict) else {"nonFieldErrors": error.detail}
