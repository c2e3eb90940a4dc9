"""What the dashboard does when something happened: append to the ledger, and nudge the fold after the commit."""

from __future__ import annotations

import logging
import time
from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.dispatch import receiver

from customers.models import Customer, Store
from customers.signals import customer_registered, email_confirmed
from dashboard import ledger, recount
from orders.models import Order
from orders.models.orders import OrderState
from orders.signals import order_changed, orders_imported

logger = logging.getLogger(__name__)
NUDGE_KEY = "metrics:fold:nudged"
NUDGE_SECONDS = 0.5
PAUSE_SECONDS = 10


@receiver(order_changed, dispatch_uid="dashboard.order_changed")
def on_order_changed(order: Order, before: OrderState | None, after: OrderState, at: datetime, **_: Any) -> None:
    """Append what the step moved."""
    if ledger.append_order_change(order=order, before=before, after=after, at=at):
        transaction.on_commit(nudge_fold, robust=True)


@receiver(customer_registered, dispatch_uid="dashboard.customer_registered")
def on_customer_registered(customer: Customer, **_: Any) -> None:
    """Append one more customer."""
    ledger.append_registration(customer=customer)
    transaction.on_commit(nudge_fold, robust=True)


@receiver(email_confirmed, dispatch_uid="dashboard.email_confirmed")
def on_email_confirmed(customer: Customer, **_: Any) -> None:
    """Append one more new customer."""
    ledger.append_confirmation(customer=customer)
    transaction.on_commit(nudge_fold, robust=True)


@receiver(orders_imported, dispatch_uid="dashboard.orders_imported")
def on_orders_imported(store: Store, first_day: date, last_day: date, **_: Any) -> None:
    """Bring the rollups of the touched days in line with the orders, set-based, in the import's transaction."""
    recount.correct(store, first_day, last_day)


class Nudges:
    """Until when this process need not nudge: it has just done so, or a broker that hangs has cost it its time-outs."""

    paused_until = 0.0


def nudge_fold() -> None:
    """Ask a worker to fold in NUDGE_SECONDS, once in that time for everybody: what is committed until then is folded.

    Only the fast path: the beat sweep folds anyway, and readers add the waiting rows themselves.
    """
    from dashboard.tasks import fold_ledger

    now = time.monotonic()
    if now < Nudges.paused_until:
        return
    try:
        if cache.add(NUDGE_KEY, 1, NUDGE_SECONDS):
            fold_ledger.apply_async(countdown=NUDGE_SECONDS)
            Nudges.paused_until = now + NUDGE_SECONDS
    except Exception as error:  # broker or cache away, in whatever words their clients say it: the sweep does the work
        Nudges.paused_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("the fold could not be nudged, the sweep will fold: %s", error)
