"""What the page of a customer shows besides the form: orders, credits, subscription, what happened."""

from __future__ import annotations

from operator import attrgetter

from django import template
from django.utils.translation import gettext

from customers.auditing import history_of
from customers.models import CreditEntry, Customer, Subscription
from dealport.kit.formats import money_text
from dealport.kit.values import Json
from orders.models import Order
from orders.timeline import Moment, moment_of_change

register = template.Library()
ORDERS = 10
MOMENTS = 40


@register.inclusion_tag("admin/customers/customer/_orders.html")
def customer_orders(customer: Customer) -> Json:
    """Show the newest orders, and the way to all; one statement (index orders_order_by_customer)."""
    orders = list(Order.objects.filter(customer=customer).order_by("-placed_at")[: ORDERS + 1])
    return {
        "customer": customer,
        "zone": customer.store.zone,
        "orders": orders[:ORDERS],
        "has_more": len(orders) > ORDERS,
    }


@register.inclusion_tag("admin/customers/customer/_money.html")
def customer_money(customer: Customer) -> Json:
    """Show lifetime figures, the balance of credits and the subscription; one statement."""
    return {
        "customer": customer,
        "zone": customer.store.zone,
        "currency": customer.store.currency,
        "subscription": Subscription.objects.filter(customer=customer).first(),
    }


@register.inclusion_tag("admin/customers/customer/_timeline.html")
def customer_timeline(customer: Customer) -> Json:
    """Show orders, credits and changes of the customer, newest first; three statements."""
    currency = customer.store.currency
    orders = Order.objects.filter(customer=customer).order_by("-placed_at")[:MOMENTS]
    credits = CreditEntry.objects.filter(customer=customer).select_related("created_by").order_by("-id")[:MOMENTS]
    moments = [
        Moment(
            order.placed_at,
            gettext("Ordered {number}").format(number=order.number),
            "",
            money_text(order.total_amount, order.currency),
        )
        for order in orders
    ]
    moments += [
        Moment(entry.created_at, _credit(entry, currency), str(entry.created_by or ""), entry.reason)
        for entry in credits
    ]
    moments += [moment_of_change(entry) for entry in history_of(customer)[:MOMENTS]]
    moments.append(Moment(customer.created_at, gettext("Registered"), ""))
    moments.sort(key=attrgetter("at"), reverse=True)
    return {"timeline": moments[:MOMENTS], "zone": customer.store.zone}


def _credit(entry: CreditEntry, currency: str) -> str:
    shown = money_text(abs(entry.amount), currency)
    is_granted = entry.amount > 0
    text = gettext("Store credit of {amount} granted") if is_granted else gettext("Store credit of {amount} spent")
    return text.format(amount=shown)
