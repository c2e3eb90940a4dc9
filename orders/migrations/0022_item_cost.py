"""What a piece cost the store when its order was placed; orders of before do not know it.

The constraint is validated beside running writes. The lines' longer names stand here and not with those of products
(0011): that migration would keep readers of products waiting while it waits for the lines.
"""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

import dealport.kit.fields

NUMBERS = dealport.kit.fields.are_numbers(
    "orders_order_item_are_numbers",
    "unit_price",
    "unit_cost",
    "line_total",
    "discount_share",
    "tax_share",
    "captured_amount",
    "refunded_amount",
    "refunded_by_line",
    "refunded_tax_by_line",
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0021_transaction_lives")]

    operations = [
        migrations.AlterField("orderitem", "name", models.CharField(max_length=513)),
        migrations.AlterField("orderitem", "sku", models.CharField(blank=True, max_length=255, verbose_name="SKU")),
        migrations.AddField("orderitem", "unit_cost", dealport.kit.fields.MoneyField(blank=True, null=True)),
        migrations.RemoveConstraint("orderitem", NUMBERS.name),
        AddConstraintNotValid("orderitem", NUMBERS),
        ValidateConstraint("orderitem", NUMBERS.name),
    ]
