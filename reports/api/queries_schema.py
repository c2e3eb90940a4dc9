"""What the OpenAPI document says of ad-hoc SQL."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from dealport.kit.rest.docs import operation, operations
from reports.api.inputs import QueryInput, SavedQueryInput
from reports.sql.limits import API_ROWS

ID = OpenApiParameter("id", {"type": "integer"}, OpenApiParameter.PATH, description="The id of a saved query.")
_RULES = (
    "Super admins only; 404 where the console is switched off (DEALPORT_SQL_CONSOLE), which is the default. One "
    "SELECT, WITH … SELECT or VALUES over the views of the schema `reporting`. A 400 names `sql` and carries "
    "`position`: the character at fault, counted from 1, null where there is none."
)


@extend_schema_field({"type": "array", "items": {"type": "array", "items": {}}})
class RowsField(serializers.Field[object, object, object, object]):
    """Rows of cells: numbers, texts, booleans, dates and times as text, null."""

    def to_representation(self, value: object) -> object:
        """Return the rows as they are."""
        return value


class AnswerSerializer(serializers.Serializer[object]):
    """What came back; `truncated` says that there was more."""

    columns = serializers.ListField(child=serializers.CharField(), help_text="Names in order; one may occur twice.")
    rows = RowsField(help_text=f"At most {API_ROWS:,}.")
    rowCount = serializers.IntegerField(source="row_count")
    truncated = serializers.BooleanField()
    elapsedMs = serializers.IntegerField(source="elapsed_ms")


class SavedQuerySerializer(serializers.Serializer[object]):
    """A statement that was kept."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    sql = serializers.CharField()
    owner = serializers.EmailField(source="owner.email")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")


_SQL = "SELECT status, count(*) AS orders FROM orders GROUP BY status ORDER BY status"
_SENT = {"name": "Orders by status", "sql": _SQL}
_SAVED = {
    "id": 7,
    **_SENT,
    "owner": "rosa@example.com",
    "createdAt": "2026-11-02T08:00:00Z",
    "updatedAt": "2026-11-02T08:00:00Z",
}
RUN = operation(
    "runQuery",
    "Run a SQL query",
    body=QueryInput,
    sent={"sql": _SQL},
    answer=AnswerSerializer,
    example={
        "columns": ["status", "orders"],
        "rows": [["PENDING", 3], ["SHIPPED", 41]],
        "rowCount": 2,
        "truncated": False,
        "elapsedMs": 12,
    },
    errors=(404,),
    description=_RULES,
)
LIST = operations(
    list=operation(
        "listSavedQueries",
        "List the saved queries",
        answer=SavedQuerySerializer(many=True),
        example=_SAVED,
        errors=(404,),
        description=_RULES,
    )
)
CREATE = operation(
    "createSavedQuery",
    "Save a query",
    body=SavedQueryInput,
    sent=_SENT,
    answer=SavedQuerySerializer,
    status=201,
    example=_SAVED,
    errors=(404, 409),
    description=_RULES,
)
READ = operation(
    "readSavedQuery",
    "Read a saved query",
    answer=SavedQuerySerializer,
    example=_SAVED,
    parameters=[ID],
    description=_RULES,
)
UPDATE = operation(
    "updateSavedQuery",
    "Change a saved query",
    body=SavedQueryInput(partial=True),
    sent={"name": "Orders by status"},
    answer=SavedQuerySerializer,
    example=_SAVED,
    errors=(409,),
    parameters=[ID],
    description=_RULES,
)
DELETE = operation(
    "deleteSavedQuery",
    "Delete a saved query",
    status=204,
    errors=(409,),
    parameters=[ID],
    description="409 while a scheduled export repeats it. " + _RULES,
)
