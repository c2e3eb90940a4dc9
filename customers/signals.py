"""Domain signals of the customers app.

Sent inside the transaction that made the change, with `send` (never `send_robust`): a receiver that fails takes
the change back with it.
"""

from django.dispatch import Signal

store_created = Signal()  # store
store_changing = Signal()  # store (not yet saved), changed: set[str]; a receiver may raise Conflict
customer_registered = Signal()  # customer
email_confirmed = Signal()  # customer
customer_dated = Signal()  # customer, before: the same with its former moments
customers_merged = Signal()  # merge: CustomerMerge, not yet saved; a receiver notes in it what moved
merge_undone = Signal()  # merge
customer_erased = Signal()  # customer, values: set[str]; a receiver masks them and adds what else must be masked
credits_changed = Signal()  # customer, entry
picture_ready = Signal()  # picture; whoever shows it takes its address
session_ended = Signal()  # session_key; after the commit
subscription_changed = Signal()  # subscription
