"""Products as JSON."""

from __future__ import annotations

from functools import partial

import django_filters
from django.db.models import Prefetch, Q, QuerySet
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from customers.access import named_store
from customers.models import Store
from customers.rest.filters import StoreFilterSet
from customers.rest.history import history_action
from customers.rest.idempotency import idempotent
from customers.rest.pictures import PictureInput, PictureSerializer, picture_operation
from customers.rest.restoring import restore_action
from dealport.kit.errors import invalid
from dealport.kit.rest.docs import operation
from dealport.kit.rest.filters import AmountFilter, FlagFilter, WholeNumberFilter
from dealport.kit.rest.parsers import JSONParser
from dealport.kit.rest.queries import read_single
from dealport.kit.values import FieldValues
from orders.actions import create_product, create_variant, delete_product, restore_product, revise_product
from orders.actions.images import add_image, arrange_images
from orders.api import examples
from orders.api.categories import with_category
from orders.api.product_rows import BulkInput, BulkSerializer, save_rows
from orders.api.product_serializers import PRESENT, ProductSerializer, VariantInput, attach_pictures
from orders.api.resource import CatalogueViewSet, catalogue
from orders.models import Product
from orders.models.catalogue import LOW, in_branch
from orders.product_views import count_view
from orders.search import search_products
from orders.sold import Sold


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
    parentId = WholeNumberFilter(field_name="parent_id")
    isVariant = FlagFilter(field_name="parent", lookup_expr="isnull", exclude=True)

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


def _sold(measure: str, view: CatalogueViewSet) -> Sold:
    """Return what products are ordered by: a figure of one store. Raises ValidationError unless it is clear which."""
    return Sold(measure, named_store(view.account, view.request.query_params.get("store")).pk)


@catalogue(ProductSerializer, "product", "products", example=examples.PRODUCT, sent=examples.NEW_PRODUCT)
class ProductViewSet(CatalogueViewSet):
    """`/products`: what a store sells."""

    queryset = (
        Product.objects.filter(deleted_at__isnull=True)
        .select_related("store", "category")
        .prefetch_related(Prefetch("variants", PRESENT, to_attr="present_variants"))
    )
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
        "unitsSold": partial(_sold, "units_sold"),
        "netSales": partial(_sold, "net_sales"),
    }

    history = history_action("listProductHistory", "a product")
    restore = restore_action("product", ProductSerializer, examples.PRODUCT)

    @operation(
        "saveProducts",
        "Create or update products by SKU",
        body=BulkInput,
        sent=examples.BULK,
        answer=BulkSerializer,
        example=examples.BULK_ANSWER,
        errors=(404, 409, 422),
        keyed=True,
    )
    @action(detail=False, methods=["post"], url_path="bulk")
    @idempotent
    def bulk(self, request: Request) -> Response:
        """Create or update up to 500 products or variants by their SKU; each row says what became of it."""
        values = self.valid(BulkInput)
        store = self.store_of(values)
        return Response(save_rows(store, values["products"], self.account))

    @operation(
        "listVariants",
        "List a product's variants",
        answer=ProductSerializer(many=True),
        example=[examples.VARIANT],
        filters=False,
    )
    @action(detail=True, methods=["get"], url_path="variants", pagination_class=None)
    def variants(self, request: Request, pk: str) -> Response:
        """Answer with the variants of a product, or with itself where it has none."""
        read_single(request.query_params, set())
        product = self.get_object()
        rows = list(self.queryset.filter(parent=product).order_by("pk")) if product.has_variants else [product]
        attach_pictures(rows)
        return Response(self.get_serializer(rows, many=True).data)

    @operation(
        "createVariant",
        "Add a variant to a product",
        status=201,
        body=VariantInput,
        sent=examples.NEW_VARIANT,
        answer=ProductSerializer,
        example=examples.VARIANT,
        errors=(409,),
    )
    @variants.mapping.post
    def add_variant(self, request: Request, pk: str) -> Response:
        """Add a variant (201); with the first one a product is no longer ordered itself."""
        product = self.get_object()
        return self.answer(create_variant(product=product, **self.valid(VariantInput), actor=self.account), status=201)

    @picture_operation("addProductImage", "Add a picture to a product")
    @action(detail=True, methods=["post"], url_path="images", parser_classes=(MultiPartParser, JSONParser))
    def images(self, request: Request, pk: str) -> Response:
        """Take a picture, or the address it is fetched from once (201); a worker makes it and its thumbnail."""
        product = self.get_object()
        picture = add_image(product=product, **self.valid(PictureInput), actor=self.account)
        return Response(PictureSerializer(picture).data, status=201)

    @operation("countProductView", "Count a customer's view of a product", status=204)
    @action(detail=True, methods=["post"], url_path="views")
    def count_view(self, request: Request, pk: str) -> Response:
        """Count one view (204); `viewCount` follows within a minute or so."""
        count_view(self.get_object().pk)
        return Response(status=204)

    def search(self, queryset: QuerySet[Product], text: str) -> QuerySet[Product]:
        """Find by any part of the name, or by the SKU."""
        return search_products(queryset, text)

    def paginate_queryset(self, queryset: QuerySet[Product]) -> list[Product]:  # type: ignore[override]
        """Return the rows of a page with their pictures, all read at once."""
        page: list[Product] = super().paginate_queryset(queryset) or []
        attach_pictures(page)
        return page

    def make(self, store: Store, values: dict[str, object]) -> Product:
        """Create a product; pictures are added to one that exists."""
        if "image_ids" in values:
            raise invalid("imageIds", "Add pictures once the product exists.")
        return create_product(store=store, **with_category(store, values, "category"), actor=self.account)

    def change(self, row: Product, values: FieldValues) -> Product:
        """Change a product; a stock that orders moved meanwhile is 409."""
        changes = with_category(row.store, values, "category")
        image_ids = changes.pop("image_ids", None)
        if image_ids is not None:
            arrange_images(product=row, ids=image_ids, actor=self.account)
        return revise_product(product=row, changes=changes, actor=self.account)

    def hide(self, row: Product) -> None:
        """Delete it softly: its sales stay."""
        delete_product(product=row, actor=self.account)

    def bring_back(self, row: Product) -> Product:
        """Undo its deletion. Raises Conflict where its SKU or slug is taken, or its category is deleted."""
        return restore_product(product=row, actor=self.account)
