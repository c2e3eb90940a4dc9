"""Orders of customers who are merged."""

from __future__ import annotations

from django.db.models import Count, F, Max, Q, Sum
from django.dispatch import receiver

from customers.actions import average, tier_for
from customers.models import Customer, CustomerMerge
from customers.signals import customers_merged, merge_undone
from dealport.kit.money import unit_of
from orders.first_orders import announce_changed, correct_first_orders
from orders.lifecycle import COMPLETED_PAYMENTS
from orders.models import DraftOrder, Order
from orders.pricing import ZERO


@receiver(customers_merged, dispatch_uid="orders.customers_merged")
def move_orders(merge: CustomerMerge, **_: object) -> None:
    """Give the orders to the customer who stays, and note which."""
    orders = Order.objects.filter(customer=merge.merged_id)
    merge.order_ids = list(orders.order_by("pk").values_list("pk", flat=True))
    orders.update(customer=merge.customer_id)
    DraftOrder.objects.filter(customer=merge.merged_id).update(customer=merge.customer_id)
    _recount(merge)


@receiver(merge_undone, dispatch_uid="orders.merge_undone")
def move_orders_back(merge: CustomerMerge, **_: object) -> None:
    """Give back the orders that came with the merge."""
    Order.objects.filter(customer=merge.customer_id, pk__in=merge.order_ids).update(customer=merge.merged_id)
    _recount(merge)


def _recount(merge: CustomerMerge) -> None:
    """Work out both customers' figures, and which order is their first, from their orders."""
    for pk in sorted((merge.customer_id, merge.merged_id)):
        sums = Order.objects.filter(customer=pk).aggregate(
            orders=Count("pk"),
            completed=Count("pk", filter=Q(payment_status__in=COMPLETED_PAYMENTS)),
            spent=Sum(F("captured_amount") - F("refunded_amount"), default=ZERO),
            last=Max("placed_at"),
        )
        Customer.objects.filter(pk=pk).update(
            total_orders=sums["orders"],
            completed_orders=sums["completed"],
            total_spent=sums["spent"],
            average_order_value=average(sums["spent"], sums["completed"], unit_of(merge.customer.store.currency)),
            tier=tier_for(sums["spent"]),
            last_order_at=sums["last"],
        )
    announce_changed(merge.store_id, correct_first_orders((merge.customer_id, merge.merged_id)))
