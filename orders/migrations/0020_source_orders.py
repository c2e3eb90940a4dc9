"""Orders of other systems: which order of which source, lines that came back, the shipping in a refund.

An order's number is only a name from now on: two sources, or two orders of one, may share it. Constraints are
validated beside running writes.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import F, Q

import dealport.kit.fields

NUMBERS = dealport.kit.fields.are_numbers("orders_refund_are_numbers", "amount", "tax_amount", "shipping_amount")
NOT_ZERO = models.CheckConstraint(condition=~Q(quantity=0), name="orders_item_quantity_not_zero")
DISCOUNT = models.CheckConstraint(
    condition=Q(discount_share=0) | Q(discount_share__gte=0, discount_share__lte=F("line_total")),
    name="orders_item_discount_within_total",
)
REFUNDED = models.CheckConstraint(
    condition=Q(refunded_amount=0)
    | Q(refunded_amount__gte=0, refunded_amount__lte=F("line_total") - F("discount_share")),
    name="orders_item_refunded_within_net",
)
RETURNED = models.CheckConstraint(
    condition=Q(refunded_quantity=0) | Q(refunded_quantity__lte=F("quantity")),
    name="orders_item_returned_within_quantity",
)


def replaced(old, constraint, model="orderitem"):
    """Yield what puts a constraint in the place of another without holding up writes."""
    yield migrations.RemoveConstraint(model, old)
    yield AddConstraintNotValid(model, constraint)
    yield ValidateConstraint(model, constraint.name)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0019_search_tracking"), ("customers", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SourceRecord",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="source_record",
                        serialize=False, to="orders.order",
                    ),
                ),
                ("source", models.CharField(max_length=20)),
                ("external_id", models.CharField(blank=True, max_length=100)),
                ("updated_at", models.DateTimeField(blank=True, null=True)),
                ("details", models.JSONField(blank=True, default=dict)),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                        to="customers.store",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=~Q(external_id=""), fields=("store", "source", "external_id"),
                        name="orders_source_once_per_store",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "refund", "shipping_amount", dealport.kit.fields.MoneyField(blank=True, editable=False, null=True)
        ),
        *replaced(NUMBERS.name, NUMBERS, "refund"),
        migrations.AlterField("orderitem", "quantity", models.IntegerField()),
        *replaced("orders_item_quantity_positive", NOT_ZERO),
        *replaced(DISCOUNT.name, DISCOUNT),
        *replaced(REFUNDED.name, REFUNDED),
        *replaced(RETURNED.name, RETURNED),
        migrations.RemoveConstraint("order", "orders_order_number_once_per_store"),
    ]  # fmt: skip
