"""Views of lists that people save: a column with a constant default, no rewrite."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0025_customers_by_phone")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="list_views",
            field=models.JSONField(
                db_default={},
                default=dict,
                editable=False,
                help_text="List → name of a saved view → its query string.",
            ),
        ),
    ]
