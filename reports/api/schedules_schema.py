"""What the OpenAPI document says of schedules."""

from __future__ import annotations

from rest_framework import serializers

from dealport.kit.rest.docs import operation, operations
from dealport.kit.values import Json
from reports.api.inputs import TYPES, ColumnsField, FilterValuesField, ScheduleInput
from reports.models import ExportFormat


class ScheduleSerializer(serializers.Serializer[object]):
    """An export that repeats: what, when (cron in a zone) and to whom a link is mailed."""

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


_SENT: Json = {
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
    "Create a schedule",
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
