"""Ready reports with pages of their own: what no query of analytics answers, read from the store's records."""

from reports.ready.goods import bought_together, inventory, return_rate
from reports.ready.model import Report, Scope
from reports.ready.money import order_values, refund_reasons, unpaid_orders
from reports.ready.opened import OPENED, Opened, open_row
from reports.ready.previous import Previous, previous_of

READERS = {
    "order-values": order_values,
    "return-rate": return_rate,
    "refund-reasons": refund_reasons,
    "inventory": inventory,
    "bought-together": bought_together,
    "unpaid-orders": unpaid_orders,
}
"""The reports by their address."""

__all__ = ["OPENED", "READERS", "Opened", "Previous", "Report", "Scope", "open_row", "previous_of"]
