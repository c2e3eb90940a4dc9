"""Parcels of orders: which pieces left when, and how to follow them."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

EVENT_KINDS = [
    ("placed", "Placed"), ("authorized", "Payment authorized"), ("paid", "Paid"), ("processed", "Processed"),
    ("refused", "Payment refused"), ("expired", "Expired unpaid"), ("shipped", "Shipped"),
    ("partly_shipped", "Partly shipped"), ("delivered", "Delivered"), ("canceled", "Canceled"),
    ("refund_announced", "Refund announced before payment"), ("refunded", "Refunded"),
]  # fmt: skip
PK = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("orders", "0015_payment_methods")]

    operations = [
        migrations.AlterField("orderevent", "kind", models.CharField(max_length=16, choices=EVENT_KINDS)),
        migrations.CreateModel(
            name="Fulfillment",
            fields=[
                ("id", PK),
                ("tracking_number", models.CharField(blank=True, max_length=100)),
                ("carrier", models.CharField(blank=True, max_length=80)),
                ("tracking_url", models.CharField("tracking URL", blank=True, max_length=500)),
                ("shipped_at", models.DateTimeField()),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fulfillments", to="orders.order"
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.store",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["store", "-shipped_at", "-id"], name="orders_fulfillment_by_store"),
                    models.Index(
                        fields=["tracking_number"],
                        name="orders_fulfillment_by_tracking",
                        condition=Q(("tracking_number", ""), _negated=True),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FulfillmentLine",
            fields=[
                ("id", PK.clone()),
                ("quantity", models.PositiveIntegerField()),
                (
                    "fulfillment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="orders.fulfillment"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fulfillment_lines",
                        to="orders.orderitem",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("fulfillment", "item"), name="orders_fulfillment_line_once_per_item"
                    ),
                    models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_fulfillment_line_has_pieces"),
                ],
            },
        ),
    ]
