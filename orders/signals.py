"""Domain signals of the orders app, sent inside the transaction that made the change (`send`, never robust)."""

from django.dispatch import Signal

order_changed = Signal()  # order, before: OrderState | None, after: OrderState, at: datetime, actor
# store, facts: OrderFacts, states: list[(OrderState, datetime)], oldest first; the whole life of a new order
order_written = Signal()
first_orders_changed = Signal()  # store_id, order_ids: of orders that became their customer's first, or are no longer
order_facts_changed = Signal()  # order, before: OrderFacts; its figures count under the facts it has now
orders_imported = Signal()  # store, first_day: date, last_day: date (order days and event days touched)
product_changed = Signal()  # product
