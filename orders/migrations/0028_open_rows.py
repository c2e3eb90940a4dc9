"""Indexes of the order list's views and of what waits on Home: open rows alone, whatever the size of the order book."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q

ORDERS = {
    "orders_order_unpaid": Q(
        payment_status__in=("PENDING", "AUTHORIZED", "PARTIALLY_PAID"),
        status__in=("PENDING", "PROCESSING", "SHIPPED", "DELIVERED"),
    ),
    "orders_order_to_ship": Q(status="PROCESSING"),
    "orders_order_refunded": Q(payment_status__in=("REFUNDED", "PARTIALLY_REFUNDED")),
    "orders_order_on_delivery": Q(payment_terms="on_delivery"),
}


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0027_uploads")]

    operations = [
        *(
            AddIndexConcurrently("order", models.Index(fields=["store", "-placed_at"], name=name, condition=condition))
            for name, condition in ORDERS.items()
        ),
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["store", "expired_at"],
                name="orders_order_payment_failed",
                condition=Q(payment_status="FAILED"),
            ),
        ),
        AddIndexConcurrently(
            "product",
            models.Index(
                fields=["store", "stock"],
                name="orders_product_low",
                condition=Q(
                    stock__isnull=False,
                    stock__lte=F("low_stock_threshold"),
                    status="ACTIVE",
                    deleted_at__isnull=True,
                ),
            ),
        ),
    ]
