"""Transactions as JSON: read only."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet

from customers.rest.filters import StoreFilterSet
from customers.rest.views import StoreOwnedViewSet
from dealport.kit.rest.docs import operation, operations
from dealport.kit.rest.filters import AmountFilter, DayFilter, WholeNumberFilter
from orders.api import examples
from orders.api.serializers import TransactionSerializer
from orders.models import Transaction
from orders.models.payments import id_of_number
from orders.search import search_orders


class TransactionFilters(StoreFilterSet):
    """What a list of transactions can be narrowed to. Days are those of each store, both included."""

    customerId = WholeNumberFilter(field_name="order__customer_id")
    method = django_filters.CharFilter(max_length=40)
    minAmount = AmountFilter(field_name="amount", lookup_expr="gte")
    maxAmount = AmountFilter(field_name="amount", lookup_expr="lte")
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
    """`/transactions`: payments awaited, approved and refused, money given back."""

    queryset = Transaction.objects.select_related("store", "order")
    serializer_class = TransactionSerializer
    filterset_class = TransactionFilters
    ordering = ("-created_at", "-id")
    ordering_fields = {"createdAt": "created_at"}

    def search(self, queryset: QuerySet[Transaction], text: str) -> QuerySet[Transaction]:
        """Find by the transaction's number, else by its gateway id, or by what finds its order."""
        pk = id_of_number(text)
        if pk is not None:
            return queryset.filter(pk=pk)
        return search_orders(self.account, queryset, text, path="order")
