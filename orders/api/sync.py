"""Where any system brings its orders."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from customers.rest.views import StoreOwnedViewSet
from dealport.kit.rest.docs import operation
from dealport.kit.rest.fields import MoneyField, StoreKeyField
from dealport.kit.rest.serializers import StrictSerializer
from orders.api import examples
from orders.models import Order
from orders.sources.single import Result
from orders.sources.stated import SOURCE_NAME, StatedOrder
from orders.sources.syncing import MOST_ORDERS, SyncParser, api_connection, sync_orders


class AnyValueField(serializers.Field[Any, Any, Any, Any]):
    """Whatever was sent: each order is checked when its turn comes."""

    def to_internal_value(self, data: object) -> object:
        """Return it as it is."""
        return data


class SyncInput(StrictSerializer):
    """Up to 250 orders of one system. Each is checked and applied by itself."""

    store = StoreKeyField(required=False, help_text="Id or slug; optional where you have one store.")
    source = serializers.RegexField(  # type: ignore[assignment]
        SOURCE_NAME, help_text="What the system calls itself, always the same."
    )
    orders = serializers.ListField(child=AnyValueField(), allow_empty=False, max_length=MOST_ORDERS)


class SyncDocument(SyncInput):
    """The same, as it is documented."""

    orders = StatedOrder(many=True)  # type: ignore[assignment]


class SyncedSerializer(serializers.Serializer[object]):
    """What became of one order. `amount` is what its sales moved by, or would have where it was left alone."""

    externalId = serializers.CharField(source="external_id")
    result = serializers.ChoiceField(source="applied.result", choices=Result.choices)
    amount = MoneyField(source="applied.amount", min_value=None)
    reason = serializers.CharField(source="applied.reason")


class SyncResultSerializer(serializers.Serializer[object]):
    """What became of the orders, in the order they were sent."""

    store = StoreKeyField()
    source = serializers.CharField()  # type: ignore[assignment]
    results = SyncedSerializer(many=True)


class OrderSyncViewSet(StoreOwnedViewSet):
    """`POST /orders/sync`: orders as another system states them."""

    queryset = Order.objects.none()
    serializer_class = SyncResultSerializer
    parser_classes = (SyncParser,)

    @operation(
        "syncOrders",
        "Create and update orders as another system states them",
        body=SyncDocument,
        sent=examples.SYNC,
        answer=SyncResultSerializer,
        example=examples.SYNCED,
        errors=(404, 409, 413),
    )
    def sync(self, request: Request) -> Response:
        """Bring each order to the state that is stated (200); sent again nothing changes."""
        values = self.valid(SyncInput)
        store = self.store_of(values)
        connection = api_connection(store, values["source"], actor=self.account)
        results = list(sync_orders(connection, values["orders"]))
        return Response(SyncResultSerializer({"store": store, "source": connection.address, "results": results}).data)
