"""A payment provider, as the webhook sees one."""

from __future__ import annotations

import itertools
import time
from typing import Any

from customers.models import Store
from orders.models import Order
from orders.webhooks import signature
from tests.orders.calls import Answer, Caller, dumped

ADDRESS = "/payments/webhook"
_serial = itertools.count(1)


def told(order: Order, kind: str = "payment.approved", **changes: Any) -> dict[str, Any]:
    """Return a report of a new event; a change to None leaves the field out."""
    content = {
        "eventId": f"evt-{next(_serial)}",
        "type": kind,
        "orderNumber": order.number,
        "gatewayTransactionId": "gw-1",
        "occurredAt": "2026-11-20T09:00:00+00:00",
        **changes,
    }
    return {name: value for name, value in content.items() if value is not None}


def deliver(store: Store, content: Any, *, address: str = ADDRESS, age: int = 0) -> Answer:
    """Send a report, signed with the store's secret `age` seconds ago."""
    body = content if isinstance(content, bytes) else dumped(content)
    signed = signature(store.webhook_secret, body, int(time.time()) - age)
    return Caller(None)("POST", address, body, X_DealPort_Signature=signed)


def report(order: Order, kind: str = "payment.approved", **changes: Any) -> Answer:
    """Let the provider of the order's store report something new about it."""
    return deliver(order.store, told(order, kind, **changes))
