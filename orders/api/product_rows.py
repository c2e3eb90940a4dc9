"""Products by SKU, up to 500 at once: each row is checked and saved for itself."""

from __future__ import annotations

from collections import Counter

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from customers.models import Store, User
from dealport.kit.rest.errors import fields_of
from dealport.kit.rest.fields import MoneyField, StoreKeyField, TextField
from dealport.kit.rest.serializers import StrictSerializer
from dealport.kit.values import Json
from orders.actions import save_products
from orders.actions.product_rows import ProductRow, RowOutcome
from orders.api.categories import with_category
from orders.api.product_serializers import ProductSerializer

MAX_ROWS = 500
OUTCOMES = ("created", "updated", "unchanged", "refused")


class RowInput(ProductSerializer):
    """A product by its SKU; what is left out stays. A new one needs a name and a price."""

    sku = TextField(max_length=255)
    name = TextField(max_length=513, required=False)
    price = MoneyField(required=False)

    def get_fields(self) -> Json:
        """Return the fields; the store is that of all rows, and pictures are added one by one."""
        fields = super().get_fields()
        del fields["store"], fields["imageIds"]
        return fields


@extend_schema_field(RowInput(many=True))
class RowsField(serializers.ListField):
    """Rows as they come: each is checked for itself."""

    child = serializers.DictField()


class BulkInput(StrictSerializer):
    """Products of one store by SKU."""

    store = StoreKeyField(required=False, help_text="Id or slug; optional where you have one store.")
    products = RowsField(min_length=1, max_length=MAX_ROWS)


class RowSerializer(serializers.Serializer[object]):
    """What became of a row, in the order they were sent."""

    sku = serializers.CharField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    productId = serializers.IntegerField(source="product_id", allow_null=True)
    errors = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class BulkSerializer(serializers.Serializer[object]):
    """How many rows became what, and each of them."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    rows = RowSerializer(many=True)


def save_rows(store: Store, rows: list[Json], actor: User) -> Json:
    """Save the rows; return the answer. A row that is refused changes nothing."""
    checked = [_checked(store, row) for row in rows]
    saved = iter(save_products(store=store, rows=[row for row in checked if isinstance(row, ProductRow)], actor=actor))
    outcomes = [row if isinstance(row, RowOutcome) else next(saved) for row in checked]
    counts = Counter(outcome.outcome for outcome in outcomes)
    return {**{name: counts[name] for name in OUTCOMES}, "rows": RowSerializer(outcomes, many=True).data}


def _checked(store: Store, row: Json) -> ProductRow | RowOutcome:
    """Return the row to save, or the outcome of one that is refused."""
    serializer = RowInput(data=row)
    try:
        serializer.is_valid(raise_exception=True)
        values = with_category(store, serializer.validated_data, "category")
    except ValidationError as error:
        return RowOutcome(str(row.get("sku", ""))[:255], "refused", errors=fields_of(error))
    return ProductRow(values["sku"], {name: value for name, value in values.items() if name != "sku"})
