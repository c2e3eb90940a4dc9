"""The products that are variants, few or none in most stores: analytics by product reads no others."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0043_kept_edits")]

    operations = [
        AddIndexConcurrently(
            "product",
            models.Index(
                fields=["id"], include=["parent"], name="orders_product_variants", condition=Q(parent__isnull=False)
            ),
        ),
    ]
