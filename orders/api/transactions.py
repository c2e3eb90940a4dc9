"""Transactions as JSON: read only."""

from __future__ import annotations

import django_filters

from customers.rest.filters import StoreFilterSet
from customers.rest.views import StoreOwnedViewSet
from dealport.kit.rest.docs import operation, operations
from dealport.kit.rest.filters import DayFilter, WholeNumberFilter
from orders.api import examples
from orders.api.serializers import TransactionSerializer
from orders.models import Transaction


class TransactionFilters(StoreFilterSet):
    """What a list of transactions can be narrowed to. Days are those of each store, both included."""

    orderId = WholeNumberFilter(field_name="order_id")
    kind = django_filters.ChoiceFilter(choices=Transaction.Kind.choices)
    status = django_filters.ChoiceFilter(choices=Transaction.Status.choices)
    gatewayTransactionId = django_filters.CharFilter(field_name="gateway_transaction_id", max_length=100)
    createdFrom = DayFilter(field_name="created_at", method="from_day")
    createdTo = DayFilter(field_name="created_at", method="to_day")


@operations(
    list=operation(
        "listTransactions",
        "List transactions",
        answer=TransactionSerializer(many=True),
        example=examples.TRANSACTION,
    ),
    retrieve=operation(
        "readTransaction", "Read a transaction", answer=TransactionSerializer, example=examples.TRANSACTION
    ),
)
class TransactionViewSet(StoreOwnedViewSet):
    """`/transactions`: payments approved and refused, money given back."""

    queryset = Transaction.objects.select_related("store", "order")
    serializer_class = TransactionSerializer
    filterset_class = TransactionFilters
    ordering = ("-created_at", "-id")
    ordering_fields = {"createdAt": "created_at"}
