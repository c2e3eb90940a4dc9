"""What payment providers report: whether it is really them, and carrying it out exactly once.

A report carries `X-DealPort-Signature: t=<unix seconds>,v1=<hex>`, the HMAC-SHA256 of "t.body" with the secret of a
store. That secret is also what addresses the store, because an order number is unique within one store alone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from rest_framework.exceptions import AuthenticationFailed

from customers.models import Store
from dealport.kit.values import FieldValues, Json
from orders.actions import apply_provider_approval, apply_provider_refund, apply_provider_refusal
from orders.models import Order, WebhookEvent

SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", re.ASCII)
WINDOW_SECONDS = 300
MOST_STORES = 100
"""So many stores, the oldest first, are tried for a report that does not name its own."""
SOURCE = "payment provider"
PROCESSED, DUPLICATE, IGNORED = "processed", "duplicate", "ignored"
RESULTS = (PROCESSED, DUPLICATE, IGNORED)

APPROVED, REJECTED, CANCELED = "payment.approved", "payment.rejected", "payment.canceled"
REFUNDED, CHARGEBACK = "payment.refunded", "payment.chargeback"
TYPES = (APPROVED, REJECTED, CANCELED, REFUNDED, CHARGEBACK)
GONE = (Order.Status.SHIPPED, Order.Status.DELIVERED)


@dataclass(frozen=True)
class Report:
    """One thing a provider says about the payment of an order. `amount` None means the whole, or all that is left."""

    event_id: str
    type: str
    order_number: str
    occurred_at: datetime
    amount: Decimal | None = None
    gateway_transaction_id: str = ""
    gateway_response: Json | None = None


def signature(secret: str, body: bytes, seconds: int) -> str:
    """Return the value of the signature header for `body` sent at `seconds` (unix time)."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def sender(*, header: str, body: bytes, slug: str | None, now: datetime) -> Store:
    """Return the store whose secret signed `body`: the one named, else the one among all whose secret fits.

    Raises AuthenticationFailed in the same words and after the same work whatever is wrong, so that nobody without
    a secret learns which stores or orders there are.
    """
    stores = Store.objects.order_by("pk")
    if slug is not None:
        # PostgreSQL refuses text with a NUL; no slug has one
        stores = stores.none() if "\0" in slug else stores.filter(slug=slug)
    # a secret nobody has stands in for a store that is not there
    candidates: list[Store | None] = [*stores[:MOST_STORES]] or [None]
    given = SIGNATURE.fullmatch(header)
    seconds = int(given[1]) if given else 0
    fits = [
        any(
            hmac.compare_digest(signature(secret, body, seconds), header)
            for secret in (store.webhook_secrets(now) if store else [secrets.token_hex()])
        )
        for store in candidates
        if header.isascii()
    ]
    found = next((store for store, fit in zip(candidates, fits, strict=False) if fit), None)
    if found is None or abs(now.timestamp() - seconds) > WINDOW_SECONDS:
        raise AuthenticationFailed("The signature is missing, wrong or more than five minutes off.")
    return found


@transaction.atomic
def take_report(*, store: Store, report: Report) -> str:
    """Carry out a report unless that was done before; return PROCESSED, DUPLICATE or IGNORED (no such order).

    A report of an order that is not here is remembered too, and carried out when it comes again and the order is.

    The row that remembers the report is written with its effect, so parallel deliveries of one report wait for each
    other and one of them has the effect. Everything counts on the day the report arrives: closed days never move.
    An approval of another amount than the order's total keeps what was received.
    """
    order = Order.objects.select_for_update(no_key=True).filter(store=store, number=report.order_number).first()
    event, is_new = WebhookEvent.objects.get_or_create(
        store=store,
        event_id=report.event_id,
        defaults={
            "type": report.type,
            "order": order,
            "order_number": report.order_number,
            "gateway_transaction_id": report.gateway_transaction_id,
            "occurred_at": report.occurred_at,
        },
    )
    if order is None:
        return IGNORED
    if not is_new and not WebhookEvent.objects.filter(pk=event.pk, order=None).update(order=order):
        return DUPLICATE
    _carry_out(order, report)
    return PROCESSED


def _carry_out(order: Order, report: Report) -> None:
    told: FieldValues = {
        "order": order,
        "gateway_transaction_id": report.gateway_transaction_id,
        "source": SOURCE,
    }
    if report.type == APPROVED:
        apply_provider_approval(amount=report.amount, gateway_response=report.gateway_response, **told)
    elif report.type in (REJECTED, CANCELED):
        apply_provider_refusal(gateway_response=report.gateway_response, **told)
    else:
        reason = "charged back" if report.type == CHARGEBACK else "refunded by the payment provider"
        # goods that have not left are sellable again, whichever of the two reports comes first
        apply_provider_refund(amount=report.amount, reason=reason, restock=order.status not in GONE, **told)
