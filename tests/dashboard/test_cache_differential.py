"""Whatever happens in whatever order, an answer is what an uncached computation would have given."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.cache import cache as redis_cache
from django.db import connection

from customers.actions import add_credits, create_or_update_subscription, spend_credits
from customers.models import Customer, Store
from customers.scopes import StoreScope
from dashboard.answers import snapshot
from dashboard.caching import cache, invalidation
from dashboard.caching.cache import State
from dashboard.metrics import folding
from orders.actions import ItemRequest, mark_paid, refund_order
from orders.models import Order
from tests.builders import a_customer, a_product, a_store, an_order
from tests.dashboard.caching import answer, uncached

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = 120


class World:
    """Two stores in zones and currencies of their own, and what can happen to them."""

    def __init__(self, dice: random.Random, clock: time_machine.Coordinates) -> None:
        self.dice, self.clock = dice, clock
        self.stores = [a_store(), a_store(currency="EUR", timezone="Pacific/Auckland")]
        self.items = {store.pk: [ItemRequest(a_product(store).pk, 1)] for store in self.stores}
        self.customers = [a_customer(store) for store in self.stores]
        self.history: list[tuple[datetime, dict[int | None, str]]] = []
        self.seen: list[State] = []

    def step(self) -> None:
        """Let one thing happen, note the state it leaves, and read every scope."""
        action: Callable[[], object] = self.dice.choice(
            [self.order, self.order, self.pay, self.refund, self.credit, self.subscribe, folding.fold_all,
             self.invalidate, redis_cache.clear, self.move_clock, self.lose, self.look_between, self.hold,
             lambda: None, lambda: None]
        )  # fmt: skip
        action()
        self.note()
        for scope in self.dice.sample([None, *self.stores], k=3):
            self.check(scope)

    def note(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            moment = cursor.fetchone()[0]
        self.history.append((moment, {store and store.pk: uncached(store) for store in (None, *self.stores)}))

    def check(self, scope: Store | None) -> None:
        found = answer(scope)
        self.seen.append(found.state)
        truth = self.history[-1][1]
        if found.state == State.STALE:
            known = [digests for moment, digests in self.history if moment <= found.entry.as_of]
            truth = known[-1]
        assert found.entry.etag == truth[scope and scope.pk], (found.state, scope, found.data())

    def order(self) -> None:
        store = self.dice.choice(self.stores)
        an_order(store, items=self.items[store.pk], paid=self.dice.random() < 0.5)

    def pay(self) -> None:
        for order in Order.objects.filter(status="PENDING")[:1]:
            mark_paid(order=order, actor=None)

    def refund(self) -> None:
        for order in Order.objects.filter(payment_status="PAID")[:1]:
            refund_order(order=order, amount=Decimal("1.00"), reason="r", actor=None)

    def credit(self) -> None:
        customer: Customer = self.dice.choice(self.customers)
        customer.refresh_from_db()
        change = spend_credits if customer.credit_balance >= 3 else add_credits
        change(customer=customer, amount=Decimal(3), reason="r", actor=None)

    def subscribe(self) -> None:
        create_or_update_subscription(
            customer=self.dice.choice(self.customers),
            plan="p",
            status=self.dice.choice(["active", "canceled"]),
            current_period_end=datetime(2030, 1, 1, tzinfo=UTC),
            monthly_amount=Decimal(self.dice.randint(1, 9)),
            actor=None,
        )

    def invalidate(self) -> None:
        snapshot.invalidate_dashboard_metrics_cache(self.dice.choice([None, *self.stores]))

    def move_clock(self) -> None:
        self.clock.shift(self.dice.choice([timedelta(minutes=4), timedelta(hours=5), timedelta(minutes=-3)]))

    def lose(self) -> None:
        """Lose a change's invalidation, as a process does that dies after its commit."""
        with pytest.MonkeyPatch.context() as dying:
            dying.setattr(invalidation, "invalidate", lambda stores, mark="": False)
            self.dice.choice([self.order, self.credit])()

    def look_between(self) -> None:
        """Read every scope between a change's commit and its invalidation."""
        tell = invalidation.invalidate

        def late(stores: Iterable[int | None], mark: str = "") -> bool:
            self.note()
            for scope in (None, *self.stores):
                self.check(scope)
            return tell(stores, mark)

        with pytest.MonkeyPatch.context() as slow:
            slow.setattr(invalidation, "invalidate", late)
            self.dice.choice([self.order, self.credit, folding.fold_all])()

    def hold(self) -> None:
        """Let somebody else be computing the values."""
        for scope in (None, *self.stores):
            name = "all" if scope is None else f"store:{scope.pk}"
            cache.Slot(f"metrics:{name}:from=", StoreScope(scope).key).claim()


@pytest.mark.parametrize("seed", range(3))
def test_every_answer_is_what_an_uncached_computation_gives(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(cache, "LOCK_MS", 400)
    with time_machine.travel(datetime(2026, 3, 28, 9, tzinfo=UTC)) as clock:
        world = World(random.Random(seed), clock)
        for _ in range(STEPS):
            world.step()

    assert set(world.seen) == {State.HIT, State.MISS, State.STALE}
