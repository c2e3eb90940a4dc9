"""Keep the tax included in prices, and what part payments and refunds move of taxes.

Rows of before get constants; what they lack is written slice by slice as figures are recomputed.
"""

from decimal import Decimal

from django.db import migrations, models

from dealport.kit.fields import MoneyField, are_numbers

NAME = "orders_order_included_tax_is_a_number"
KNOWN = are_numbers(NAME, "included_tax")


def refuse_others(apps, schema_editor):
    sql = str(KNOWN.constraint_sql(apps.get_model("orders", "order"), schema_editor))
    schema_editor.execute(f"ALTER TABLE orders_order DROP CONSTRAINT IF EXISTS {NAME}, ADD {sql} NOT VALID")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0040_deleted_refunds")]

    operations = [
        migrations.AddField(
            "order",
            "included_tax",
            MoneyField(db_default=Decimal("0.00"), default=Decimal("0.00"), editable=False),
        ),
        migrations.AddField("amountpart", "is_tax", models.BooleanField(db_default=False, default=False)),
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(refuse_others, migrations.RunPython.noop)], [migrations.AddConstraint("order", KNOWN)]
        ),
        migrations.RunSQL(f"ALTER TABLE orders_order VALIDATE CONSTRAINT {NAME}", migrations.RunSQL.noop),
    ]
