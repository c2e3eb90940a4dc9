"""The payment methods of a store as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from customers.models import Store
from customers.rest.filters import StoreFilterSet
from customers.rest.history import history_action
from dealport.kit.rest.docs import operation, operations
from dealport.kit.rest.fields import FlagField, TextField, WholeNumberField
from dealport.kit.rest.filters import FlagFilter
from dealport.kit.rest.serializers import StoreOwnedSerializer
from dealport.kit.values import FieldValues, Json
from orders.actions import create_payment_method, delete_payment_method, update_payment_method
from orders.api import examples
from orders.api.resource import CatalogueViewSet
from orders.models import PaymentMethod, PaymentTerms


class PaymentMethodChanges(StoreOwnedSerializer):
    """What can change of a payment method; orders keep what they were placed with."""

    id = serializers.IntegerField(read_only=True)
    label = TextField(max_length=80)  # type: ignore[assignment]
    terms = serializers.ChoiceField(choices=PaymentTerms.choices, required=False)
    dueDays = WholeNumberField(source="due_days", min_value=0, max_value=365, required=False)
    isActive = FlagField(source="is_active", required=False)


class PaymentMethodSerializer(PaymentMethodChanges):
    """A way to pay, by the code that orders name. `dueDays` is for invoices: days until they are due."""

    code = TextField(max_length=40, help_text="Capital letters, digits and _.")


class PaymentMethodFilters(StoreFilterSet):
    """What a list of payment methods can be narrowed to."""

    isActive = FlagFilter(field_name="is_active")


_MADE: Json = {"answer": PaymentMethodSerializer, "example": examples.PAYMENT_METHOD}


@operations(
    list=operation(
        "listPaymentMethods",
        "List payment methods",
        answer=PaymentMethodSerializer(many=True),
        example=examples.PAYMENT_METHOD,
    ),
    retrieve=operation("readPaymentMethod", "Read a payment method", **_MADE),
    create=operation(
        "createPaymentMethod",
        "Create a payment method",
        status=201,
        body=PaymentMethodSerializer,
        sent=examples.NEW_PAYMENT_METHOD,
        errors=(404, 409),
        **_MADE,
    ),
    partial_update=operation(
        "updatePaymentMethod",
        "Update a payment method",
        body=PaymentMethodChanges,
        sent={"dueDays": 14},
        errors=(409,),
        **_MADE,
    ),
    destroy=operation("deletePaymentMethod", "Delete a payment method", status=204, errors=(409,)),
)
class PaymentMethodViewSet(CatalogueViewSet):
    """`/payment-methods`: how customers of a store can pay, and when orders are to be paid."""

    queryset = PaymentMethod.objects.select_related("store")
    serializer_class = PaymentMethodSerializer
    filterset_class = PaymentMethodFilters
    ordering = ("id",)
    ordering_fields = {"code": "code", "label": "label"}

    history = history_action("listPaymentMethodHistory", "a payment method")

    def valid(self, serializer: object, **options: object) -> Any:
        """Take no code where a method is changed."""
        return super().valid(PaymentMethodChanges if self.action == "partial_update" else serializer, **options)

    def make(self, store: Store, values: FieldValues) -> PaymentMethod:
        """Add it to the list of the store. Raises ValidationError by field, Conflict for a code the list has."""
        return create_payment_method(store=store, **values, actor=self.account)

    def change(self, row: PaymentMethod, values: FieldValues) -> PaymentMethod:
        """Change label, terms or days; orders keep the terms they were placed with."""
        return update_payment_method(method=row, changes=values, actor=self.account)

    def hide(self, row: PaymentMethod) -> None:
        """Take a payment method off the list."""
        delete_payment_method(method=row, actor=self.account)
