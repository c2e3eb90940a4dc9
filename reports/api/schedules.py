"""`/admin/reports/schedules`: exports that are repeated. Their own, and all for super admins."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from customers.rest.views import StoreOwnedViewSet, WorksInStores
from dealport.kit.errors import invalid
from dealport.kit.values import FieldValues
from reports import scheduling
from reports.api import schedules_schema
from reports.api.inputs import ScheduleFilters, ScheduleInput
from reports.api.schedules_schema import ScheduleSerializer
from reports.exporting.requests import QUERY
from reports.models import SavedQuery, ScheduledExport


@schedules_schema.LIST
class ScheduleViewSet(StoreOwnedViewSet):
    """The schedules a person may see."""

    permission_classes = (IsAuthenticated, WorksInStores)
    queryset = ScheduledExport.objects.select_related("owner")
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilters
    ordering = ("-id",)
    ordering_fields = {"name": "name", "nextRunAt": "next_run_at"}

    def get_queryset(self) -> QuerySet[ScheduledExport]:
        """Return the schedules the caller may see."""
        return scheduling.visible_schedules(self.account)

    def get_object(self) -> ScheduledExport:
        """Return the schedule named in the path. Raises Http404."""
        return scheduling.schedule_or_404(self.account, self.kwargs["pk"])

    @schedules_schema.CREATE
    def create(self, request: Request) -> Response:
        """Create a schedule of the caller's."""
        return self.answer(
            scheduling.create_schedule(values=self._values(self.valid(ScheduleInput)), actor=self.account), 201
        )

    @schedules_schema.UPDATE
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is named; the whole must be right then."""
        schedule = self.get_object()
        values = self._values(self.valid(ScheduleInput, partial=True))
        return self.answer(scheduling.change_schedule(schedule=schedule, values=values, actor=self.account))

    @schedules_schema.DELETE
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a schedule; exports it made stay until they expire."""
        scheduling.delete_schedule(schedule=self.get_object(), actor=self.account)
        return Response(status=204)

    def _values(self, given: FieldValues) -> dict[str, object]:
        """Put the saved query in the place of its id; another type has none. Raises ValidationError."""
        if given.get("query") is not None:
            may_query = settings.DEALPORT_SQL_CONSOLE and self.account.is_superuser
            query = SavedQuery.objects.filter(pk=given["query"]).first() if may_query else None
            if query is None:
                raise invalid("query", "There is no such saved query that you may use.")
            return {**given, "query": query}
        if given.get("dataset", QUERY) != QUERY:
            return {**given, "query": None}
        return given
