"""What the OpenAPI document says of exports."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from dealport.kit.rest.docs import operation, operations
from dealport.kit.values import Json
from reports.api.inputs import ColumnsField, ExportInput, FilterValuesField
from reports.models import ExportFormat, ExportJob

ID = OpenApiParameter("id", {"type": "string"}, OpenApiParameter.PATH, description="The jobId of an export.")


class ProgressSerializer(serializers.Serializer[object]):
    """How far a file is."""

    rowsDone = serializers.IntegerField(source="rows_done")
    rowsTotal = serializers.IntegerField(source="rows_total", allow_null=True)


class ExportSummarySerializer(serializers.Serializer[object]):
    """An export of the list."""

    jobId = serializers.UUIDField(source="pk")
    type = serializers.CharField(source="dataset")
    title = serializers.CharField()
    filters = FilterValuesField()
    columns = ColumnsField()
    format = serializers.ChoiceField(choices=ExportFormat.values)
    status = serializers.ChoiceField(choices=ExportJob.Status.values)
    progress = ProgressSerializer(source="*")
    owner = serializers.EmailField(source="owner.email")
    requestedAt = serializers.DateTimeField(source="requested_at")
    startedAt = serializers.DateTimeField(source="started_at", allow_null=True)
    finishedAt = serializers.DateTimeField(source="finished_at", allow_null=True)
    expiresAt = serializers.DateTimeField(source="expires_at", allow_null=True)
    fileName = serializers.CharField(source="file_name")
    fileSize = serializers.IntegerField(source="file_size", allow_null=True)
    isMasked = serializers.BooleanField(source="is_masked", help_text="Personal data reads *** in the file.")
    error = serializers.CharField(help_text="Why it failed; empty otherwise.")


class ControlTotalSerializer(serializers.Serializer[object]):
    """A control total in one currency: in the file, and as the dashboard has it (null: it has no such figure)."""

    currency = serializers.CharField()
    name = serializers.CharField()
    file = serializers.FloatField()
    dashboard = serializers.FloatField(allow_null=True)
    agrees = serializers.BooleanField(allow_null=True)

    def to_representation(self, line: Any) -> dict[str, object]:
        """Return amounts as decimals, which the answer writes as exact numbers."""
        return {**line, **{key: _number(line[key]) for key in ("file", "dashboard")}}


def _number(value: object) -> object:
    return Decimal(value) if isinstance(value, str) else value


class ExportSerializer(ExportSummarySerializer):
    """An export with its receipt; what is not known before the file is there is null."""

    rowCount = serializers.IntegerField(source="receipt.rowCount", default=None, allow_null=True)
    sha256 = serializers.CharField(source="receipt.sha256", default=None, allow_null=True)
    controlTotals = ControlTotalSerializer(many=True, source="receipt.controlTotals", default=None, allow_null=True)
    agreesWithDashboard = serializers.BooleanField(
        source="receipt.agreesWithDashboard",
        default=None,
        allow_null=True,
        help_text="Null where the dashboard has no figures for such filters.",
    )
    definitionVersion = serializers.CharField(source="receipt.definitionVersion", default=None, allow_null=True)
    snapshotAt = serializers.DateTimeField(source="receipt.snapshotAt", default=None, allow_null=True)


class ExportWithLinkSerializer(ExportSerializer):
    """An export with its receipt and a link."""

    downloadUrl = serializers.URLField(allow_null=True, help_text="Works for some minutes; ask again for a new one.")


class DatasetColumnSerializer(serializers.Serializer[object]):
    """A column of a dataset."""

    name = serializers.CharField()
    type = serializers.CharField()
    isPersonal = serializers.BooleanField(help_text="Masked in the files of everybody but super admins.")


class DatasetFilterSerializer(serializers.Serializer[object]):
    """A filter of a dataset."""

    name = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField(), allow_null=True)


class DatasetSerializer(serializers.Serializer[object]):
    """A dataset: a kind of rows, its columns, and the filters it takes."""

    type = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    columns = DatasetColumnSerializer(many=True)
    filters = DatasetFilterSerializer(many=True)


_SUMMARY: Json = {
    "jobId": "7b0f5c1e-4a55-4f0e-9a0e-6f0d7c1a2b3c",
    "type": "orders",
    "title": "Orders",
    "filters": {"store": "tea-house", "from": "2026-10-01", "to": "2026-10-31"},
    "columns": [],
    "format": "csv",
    "status": "succeeded",
    "progress": {"rowsDone": 1204, "rowsTotal": 1204},
    "owner": "rosa@example.com",
    "requestedAt": "2026-11-02T08:00:00Z",
    "startedAt": "2026-11-02T08:00:01Z",
    "finishedAt": "2026-11-02T08:00:03Z",
    "expiresAt": "2026-11-09T08:00:03Z",
    "fileName": "orders-20261102-080003.csv",
    "fileSize": 301456,
    "isMasked": True,
    "error": "",
}
_EXPORT = {
    **_SUMMARY,
    "rowCount": 1204,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "controlTotals": [{"currency": "GBP", "name": "sales", "file": 48211.09, "dashboard": 48211.09, "agrees": True}],
    "agreesWithDashboard": True,
    "definitionVersion": "1",
    "snapshotAt": "2026-11-02T08:00:01Z",
    "downloadUrl": "https://shop.example.com/reports/exports/file/7b0f5c1e",
}
_WAITING = {
    **_SUMMARY,
    "status": "queued",
    "progress": {"rowsDone": 0, "rowsTotal": None},
    **dict.fromkeys(("startedAt", "finishedAt", "expiresAt", "fileSize")),
    "fileName": "",
    **dict.fromkeys(
        ("rowCount", "sha256", "controlTotals", "agreesWithDashboard", "definitionVersion", "snapshotAt", "downloadUrl")
    ),
}
LIST = operations(
    list=operation("listExports", "List exports", answer=ExportSummarySerializer(many=True), example=_SUMMARY)
)
CREATE = operation(
    "requestExport",
    "Request an export",
    body=ExportInput,
    sent={"type": "orders", "filters": _SUMMARY["filters"], "format": "csv"},
    answer=ExportWithLinkSerializer,
    status=202,
    example=_WAITING,
    errors=(404, 409),
)
READ = operation(
    "readExport", "Read an export and its receipt", answer=ExportWithLinkSerializer, example=_EXPORT, parameters=[ID]
)
CANCEL = operation(
    "cancelExport",
    "Cancel an export",
    answer=ExportWithLinkSerializer,
    example={**_WAITING, "status": "canceled", "finishedAt": "2026-11-02T08:00:02Z"},
    errors=(409,),
    parameters=[ID],
)
RETRY = operation(
    "retryExport",
    "Retry an export",
    answer=ExportWithLinkSerializer,
    status=202,
    example=_WAITING,
    errors=(409,),
    parameters=[ID],
)
DATASETS = operation(
    "listDatasets",
    "List the datasets that can be exported",
    answer=DatasetSerializer(many=True),
    example=[
        {
            "type": "orders",
            "title": "Orders",
            "description": "One row per order placed in the period, as it stands now.",
            "columns": [{"name": "orderId", "type": "id", "isPersonal": False}],
            "filters": [{"name": "store", "choices": None}],
        }
    ],
)
