"""A product as JSON, its variants with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from customers.models import Picture
from customers.pictures import pictures_of
from customers.rest.pictures import PictureSerializer
from dealport.kit.rest.fields import FlagField, IdField, MoneyField, TextField, WholeNumberField
from dealport.kit.rest.serializers import StoreOwnedSerializer, StrictSerializer
from dealport.kit.values import Json
from orders.actions.options import MAX_TEXT
from orders.actions.products import MAX_TAG, MAX_TAGS
from orders.models import Product

MOST_PIECES = 2_147_483_647
PRESENT = Product.objects.filter(deleted_at__isnull=True).order_by("pk")


class ShelfSerializer(serializers.Serializer[object]):
    """The category of a product."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class OptionsField(serializers.DictField):
    """Option → value, such as {"Size": "M"}."""

    child = TextField(max_length=MAX_TEXT)


class VariantSerializer(serializers.Serializer[object]):
    """What is ordered of a product."""

    id = serializers.IntegerField(help_text="Order it by this `variantId`.")
    sku = serializers.CharField()
    options = serializers.DictField(child=serializers.CharField())
    price = MoneyField()
    costPrice = MoneyField(source="cost_price", allow_null=True)
    stock = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(choices=Product.Status.choices)


def variants_of(product: Product) -> list[Product]:
    """Return the variants of a product, or itself where it has none."""
    if not product.has_variants:
        return [product]
    known = getattr(product, "present_variants", None)
    return list(PRESENT.filter(parent=product)) if known is None else known


def attach_pictures(products: Sequence[Product]) -> None:
    """Read the pictures of products in one statement."""
    known: dict[int, list[Picture]] = {product.pk: [] for product in products}
    rows = Picture.objects.filter(subject=Product._meta.label_lower, subject_id__in=known)
    for picture in rows.order_by("position", "pk"):
        known[picture.subject_id].append(picture)
    for product in products:
        product.present_images = known[product.pk]  # type: ignore[attr-defined]


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
    imageUrl = TextField(source="image_url", max_length=500, allow_blank=True, required=False)
    images = serializers.SerializerMethodField(help_text="The first one that is ready is `imageUrl`.")
    imageIds = serializers.ListField(
        source="image_ids",
        child=serializers.IntegerField(min_value=1),
        max_length=20,
        required=False,
        write_only=True,
        help_text="Of a product that exists: the pictures to keep, in their order.",
    )
    parentId = serializers.IntegerField(
        source="parent_id",
        read_only=True,
        allow_null=True,
        help_text="The product this one is a variant of; null of any other.",
    )
    options = OptionsField(required=False, help_text="Of a variant: a value for each option of its product.")
    variants = serializers.SerializerMethodField(help_text="What is ordered: a product without options has itself.")
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

    @extend_schema_field(PictureSerializer(many=True))
    def get_images(self, product: Product) -> object:
        """Return the pictures in their order."""
        known = getattr(product, "present_images", None)
        return PictureSerializer(pictures_of(product) if known is None else known, many=True).data

    @extend_schema_field(VariantSerializer(many=True))
    def get_variants(self, product: Product) -> object:
        """Return the variants, or the product itself where it has none."""
        return VariantSerializer(variants_of(product), many=True).data

    def to_representation(self, instance: Any) -> Json:
        """Return the JSON; of a product with variants the lowest price, and the stock of all where each is counted."""
        product: Product = instance
        shown: Json = super().to_representation(product)
        if product.has_variants and (variants := variants_of(product)):
            stocks = [variant.stock for variant in variants]
            shown["price"] = min(variant.price for variant in variants)
            shown["stock"] = None if None in stocks else sum(filter(None, stocks))
        return shown

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Turn isActive into a status. Raises ValidationError where the two contradict each other."""
        if "is_active" in attrs:
            is_active = attrs.pop("is_active")
            status = attrs.setdefault("status", Product.Status.ACTIVE if is_active else Product.Status.INACTIVE)
            if (status == Product.Status.ACTIVE) != is_active:
                raise serializers.ValidationError({"isActive": ["Leave isActive out, or let it agree with status."]})
        return attrs


class VariantInput(StrictSerializer):
    """A new variant; what is left out is as its product has it."""

    options = OptionsField(allow_empty=False)
    sku = TextField(max_length=255, allow_blank=True, required=False)
    name = TextField(max_length=513, required=False, help_text="Left out: the product's name and the options.")
    price = MoneyField(required=False)
    costPrice = MoneyField(source="cost_price", allow_null=True, required=False)
    compareAtPrice = MoneyField(source="compare_at_price", allow_null=True, required=False)
    stock = WholeNumberField(min_value=0, max_value=MOST_PIECES, allow_null=True, required=False)
    imageUrl = TextField(source="image_url", max_length=500, allow_blank=True, required=False)
