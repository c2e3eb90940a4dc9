"""Writing single orders while the store is at work: a few statements, and ledger rows instead of a recount."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import datetime

from django.db import connection

from customers.models import Customer
from customers.signals import customer_dated, customer_registered, email_confirmed
from orders.bulk.lives import Life
from orders.bulk.writer import OrderWriter
from orders.first_orders import announce_changed
from orders.models import Order
from orders.models.states import OrderFacts, customer_type
from orders.payment_methods import code_of
from orders.signals import order_written


class LiveWriter(OrderWriter):
    """Writes orders as `OrderWriter` does, and sends what each step of their lives moved to the ledger.

    For one order or a few: its cost depends on them alone, not on the days they touch.
    """

    keeps_states = True

    def __enter__(self) -> LiveWriter:
        if not connection.in_atomic_block:
            raise RuntimeError("orders are written inside a transaction alone")
        return self

    def add_customers(self, customers: Sequence[Customer]) -> list[Customer]:
        """Insert customers of the store and count them."""
        created = super().add_customers(customers)
        for customer in created:
            customer_registered.send(Customer, customer=customer, actor=None)
            if customer.email_confirmed_at is not None:
                email_confirmed.send(Customer, customer=customer, actor=None)
        return created

    def customer_dated(self, pk: int, created_at: datetime, confirmed_at: datetime | None) -> None:
        """Count the customer on the earlier day instead."""
        customer = Customer.objects.select_related("store").get(pk=pk)
        before = copy(customer)
        before.created_at, before.email_confirmed_at = created_at, confirmed_at
        customer_dated.send(Customer, customer=customer, before=before)

    def flush(self) -> None:
        """Write what waits, and announce it."""
        lives = self._lives
        super().flush()
        for life in lives:
            self._announce(life)

    def _announce(self, life: Life) -> None:
        order, moments = life.order, [event.at for event in life.events]
        code = order.payment_code or code_of(order.payment_method)
        order_written.send(
            Order,
            store=self.store,
            facts=OrderFacts(
                order.placed_at,
                order.country,
                order.coupon_code,
                code,
                order.channel,
                order.placed_by,
                customer_type(order.customer_id, order.is_first),
            ),
            states=list(zip(life.states, moments, strict=True)),
        )

    def _finish(self) -> None:
        self.flush()
        self._move_figures()
        announce_changed(self.store.pk, self._correct_first_orders())
