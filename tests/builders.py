"""Short ways to make what a test needs, through the actions where there is one."""

from __future__ import annotations

import itertools
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from customers.actions import create_store, register_customer
from customers.models import Customer, Membership, Store, User
from orders.actions import ItemRequest, mark_paid, place_order
from orders.models import Order, Product

_serial = itertools.count(1)


def a_store(**fields: Any) -> Store:
    """Create a store in London that sells in pounds."""
    number = next(_serial)
    defaults = {"slug": f"store-{number}", "name": f"Store {number}", "currency": "GBP", "timezone": "Europe/London"}
    return create_store(**{**defaults, **fields}, actor=None)


def a_user(role: str = User.Role.STAFF, *stores: Store, **fields: Any) -> User:
    """Create an account with the password `secret-pass-1` and memberships in `stores`."""
    email = fields.pop("email", f"user-{next(_serial)}@example.com")
    user = User.objects.create_user(email, "secret-pass-1", role=role, **fields)
    Membership.objects.bulk_create(Membership(user=user, store=store) for store in stores)
    return user


def a_product(store: Store, price: str = "10.00", **fields: Any) -> Product:
    """Create a product with uncounted stock."""
    number = next(_serial)
    defaults = {"sku": f"SKU-{number}", "name": f"Product {number}", "slug": f"product-{number}"}
    return Product.objects.create(store=store, price=Decimal(price), **{**defaults, **fields})


def a_customer(store: Store, **fields: Any) -> Customer:
    """Register a customer."""
    return register_customer(store=store, **{"email": f"c{next(_serial)}@example.com", **fields}, actor=None)


def an_order(store: Store, *prices: str, paid: bool = False, at: datetime | None = None, **fields: Any) -> Order:
    """Place an order of one new product per price (one of 10.00 by default); pay it at the same moment if asked."""
    items = fields.pop("items", None) or [ItemRequest(a_product(store, price).pk, 1) for price in prices or ("10.00",)]
    order = place_order(store=store, items=items, at=at, actor=None, **fields)
    return mark_paid(order=order, at=at, actor=None) if paid else order


def local(store: Store, *when: int) -> datetime:
    """Return the wall clock time in the store's zone: local(store, 2026, 3, 29, 0, 30)."""
    return datetime(*when, tzinfo=ZoneInfo(store.timezone))  # type: ignore[misc,arg-type]
