"""`/stores`: for admins."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from customers.access import store_or_404
from customers.actions import create_store, update_store
from customers.api import examples
from customers.models import Store
from customers.rest.history import history_action
from customers.rest.views import IsAdmin, StoreOwnedViewSet
from dealport.kit.rest.docs import operation, operations
from dealport.kit.rest.fields import FlagField, TextField
from dealport.kit.rest.filters import FlagFilter
from dealport.kit.rest.serializers import StrictSerializer


class StoreSerializer(serializers.ModelSerializer[Store]):
    """A store."""

    isActive = FlagField(source="is_active")
    createdAt = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Store
        fields = ["id", "slug", "name", "currency", "timezone", "isActive", "createdAt"]


class StoreInput(StrictSerializer):
    """What makes a store."""

    slug = TextField(max_length=60)
    name = TextField(max_length=150)
    currency = TextField(max_length=3)
    timezone = TextField(max_length=64)


class StoreChanges(StoreInput):
    """What can change; currency and time zone only before the first order (409)."""

    isActive = FlagField(source="is_active")


class StoreFilters(django_filters.FilterSet):
    """Filters of the list."""

    currency = django_filters.CharFilter()
    isActive = FlagFilter(field_name="is_active")


KEY = OpenApiParameter("id", {"type": "string"}, OpenApiParameter.PATH, description="Id or slug.")


@operations(
    list=operation("listStores", "List stores", answer=StoreSerializer(many=True), example=examples.STORE),
    retrieve=operation("readStore", "Read a store", answer=StoreSerializer, example=examples.STORE, parameters=[KEY]),
)
class StoreViewSet(StoreOwnedViewSet):
    """Stores; `{id}` may be the slug."""

    permission_classes = (IsAuthenticated, IsAdmin)
    queryset = Store.objects.all()
    serializer_class = StoreSerializer
    filterset_class = StoreFilters
    store_path = "pk"
    ordering = ("slug",)
    ordering_fields = {"slug": "slug", "name": "name", "createdAt": "created_at"}

    def search(self, queryset: QuerySet[Store], text: str) -> QuerySet[Store]:
        """Search slug and name; there are thousands of stores at most."""
        return queryset.filter(Q(slug__icontains=text) | Q(name__icontains=text))

    history = history_action("listStoreHistory", "a store", parameters=[KEY])

    def get_object(self) -> Store:
        """Return the store by id or slug. Raises Http404."""
        return store_or_404(self.account, self.kwargs["pk"])

    @operation(
        "createStore",
        "Create a store",
        status=201,
        body=StoreInput,
        sent=examples.NEW_STORE,
        answer=StoreSerializer,
        example=examples.STORE,
        errors=(409,),
    )
    def create(self, request: Request) -> Response:
        """Create a store."""
        given = self.valid(StoreInput)
        return self.answer(create_store(**given, actor=self.account), status=201)

    @operation(
        "updateStore",
        "Change a store",
        body=StoreChanges,
        sent={"name": "Atelier Moda Madrid"},
        answer=StoreSerializer,
        example={**examples.STORE, "name": "Atelier Moda Madrid"},
        errors=(409,),
        parameters=[KEY],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a store."""
        store = self.get_object()
        changes = self.valid(StoreChanges, partial=True)
        return self.answer(update_store(store=store, changes=changes, actor=self.account))
