"""The payment methods of stores."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from customers.admin.base import StoreOwnedAdmin, user_of
from customers.admin.filters import store_filter
from dealport.kit.texts import lazy_text as _
from dealport.kit.values import FieldValues
from orders.actions import create_payment_method, delete_payment_method, update_payment_method
from orders.method_labels import method_text
from orders.models import PaymentMethod


@admin.register(PaymentMethod)
class PaymentMethodAdmin(StoreOwnedAdmin):
    """How customers can pay, and when orders are to be paid."""

    fields = ["store", "code", "label", "terms", "due_days", "is_active"]
    fixed_fields = ("store", "code")
    list_display = ["label_shown", "code", "terms", "due_days", "is_active", "store"]
    list_filter = [store_filter(), "terms", "is_active"]
    list_select_related = ["store"]
    search_fields = ["^code"]
    ordering = ["store", "id"]

    @admin.display(description=_("label"))
    def label_shown(self, row: PaymentMethod) -> str:
        """Return the label, those that stores start with in the person's language."""
        return method_text(row.code, row.label)

    def create(self, request: HttpRequest, values: FieldValues) -> PaymentMethod:
        """Add it to the list of the store. Raises ValidationError by field, Conflict for a code the list has."""
        return create_payment_method(**values, actor=user_of(request))

    def update(self, request: HttpRequest, row: PaymentMethod, changes: FieldValues) -> PaymentMethod:
        """Change label, terms or days; orders keep the terms they were placed with."""
        return update_payment_method(method=row, changes=changes, actor=user_of(request))

    def delete(self, request: HttpRequest, row: PaymentMethod) -> None:
        """Take a payment method off the list."""
        delete_payment_method(method=row, actor=user_of(request))
