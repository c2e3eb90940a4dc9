"""Applying what sources reported: claimed, fetched as it is now, applied, and tried again or parked when it fails."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import connection as database
from django.db.models import F
from django.utils import timezone

from dealport.kit.errors import Conflict
from dealport.kit.secrets import UnreadableSecret
from dealport.kit.values import Json
from orders.connections import catalog, health, privacy
from orders.connections.access import Source, source_of
from orders.connections.problems import UNUSABLE, AccessRefused, SourceProblem, Unreadable
from orders.connections.receiving import APP, CUSTOMER, ORDER, PRIVACY, PRODUCT, SYNC
from orders.models import Connection, SourceEvent, SourceRecord
from orders.sources.description import SourceOrder
from orders.sources.oddities import OddValue, unreadable_order
from orders.sources.single import Result, StoreBusy, apply_source_order, create_source_orders
from orders.sources.syncing import SyncParser, sync_orders

SUBJECTS_AT_ONCE = 20
EVENTS_OF_A_CHANGE = 5
"""About as many webhooks as a source sends when one order changes."""
LEASE = timedelta(minutes=5)
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=20), timedelta(hours=2)
EVERYTHING = ""
BUSY = timedelta(seconds=30)
RUN_SECONDS = 50.0
"""One task works this long; the sweep starts the next."""
State = SourceEvent.State

# The events of a subject are taken together or not at all, so that two workers never have one order. However much
# waits, the index orders_source_event_due gives the next ones.
CLAIM = """
UPDATE orders_sourceevent e SET tries = e.tries + 1, next_try_at = %(until)s
FROM (
    SELECT subject FROM (
        SELECT subject, next_try_at FROM orders_sourceevent due
        WHERE connection_id = %(connection)s AND state = 'waiting' AND next_try_at <= %(now)s AND subject LIKE %(like)s
        AND NOT EXISTS (
            SELECT FROM orders_sourceevent held
            WHERE held.connection_id = %(connection)s AND held.state = 'waiting' AND held.subject = due.subject
            AND held.next_try_at > %(now)s
        )
        ORDER BY next_try_at LIMIT %(rows)s
    ) oldest GROUP BY subject ORDER BY min(next_try_at) LIMIT %(most)s
) s
WHERE e.connection_id = %(connection)s AND e.state = 'waiting' AND e.subject = s.subject AND e.next_try_at <= %(now)s
RETURNING e.id, e.subject, e.topic, e.body, e.tries
"""


WITHOUT_WORDS = (TypeError, AttributeError, AssertionError, ArithmeticError, LookupError, ValueError)
"""What Python says of an order that its source states in another way than its API promises."""


class NotApplied(Exception):
    """What is reported cannot be brought in; the text says why, as a sentence."""


class Hopeless(NotApplied):
    """Trying again changes nothing: somebody must do something first."""


@dataclass
class Claim:
    """The waiting events of one subject, oldest first: the last says most."""

    subject: str
    ids: list[int] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    tries: int = 0

    @property
    def kind(self) -> str:
        """What the subject is: an order, a product, …"""
        return self.subject.partition(":")[0]

    @property
    def key(self) -> str:
        """The source's id of it."""
        return self.subject.partition(":")[2]

    def content(self) -> Json:
        """Return the newest body; {} where it was emptied."""
        return json.loads(self.bodies[-1], parse_float=str) if self.bodies[-1] else {}


def apply_due(connection: Connection) -> int:
    """Apply what waits of a connection, for a while; return how many events were settled.

    A source that is away costs one request: its events wait, untried, until the connection may ask again. Privacy
    requests need no source: they are carried out whatever state the connection is in.
    """
    settled, until = 0, time.monotonic() + RUN_SECONDS
    while time.monotonic() < until and (
        claims := claim(connection, EVERYTHING if health.can_ask(connection) else PRIVACY)
    ):
        try:
            done = _apply(connection, claims)
            if health.can_ask(connection):
                health.note_success(connection)
        except (SourceProblem, UnreadableSecret) as problem:
            done = 0
            _release(claims)
            refused = AccessRefused(str(problem)) if isinstance(problem, UnreadableSecret) else problem
            health.note_failure(connection, refused)
        settled += done
        connection.refresh_from_db()
    return settled


def claim(connection: Connection, kind: str = EVERYTHING) -> list[Claim]:
    """Take the due events of some subjects for LEASE; a worker that dies gives them back by that."""
    now = timezone.now()
    values: Json = {
        "connection": connection.pk,
        "now": now,
        "until": now + LEASE,
        "most": SUBJECTS_AT_ONCE,
        "rows": SUBJECTS_AT_ONCE * EVENTS_OF_A_CHANGE,
        "like": f"{kind}%",
    }
    claims: dict[str, Claim] = {}
    with database.cursor() as cursor:
        cursor.execute(CLAIM, values)
        for pk, subject, topic, body, tries in sorted(cursor.fetchall()):
            one = claims.setdefault(subject, Claim(subject))
            one.ids.append(pk)
            one.topics.append(topic)
            one.bodies.append(body)
            one.tries = max(one.tries, tries)
    return list(claims.values())


def apply_order(connection: Connection, order: SourceOrder) -> str:
    """Bring our order to the state its source states; return what is to be said of it. Raises NotApplied."""
    store = connection.store
    if order.currency != store.currency:
        raise Hopeless(f"The order is in {order.currency}; the store sells in {store.currency}.")
    if not store.is_active:
        raise Hopeless("This store is closed. Open it, then retry.")
    applied = apply_source_order(store, order, connection=connection, actor_label=connection.kind)
    if applied.result == Result.REFUSED:
        raise NotApplied(applied.reason)
    return "Older than what is here." if applied.result == Result.OLDER else applied.reason


def _apply(connection: Connection, claims: list[Claim]) -> int:
    """Apply orders, then what is about them: a privacy request is about the orders before it."""
    settled = _apply_orders(connection, {one.key: one for one in claims if one.kind == ORDER})
    return settled + sum(_settle(connection, one) for one in claims if one.kind != ORDER)


def _apply_orders(connection: Connection, waiting: dict[str, Claim]) -> int:
    if not waiting:
        return 0
    source = source_of(connection)
    fetched: list[SourceOrder | Unreadable] = []
    problem: SourceProblem | None = None
    try:
        fetched.extend(source.orders(list(waiting)))
    except SourceProblem as error:
        problem = error  # what came before it is applied
    made = _create(connection, [order for order in fetched if isinstance(order, SourceOrder)])
    settled = _finish([waiting.pop(key) for key in made], State.APPLIED, "")
    for order in fetched:
        if order.external_id not in made:
            settled += _settle(connection, waiting.pop(order.external_id), order=order)
    if problem:
        raise problem
    return settled + sum(_settle(connection, one, source=source) for one in waiting.values())


def _create(connection: Connection, orders: list[SourceOrder]) -> set[str]:
    """Create what is not here, all at once; return the ids. Whatever is in the way, each comes by itself then."""
    ids = [order.external_id for order in orders]
    here = SourceRecord.objects.filter(store=connection.store_id, source=connection.kind, external_id__in=ids)
    known = set(here.values_list("external_id", flat=True))
    new = [order for order in orders if order.external_id not in known]
    if len(new) < 2 or any(order.currency != connection.store.currency for order in new):
        return set()
    try:
        is_made = create_source_orders(connection.store, new, connection=connection, actor_label=connection.kind)
    except UNUSABLE:
        return set()
    return {order.external_id for order in new} if is_made else set()


def _settle(
    connection: Connection, claim: Claim, *, order: SourceOrder | Unreadable | None = None, source: Source | None = None
) -> int:
    """Apply one claim and write what became of it; return how many events are done."""
    try:
        if isinstance(order, Unreadable):
            raise order.error
        if claim.kind == ORDER:
            state, reason = _apply_order(connection, claim, order, source)
        else:
            state, reason = State.APPLIED, _apply_other(connection, claim)
    except SourceProblem:
        raise
    except StoreBusy as error:
        # a file is being imported: that may take longer than all tries
        waiting = SourceEvent.objects.filter(pk__in=claim.ids, state=State.WAITING, tries__gt=0)
        waiting.update(next_try_at=timezone.now() + BUSY, tries=F("tries") - 1, reason=str(error.detail))
        return 0
    except Hopeless as error:
        return _finish([claim], State.PARKED, str(error))
    except (NotApplied, Conflict, *UNUSABLE) as error:
        reason = _sentence(error)
        if claim.tries >= settings.DEALPORT_EVENT_TRIES:
            return _finish([claim], State.PARKED, reason)
        wait = min(FIRST_RETRY * 2 ** min(claim.tries - 1, 12), LONGEST_RETRY)
        waiting = SourceEvent.objects.filter(pk__in=claim.ids, state=State.WAITING)
        waiting.update(next_try_at=timezone.now() + wait, reason=reason[:500])
        return 0
    return _finish([claim], state, reason)


def _apply_order(
    connection: Connection, claim: Claim, order: SourceOrder | None, source: Source | None
) -> tuple[str, str]:
    """Apply an order as fetched; where the source no longer shows it, as the newest body states it."""
    if order is None and source is not None:
        content = claim.content()
        is_order = str(content.get("id")) == claim.key and ("line_items" in content)
        if not is_order:
            return State.IGNORED, "The source no longer shows this order; what is here stays."
        order = source.read_body(content)
    assert order is not None
    return State.APPLIED, apply_order(connection, order)


def _apply_other(connection: Connection, claim: Claim) -> str:
    if claim.kind == APP:
        health.note_failure(
            connection, AccessRefused("The app was uninstalled in Shopify. Install it again, or disconnect.")
        )
        return ""
    if claim.kind == SYNC:
        return _apply_sent(connection, claim)
    if claim.kind == PRODUCT:
        return catalog.update_product(connection, claim.topics[-1], claim.content())
    if claim.kind == CUSTOMER:
        return catalog.update_customer(connection, claim.topics[-1], claim.content())
    for topic, body in zip(claim.topics, claim.bodies, strict=True):
        if body:
            privacy.carry_out(connection, topic, json.loads(body))
    return ""


def _apply_sent(connection: Connection, claim: Claim) -> str:
    """Apply the orders that a system sent; those that are fine are in whatever is wrong with the others."""
    content = SyncParser().read(claim.bodies[-1].encode())
    sent = content.get("orders") if isinstance(content, dict) else None
    if not isinstance(sent, list):
        raise Hopeless("The body has no list of orders.")
    refused = [one for one in sync_orders(connection, sent) if one.applied.result == Result.REFUSED]
    if refused:
        raise Hopeless(f"{len(refused)} of {len(sent)} orders were refused. The first one: {refused[0].applied.reason}")
    return ""


def _finish(claims: list[Claim], state: str, reason: str) -> int:
    ids = [pk for one in claims for pk in one.ids]
    waiting = SourceEvent.objects.filter(pk__in=ids, state=State.WAITING)
    return waiting.update(state=state, reason=reason[:500], done_at=timezone.now())


def _release(claims: list[Claim]) -> None:
    """Give events back untried: it was not their fault."""
    ids = [pk for one in claims for pk in one.ids]
    waiting = SourceEvent.objects.filter(pk__in=ids, state=State.WAITING, tries__gt=0)
    waiting.update(next_try_at=timezone.now(), tries=F("tries") - 1)


def _sentence(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"The source states no {error}."
    if isinstance(error, WITHOUT_WORDS) and not isinstance(error, OddValue):
        return f"This is not {unreadable_order()}."
    text = str(getattr(error, "detail", error)) or type(error).__name__
    return text if text.endswith(".") else f"{text}."
