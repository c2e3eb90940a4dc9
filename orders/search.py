"""Finding orders by their number and by what belongs to them."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import F, Model, QuerySet

from customers.access import listed
from customers.models import Customer, User
from customers.search import matching_customers
from dealport.kit.search import MOST_MATCHES, Fold, KeyIn, code_matches, terms_of, words_match
from orders.models import Fulfillment, Order, OrderItem, Product, Transaction

Row = TypeVar("Row", bound=Model)
MOST_OWNERS = 1_000
"""How many customers or products a search for orders stands for, the newest of them."""


def search_orders(user: User, queryset: QuerySet[Row], text: str, *, path: str = "pk") -> QuerySet[Row]:
    """Narrow to the orders that `text` finds, or with `path` to what belongs to them.

    Orders are found by their number, by any word of their customer's name, email or phone, by the SKU of a product,
    by a tracking number and by the provider's id of a payment: each way through an index of its own, the newest
    MOST_MATCHES.
    """
    terms = terms_of(text)
    if not terms:
        return queryset.none()
    orders = listed(Order.objects.all(), user)
    keys = {*_keys(orders.filter(code_matches("number", terms)))}
    if customers := matching_customers(listed(Customer.objects.all(), user), text, most=MOST_OWNERS):
        keys.update(_keys(orders.filter(KeyIn(F("customer"), customers))))
    if products := _newest(listed(Product.objects.filter(code_matches("sku", terms)), user), MOST_OWNERS):
        lines = OrderItem.objects.filter(product__in=products).order_by()
        keys.update(lines.values_list("order_id", flat=True)[:MOST_MATCHES])
    payments = listed(Transaction.objects.filter(code_matches("gateway_transaction_id", terms)), user)
    keys.update(payments.order_by("-pk").values_list("order_id", flat=True)[:MOST_MATCHES])
    parcels = listed(Fulfillment.objects.filter(code_matches("tracking_number", terms)), user)
    keys.update(parcels.order_by("-pk").values_list("order_id", flat=True)[:MOST_MATCHES])
    return queryset.filter(KeyIn(F(path), sorted(keys, reverse=True)[:MOST_MATCHES]))


def search_products(queryset: QuerySet[Row], text: str) -> QuerySet[Row]:
    """Narrow products to those that `text` finds by any word of their name, or by their SKU."""
    terms = terms_of(text)
    if not terms:
        return queryset.none()
    return queryset.filter(words_match(Fold("name"), terms) | code_matches("sku", terms))


def _keys(orders: QuerySet[Order]) -> list[int]:
    return list(orders.order_by("-placed_at", "-pk").values_list("pk", flat=True)[:MOST_MATCHES])


def _newest(rows: QuerySet[Model], most: int) -> list[int]:
    return list(rows.order_by("-pk").values_list("pk", flat=True)[:most])
