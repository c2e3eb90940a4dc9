"""`/stores`: for admins."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from customers.access import store_or_404
from customers.actions import create_store, update_store
from customers.models import Store
from customers.rest.fields import TextField
from customers.rest.filters import FlagFilter
from customers.rest.serializers import StrictSerializer
from customers.rest.views import IsAdmin, StoreOwnedViewSet


class StoreSerializer(serializers.ModelSerializer[Store]):
    """A store."""

    isActive = serializers.BooleanField(source="is_active")
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

    isActive = serializers.BooleanField(source="is_active")


class StoreFilters(django_filters.FilterSet):
    """Filters of the list."""

    currency = django_filters.CharFilter()
    isActive = FlagFilter(field_name="is_active")


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

    def get_object(self) -> Store:
        """Return the store by id or slug. Raises Http404."""
        return store_or_404(self.account, self.kwargs["pk"])

    def create(self, request: Request) -> Response:
        """Create a store."""
        given = self.valid(StoreInput)
        return self.answer(create_store(**given, actor=self.account), status=201)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a store."""
        store = self.get_object()
        changes = self.valid(StoreChanges, partial=True)
        return self.answer(update_store(store=store, changes=changes, actor=self.account))
