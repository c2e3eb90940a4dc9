"""Where any system brings its orders."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from customers.rest.views import StoreOwnedViewSet
from dealport.kit.rest.docs import operation
from dealport.kit.rest.fields import MoneyField, StoreKeyField
from dealport.kit.rest.parsers import JSONParser, check_size
from dealport.kit.rest.serializers import StrictSerializer
from orders.api import examples
from orders.models import Order
from orders.sources.single import Result
from orders.sources.stated import SOURCE_NAME, StatedOrder
from orders.sources.syncing import api_connection, sync_orders

MOST_ORDERS = 250
CONTAINERS_PER_ORDER = 1_500
"""Objects and arrays: an order of 500 lines has about 550."""


class SyncParser(JSONParser):
    """Reads a request of many orders: DEALPORT_SYNC_BODY_BYTES in all, values and depth counted for each order."""

    def most_bytes(self) -> int:
        """Return how large a body may be."""
        return int(settings.DEALPORT_SYNC_BODY_BYTES)

    def most_containers(self) -> int:
        """Return how many objects and arrays all orders may have."""
        return MOST_ORDERS * CONTAINERS_PER_ORDER

    def check(self, content: Any) -> None:
        """Raise ParseError for an order of too many values or too much depth, or too many orders."""
        orders = content.get("orders") if isinstance(content, dict) else None
        if not isinstance(orders, list):
            super().check(content)
            return
        if len(orders) > MOST_ORDERS:
            raise ParseError(f"A request takes at most {MOST_ORDERS} orders.")
        super().check({name: value for name, value in content.items() if name != "orders"})
        for order in orders:
            check_size(order, int(settings.DEALPORT_JSON_VALUES))


class AnyValueField(serializers.Field[Any, Any, Any, Any]):
    """Whatever was sent: each order is checked when its turn comes."""

    def to_internal_value(self, data: Any) -> Any:
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


class SyncedSerializer(serializers.Serializer[Any]):
    """What became of one order. `amount` is what its sales moved by, or would have where it was left alone."""

    externalId = serializers.CharField(source="external_id")
    result = serializers.ChoiceField(source="applied.result", choices=Result.choices)
    amount = MoneyField(source="applied.amount", min_value=None)
    reason = serializers.CharField(source="applied.reason")


class SyncResultSerializer(serializers.Serializer[Any]):
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
