"""What requests of analytics, exports, schedules and queries may contain: serializers and filters that validate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dealport.kit.rest.documents import AnyField
from dealport.kit.rest.fields import FlagField, IdField, StoreKeyField, TextField
from dealport.kit.rest.filters import FlagFilter
from dealport.kit.rest.queries import DayParameter
from dealport.kit.rest.serializers import StrictSerializer
from reports.datasets import DATASETS as DECLARED
from reports.exporting.requests import QUERY
from reports.models import ExportFormat, ExportJob
from reports.scheduling.moments import LEAST_MINUTES
from reports.scheduling.periods import PERIODS
from reports.scheduling.recipients import MAX_RECIPIENTS
from reports.sql.limits import SQL_CHARACTERS

TYPES = [*DECLARED, QUERY]


_CRON = (
    "minute hour day-of-month month day-of-week (0 is Sunday); day of month and day of week must both match. "
    f"At most every {LEAST_MINUTES} minutes."
)


@extend_schema_field({"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "integer"}]}})
class FilterValuesField(serializers.Field[object, object, object, object]):
    """Values by the name of the filter; which there are depends on the type."""

    default_error_messages = {"invalid": "Expected an object of filters."}

    def to_internal_value(self, data: object) -> dict[str, object]:
        """Return the object. Raises ValidationError."""
        if not isinstance(data, Mapping) or len(data) > 20:
            self.fail("invalid")
        return dict(data)

    def to_representation(self, value: object) -> object:
        """Return the object as it was given."""
        return value


class ColumnsField(serializers.ListField):
    """Columns of the file by their names, in the order wanted."""

    child = TextField(max_length=60)


class ExportInput(StrictSerializer):
    """What an export request contains."""

    type = serializers.ChoiceField(choices=[*DECLARED, QUERY], help_text="What to export.")
    filters = FilterValuesField(default=dict, help_text="`store`, `from`, `to` (local days, both in), and the type's.")
    format = serializers.ChoiceField(choices=ExportFormat.values)
    columns = ColumnsField(
        default=list, max_length=60, help_text="Names in the order of the file; all where none is named."
    )
    query = IdField(required=False, help_text="A saved query, for type `query`. Super admins only.")


class ExportFilters(django_filters.FilterSet):
    """Exports by status and dataset."""

    status = django_filters.ChoiceFilter(choices=ExportJob.Status.choices)
    type = django_filters.ChoiceFilter(field_name="dataset", choices=[(name, name) for name in (*DECLARED, QUERY)])


class ScheduleInput(StrictSerializer):
    """What a schedule is made of."""

    name = TextField(max_length=120)
    type = serializers.ChoiceField(choices=TYPES, source="dataset", help_text="What to export.")
    query = IdField(required=False, allow_null=True, help_text="A saved query, for type `query`. Super admins only.")
    filters = FilterValuesField(
        required=False, help_text=f"`store`, `period` (one of {', '.join(PERIODS)}) and the type's."
    )
    columns = ColumnsField(
        required=False, max_length=60, help_text="Names in the order of the file; all where none is named."
    )
    format = serializers.ChoiceField(choices=ExportFormat.values)
    cron = TextField(max_length=100, help_text=_CRON)
    timezone = TextField(max_length=64, required=False, help_text="IANA name, such as Europe/London; UTC if not said.")
    recipients = serializers.ListField(
        child=TextField(max_length=254),
        min_length=1,
        max_length=MAX_RECIPIENTS,
        help_text="Email addresses of admins, or people of the store; the mail holds a link that needs the login.",
    )
    isActive = FlagField(
        source="is_active", required=False, help_text="false pauses it; true starts it again and forgets its failures."
    )


class ScheduleFilters(django_filters.FilterSet):
    """Schedules by whether they are active, and dataset."""

    isActive = FlagFilter(field_name="is_active")
    type = django_filters.ChoiceFilter(field_name="dataset", choices=[(name, name) for name in TYPES])


class SqlField(TextField):
    """A statement, as it was typed: the white space around it counts for positions."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=SQL_CHARACTERS, trim_whitespace=False, **kwargs)


class QueryInput(StrictSerializer):
    """A statement for the SQL console; it is checked before it runs."""

    sql = SqlField()


class SavedQueryInput(StrictSerializer):
    """A statement with a name, checked as it is when it runs."""

    name = TextField(max_length=120)
    sql = SqlField()


class RecalculationInput(StrictSerializer):
    """Days that are over, both ends included; without a store, of every store."""

    to = DayParameter(required=True)
    store = StoreKeyField(required=False)

    def get_fields(self) -> dict[str, AnyField]:
        """Return the fields; the name of the first is a keyword of Python."""
        return {"from": DayParameter(required=True), **super().get_fields()}
