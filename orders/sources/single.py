"""One source order at a time: what webhooks, polling and the sync API bring, beside everything else a store does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import TextChoices
from django.utils import timezone
from psycopg.errors import CheckViolation, DeadlockDetected, UniqueViolation

from customers.models import Store
from dealport.kit.errors import Busy, Conflict
from orders.bulk import LiveWriter
from orders.lifecycle import IllegalStep
from orders.models import Connection
from orders.pricing import ZERO, AmountError
from orders.sources.description import SourceOrder
from orders.sources.loading import Outcomes, SourceLoader, any_is_here, identity

ATTEMPTS = 3
IMPORTS = 0x696D706F  # "impo": of the advisory lock on a store that an import has alone and single orders share


class StoreBusy(Busy):
    """A file is being imported into the store; nothing was changed. Try again later."""

    default_detail = "A file is being imported into this store. Try again in a minute."


class Result(TextChoices):
    """What became of a source order."""

    NEW = "new", "New"
    UPDATED = "updated", "Updated"
    UNCHANGED = "unchanged", "Unchanged"
    OLDER = "older", "Older than what is here"
    CHANGED_HERE = "changed_here", "Changed here"
    REFUSED = "refused", "Refused"


@dataclass(frozen=True)
class Applied:
    """What became of a source order. `amount` is what sales moved by, or would have where it was left alone; `reason`
    says why that was.
    """

    result: Result
    amount: Decimal = ZERO
    reason: str = ""


def apply_source_order(
    store: Store,
    order: SourceOrder,
    *,
    connection: Connection | None = None,
    now: datetime | None = None,
    actor_label: str = "",
) -> Applied:
    """Bring our order to the state its source states: create it, or apply the difference; a transaction of its own.

    The same state twice changes nothing, an older one never undoes a newer one. Events and ledger rows carry the
    moments of the source; `actor_label` (the source, unless named) is who did it. `connection` keeps the
    order up to date from now on. Raises Conflict when the store is closed, StoreBusy while a file is imported.
    """
    now, actor_label = now or timezone.now(), actor_label or order.source
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _apply(store, order, connection, now, actor_label)
        except IntegrityError as error:
            # somebody else has just made the same order, customer or product: it is here the next time
            if isinstance(error.__cause__, CheckViolation):
                return _refused(order, "its amounts or quantities contradict each other")
            if attempt == ATTEMPTS or not isinstance(error.__cause__, UniqueViolation):
                raise
        except OperationalError as error:
            if attempt == ATTEMPTS or not isinstance(error.__cause__, DeadlockDetected):
                raise
        except (IllegalStep, AmountError) as error:
            return _refused(order, str(error))
    raise AssertionError("unreachable")


def create_source_orders(
    store: Store, orders: Sequence[SourceOrder], *, connection: Connection, actor_label: str
) -> bool:
    """Create orders that are not here, all in one transaction at about the cost of one; False: nothing was changed.

    That is so where one of them is here already, or cannot be created: bring them one by one then. Raises Conflict and
    StoreBusy as `apply_source_order` does.
    """
    try:
        with transaction.atomic():
            outcomes = _load(store, orders, connection, timezone.now(), actor_label, only_new=True)
            return outcomes is not None
    except (IntegrityError, OperationalError, IllegalStep, AmountError):
        return False


def _refused(order: SourceOrder, reason: str) -> Applied:
    return Applied(Result.REFUSED, order.received - order.refunded, f"{order.name}: {reason}.")


def _apply(store: Store, order: SourceOrder, connection: Connection | None, now: datetime, actor_label: str) -> Applied:
    outcomes = _load(store, [order], connection, now, actor_label)
    assert outcomes is not None
    return _applied(outcomes)


def _load(
    store: Store,
    orders: Sequence[SourceOrder],
    connection: Connection | None,
    now: datetime,
    actor_label: str,
    *,
    only_new: bool = False,
) -> Outcomes | None:
    """Write the orders in the caller's transaction; None where `only_new` and one of them is here."""
    store = Store.objects.get(pk=store.pk)
    if not store.is_active:
        raise Conflict("This store is closed.")
    _take_turn(store, orders)
    if only_new and any_is_here(store, orders):
        return None
    with LiveWriter(store) as writer:
        loader = SourceLoader(store, writer, now, actor_label, connection)
        for order in orders:
            loader.add(order)
        loader.finish()
    return loader.outcomes


def _take_turn(store: Store, orders: Sequence[SourceOrder]) -> None:
    """Wait for others who bring the same orders. Raises StoreBusy while a file is imported."""
    keys = sorted("\t".join([str(store.pk), *identity(order)]) for order in orders)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [_import_lock(store)])
        if not cursor.fetchone()[0]:
            raise StoreBusy
        lock = "SELECT pg_advisory_xact_lock(hashtextextended(key, %s)) FROM unnest(%s::text[]) AS key"
        cursor.execute(lock, [IMPORTS, keys])


def lock_out_single_orders(store: Store) -> None:
    """Wait for the single source orders under way and keep others out until the import's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_import_lock(store)])


def _import_lock(store: Store) -> int:
    return (IMPORTS << 32) + store.pk


def _applied(outcomes: Outcomes) -> Applied:
    for result, outcome in (
        (Result.NEW, outcomes.new),
        (Result.UPDATED, outcomes.updated),
        (Result.UNCHANGED, outcomes.unchanged),
        (Result.OLDER, outcomes.older),
        (Result.CHANGED_HERE, outcomes.changed_here),
    ):
        if outcome.orders:
            amount = ZERO if result is Result.UNCHANGED else outcome.amount
            return Applied(result, amount, " ".join(outcomes.reasons))
    return Applied(Result.REFUSED, outcomes.contradicting.amount, " ".join(outcomes.reasons))
