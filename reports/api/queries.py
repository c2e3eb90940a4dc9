"""`/admin/reports/query` and `/admin/reports/queries`: ad-hoc SQL. For super admins, where it is switched on."""

from __future__ import annotations

import re

from django.db.models import Model, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.models import User
from customers.rest.views import StoreOwnedViewSet
from dealport.kit.errors import invalid
from dealport.kit.rest.errors import Unavailable
from reports import sql
from reports.api import queries_schema
from reports.api.inputs import QueryInput, SavedQueryInput
from reports.api.queries_schema import AnswerSerializer, SavedQuerySerializer
from reports.models import SavedQuery
from reports.sql import saved_queries
from reports.sql.errors import line_and_column

ID = re.compile("[0-9]{1,18}", re.ASCII)


class IsSuperAdmin(BasePermission):
    """Super admins, who may read across all stores with SQL."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Answer whether the account is a super admin."""
        return isinstance(request.user, User) and request.user.is_superuser


class ConsoleView(APIView):
    """What everything about ad-hoc SQL shares: who may, and how it says no."""

    permission_classes = (IsAuthenticated, IsSuperAdmin)

    def handle_exception(self, exc: Exception) -> Response:
        """Turn what is wrong with a statement into a 400 that says where, an absent console into 404 or 503."""
        if isinstance(exc, sql.SwitchedOff):
            return super().handle_exception(NotFound(exc.message))
        if isinstance(exc, sql.Away):
            return super().handle_exception(Unavailable(exc.message))
        if not isinstance(exc, sql.QueryError):
            return super().handle_exception(exc)
        answer = super().handle_exception(invalid("sql", self._with_place(exc)))
        answer.data["position"] = exc.position
        return answer

    def _with_place(self, error: sql.QueryError) -> str:
        if error.position is None:
            return f"{error.message}."
        line, column = line_and_column(str(self.request.data["sql"]), error.position)
        return f"{error.message} (line {line}, column {column})."


class QueryView(ConsoleView):
    """`POST /api/v1/admin/reports/query`: one statement on the SQL console's views."""

    @queries_schema.RUN
    def post(self, request: Request) -> Response:
        """Answer one statement. 400 says what is wrong with it and where."""
        body = QueryInput(data=request.data)
        body.is_valid(raise_exception=True)
        assert isinstance(request.user, User)
        answer = sql.run(body.validated_data["sql"], user=request.user, via="api")
        return Response(AnswerSerializer(answer).data)


@queries_schema.LIST
class SavedQueryViewSet(ConsoleView, StoreOwnedViewSet):
    """Statements that were kept; `{id}` is theirs."""

    permission_classes = ConsoleView.permission_classes
    queryset = SavedQuery.objects.select_related("owner")
    serializer_class = SavedQuerySerializer
    ordering = ("name", "id")
    ordering_fields = {"name": "name", "updatedAt": "updated_at"}

    def get_queryset(self) -> QuerySet[Model]:
        """Return them all. Raises SwitchedOff."""
        sql.require_console(self.account)
        return self.queryset.all()

    def get_object(self) -> SavedQuery:
        """Return the one named in the path. Raises SwitchedOff, NotFound."""
        key = str(self.kwargs["pk"])
        found = (
            self.get_queryset().filter(pk=key).first() if key.isascii() and key.isdigit() and len(key) < 19 else None
        )
        if found is None:
            raise NotFound
        assert isinstance(found, SavedQuery)
        return found

    @queries_schema.CREATE
    def create(self, request: Request) -> Response:
        """Keep a statement, which must be one that may run."""
        values = self.valid(SavedQueryInput)
        sql.require_console(self.account)
        return self.answer(saved_queries.save_query(**values, actor=self.account), status=201)

    @queries_schema.READ
    def retrieve(self, request: Request, pk: str) -> Response:
        """Answer with one saved query. 404 for one that is not there."""
        return self.answer(self.get_object())

    @queries_schema.UPDATE
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change its name or its statement. 400 names a field."""
        row = self.get_object()
        values = self.valid(SavedQueryInput, partial=True)
        return self.answer(saved_queries.change_query(query=row, changes=values, actor=self.account))

    @queries_schema.DELETE
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a saved query. 409 while a scheduled export repeats it."""
        saved_queries.delete_query(query=self.get_object(), actor=self.account)
        return Response(status=204)
