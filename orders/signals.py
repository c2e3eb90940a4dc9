"""Domain signals of the orders app, sent inside the transaction that made the change (`send`, never robust)."""

from django.dispatch import Signal

order_changed = Signal()  # order, before: OrderState | None, after: OrderState, at: datetime, actor
# store, facts: OrderFacts, states: list[(OrderState, datetime)], oldest first; the whole life of a new order
order_written = Signal()
orders_imported = Signal()  # store, first_day: date, last_day: date (order days and event days touched)
product_changed = Signal()  # product
