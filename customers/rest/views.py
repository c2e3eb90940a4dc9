"""What every endpoint over store-owned rows shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.expressions import Combinable
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from customers.access import M, get_or_404, listed, named_store
from customers.auditing import history_of
from customers.models import AuditEntry, Store, User
from dealport.kit.rest.lists import StrictParameters
from dealport.kit.values import FieldValues


class WorksInStores(BasePermission):
    """Staff and admins; a plain user has nothing here (403)."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Answer whether the account is staff of stores or more: any role but USER."""
        return isinstance(request.user, User) and request.user.role != User.Role.USER


class IsAdmin(BasePermission):
    """Admins and super admins, who see all stores."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Answer whether the role sees all stores."""
        return isinstance(request.user, User) and request.user.sees_all_stores


class StoreOwnedViewSet(GenericViewSet[Any]):
    """Rows of the caller's stores: lists, single rows, and the store of a new one.

    A subclass says `queryset` (with its select_related / prefetch_related), `serializer_class` (for answers) and the
    attributes of `StrictParameters`. Rows of other stores are not there (404), whatever way leads to them.
    """

    permission_classes: tuple[type[BasePermission], ...] = (IsAuthenticated, WorksInStores)
    filter_backends = (StrictParameters, DjangoFilterBackend)
    store_path = "store"
    ordering: tuple[str, ...] = ("-id",)
    ordering_fields: Mapping[str, str | Callable[[object], Combinable]] = {}

    @property
    def account(self) -> User:
        """The caller; the permissions let nobody else in."""
        assert isinstance(self.request.user, User)
        return self.request.user

    def get_queryset(self) -> QuerySet[Model]:
        """Return the rows the caller may see, for a list."""
        return listed(super().get_queryset(), self.account, path=self.store_path)

    def get_object(self) -> Any:
        """Return the row named in the path. Raises Http404, for a foreign row as for a missing one."""
        return self.own(super().get_queryset(), self.kwargs["pk"])

    def own(self, queryset: QuerySet[M], pk: str | int) -> M:
        """Return a row by its key if it lies in one of the caller's stores. Raises Http404."""
        return get_or_404(queryset, self.account, pk, path=self.store_path)

    def list(self, request: Request) -> Response:
        """Answer with one page of the rows of the caller's stores. 400 names a parameter."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Answer with one row of the caller's stores. 404 for any other."""
        return self.answer(self.get_object())

    def history_of(self, row: Any) -> Sequence[AuditEntry] | QuerySet[AuditEntry]:
        """Return what happened to a row, newest first."""
        return history_of(row)

    def answer(self, row: Any, status: int = 200) -> Response:
        """Return the row as the resource's JSON."""
        return Response(self.get_serializer(row).data, status=status)

    def valid(self, serializer: Any, **kwargs: object) -> FieldValues:
        """Return the request's body as checked by a serializer class. Raises ValidationError."""
        checked = serializer(data=self.request.data, **kwargs)
        checked.is_valid(raise_exception=True)
        values: dict[str, object] = checked.validated_data
        return values

    def store_of(self, values: FieldValues) -> Store:
        """Take `store` out of validated input and return it, or the only store the caller has.

        Raises ValidationError if it is left out and not clear, or is not one of the caller's.
        """
        return named_store(self.account, values.pop("store", None))
