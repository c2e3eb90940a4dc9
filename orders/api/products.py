"""Products as JSON."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from customers.models import Store
from customers.rest.filters import StoreFilterSet
from customers.rest.history import history_action
from customers.rest.restoring import restore_action
from dealport.kit.rest.docs import operation
from dealport.kit.rest.fields import FlagField, IdField, MoneyField, TextField, WholeNumberField
from dealport.kit.rest.filters import AmountFilter, FlagFilter, WholeNumberFilter
from dealport.kit.rest.serializers import StoreOwnedSerializer
from orders.actions import create_product, delete_product, restore_product, revise_product
from orders.actions.products import MAX_TAG, MAX_TAGS
from orders.api import examples
from orders.api.categories import AddressField, with_category
from orders.api.resource import CatalogueViewSet, catalogue
from orders.models import Product
from orders.models.catalogue import LOW, in_branch
from orders.product_views import count_view
from orders.search import search_products

MOST_PIECES = 2_147_483_647


class ShelfSerializer(serializers.Serializer[object]):
    """The category of a product."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class ProductSerializer(StoreOwnedSerializer):
    """A thing a store sells. `stock` is the pieces that can still be ordered; null: not counted."""

    id = serializers.IntegerField(read_only=True)
    sku = TextField(max_length=255, allow_blank=True, required=False)
    name = TextField(max_length=513)
    slug = TextField(
        max_length=255,
        required=False,
        help_text="Letters, digits, - and _, unique in the store; left out, the first name makes it.",
    )
    description = TextField(max_length=20_000, allow_blank=True, required=False)
    price = MoneyField()
    costPrice = MoneyField(source="cost_price", allow_null=True, required=False, help_text="What a piece costs you.")
    compareAtPrice = MoneyField(
        source="compare_at_price", allow_null=True, required=False, help_text="The price before a reduction."
    )
    currency = serializers.CharField(source="store.currency", read_only=True)
    stock = WholeNumberField(min_value=0, max_value=MOST_PIECES, allow_null=True, required=False)
    lowStockThreshold = WholeNumberField(
        source="low_stock_threshold", min_value=0, max_value=MOST_PIECES, required=False, help_text="10 if left out."
    )
    imageUrl = AddressField(source="image_url", max_length=500, allow_blank=True, required=False)
    categoryId = IdField(source="category_id", allow_null=True, required=False)
    category = ShelfSerializer(read_only=True, allow_null=True)
    tags = serializers.ListField(child=TextField(max_length=MAX_TAG), max_length=MAX_TAGS, required=False)
    status = serializers.ChoiceField(
        choices=Product.Status.choices, required=False, help_text="Only ACTIVE products can be ordered."
    )
    isActive = FlagField(
        source="is_active", required=False, help_text="Whether the status is ACTIVE; `false` sets INACTIVE."
    )
    isFeatured = FlagField(source="is_featured", required=False)
    viewCount = serializers.IntegerField(source="view_count", read_only=True)
    createdAt = serializers.DateTimeField(source="created_at", read_only=True)
    updatedAt = serializers.DateTimeField(source="updated_at", read_only=True)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Turn isActive into a status. Raises ValidationError where the two contradict each other."""
        if "is_active" in attrs:
            is_active = attrs.pop("is_active")
            status = attrs.setdefault("status", Product.Status.ACTIVE if is_active else Product.Status.INACTIVE)
            if (status == Product.Status.ACTIVE) != is_active:
                raise serializers.ValidationError({"isActive": ["Leave isActive out, or let it agree with status."]})
        return attrs


class ProductFilters(StoreFilterSet):
    """What a product list can be narrowed to."""

    status = django_filters.ChoiceFilter(choices=Product.Status.choices)
    isActive = FlagFilter(method="active")
    isFeatured = FlagFilter(field_name="is_featured")
    lowStock = FlagFilter(method="low_stock")
    tag = django_filters.CharFilter(method="tagged")
    slug = django_filters.CharFilter(field_name="slug")
    categoryId = WholeNumberFilter(method="in_category")
    inStock = FlagFilter(method="in_stock")
    minPrice = AmountFilter(field_name="price", lookup_expr="gte")
    maxPrice = AmountFilter(field_name="price", lookup_expr="lte")
    sku = django_filters.CharFilter(field_name="sku")

    def in_stock(self, queryset: QuerySet[Product], name: str, value: bool) -> QuerySet[Product]:
        """Keep what can be ordered now (uncounted or above zero), or what cannot."""
        available = Q(stock__isnull=True) | Q(stock__gt=0)
        return queryset.filter(available if value else ~available)

    def in_category(self, queryset: QuerySet[Product], name: str, value: int) -> QuerySet[Product]:
        """Keep what is in the category or in one below it."""
        return queryset.filter(in_branch(value))

    def active(self, queryset: QuerySet[Product], name: str, value: bool) -> QuerySet[Product]:
        """Keep what is active, or what is not."""
        is_active = Q(status=Product.Status.ACTIVE)
        return queryset.filter(is_active if value else ~is_active)

    def low_stock(self, queryset: QuerySet[Product], name: str, value: bool) -> QuerySet[Product]:
        """Keep what is down to its threshold or below, or what is not."""
        return queryset.filter(LOW if value else ~LOW)

    def tagged(self, queryset: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        """Keep what has the tag, spelled as it is."""
        return queryset.filter(tags__contains=[value])


@catalogue(ProductSerializer, "product", "products", example=examples.PRODUCT, sent=examples.NEW_PRODUCT)
class ProductViewSet(CatalogueViewSet):
    """`/products`: what a store sells."""

    queryset = Product.objects.filter(deleted_at__isnull=True).select_related("store", "category")
    serializer_class = ProductSerializer
    filterset_class = ProductFilters
    ordering = ("name", "id")
    ordering_fields = {
        "name": "name",
        "price": "price",
        "stock": "stock",
        "viewCount": "view_count",
        "createdAt": "created_at",
        "updatedAt": "updated_at",
    }

    history = history_action("listProductHistory", "a product")
    restore = restore_action("product", ProductSerializer, examples.PRODUCT)

    @operation("countProductView", "Count a customer's view of a product", status=204)
    @action(detail=True, methods=["post"], url_path="views")
    def count_view(self, request: Request, pk: str) -> Response:
        """Count one view (204); `viewCount` follows within a minute or so."""
        count_view(self.get_object().pk)
        return Response(status=204)

    def search(self, queryset: QuerySet[Product], text: str) -> QuerySet[Product]:
        """Find by any part of the name, or by the SKU."""
        return search_products(queryset, text)

    def make(self, store: Store, values: dict[str, object]) -> Product:
        """Create a product."""
        return create_product(store=store, **with_category(store, values, "category"), actor=self.account)

    def change(self, row: Product, values: dict[str, Any]) -> Product:
        """Change a product; a stock that orders moved meanwhile is 409."""
        changes = with_category(row.store, values, "category")
        return revise_product(product=row, changes=changes, actor=self.account)

    def hide(self, row: Product) -> None:
        """Hide a product."""
        delete_product(product=row, actor=self.account)

    def bring_back(self, row: Product) -> Product:
        """Restore a product."""
        return restore_product(product=row, actor=self.account)
