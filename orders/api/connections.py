"""Connections to the systems stores sell with, as JSON: credentials go in and never come out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from customers.models import Store
from customers.rest.filters import StoreFilterSet
from customers.rest.history import history_action
from customers.rest.views import StoreOwnedViewSet
from dealport.kit.rest.docs import operation, operations
from dealport.kit.rest.documents import AnyField
from dealport.kit.rest.fields import FlagField, MoneyField, TextField
from dealport.kit.rest.filters import WholeNumberFilter
from dealport.kit.rest.serializers import StoreOwnedSerializer, StrictSerializer
from dealport.kit.values import FieldValues, Json
from orders.api import connection_examples as examples
from orders.api.resource import CatalogueViewSet
from orders.connections import actions
from orders.connections.standing import Standing, reads_from, standings, webhook_url
from orders.models import Connection, SourceDifference, SourceEvent


class CredentialsInput(StrictSerializer):
    """Shopify: clientId and clientSecret, or accessToken and clientSecret. WooCommerce: the other three.

    Any other system (api): webhookSecret.
    """

    clientId = TextField(max_length=400, required=False)
    clientSecret = TextField(max_length=400, required=False)
    accessToken = TextField(max_length=400, required=False)
    consumerKey = TextField(max_length=400, required=False)
    consumerSecret = TextField(max_length=400, required=False)
    webhookSecret = TextField(max_length=400, required=False)


class ConnectionChanges(StrictSerializer):
    """What can change of a connection: new credentials, pausing and going on."""

    credentials = CredentialsInput(required=False)
    isPaused = FlagField(source="is_paused", required=False)


class ConnectionInput(StoreOwnedSerializer):
    """A connection to make. `syncFrom` brings the orders placed from that day on."""

    kind = serializers.ChoiceField(choices=list(actions.FORMS))
    address = TextField(max_length=200)
    credentials = CredentialsInput()
    syncFrom = serializers.DateField(source="sync_from", required=False, allow_null=True)


class SyncInput(StrictSerializer):
    """The day of the store from which on orders are brought."""

    def get_fields(self) -> dict[str, AnyField]:
        """Add `from`, which is no name in Python."""
        return {"from": serializers.DateField(source="day"), **super().get_fields()}


class ConnectionSerializer(serializers.ModelSerializer[Connection]):
    """A connection and how it stands. `readsFrom` is the first day it can read, null for all of them."""

    store = serializers.SlugRelatedField[Store](slug_field="slug", read_only=True)
    webhookUrl = serializers.SerializerMethodField()
    readsFrom = serializers.SerializerMethodField()
    syncFrom = serializers.DateField(source="sync_from", allow_null=True)
    backfillOrders = serializers.IntegerField(source="backfill_orders")
    lastEventAt = serializers.DateTimeField(source="last_event_at", allow_null=True)
    lastPollAt = serializers.DateTimeField(source="last_poll_at", allow_null=True)
    reconciledAt = serializers.DateTimeField(source="reconciled_at", allow_null=True)
    waitingEvents = serializers.SerializerMethodField()
    parkedEvents = serializers.SerializerMethodField()
    lagSeconds = serializers.SerializerMethodField()
    createdAt = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Connection
        fields = [
            "id",
            "store",
            "kind",
            "address",
            "state",
            "problem",
            "webhookUrl",
            "scopes",
            "readsFrom",
            "syncFrom",
            "backfill",
            "backfillOrders",
            "lastEventAt",
            "lastPollAt",
            "reconciledAt",
            "waitingEvents",
            "parkedEvents",
            "lagSeconds",
            "createdAt",
        ]

    def get_webhookUrl(self, connection: Connection) -> str:
        """Return the address to enter at the source."""
        return webhook_url(connection)

    def get_readsFrom(self, connection: Connection) -> str | None:
        """Return the first day (ISO) whose orders the source lets us read; null where it lets us read all."""
        day = reads_from(connection)
        return day.isoformat() if day else None

    def get_waitingEvents(self, connection: Connection) -> int:
        """Return how many webhooks wait."""
        return self._standing(connection).waiting

    def get_parkedEvents(self, connection: Connection) -> int:
        """Return how many webhooks are parked."""
        return self._standing(connection).parked

    def get_lagSeconds(self, connection: Connection) -> int:
        """Return how long the oldest waiting webhook has waited."""
        return int(self._standing(connection).lag.total_seconds())

    def _standing(self, connection: Connection) -> Standing:
        if "standings" not in self.context:
            rows = self.parent.instance if self.parent is not None else [self.instance]
            self.context["standings"] = standings(rows)  # type: ignore[arg-type]
        found: Standing = self.context["standings"].get(connection.pk, Standing())
        return found


class ConnectionFilters(StoreFilterSet):
    """What a list of connections can be narrowed to."""

    state = django_filters.ChoiceFilter(choices=Connection.State.choices)
    kind = django_filters.ChoiceFilter(choices=Connection.Kind.choices)


_MADE: Json = {"answer": ConnectionSerializer, "example": examples.CONNECTION}


@operations(
    list=operation(
        "listConnections", "List connections", answer=ConnectionSerializer(many=True), example=examples.CONNECTION
    ),
    retrieve=operation("readConnection", "Read a connection", **_MADE),
    create=operation(
        "createConnection",
        "Connect a store",
        status=201,
        body=ConnectionInput,
        sent=examples.NEW_CONNECTION,
        errors=(404, 409),
        **_MADE,
    ),
    partial_update=operation(
        "updateConnection",
        "Change credentials, pause or go on",
        body=ConnectionChanges,
        sent={"isPaused": True},
        errors=(409,),
        **_MADE,
    ),
    destroy=operation("disconnect", "Disconnect a store and keep its orders", status=204, errors=(409,)),
)
class ConnectionViewSet(CatalogueViewSet):
    """`/connections`: what follows a store's orders at their source."""

    queryset = Connection.objects.select_related("store")
    serializer_class = ConnectionSerializer
    filterset_class = ConnectionFilters
    ordering_fields: Mapping[str, str] = {"createdAt": "created_at"}
    history = history_action("listConnectionHistory", "a connection")

    def valid(self, serializer: object, **options: object) -> Any:
        """Check what is sent, which is not what is answered."""
        taken = {"create": ConnectionInput, "partial_update": ConnectionChanges}.get(self.action, serializer)
        return super().valid(taken, **options)

    def make(self, store: Store, values: FieldValues) -> Connection:
        """Connect the store. Raises ValidationError by field, Conflict for what is connected already."""
        return actions.create_connection(
            store=store,
            kind=values["kind"],
            address=values["address"],
            credentials=values["credentials"],
            sync_from=values.get("sync_from"),
            actor=self.account,
        )

    def change(self, row: Connection, values: FieldValues) -> Connection:
        """Enter credentials, pause or go on."""
        return actions.update_connection(connection=row, changes=values, actor=self.account)

    def hide(self, row: Connection) -> None:
        """Stop following the source and forget its credentials but the secret that privacy requests are signed with."""
        actions.disconnect(connection=row, actor=self.account)

    @operation(
        "syncConnection",
        "Bring the orders from a day on",
        status=202,
        body=SyncInput,
        sent={"from": "2026-01-01"},
        errors=(409,),
        **_MADE,
    )
    @action(detail=True, methods=["post"])
    def sync(self, request: Request, pk: str) -> Response:
        """Request a backfill (202); a worker carries it out."""
        connection = self.get_object()
        day = StoreOwnedViewSet.valid(self, SyncInput)["day"]
        return self.answer(actions.sync_from(connection=connection, day=day, actor=self.account), status=202)


class SourceEventSerializer(serializers.ModelSerializer[SourceEvent]):
    """A webhook, or a fetch that polling or reconciliation asked for; `reason` says what became of it."""

    connectionId = serializers.IntegerField(source="connection_id")
    deliveryId = serializers.CharField(source="delivery_id")
    receivedAt = serializers.DateTimeField(source="received_at")
    nextTryAt = serializers.DateTimeField(source="next_try_at")
    doneAt = serializers.DateTimeField(source="done_at", allow_null=True)

    class Meta:
        model = SourceEvent
        fields = [
            "id",
            "connectionId",
            "deliveryId",
            "topic",
            "subject",
            "state",
            "reason",
            "tries",
            "receivedAt",
            "nextTryAt",
            "doneAt",
        ]


class OfConnection(StoreFilterSet):
    """Narrows rows of connections to those of a store, or of one connection."""

    connectionId = WholeNumberFilter(field_name="connection_id")

    def in_store(self, queryset: QuerySet[Model], name: str, value: str) -> QuerySet[Model]:
        """Narrow to one of the caller's stores. Raises Http404."""
        return queryset.filter(connection__store=self._asked_store)


class SourceEventFilters(OfConnection):
    """What a list of events can be narrowed to."""

    state = django_filters.ChoiceFilter(choices=SourceEvent.State.choices)


@operations(
    list=operation(
        "listConnectionEvents",
        "List what sources reported",
        answer=SourceEventSerializer(many=True),
        example=examples.EVENT,
    ),
    retrieve=operation(
        "readConnectionEvent", "Read what a source reported", answer=SourceEventSerializer, example=examples.EVENT
    ),
)
class SourceEventViewSet(StoreOwnedViewSet):
    """`/connection-events`: webhooks of sources, without their bodies."""

    queryset = SourceEvent.objects.select_related("connection__store")
    serializer_class = SourceEventSerializer
    filterset_class = SourceEventFilters
    store_path = "connection__store"

    @operation(
        "retryConnectionEvent",
        "Retry a parked event",
        answer=SourceEventSerializer,
        example=examples.EVENT,
        errors=(409,),
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Put a parked event back among those that wait."""
        return self.answer(actions.retry_event(event=self.get_object(), actor=self.account))


class SourceDifferenceSerializer(serializers.ModelSerializer[SourceDifference]):
    """A day that differed from the source: its orders and sales there, and here before they were fetched again."""

    connectionId = serializers.IntegerField(source="connection_id")
    foundAt = serializers.DateTimeField(source="found_at")
    sourceOrders = serializers.IntegerField(source="source_orders")
    sourceAmount = MoneyField(source="source_amount", min_value=None)
    amount = MoneyField(min_value=None)
    isRepaired = serializers.BooleanField(source="is_repaired")

    class Meta:
        model = SourceDifference
        fields = [
            "id",
            "connectionId",
            "day",
            "foundAt",
            "sourceOrders",
            "sourceAmount",
            "orders",
            "amount",
            "fetched",
            "isRepaired",
        ]


@operations(
    list=operation(
        "listConnectionDifferences",
        "List the days that differed from a source",
        answer=SourceDifferenceSerializer(many=True),
        example=examples.DIFFERENCE,
    ),
    retrieve=operation(
        "readConnectionDifference",
        "Read a day that differed from a source",
        answer=SourceDifferenceSerializer,
        example=examples.DIFFERENCE,
    ),
)
class SourceDifferenceViewSet(StoreOwnedViewSet):
    """`/connection-differences`: orders that reconciliation found to differ from their source."""

    queryset = SourceDifference.objects.select_related("connection__store")
    serializer_class = SourceDifferenceSerializer
    filterset_class = OfConnection
    store_path = "connection__store"
