"""Calling the API the way a script does: JSON in, JSON out, money as Decimal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import simplejson
from django.db import connection
from django.db.models import Model
from rest_framework.test import APIClient

from customers.models import Customer, User
from dashboard.models import MetricDelta
from orders.models import (
    Category,
    Coupon,
    Order,
    OrderEvent,
    OrderItem,
    Product,
    Refund,
    RefundShare,
    Transaction,
    WebhookEvent,
)

ADDRESS = {"street": "1 High St", "city": "York", "state": "", "country": "GB", "postalCode": "YO1 1AA"}
KEPT: tuple[type[Model], ...] = (
    Category, Coupon, Customer, MetricDelta, Order, OrderEvent, OrderItem, Product, Refund, RefundShare, Transaction,
    WebhookEvent,
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """Status, `data` of the envelope (the whole body of an error) and headers."""

    status: int
    data: Any
    meta: dict[str, int] | None
    headers: Any

    @property
    def errors(self) -> dict[str, list[str]]:
        """The refused fields and what is wrong with each."""
        found: dict[str, list[str]] = self.data.get("errors", {})
        return found

    @property
    def refusal(self) -> tuple[int, list[str]]:
        """The status and the refused fields."""
        return self.status, sorted(self.errors)


class Caller:
    """Somebody who calls the API; None is a stranger."""

    def __init__(self, user: User | None) -> None:
        self.client = APIClient()
        if user is not None:
            self.client.force_authenticate(user)

    def __call__(self, method: str, path: str, content: Any = None, **headers: str) -> Answer:
        """Call below /api/v1. `content` is sent as JSON, bytes as they are."""
        body = b"" if content is None else content if isinstance(content, bytes) else dumped(content)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = self.client.generic(method, f"/api/v1{path}", body, "application/json", headers=names)
        read = json.loads(reply.content, parse_float=Decimal) if reply.content else {}
        return Answer(reply.status_code, read.get("data", read), read.get("meta"), reply.headers)


def dumped(content: Any) -> bytes:
    """Return content as JSON with exact decimals."""
    return simplejson.dumps(content, use_decimal=True).encode()


def everything() -> dict[str, list[str] | None]:
    """Return every row that a refused request must leave as it was, as text, by table: one question, often asked."""
    tables = [model._meta.db_table for model in KEPT]
    rows = ", ".join(f'(SELECT array_agg(kept::text ORDER BY kept::text) FROM "{table}" AS kept)' for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {rows}")
        return dict(zip(tables, cursor.fetchone(), strict=True))


def order_content(product: Product, customer: Customer, **changes: Any) -> dict[str, Any]:
    """Return what places an order of one piece; a change to None leaves the field out."""
    content = {
        "store": product.store.slug,
        "customerId": customer.pk,
        "items": [{"productId": product.pk, "quantity": 1}],
        "shippingAddress": ADDRESS,
        "paymentMethod": "CREDIT_CARD",
        **changes,
    }
    return {name: value for name, value in content.items() if value is not None}
