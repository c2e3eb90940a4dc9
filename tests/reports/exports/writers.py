"""A program that trades in every store until it is told to stop, and says how fast it was.

Called with the writes per second; every order placed, paid, refunded or canceled is one.
"""

from __future__ import annotations

import os
import random
import select
import sys
import time
from decimal import Decimal

import django


def trade(rate: float) -> float:
    """Write until standard input has something to say; return the writes per second that it reached."""
    from customers.models import Store
    from orders.actions import ItemRequest, cancel_order, mark_paid, place_order, refund_order
    from orders.models import Product

    chance = random.Random(os.getpid())
    stores = list(Store.objects.all())
    products = {store.pk: list(Product.objects.filter(store=store, stock=None)) for store in stores}
    written, began = 0, time.monotonic()
    while not select.select([sys.stdin], [], [], max(0.0, began + written / rate - time.monotonic()))[0]:
        store = chance.choice(stores)
        items = [ItemRequest(chance.choice(products[store.pk]).pk, chance.randint(1, 3))]
        order = place_order(store=store, items=items, actor=None)
        if chance.random() < 0.1:
            cancel_order(order=order, actor=None)
            written += 2
            continue
        mark_paid(order=order, actor=None)
        written += 2
        if chance.random() < 0.3:
            refund_order(order=order, amount=Decimal("1.11"), reason="late", actor=None)
            written += 1
    return written / (time.monotonic() - began)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "dealport.settings"
    django.setup()
    print(trade(float(sys.argv[1])), flush=True)
