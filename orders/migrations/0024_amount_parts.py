"""Keep what each step moves of an order's discounts and tip: figures by the day of the transaction add it up.

What happened before this table is written by `orders.parts.write_missing`, which the recomputation of the figures calls.
"""

import django.db.models.deletion
from django.db import migrations, models

import dealport.kit.fields


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("orders", "0023_connections")]

    operations = [
        migrations.CreateModel(
            name="AmountPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("amount", dealport.kit.fields.MoneyField()),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="orders.orderitem",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="amount_parts", to="orders.order"
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
                "indexes": [models.Index(fields=["store", "at"], name="orders_amount_part_by_store")],
                "constraints": [
                    models.CheckConstraint(
                        condition=~models.Q(amount=models.Value("NaN")), name="orders_amount_part_is_a_number"
                    )
                ],
            },
        ),
    ]
