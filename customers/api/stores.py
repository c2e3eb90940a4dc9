"""`/stores`: for admins."""

from __future__ import annotations

from datetime import timedelta

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from customers.access import store_or_404
from customers.actions import create_store, rotate_webhook_secret, update_store
from customers.api import examples
from customers.models import Store
from customers.rest.history import history_action
from customers.rest.views import IsAdmin, StoreOwnedViewSet
from dealport.kit.rest.docs import operation, operations
from dealport.kit.rest.fields import FlagField, TextField, WholeNumberField
from dealport.kit.rest.filters import FlagFilter
from dealport.kit.rest.serializers import StrictSerializer


class StoreSerializer(serializers.ModelSerializer[Store]):
    """A store; its zone decides where its days begin, its currency what its amounts are in."""

    isActive = FlagField(source="is_active")
    createdAt = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Store
        fields = ["id", "slug", "name", "currency", "timezone", "isActive", "createdAt"]


class StoreInput(StrictSerializer):
    """A new store; currency (ISO 4217) and zone (IANA) are checked by the action."""

    slug = TextField(max_length=60)
    name = TextField(max_length=150)
    currency = TextField(max_length=3)
    timezone = TextField(max_length=64)


class StoreChanges(StoreInput):
    """What can change; currency and time zone only before the first order (409)."""

    isActive = FlagField(source="is_active")


class RotationInput(StrictSerializer):
    """How long the secret of before works on: none, or up to a week."""

    overlapHours = WholeNumberField(min_value=0, max_value=168, default=24)


class SecretSerializer(serializers.Serializer[object]):
    """The secret that signs payment webhooks from now on, and where they go to. It is not shown again."""

    secret = serializers.CharField()
    url = serializers.CharField()
    formerValidUntil = serializers.DateTimeField(help_text="The secret of before works until then.")


class StoreFilters(django_filters.FilterSet):
    """Filters of the list: a currency, and open or closed stores."""

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
        """Create a store with its payment methods. 400 names a field, 409 is a slug that is taken."""
        given = self.valid(StoreInput)
        return self.answer(create_store(**given, actor=self.account), status=201)

    @operation(
        "rotateWebhookSecret",
        "Make a new webhook secret, shown this once",
        body=RotationInput,
        sent={"overlapHours": 24},
        answer=SecretSerializer,
        example=examples.WEBHOOK_SECRET,
        parameters=[KEY],
    )
    @action(detail=True, methods=["post"], url_path="webhook-secret")
    def webhook_secret(self, request: Request, pk: str) -> Response:
        """Make a new secret for payment webhooks, for super admins; the one before works on for the overlap."""
        if not self.account.is_superuser:
            raise PermissionDenied
        overlap = timedelta(hours=self.valid(RotationInput)["overlapHours"])
        store = rotate_webhook_secret(store=self.get_object(), overlap=overlap, actor=self.account)
        address = request.build_absolute_uri(f"/api/v1/payments/webhook/{store.slug}")
        return Response(
            {"secret": store.webhook_secret, "url": address, "formerValidUntil": store.former_secret_until},
            headers={"Cache-Control": "private, no-store"},
        )

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
        """Change the fields that the body names. 400 names a field; currency and zone stay once there are orders."""
        store = self.get_object()
        changes = self.valid(StoreChanges, partial=True)
        return self.answer(update_store(store=store, changes=changes, actor=self.account))
