"""Products as JSON."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from rest_framework import serializers

from customers.models import Store
from customers.rest.filters import StoreFilterSet
from customers.rest.history import history_action
from dealport.kit.errors import invalid
from dealport.kit.rest.fields import FlagField, IdField, MoneyField, TextField, WholeNumberField
from dealport.kit.rest.filters import AmountFilter, FlagFilter, WholeNumberFilter
from dealport.kit.rest.serializers import StoreOwnedSerializer
from orders.actions import create_product, delete_product, revise_product
from orders.api import examples
from orders.api.resource import CatalogueViewSet, catalogue
from orders.models import Category, Product

MOST_PIECES = 2_147_483_647


class ProductSerializer(StoreOwnedSerializer):
    """A thing a store sells. `stock` is the pieces that can still be ordered; null: not counted."""

    id = serializers.IntegerField(read_only=True)
    sku = TextField(max_length=64, allow_blank=True, required=False)
    name = TextField(max_length=250)
    description = TextField(max_length=20_000, allow_blank=True, required=False)
    price = MoneyField()
    currency = serializers.CharField(source="store.currency", read_only=True)
    stock = WholeNumberField(min_value=0, max_value=MOST_PIECES, allow_null=True, required=False)
    imageUrl = TextField(source="image_url", max_length=500, allow_blank=True, required=False)
    categoryId = IdField(source="category_id", allow_null=True, required=False)
    isActive = FlagField(source="is_active", required=False)
    createdAt = serializers.DateTimeField(source="created_at", read_only=True)

    def validate_imageUrl(self, value: str) -> str:
        """Take an address on the web or on this host, nothing that a browser would run."""
        if value and not value.startswith(("https://", "http://", "/")):
            raise serializers.ValidationError("Expected an address that begins with https://, http:// or /.")
        return value


class ProductFilters(StoreFilterSet):
    """What a product list can be narrowed to."""

    isActive = FlagFilter(field_name="is_active")
    categoryId = WholeNumberFilter(field_name="category_id")
    inStock = FlagFilter(method="in_stock")
    minPrice = AmountFilter(field_name="price", lookup_expr="gte")
    maxPrice = AmountFilter(field_name="price", lookup_expr="lte")
    sku = django_filters.CharFilter(field_name="sku")

    def in_stock(self, queryset: QuerySet[Product], name: str, value: bool) -> QuerySet[Product]:
        """Keep what can be ordered now (uncounted or above zero), or what cannot."""
        available = Q(stock__isnull=True) | Q(stock__gt=0)
        return queryset.filter(available if value else ~available)


@catalogue(ProductSerializer, "product", "products", example=examples.PRODUCT, sent=examples.NEW_PRODUCT)
class ProductViewSet(CatalogueViewSet):
    """`/products`: what a store sells."""

    queryset = Product.objects.filter(deleted_at__isnull=True).select_related("store")
    serializer_class = ProductSerializer
    filterset_class = ProductFilters
    ordering = ("name", "id")
    ordering_fields = {"name": "name", "price": "price", "stock": "stock", "createdAt": "created_at"}

    history = history_action("listProductHistory", "a product")

    def search(self, queryset: QuerySet[Product], text: str) -> QuerySet[Product]:
        """Find by a part of the name or the beginning of the SKU."""
        return queryset.filter(Q(name__icontains=text) | Q(sku__istartswith=text))

    def make(self, store: Store, values: dict[str, Any]) -> Product:
        """Create a product."""
        return create_product(store=store, **_with_category(store, values), actor=self.account)

    def change(self, row: Product, values: dict[str, Any]) -> Product:
        """Change a product; a stock that orders moved meanwhile is 409."""
        return revise_product(product=row, changes=_with_category(row.store, values), actor=self.account)

    def hide(self, row: Product) -> None:
        """Hide a product."""
        delete_product(product=row, actor=self.account)


def _with_category(store: Store, values: dict[str, Any]) -> dict[str, Any]:
    """Put the category in the place of its id. Raises ValidationError if the store has none with it."""
    if "category_id" not in values:
        return values
    values = dict(values)
    pk = values.pop("category_id")
    category = Category.objects.filter(store=store, pk=pk, deleted_at__isnull=True).first()
    if pk is not None and category is None:
        raise invalid("categoryId", "There is no such category in this store.")
    return {**values, "category": category}
