"""Coupons as JSON."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from customers.models import Store
from customers.rest.filters import StoreFilterSet
from customers.rest.history import history_action
from customers.rest.restoring import restore_action
from dealport.kit.money import MILL
from dealport.kit.rest.fields import FlagField, MomentField, MoneyField, TextField, WholeNumberField
from dealport.kit.rest.filters import FlagFilter
from dealport.kit.rest.serializers import StoreOwnedSerializer
from dealport.kit.values import FieldValues
from orders.actions import create_coupon, delete_coupon, restore_coupon, update_coupon
from orders.api import examples
from orders.api.resource import CatalogueViewSet, catalogue
from orders.models import Coupon

MOST_USES = 2_147_483_647


class CouponSerializer(StoreOwnedSerializer):
    """A discount by code: percent of the subtotal, or an amount off it."""

    id = serializers.IntegerField(read_only=True)
    code = TextField(max_length=40)
    kind = serializers.ChoiceField(choices=Coupon.Kind.choices, required=False)
    value = MoneyField(min_value=MILL)
    minimumSubtotal = MoneyField(source="minimum_subtotal", required=False)
    currency = serializers.CharField(source="store.currency", read_only=True)
    startsAt = MomentField(source="starts_at", allow_null=True, required=False)
    endsAt = MomentField(source="ends_at", allow_null=True, required=False)
    usageLimit = WholeNumberField(
        source="usage_limit", min_value=0, max_value=MOST_USES, allow_null=True, required=False
    )
    isActive = FlagField(source="is_active", required=False)
    usesReserved = serializers.IntegerField(source="uses_reserved", read_only=True)
    timesUsed = serializers.IntegerField(source="times_used", read_only=True)
    totalSalesAmount = MoneyField(source="total_sales_amount", read_only=True)


class CouponFilters(StoreFilterSet):
    """What a coupon list can be narrowed to."""

    isActive = FlagFilter(field_name="is_active")
    kind = django_filters.ChoiceFilter(field_name="kind", choices=Coupon.Kind.choices)


@catalogue(CouponSerializer, "coupon", "coupons", example=examples.COUPON, sent=examples.NEW_COUPON)
class CouponViewSet(CatalogueViewSet):
    """`/coupons`: discounts that customers ask for with a code."""

    queryset = Coupon.objects.filter(deleted_at__isnull=True).select_related("store")
    serializer_class = CouponSerializer
    filterset_class = CouponFilters
    ordering_fields = {"code": "code", "timesUsed": "times_used", "totalSalesAmount": "total_sales_amount"}

    history = history_action("listCouponHistory", "a coupon")
    restore = restore_action("coupon", CouponSerializer, examples.COUPON)

    def search(self, queryset: QuerySet[Coupon], text: str) -> QuerySet[Coupon]:
        """Find by the beginning of the code, in any case."""
        return queryset.filter(code__istartswith=text)

    def make(self, store: Store, values: dict[str, object]) -> Coupon:
        """Create it in the store. Raises ValidationError by field, Conflict for a code the store has."""
        return create_coupon(store=store, values=values, actor=self.account)

    def change(self, row: Coupon, values: FieldValues) -> Coupon:
        """Change a coupon; orders keep their discount."""
        return update_coupon(coupon=row, changes=values, actor=self.account)

    def hide(self, row: Coupon) -> None:
        """Delete it softly: new orders cannot use it."""
        delete_coupon(coupon=row, actor=self.account)

    def bring_back(self, row: Coupon) -> Coupon:
        """Undo its deletion. Raises Conflict where another coupon has its code now."""
        return restore_coupon(coupon=row, actor=self.account)
