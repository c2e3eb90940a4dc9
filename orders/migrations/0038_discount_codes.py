"""Keep all discount codes of an order in one text. Those of before are taken over as figures are recomputed."""

from django.db import migrations, models

from dealport.kit.amount_columns import drop_views


def make_room(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        drop_views(cursor, "orders_order")


class Migration(migrations.Migration):
    dependencies = [("orders", "0037_first_orders")]

    operations = [
        migrations.RunPython(make_room, migrations.RunPython.noop),
        # a wider text is no other text: neither rows nor indexes are written
        migrations.AlterField(
            "order",
            "coupon_code",
            models.CharField(
                "discount codes", max_length=255, blank=True, help_text="All codes of the order, with + between them."
            ),
        ),
    ]
