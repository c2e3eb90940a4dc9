"""The customers of source orders: found in the store by email address, else by phone, or made from what is stated."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import connection
from django.db.models.functions import Lower

from customers.models import Customer, Store
from customers.models.customers import PHONE_DIGITS
from orders.bulk import OrderWriter
from orders.sources.description import SourceOrder

# A customer who came with an order (its moment is that order's) counts from the first order the source has of them;
# exports write the newest order first, and webhooks come in any order.
DATE_CUSTOMERS = """
WITH first AS (
    SELECT customer_id, min(placed_at) AS at, array_agg(placed_at) AS moments FROM orders_order
    WHERE store_id = %s AND customer_id = ANY(%s) GROUP BY customer_id
), dated AS (
    SELECT c.id, c.created_at, c.email_confirmed_at, f.at FROM customers_customer c JOIN first f ON f.customer_id = c.id
    WHERE f.at < c.created_at AND c.created_at = ANY(f.moments)
    ORDER BY c.id FOR NO KEY UPDATE OF c
)
UPDATE customers_customer c SET created_at = d.at,
    email_confirmed_at = CASE WHEN d.email_confirmed_at = d.created_at THEN d.at ELSE d.email_confirmed_at END
FROM dated d WHERE c.id = d.id RETURNING c.id, d.created_at, d.email_confirmed_at
"""
NO_DIGIT = re.compile(r"[^0-9+]")


def contact(order: SourceOrder) -> str:
    """Return what the customer is known by: the email address, else the phone number, nothing for a guest."""
    return order.email or NO_DIGIT.sub("", order.phone)


class CustomerBook:
    """Customer ids by email address or phone number, batch by batch. A store that delivered there confirms an email."""

    def __init__(self, store: Store, writer: OrderWriter) -> None:
        self.store, self.writer = store, writer
        self.created: list[int] = []
        self._known_ids: set[int] = set()

    def look_up(self, orders: Iterable[SourceOrder]) -> dict[str, int]:
        """Return ids by `contact`; the missing ones are created, counted from their first order of the batch."""
        firsts: dict[str, SourceOrder] = {}
        for order in orders:
            key = contact(order)
            first = firsts.setdefault(key, order)
            if order.placed_at < first.placed_at:
                firsts[key] = order
        firsts.pop("", None)
        ids = self._known(firsts)
        self._known_ids.update(ids.values())
        missing = {key: order for key, order in firsts.items() if key not in ids}
        created = self.writer.add_customers([self._customer(order) for order in missing.values()])
        self.created += [customer.pk for customer in created]
        return ids | {key: customer.pk for key, customer in zip(missing, created, strict=True)}

    def finish(self) -> None:
        """Date the customers who came with an order by their first one."""
        if not self._known_ids:
            return
        with connection.cursor() as cursor:
            cursor.execute(DATE_CUSTOMERS, [self.store.pk, sorted(self._known_ids)])
            for pk, created_at, confirmed_at in cursor.fetchall():
                self.writer.customer_dated(pk, created_at, confirmed_at)

    def _known(self, firsts: dict[str, SourceOrder]) -> dict[str, int]:
        """Return ids of those the store has (customers_customer_email_once_per_store, customers_by_phone)."""
        present = Customer.objects.present().filter(store=self.store)
        emails = [key for key, order in firsts.items() if order.email]
        ids: dict[str, int] = {}
        if emails:
            named = present.annotate(lower=Lower("email")).filter(lower__in=emails)
            ids = dict(named.values_list("lower", "pk"))
        phones = [key for key, order in firsts.items() if not order.email]
        if phones:
            # of several the one who was there first, whom the later rows do not replace
            named = present.filter(email="").exclude(phone="").alias(digits=PHONE_DIGITS).filter(digits__in=phones)
            for pk, phone in named.order_by("pk").values_list("pk", "phone"):
                ids.setdefault(NO_DIGIT.sub("", phone), pk)
        return ids

    def _customer(self, order: SourceOrder) -> Customer:
        return Customer(
            store=self.store,
            email=order.email,
            name=order.customer_name,
            phone=order.phone,
            created_at=order.placed_at,
            email_confirmed_at=order.placed_at if order.email else None,
        )
