"""Parked events of a connection: Home counts connections that have some, among millions that were applied."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0035_source_events_due")]

    operations = [
        AddIndexConcurrently(
            "sourceevent",
            models.Index(fields=["connection"], name="orders_source_event_parked", condition=Q(state="parked")),
        ),
    ]
