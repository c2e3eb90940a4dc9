"""Index of the events of sources that are due, whatever waits beside them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0034_three_decimals")]

    operations = [
        AddIndexConcurrently(
            "sourceevent",
            models.Index(
                fields=["connection", "next_try_at"], condition=Q(state="waiting"), name="orders_source_event_due"
            ),
        ),
    ]
