"""An index of the orders whose payment is disputed, for the view of the list."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0050_order_erased_at")]

    operations = [
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["store", "-placed_at"],
                name="orders_order_disputed",
                condition=Q(tags__contains=["disputed"]),
            ),
        ),
    ]
