"""What the orders app does when a store changes."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from customers.models import Customer, Store
from customers.signals import store_changing
from dealport.kit.errors import Conflict
from orders.models import Order


@receiver(store_changing, dispatch_uid="orders.keep_currency_and_zone")
def keep_currency_and_zone(store: Store, changed: set[str], **_: Any) -> None:
    """Refuse another currency or time zone once there are orders: every figure would change its meaning.

    Customers are counted on the day they registered, so the first of them fixes the time zone as well.
    """
    frozen = changed & {"currency", "timezone"}
    if frozen and Order.objects.filter(store=store).exists():
        names = " and ".join(sorted(frozen))
        raise Conflict(f"Keep the {names}: it cannot change after the first order.")
    if "timezone" in frozen and Customer.objects.filter(store=store).exists():
        raise Conflict("Keep the timezone: it cannot change after the first customer.")
