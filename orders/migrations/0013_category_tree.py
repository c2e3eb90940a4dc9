"""Categories below categories, with description, picture, order and moments.

The columns come with defaults in the database, so that what still runs the code of before can go on.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models

NOW = django.db.models.functions.datetime.Now()


class Migration(migrations.Migration):
    dependencies = [("orders", "0012_orders_and_money_apart")]

    operations = [
        migrations.AddField(
            "category",
            "parent",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="orders.category",
            ),
        ),
        migrations.AddField("category", "description", models.TextField(blank=True, db_default="", default="")),
        migrations.AddField(
            "category", "image_url", models.CharField(blank=True, db_default="", default="", max_length=500)
        ),
        migrations.AddField(
            "category",
            "sort_order",
            models.IntegerField(
                db_default=0,
                default=0,
                help_text="Categories below the same one come in this order, then by name.",
            ),
        ),
        migrations.AddField(
            "category",
            "created_at",
            models.DateTimeField(db_default=NOW, default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField("category", "updated_at", models.DateTimeField(auto_now=True, db_default=NOW)),
        migrations.AddConstraint(
            "category",
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="orders_category_not_below_itself"
            ),
        ),
    ]
