"""Note who placed an order. Those of before are filled in slice by slice as figures are recomputed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0038_discount_codes")]

    operations = [
        migrations.AddField(
            "order",
            "placed_by",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="Email of the account that placed it, or the source it came from.",
                max_length=254,
            ),
        ),
    ]
