"""Webhooks of sources: whether it is really them, and storing what they say before anything is done with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets as randomness
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from rest_framework.exceptions import AuthenticationFailed

from dealport.kit import secrets
from dealport.kit.redis import publish
from orders.models import Connection, PrivacyRequest, SourceEvent

STORED, DUPLICATE, PING = "stored", "duplicate", "ping"
RESULTS = (STORED, DUPLICATE, PING)
ORDER, PRODUCT, CUSTOMER, PRIVACY, APP, SYNC = "order", "product", "customer", "privacy", "app", "sync"
Kind = Connection.Kind
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
PINGED = re.compile(rb"webhook_id=[0-9]{1,20}")
"""What WooCommerce sends, unsigned, when a webhook is saved; unless it is answered with 200 it is not saved."""


SYNC_TOPIC = "orders/sync"
"""Orders as `POST /orders/sync` takes them."""


@dataclass(frozen=True)
class Headers:
    """The names of the headers a source sends."""

    signature: str
    topic: str
    delivery: str
    sender: str


HEADERS = {
    Kind.SHOPIFY.value: Headers(
        "X-Shopify-Hmac-Sha256", "X-Shopify-Topic", "X-Shopify-Webhook-Id", "X-Shopify-Shop-Domain"
    ),
    Kind.WOOCOMMERCE.value: Headers(
        "X-WC-Webhook-Signature", "X-WC-Webhook-Topic", "X-WC-Webhook-Delivery-ID", "X-WC-Webhook-Source"
    ),
    Kind.API.value: Headers("X-DealPort-Signature", "X-DealPort-Topic", "X-DealPort-Delivery-ID", "X-DealPort-Source"),
}


def signature(secret: str, body: bytes) -> str:
    """Return what a body is signed with: base64 of its HMAC-SHA256."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def receive(*, key: str, headers: Mapping[str, str], body: bytes) -> str:
    """Store a webhook of the connection with this public id; return STORED, DUPLICATE or PING.

    A disconnected one takes privacy requests alone: Shopify sends them two days after an app was uninstalled. Raises
    AuthenticationFailed in the same words after the same work whatever is wrong.
    """
    connection = Connection.objects.filter(public_id=key).first() if UUID_FORM.fullmatch(key) else None
    names = HEADERS[connection.kind if connection else Kind.SHOPIFY.value]
    signed = headers.get(names.signature, "")
    if connection and connection.kind == Kind.WOOCOMMERCE and not signed and PINGED.fullmatch(body):
        return PING
    is_genuine = signed.isascii() and hmac.compare_digest(signature(_secret(connection), body), signed)
    if connection is None or not is_genuine or not _is_sender(connection, headers.get(names.sender, "")):
        raise AuthenticationFailed("The signature is missing or wrong.")
    topic = SYNC_TOPIC if connection.kind == Kind.API else headers.get(names.topic, "")[:60]
    if connection.state == Connection.State.DISCONNECTED and topic not in PrivacyRequest.Kind.values:
        raise AuthenticationFailed("The signature is missing or wrong.")
    delivery = headers.get(names.delivery, "")[:100] or hashlib.sha256(body).hexdigest()
    return store_event(connection, delivery=delivery, topic=topic, body=body)


def _secret(connection: Connection | None) -> str:
    """Return what signs a connection's webhooks; a secret nobody has where that is not known."""
    try:
        given = secrets.unseal(connection.credentials) if connection else {}
    except secrets.UnreadableSecret:
        given = {}
    return given.get("webhookSecret") or given.get("clientSecret") or randomness.token_hex()


def store_event(connection: Connection, *, delivery: str, topic: str, body: bytes) -> str:
    """Store one delivery and wake a worker after the commit."""
    text = body.decode(errors="replace").replace("\0", "")
    subject = subject_of(topic, body)
    event = SourceEvent(connection=connection, delivery_id=delivery, topic=topic, subject=subject or "", body=text)
    if subject is None:
        event.state, event.reason = SourceEvent.State.PARKED, "The body is not what this topic has: no JSON, or no id."
        event.done_at = event.received_at
    elif not subject:
        event.state, event.reason, event.body = SourceEvent.State.IGNORED, "Nothing here follows this topic.", ""
        event.done_at = event.received_at
    try:
        with transaction.atomic():
            event.save(force_insert=True)
            Connection.objects.filter(pk=connection.pk).update(last_event_at=event.received_at)
    except IntegrityError:
        return DUPLICATE
    if event.state == SourceEvent.State.WAITING:
        wake(connection)
    return STORED


def wake(connection: Connection) -> None:
    """Have a worker apply what waits, once the transaction is committed."""
    from orders.tasks import apply_source_events

    transaction.on_commit(lambda: publish(lambda: apply_source_events.delay(connection.pk)))


def subject_of(topic: str, body: bytes) -> str | None:
    """Return what a webhook is about, "" for a topic that nothing follows, None for a body that cannot be read."""
    if topic == SYNC_TOPIC:
        return f"{SYNC}:{hashlib.sha256(body).hexdigest()}"
    resource, _, event = re.sub(r"[./]", "/", topic, count=1).partition("/")
    kind = {
        "orders": ORDER,
        "order": ORDER,
        "refunds": ORDER,
        "products": PRODUCT,
        "product": PRODUCT,
        "customers": CUSTOMER,
        "customer": CUSTOMER,
        "app": APP,
        "shop": PRIVACY,
    }.get(resource, "")
    if resource == "customers" and event in ("data_request", "redact"):
        kind = PRIVACY
    if kind in ("", APP):
        return kind
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    if resource == "order" and isinstance(content.get("order"), dict):  # WooCommerce's legacy API wraps it
        content = content["order"]
    if resource == "shop":
        return PRIVACY if event == "redact" else ""
    found: Any = content.get("order_id") if resource == "refunds" else content.get("id")
    if kind == PRIVACY:
        found = (content.get("customer") or {}).get("id") if isinstance(content.get("customer"), dict) else None
    if isinstance(found, bool) or not re.fullmatch(r"[0-9]{1,30}", str(found)):
        return None
    return f"{kind}:{found}"


def _is_sender(connection: Connection, sender: str) -> bool:
    """Answer whether the shop that sent it is the connection's: one app's secret signs for all its shops."""
    return connection.kind != Kind.SHOPIFY or not sender or sender.lower() == connection.address.lower()
