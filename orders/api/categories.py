"""Categories as JSON."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from customers.models import Store
from customers.rest.filters import StoreFilterSet
from customers.rest.history import history_action
from dealport.kit.rest.fields import TextField
from dealport.kit.rest.serializers import StoreOwnedSerializer
from orders.actions import create_category, delete_category, update_category
from orders.api import examples
from orders.api.resource import CatalogueViewSet, catalogue
from orders.models import Category


class CategorySerializer(StoreOwnedSerializer):
    """A shelf of one store."""

    id = serializers.IntegerField(read_only=True)
    name = TextField(max_length=120)
    slug = TextField(max_length=120, required=False, help_text="Letters, digits, - and _; left out, the name makes it.")


class CategoryFilters(StoreFilterSet):
    """`?store=`"""


@catalogue(CategorySerializer, "category", "categories", example=examples.CATEGORY, sent=examples.NEW_CATEGORY)
class CategoryViewSet(CatalogueViewSet):
    """`/categories`: the shelves of a store."""

    queryset = Category.objects.filter(deleted_at__isnull=True).select_related("store")
    serializer_class = CategorySerializer
    filterset_class = CategoryFilters
    ordering = ("name", "id")
    ordering_fields = {"name": "name", "slug": "slug"}

    history = history_action("listCategoryHistory", "a category")

    def search(self, queryset: QuerySet[Category], text: str) -> QuerySet[Category]:
        """Find by a part of the name."""
        return queryset.filter(name__icontains=text)

    def make(self, store: Store, values: dict[str, Any]) -> Category:
        """Create a category."""
        return create_category(store=store, **values, actor=self.account)

    def change(self, row: Category, values: dict[str, Any]) -> Category:
        """Rename a category."""
        return update_category(category=row, changes=values, actor=self.account)

    def hide(self, row: Category) -> None:
        """Hide an empty category; 409 while it has products."""
        delete_category(category=row, actor=self.account)
