"""What the dashboard does when something happened: append to the ledger, invalidate caches, nudge the fold."""

from __future__ import annotations

import time
from datetime import date, datetime

from django.core.cache import cache
from django.db import transaction
from django.dispatch import receiver

from customers.models import Customer, CustomerMerge, Store, Subscription
from customers.signals import (
    credits_changed,
    customer_dated,
    customer_registered,
    customers_merged,
    email_confirmed,
    merge_undone,
    store_changing,
    store_created,
    subscription_changed,
)
from dashboard.caching import invalidation
from dashboard.figures.movements import STORE_EVER, movements
from dashboard.metrics import ledger, recount
from dashboard.metrics.facts import append_facts_change, append_type_changes
from dealport.kit.redis import publish
from orders.models import Order, Product
from orders.models.states import OrderFacts, OrderState
from orders.signals import (
    first_orders_changed,
    order_changed,
    order_facts_changed,
    order_written,
    orders_imported,
    product_changed,
)
from orders.sold import read_movements_by

read_movements_by(movements(STORE_EVER, ("units_sold", "net"), dimension="product", up_to="year"))

NUDGE_KEY = "metrics:fold:nudged"
NUDGE_SECONDS = 0.5
PAUSE_SECONDS = 2.0


@receiver(order_changed, dispatch_uid="dashboard.order_changed")
def on_order_changed(order: Order, before: OrderState | None, after: OrderState, at: datetime, **_: object) -> None:
    """Append what the step moved."""
    if ledger.append_order_change(order=order, before=before, after=after, at=at):
        tell_after_commit(order.store_id)


@receiver(order_written, dispatch_uid="dashboard.order_written")
def on_order_written(store: Store, facts: OrderFacts, states: list[tuple[OrderState, datetime]], **_: object) -> None:
    """Append what the whole life of a new order moved."""
    ledger.append_order_life(store=store, facts=facts, states=states)
    tell_after_commit(store.pk)


@receiver(first_orders_changed, dispatch_uid="dashboard.first_orders_changed")
def on_first_orders_changed(store_id: int, order_ids: list[int], **_: object) -> None:
    """Append what these orders ever moved, from the one type of customers to the other."""
    append_type_changes(order_ids)
    tell_after_commit(store_id)


@receiver(order_facts_changed, dispatch_uid="dashboard.order_facts_changed")
def on_order_facts_changed(order: Order, before: OrderFacts, **_: object) -> None:
    """Append what the order ever moved, from the one country to the other."""
    append_facts_change(order, before)
    tell_after_commit(order.store_id)


@receiver(customer_registered, dispatch_uid="dashboard.customer_registered")
def on_customer_registered(customer: Customer, **_: object) -> None:
    """Count the customer on the day of registration, in the transaction that registered."""
    ledger.append_registration(customer=customer)
    tell_after_commit(customer.store_id)


@receiver(email_confirmed, dispatch_uid="dashboard.email_confirmed")
def on_email_confirmed(customer: Customer, **_: object) -> None:
    """Append one more new customer."""
    ledger.append_confirmation(customer=customer)
    tell_after_commit(customer.store_id)


@receiver(customer_dated, dispatch_uid="dashboard.customer_dated")
def on_customer_dated(customer: Customer, before: Customer, **_: object) -> None:
    """Append that a customer counts on other days."""
    ledger.append_merge(customer=before, counts=-1)
    ledger.append_merge(customer=customer, counts=1)
    tell_after_commit(customer.store_id)


@receiver(customers_merged, dispatch_uid="dashboard.customers_merged")
def on_customers_merged(merge: CustomerMerge, **_: object) -> None:
    """Count one customer fewer on the day the merged one registered."""
    ledger.append_merge(customer=merge.merged, counts=-1)
    tell_after_commit(merge.store_id)


@receiver(merge_undone, dispatch_uid="dashboard.merge_undone")
def on_merge_undone(merge: CustomerMerge, **_: object) -> None:
    """Count the customer again on the day of registration."""
    ledger.append_merge(customer=merge.merged, counts=1)
    tell_after_commit(merge.store_id)


@receiver(credits_changed, dispatch_uid="dashboard.credits_changed")
def on_credits_changed(customer: Customer, **_: object) -> None:
    """Make cached answers of the store stale once the change is committed: credits are read fresh."""
    invalidation.figures_changed([customer.store_id])


@receiver(subscription_changed, dispatch_uid="dashboard.subscription_changed")
def on_subscription_changed(subscription: Subscription, **_: object) -> None:
    """Make cached answers of the store stale once the change is committed."""
    invalidation.figures_changed([subscription.store_id])


@receiver([store_created, store_changing], dispatch_uid="dashboard.store_changed")
def on_store_changed(store: Store, **_: object) -> None:
    """Invalidate cached figures that lack the store, or have its old name."""
    invalidation.figures_changed([store.pk])


@receiver(product_changed, dispatch_uid="dashboard.product_changed")
def on_product_changed(product: Product, **_: object) -> None:
    """Invalidate cached lists of products that have its old name."""
    invalidation.figures_changed([product.store_id])


@receiver(orders_imported, dispatch_uid="dashboard.orders_imported")
def on_orders_imported(store: Store, first_day: date, last_day: date, **_: object) -> None:
    """Bring the rollups of the touched days in line with the orders, set-based, in the import's transaction."""
    recount.correct(store, first_day, last_day)


def tell_after_commit(store_id: int) -> None:
    """Invalidate cached figures from now on, and nudge the fold once the caller's transaction is committed.

    Only the fast path of either: the ledger rows wait, and folding them invalidates again.
    """
    mark = invalidation.mark_dirty([store_id])
    transaction.on_commit(lambda: invalidation.invalidate([store_id], mark), robust=True)
    transaction.on_commit(nudge_fold, robust=True)


class Nudges:
    """Until when this process need not nudge: it has just done so, or could not."""

    paused_until = 0.0


def nudge_fold() -> None:
    """Ask a worker to fold in NUDGE_SECONDS, once in that time for everybody: what is committed until then is folded.

    Only the fast path: the beat sweep folds anyway, and readers add the waiting rows themselves.
    """
    if time.monotonic() < Nudges.paused_until:
        return
    is_sent = publish(_send_nudge)
    Nudges.paused_until = time.monotonic() + (NUDGE_SECONDS if is_sent else PAUSE_SECONDS)


def _send_nudge() -> None:
    from dashboard.tasks import fold_ledger

    if cache.add(NUDGE_KEY, 1, NUDGE_SECONDS):
        fold_ledger.apply_async(countdown=NUDGE_SECONDS)
