"""What each figure means, in the words shown beside it. The long form is docs/metrics.md."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.models import Basis

VERSION = "1"
"""Raised whenever a figure comes to mean something else; receipts of files carry it."""


@dataclass(frozen=True)
class Definition:
    """A figure's name, its definition in one line and in full, and whether it is money."""

    label: str
    hint: str
    meaning: str
    is_money: bool = False


# in the order of the page; the names are those of `figures.Summary`
SUMMARY = {
    "total_sales": Definition(
        "Total sales",
        "Captured payments less refunds",
        "What was captured from customers less what was given back. An order's total is its goods less discount, plus "
        "tax and shipping.",
        is_money=True,
    ),
    "total_orders": Definition(
        "Orders", "Placed, whatever happened later", "Orders placed in the period, whatever happened to them later."
    ),
    "total_completed_orders": Definition(
        "Completed", "Paid and not fully refunded", "Orders that were paid and have not been refunded in full."
    ),
    "total_expired_orders": Definition(
        "Expired",
        "Payment refused, or unpaid for 24 hours",
        "Orders whose payment was refused or cancelled, or that stayed unpaid for 24 hours. An order that is paid "
        "later after all stays counted here, and counts as completed as well.",
    ),
    "total_refunded_orders": Definition(
        "Refunded", "Refunded in full", "Orders of which everything captured was given back."
    ),
    "average_ticket": Definition(
        "Average ticket",
        "Total sales ÷ completed orders",
        "Total sales divided by the number of completed orders, rounded half up to cents. Below are the payments and "
        "refunds of the total sales.",
        is_money=True,
    ),
    "total_customers": Definition(
        "Customers",
        "Registered up to the end of the period",
        "Customers who had registered by the end of the period, also those deleted since.",
    ),
    "new_customers": Definition(
        "New customers",
        "First confirmed their e‑mail address",
        "Customers who confirmed their e-mail address: by the day they registered, or by the day they confirmed it.",
    ),
    "orders_with_coupon": Definition(
        "With coupon", "Completed orders that used one", "Completed orders on which a coupon was used."
    ),
    "orders_without_coupon": Definition(
        "Without coupon", "Completed orders that used none", "Completed orders on which no coupon was used."
    ),
}
STANDINGS = {
    "pending_orders": Definition(
        "Pending", "Waiting for payment now", "Orders placed in the period that wait for their payment now."
    ),
    "canceled_orders": Definition("Canceled", "Canceled", "Orders placed in the period that are canceled now."),
}
CURRENT = {
    "active_subscriptions": Definition(
        "Active subscriptions", "Now", "Subscriptions that are active now, whatever the period."
    ),
    "monthly_recurring_revenue": Definition(
        "Monthly recurring revenue",
        "Of the active subscriptions, now",
        "The monthly amounts of the subscriptions that are active now, whatever the period.",
        is_money=True,
    ),
    "credits_outstanding": Definition(
        "Credits outstanding",
        "What customers may still spend",
        "Credits that were granted and not spent until now, whatever the period.",
        is_money=True,
    ),
}

BASIS = {
    Basis.PLACED: "Everything an order earns or gives back counts on the day it was placed, "
    "so a refund lowers the day of the sale.",
    Basis.BOOKED: "Each payment and refund counts on the day it happened, so days that are over never change.",
}
