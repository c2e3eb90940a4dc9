"""Note which order is its customer's first. Those of before are marked slice by slice as figures are recomputed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0036_parked_events")]

    operations = [
        migrations.AddField(
            "order",
            "is_first",
            models.BooleanField(db_default=False, default=False, editable=False, help_text="Its customer's first."),
        ),
    ]
