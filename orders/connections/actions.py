"""What people do with connections: connect, change, pause, go on, sync from a day, retry, disconnect."""

from __future__ import annotations

import re
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from customers.auditing import record, values_of
from customers.models import Store, User
from dealport.kit import outbound, secrets
from dealport.kit.errors import Conflict, invalid
from dealport.kit.redis import publish
from dealport.kit.values import FieldValues
from orders.connections.receiving import wake
from orders.connections.shopify import DOMAIN
from orders.models import Connection, SourceEvent
from orders.sources.stated import SOURCE_NAME

State, Backfill, Kind = Connection.State, Connection.Backfill, Connection.Kind
SECRET = re.compile(r"[\x21-\x7e]{1,400}")
FORMS: dict[str, tuple[frozenset[str], ...]] = {
    Kind.SHOPIFY.value: (frozenset({"clientId", "clientSecret"}), frozenset({"accessToken", "clientSecret"})),
    Kind.WOOCOMMERCE.value: (frozenset({"consumerKey", "consumerSecret", "webhookSecret"}),),
    Kind.API.value: (frozenset({"webhookSecret"}),),
}
"""The credentials each system is reached with, in one of these forms."""
NEEDED = {
    Kind.SHOPIFY.value: gettext_noop(
        "Enter the client ID and the client secret, or an access token and the app's API secret key."
    ),
    Kind.WOOCOMMERCE.value: gettext_noop("Enter the consumer key, the consumer secret and the webhook secret."),
    Kind.API.value: gettext_noop("Enter the webhook secret, with which the system signs what it sends."),
}


@transaction.atomic
def create_connection(
    *, store: Store, kind: str, address: str, credentials: dict[str, str], sync_from: date | None, actor: User | None
) -> Connection:
    """Connect a store. Whether the credentials work is found out by a worker, at once; webhooks are taken from now on.

    Raises ValidationError for an address or credentials of the wrong form, Conflict for what is connected already.
    """
    if kind == Kind.API and sync_from:
        raise invalid("syncFrom", gettext("Leave this out: the system sends its orders itself."))
    connection = Connection(
        store=store,
        kind=kind,
        address=_address(kind, address),
        credentials=secrets.seal(_checked(kind, credentials)),
        sync_from=sync_from,
        backfill=Backfill.REQUESTED if sync_from else Backfill.NONE,
    )
    try:
        with transaction.atomic():
            connection.save(force_insert=True)
    except IntegrityError:
        raise Conflict(gettext("This address is connected already. Disconnect it first.")) from None
    record("connected", connection, actor=actor)
    _ask_soon(connection)
    return connection


@transaction.atomic
def update_connection(*, connection: Connection, changes: FieldValues, actor: User | None) -> Connection:
    """Enter new credentials, pause or go on. Going on asks the source at once, whatever was wrong before."""
    connection = _locked(connection)
    before = values_of(connection)
    if "credentials" in changes:
        connection.credentials = secrets.seal(_checked(connection.kind, changes["credentials"]))
        connection.token, connection.token_expires_at, connection.scopes = "", None, []
    if changes.get("is_paused"):
        connection.state = State.PAUSED
    elif "is_paused" in changes or "credentials" in changes:
        connection.state, connection.problem, connection.failures = State.ACTIVE, "", 0
        connection.retry_at = connection.next_poll_at = timezone.now()
        _ask_soon(connection)
    connection.save()
    record("changed", connection, before=before, actor=actor)
    return connection


@transaction.atomic
def sync_from(*, connection: Connection, day: date, actor: User | None) -> Connection:
    """Bring the orders placed from a day on, as far back as the connection can read. Orders that are here stay."""
    connection = _locked(connection)
    if connection.kind == Kind.API:
        raise Conflict(gettext("This system sends its orders itself. Send those from before with POST /orders/sync."))
    if day > timezone.localdate(timezone=connection.store.zone):
        raise invalid("from", gettext("Enter a day that is not in the future."))
    if connection.backfill_until and connection.backfill_until > timezone.now():
        raise Conflict(gettext("Orders from before are being read right now. Try again when that is done."))
    before = values_of(connection)
    connection.sync_from, connection.backfill = day, Backfill.REQUESTED
    connection.backfill_job, connection.backfill_orders = "", 0
    connection.save(update_fields=["sync_from", "backfill", "backfill_job", "backfill_orders"])
    record("sync requested", connection, before=before, actor=actor)
    return connection


@transaction.atomic
def disconnect(*, connection: Connection, actor: User | None) -> Connection:
    """Stop following the source. Its orders stay and may be changed here from now on.

    Of the credentials the secret of its webhooks alone is kept: privacy requests still come after that.
    """
    connection = _locked(connection)
    before = values_of(connection)
    given = secrets.unseal(connection.credentials)
    secret = given.get("webhookSecret") or given.get("clientSecret") or ""
    connection.credentials = secrets.seal({"webhookSecret": secret})
    connection.state, connection.token, connection.problem = State.DISCONNECTED, "", ""
    connection.save(update_fields=["credentials", "state", "token", "problem"])
    record("disconnected", connection, before=before, actor=actor)
    return connection


@transaction.atomic
def retry_event(*, event: SourceEvent, actor: User | None) -> SourceEvent:
    """Try a parked webhook again. Raises Conflict for one that is not parked."""
    event = SourceEvent.objects.select_for_update().select_related("connection__store").get(pk=event.pk)
    if event.state != SourceEvent.State.PARKED:
        raise Conflict(gettext("Only parked events can be retried."))
    if not event.subject:
        raise Conflict(gettext("This event cannot be read, so it cannot be applied."))
    before = values_of(event)
    event.state, event.tries, event.next_try_at = SourceEvent.State.WAITING, 0, timezone.now()
    event.done_at = None
    event.save(update_fields=["state", "tries", "next_try_at", "done_at"])
    shown = {"state": before["state"]}, {"state": event.state}
    record("event retried", event.connection, before=shown[0], after=shown[1], actor=actor)
    wake(event.connection)
    return event


def _locked(connection: Connection) -> Connection:
    connection = Connection.objects.select_for_update(of=["self"]).select_related("store").get(pk=connection.pk)
    if connection.state == State.DISCONNECTED:
        raise Conflict(gettext("This connection has ended. Connect the store again."))
    return connection


def _address(kind: str, text: str) -> str:
    """Return the address of a source as it is kept. Raises ValidationError."""
    text = text.strip().rstrip("/")
    if kind == Kind.SHOPIFY:
        domain = text.removeprefix("https://").lower()
        if not DOMAIN.fullmatch(domain):
            raise invalid("address", gettext("Enter the shop's domain at Shopify, such as your-store.myshopify.com."))
        return domain
    if kind == Kind.API:
        if not re.fullmatch(SOURCE_NAME, text):
            raise invalid(
                "address", gettext("Enter what the system calls itself: up to 20 small letters, digits, - and _.")
            )
        return text
    try:
        outbound.check_address(text)
    except (outbound.AddressRefused, outbound.Unreachable) as error:
        raise invalid("address", str(error)) from None
    return text


def _checked(kind: str, credentials: dict[str, str]) -> dict[str, str]:
    """Return credentials of one of the forms a system takes. Raises ValidationError."""
    given = {name: value.strip() for name, value in credentials.items() if value and value.strip()}
    if frozenset(given) not in FORMS[kind]:
        raise invalid("credentials", gettext(NEEDED[kind]))
    if not all(SECRET.fullmatch(value) for value in given.values()):
        raise invalid(
            "credentials", gettext("Copy the credentials as they are: letters, digits and signs, without spaces.")
        )
    return given


def _ask_soon(connection: Connection) -> None:
    from orders.tasks import poll_source

    transaction.on_commit(lambda: publish(lambda: poll_source.delay(connection.pk)))
