"""Keep when an order was read at its source: what changes twice within a second is read once more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0041_taxes")]

    operations = [migrations.AddField("sourcerecord", "read_at", models.DateTimeField(blank=True, null=True))]
