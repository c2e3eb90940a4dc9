from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0045_withdrawn_payments")]

    operations = [
        migrations.AddField(
            "upload",
            "awaits_refused_file",
            models.BooleanField(
                db_default=False, default=False, help_text="Applied, but the rows left out are not stored yet."
            ),
        ),
        AddIndexConcurrently(
            "upload",
            models.Index(
                condition=models.Q(("awaits_refused_file", True)),
                fields=["created_at"],
                name="orders_upload_to_complete",
            ),
        ),
    ]
