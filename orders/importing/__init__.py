"""Importing a store's history from Shopify's *Orders export* CSV; the rules are in docs/importing.md.

`records` reads the file, `columns` its header and values, `amounts` and `statuses` say what the figures and states
of an order mean here, `shopify` puts one order together, `loading` writes them, `receipts` says what became of it.
"""

from orders.importing.loading import import_orders
from orders.importing.problems import ImportRefused, Problem
from orders.importing.receipts import Receipt

__all__ = ["ImportRefused", "Problem", "Receipt", "import_orders"]
