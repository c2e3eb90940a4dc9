"""What each figure means, in the words shown beside it. The long form is docs/metrics.md."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.models import Basis


@dataclass(frozen=True)
class Definition:
    """A figure's name, its definition in one line, and whether it is money."""

    label: str
    hint: str
    is_money: bool = False


# in the order of the page; the names are those of `figures.Summary`
SUMMARY = {
    "total_sales": Definition("Total sales", "Captured payments less refunds", is_money=True),
    "total_orders": Definition("Orders", "Placed, whatever happened later"),
    "total_completed_orders": Definition("Completed", "Paid and not fully refunded"),
    "total_expired_orders": Definition("Expired", "Payment refused, or unpaid for 24 hours"),
    "total_refunded_orders": Definition("Refunded", "Refunded in full"),
    "average_ticket": Definition("Average ticket", "Total sales ÷ completed orders", is_money=True),
    "total_customers": Definition("Customers", "Registered up to the end of the period"),
    "new_customers": Definition("New customers", "First confirmed their e‑mail address"),
    "orders_with_coupon": Definition("With coupon", "Completed orders that used one"),
    "orders_without_coupon": Definition("Without coupon", "Completed orders that used none"),
}

BASIS = {
    Basis.PLACED: "Everything an order earns or gives back counts on the day it was placed, "
    "so a refund lowers the day of the sale.",
    Basis.BOOKED: "Each payment and refund counts on the day it happened, so days that are over never change.",
}
