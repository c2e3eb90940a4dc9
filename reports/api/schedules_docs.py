"""What the OpenAPI document says of schedules, and what their requests may hold."""

from __future__ import annotations

from typing import Any

import django_filters
from rest_framework import serializers

from dealport.kit.rest.docs import operation, operations
from dealport.kit.rest.fields import FlagField, IdField, TextField
from dealport.kit.rest.filters import FlagFilter
from dealport.kit.rest.serializers import StrictSerializer
from reports.api.exports_docs import ColumnsField, FilterValuesField
from reports.datasets import DATASETS as DECLARED
from reports.exporting.requests import QUERY
from reports.models import ExportFormat
from reports.scheduling.moments import LEAST_MINUTES
from reports.scheduling.periods import PERIODS
from reports.scheduling.recipients import MAX_RECIPIENTS

TYPES = [*DECLARED, QUERY]
_CRON = (
    "minute hour day-of-month month day-of-week (0 is Sunday); day of month and day of week must both match. "
    f"At most every {LEAST_MINUTES} minutes."
)


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
        child=TextField(max_length=254), min_length=1, max_length=MAX_RECIPIENTS,
        help_text="E-mail addresses of active admins and super admins; the mail holds a link that needs the login.",
    )  # fmt: skip
    isActive = FlagField(
        source="is_active", required=False, help_text="false pauses it; true starts it again and forgets its failures."
    )


class ScheduleFilters(django_filters.FilterSet):
    """Filters of the list."""

    isActive = FlagFilter(field_name="is_active")
    type = django_filters.ChoiceFilter(field_name="dataset", choices=[(name, name) for name in TYPES])


class ScheduleSerializer(serializers.Serializer[Any]):
    """A schedule."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    type = serializers.ChoiceField(choices=TYPES, source="dataset")
    query = serializers.IntegerField(source="query_id", allow_null=True)
    filters = FilterValuesField()
    columns = ColumnsField()
    format = serializers.ChoiceField(choices=ExportFormat.values)
    cron = serializers.CharField()
    timezone = serializers.CharField()
    recipients = serializers.ListField(child=serializers.CharField())
    isActive = serializers.BooleanField(source="is_active")
    nextRunAt = serializers.DateTimeField(source="next_run_at", allow_null=True, help_text="Null while it is paused.")
    lastRunAt = serializers.DateTimeField(source="last_run_at", allow_null=True)
    failures = serializers.IntegerField(help_text="In a row; at five it stops and its owner gets a mail.")
    lastError = serializers.CharField(source="last_error", help_text="What went wrong last; empty after a success.")
    owner = serializers.EmailField(source="owner.email")
    createdAt = serializers.DateTimeField(source="created_at")


_SENT: dict[str, Any] = {
    "name": "Sales of last month",
    "type": "orders",
    "filters": {"store": "tea-house", "period": "last_month"},
    "columns": [],
    "format": "xlsx",
    "cron": "0 7 1 * *",
    "timezone": "Europe/London",
    "recipients": ["rosa@example.com"],
}
_SCHEDULE = {
    "id": 7,
    **_SENT,
    "query": None,
    "isActive": True,
    "nextRunAt": "2026-12-01T07:00:00Z",
    "lastRunAt": "2026-11-01T07:00:12Z",
    "failures": 0,
    "lastError": "",
    "owner": "rosa@example.com",
    "createdAt": "2026-09-14T10:30:00Z",
}
LIST = operations(
    list=operation("listSchedules", "List schedules", answer=ScheduleSerializer(many=True), example=_SCHEDULE),
    retrieve=operation("readSchedule", "Read a schedule", answer=ScheduleSerializer, example=_SCHEDULE),
)
CREATE = operation(
    "createSchedule",
    "Have a file written again and again",
    body=ScheduleInput,
    sent=_SENT,
    answer=ScheduleSerializer,
    status=201,
    example={**_SCHEDULE, "lastRunAt": None},
    errors=(404, 409),
)
UPDATE = operation(
    "updateSchedule",
    "Change, pause or restart a schedule",
    body=ScheduleInput(partial=True),
    sent={"isActive": False},
    answer=ScheduleSerializer,
    example={**_SCHEDULE, "isActive": False, "nextRunAt": None},
)
DELETE = operation("deleteSchedule", "Delete a schedule; its files stay", status=204)
