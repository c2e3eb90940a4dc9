"""Categories as JSON."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from customers.models import Store
from customers.pictures import add_picture
from customers.rest.filters import StoreFilterSet
from customers.rest.history import history_action
from customers.rest.pictures import PictureInput, PictureSerializer, picture_operation
from customers.rest.restoring import restore_action
from dealport.kit.errors import invalid
from dealport.kit.rest.fields import IdField, TextField, WholeNumberField
from dealport.kit.rest.filters import FlagFilter, WholeNumberFilter
from dealport.kit.rest.parsers import JSONParser
from dealport.kit.rest.serializers import StoreOwnedSerializer
from dealport.kit.values import FieldValues, Json
from orders.actions import create_category, delete_category, restore_category, update_category
from orders.api import examples
from orders.api.resource import CatalogueViewSet, catalogue
from orders.models import Category

MOST = 1_000_000


def with_category(store: Store, values: FieldValues, name: str) -> Json:
    """Put the category `name` in the place of its id. Raises ValidationError if the store has none with it."""
    if f"{name}_id" not in values:
        return values
    values = dict(values)
    pk = values.pop(f"{name}_id")
    category = Category.objects.filter(store=store, pk=pk, deleted_at__isnull=True).first()
    if pk is not None and category is None:
        raise invalid(f"{name}Id", "There is no such category in this store.")
    return {**values, name: category}


class CategorySerializer(StoreOwnedSerializer):
    """A group of products of one store; `parentId` is the category it is below, null at the top."""

    id = serializers.IntegerField(read_only=True)
    name = TextField(max_length=120)
    slug = TextField(max_length=120, required=False, help_text="Letters, digits, - and _; left out, the name makes it.")
    parentId = IdField(source="parent_id", allow_null=True, required=False)
    description = TextField(max_length=20_000, allow_blank=True, required=False)
    imageUrl = TextField(source="image_url", max_length=500, allow_blank=True, required=False)
    sortOrder = WholeNumberField(
        source="sort_order", min_value=-MOST, max_value=MOST, required=False, help_text="0 if left out; lower is first."
    )
    createdAt = serializers.DateTimeField(source="created_at", read_only=True)
    updatedAt = serializers.DateTimeField(source="updated_at", read_only=True)


class CategoryFilters(StoreFilterSet):
    """What a list of categories can be narrowed to."""

    parentId = WholeNumberFilter(field_name="parent_id")
    isTopLevel = FlagFilter(field_name="parent", lookup_expr="isnull")


@catalogue(CategorySerializer, "category", "categories", example=examples.CATEGORY, sent=examples.NEW_CATEGORY)
class CategoryViewSet(CatalogueViewSet):
    """`/categories`: the groups of a store's products."""

    queryset = Category.objects.filter(deleted_at__isnull=True).select_related("store")
    serializer_class = CategorySerializer
    filterset_class = CategoryFilters
    ordering = ("name", "id")
    ordering_fields = {
        "name": "name",
        "slug": "slug",
        "sortOrder": "sort_order",
        "createdAt": "created_at",
        "updatedAt": "updated_at",
    }

    history = history_action("listCategoryHistory", "a category")
    restore = restore_action("category", CategorySerializer, examples.CATEGORY)

    @picture_operation("setCategoryImage", "Give a category a picture")
    @action(detail=True, methods=["post"], url_path="image", parser_classes=(MultiPartParser, JSONParser))
    def image(self, request: Request, pk: str) -> Response:
        """Take a picture, or the address it is fetched from once (201); it is shown once a worker has made it."""
        picture = add_picture(self.get_object(), **self.valid(PictureInput), is_public=True, actor=self.account)
        return Response(PictureSerializer(picture).data, status=201)

    def search(self, queryset: QuerySet[Category], text: str) -> QuerySet[Category]:
        """Find by a part of the name."""
        return queryset.filter(name__icontains=text)

    def make(self, store: Store, values: dict[str, object]) -> Category:
        """Create it below `parent`. Raises ValidationError for a circle or more than six levels."""
        return create_category(store=store, **with_category(store, values, "parent"), actor=self.account)

    def change(self, row: Category, values: FieldValues) -> Category:
        """Change a category; a new parent moves it with all below it."""
        return update_category(category=row, changes=with_category(row.store, values, "parent"), actor=self.account)

    def hide(self, row: Category) -> None:
        """Hide an empty category; 409 while it has products or categories below it."""
        delete_category(category=row, actor=self.account)

    def bring_back(self, row: Category) -> Category:
        """Undo its deletion. Raises Conflict where its slug is taken, or the category above is deleted."""
        return restore_category(category=row, actor=self.account)
