"""Search orders by any part of a tracking number."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0013_search"), ("orders", "0018_numbers_validated")]

    operations = [
        AddIndexConcurrently(
            "fulfillment",
            GinIndex(fields=["tracking_number"], name="orders_fulfillment_by_part", opclasses=["gin_trgm_ops"]),
        ),
    ]
