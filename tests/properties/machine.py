"""Random lives of a store: every rule does one thing through the actions and to the store in memory alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from rest_framework.exceptions import APIException

from customers import actions as customer_actions
from customers.models import Customer
from dashboard import figures
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all, fold_once
from dashboard.models import Basis, MetricDelta
from orders import actions
from orders.actions.placing import OrderDetails
from orders.models import Coupon, Order
from tests.builders import a_product, a_store, an_order
from tests.properties import checks
from tests.properties.model import CHANGED, NIL, REFUSED, Line, Purchase, Shopper, StoreModel, Voucher, Ware

PICK = st.integers(0, 30)
CENTS = st.one_of(st.integers(0, 99), st.integers(0, 60_000)).map(lambda cents: Decimal(cents) / 100)
PRICES = ("9.99", "0.00", "0.01", "333.34", "1250.00", "3.35")
STOCKS = (9, None, 30, None, 5, 1)
COSTS = (Decimal("4.10"), Decimal("0.33"), None, Decimal("0.00"), Decimal("1300.00"), None)
WANTED = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3)), min_size=1, max_size=4)
COUNTRIES = st.sampled_from(["GB", "BR", "NZ", ""])
FOLDS = st.sampled_from(["every state", "never", "half", "some", "all"])
LONG_AGO = timedelta(days=400)
TERMS = st.sampled_from(["prepaid", "prepaid", "on_delivery", "invoice"])
MOVES: dict[str, Callable[..., Any]] = {
    "PROCESSING": actions.process_order,
    "SHIPPED": actions.ship_order,
    "DELIVERED": actions.deliver_order,
}


class StoreLife(RuleBasedStateMachine):
    """One store in one zone, from an instant near one of the zone's clock changes."""

    zone = ""
    starts: tuple[datetime, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.changes = 0
        self.is_checked = True

    def teardown(self) -> None:
        """Check once more in every state of folding and rebuilt from nothing, then forget the example."""
        try:
            if hasattr(self, "store"):
                checks.check_in_every_state_of_folding(self.store, self.model, self.periods())
                checks.check_rebuilt(self.store, self.model, self.periods())
                assert self.next_door() == self.next_door_at_first, "another store's figures moved"
        finally:
            transaction.set_rollback(True)
            self.rollback.__exit__(None, None, None)

    @initialize(data=st.data(), folds=FOLDS)
    def open_the_store(self, data: st.DataObject, folds: str) -> None:
        """Open a store with six products and four coupons."""
        self.folds, self.now = folds, data.draw(st.sampled_from(self.starts), "start")
        self.model = StoreModel(self.zone)
        self.store = a_store(timezone=self.zone)
        for price, stock, cost in zip(PRICES, STOCKS, COSTS, strict=True):
            product = a_product(self.store, price, stock=stock, cost_price=cost)
            self.model.wares.append(Ware(product.pk, product.name, product.price, stock, cost))
        soon = self.now + timedelta(days=2)
        self.issue("TEN", percent="10.00")
        self.issue("FIVE-OFF", off="5.00", limit=2)
        self.issue("GENEROUS", off="400.00", minimum="20.00")
        self.issue("EARLY", percent="33.33", starts=self.now, ends=soon)
        self.neighbour = a_store(timezone=self.zone)
        an_order(self.neighbour, paid=True, at=self.now)
        self.next_door_at_first = self.next_door()
        self.touched = self.model.day(self.now)
        self.last: Callable[[], None] | None = None

    def issue(
        self,
        code: str,
        percent: str | None = None,
        off: str | None = None,
        minimum: str = "0.00",
        limit: int | None = None,
        starts: datetime | None = None,
        ends: datetime | None = None,
    ) -> None:
        """Make a coupon, here and there."""
        coupon = Coupon.objects.create(
            store=self.store,
            code=code,
            kind="percent" if percent else "fixed",
            value=Decimal(percent or off or 0),
            minimum_subtotal=Decimal(minimum),
            usage_limit=limit,
            starts_at=starts,
            ends_at=ends,
        )
        money = [None if amount is None else Decimal(amount) for amount in (percent, off)]
        self.model.vouchers.append(Voucher(coupon.pk, code, *money, Decimal(minimum), limit, starts, ends))

    def next_door(self) -> Any:
        """Return what another store shows."""
        ever = [figures.sales_summary(self.neighbour, checks.EVER, basis) for basis in Basis.values]
        return ever, figures.sales_by_product(self.neighbour, checks.EVER), recount.differences(self.neighbour)

    def periods(self) -> list[Any]:
        """Return the periods looked at after this step."""
        return checks.periods_around(self.model.day(self.now), self.touched, self.changes)

    def same(self, outcome: str, act: Callable[[], Any], before: Any) -> Any:
        """Do it; a refused step raises and leaves every row as it was, a repetition leaves it too."""
        if outcome == REFUSED:
            try:
                act()
            except APIException as refusal:
                assert refusal.status_code in (400, 409), refusal
            else:
                raise AssertionError("should have been refused")
            answer = None
        else:
            answer = act()
        if outcome != CHANGED:
            assert checks.content(self.store) == before
        else:
            self.is_checked = False
        return answer

    def happen(self, p: Purchase, at: datetime, imagined: Callable[[], str], act: Callable[[Order], Any]) -> None:
        """Let a step happen to an order, here and there; remember how to do it again."""
        order = Order.objects.get(pk=p.key)
        before = checks.content(self.store)
        outcome = imagined()
        self.same(outcome, lambda: act(order), before)
        if outcome == CHANGED:
            self.touched = self.model.day(at)
            checks.learn_lines(self.model, p, self.touched)
        self.last = lambda: self.happen(p, at, imagined, act)

    def order(self, pick: int) -> Purchase:
        """Return one of the orders; small numbers mean the newest."""
        return self.model.purchases[-1 - pick % len(self.model.purchases)]

    def moment(self, p: Purchase, hours_ago: int) -> datetime:
        """Return now, or up to some hours ago: reports may come late. Never before the order."""
        return max(p.placed_at, self.now - timedelta(hours=hours_ago))

    def has_orders(self) -> bool:
        """Answer whether there is an order to do something to."""
        return bool(self.model.purchases)

    @rule(has_email=st.booleans())
    def register(self, has_email: bool) -> None:
        email = f"shopper-{len(self.model.shoppers)}@example.com" if has_email else ""
        row = customer_actions.register_customer(store=self.store, email=email, at=self.now, actor=None)
        self.model.register(Shopper(row.pk, self.now, has_email))
        self.touched, self.is_checked = self.model.day(self.now), False

    @precondition(lambda self: self.model.shoppers)
    @rule(pick=PICK)
    def confirm(self, pick: int) -> None:
        shopper = self.model.shoppers[-1 - pick % len(self.model.shoppers)]
        row, before, at = Customer.objects.get(pk=shopper.key), checks.content(self.store), self.now
        outcome = self.model.confirm(shopper, at)
        self.same(outcome, lambda: customer_actions.confirm_email(customer=row, at=at, actor=None), before)
        self.touched = self.model.day(at)

    @rule(
        wanted=WANTED,
        shopper=PICK,
        voucher=st.integers(0, 6),
        country=COUNTRIES,
        tax=st.one_of(st.just(NIL), CENTS),
        shipping=st.one_of(st.just(NIL), CENTS),
        tip=st.one_of(st.just(NIL), CENTS),
        terms=TERMS,
        included=st.one_of(st.just(NIL), CENTS),
    )
    def place(
        self,
        wanted: list[tuple[int, int]],
        shopper: int,
        voucher: int,
        country: str,
        tax: Decimal,
        shipping: Decimal,
        tip: Decimal,
        terms: str,
        included: Decimal,
    ) -> None:
        model, at = self.model, self.now
        who = model.shoppers[shopper] if shopper < len(model.shoppers) else None
        coupon = model.vouchers[voucher] if voucher < len(model.vouchers) else None
        basket = [(model.wares[index], count) for index, count in wanted]
        before = checks.content(self.store)
        purchase = model.place(basket, who, coupon, country, tax, shipping, at, tip, terms)
        order = self.same(
            CHANGED if purchase else REFUSED,
            lambda: actions.place_order(
                store=self.store,
                items=[actions.ItemRequest(ware.key, count) for ware, count in basket],
                customer=Customer.objects.get(pk=who.key) if who else None,
                coupon_code=coupon.code.lower() if coupon else "",
                shipping_address={"country": country},
                tax_amount=tax,
                shipping_fee=shipping,
                tip=tip,
                details=OrderDetails(payment_terms=terms, channel=checks.CHANNELS[terms]),
                at=at,
                actor=None,
            ),
            before,
        )
        if purchase:
            purchase.key, purchase.included, self.touched = order.pk, included, model.day(at)
            # as its source would state it: placing knows none
            Order.objects.filter(pk=order.pk).update(included_tax=included)
            checks.learn_lines(model, purchase, self.touched)

    @rule(
        wanted=WANTED,
        shopper=PICK,
        voucher=st.integers(0, 6),
        country=COUNTRIES,
        tax=CENTS,
        shipping=CENTS,
        tip=st.just(NIL),
        terms=TERMS,
        included=CENTS,
    )
    def sell(self, **basket: Any) -> None:
        """Place an order and pay it at once: most orders live on from there."""
        count = len(self.model.purchases)
        self.place(**basket)
        if len(self.model.purchases) > count:
            self.pay(pick=0, reported=True, hours_ago=0)

    @precondition(has_orders)
    @rule(pick=PICK, reported=st.booleans(), hours_ago=st.integers(0, 40))
    def pay(self, pick: int, reported: bool, hours_ago: int) -> None:
        p = self.order(pick)
        at = self.moment(p, hours_ago)
        self.happen(
            p,
            at,
            lambda: self.model.pay(p, at, reported),
            lambda order: (
                actions.apply_provider_approval(order=order, at=at)
                if reported
                else actions.mark_paid(order=order, at=at, actor=None)
            ),
        )

    @precondition(has_orders)
    @rule(pick=PICK, percent=st.integers(1, 130), reported=st.booleans(), hours_ago=st.integers(0, 40))
    def pay_amount(self, pick: int, percent: int, reported: bool, hours_ago: int) -> None:
        """A part of what is due, all of it, or more."""
        p = self.order(pick)
        at = self.moment(p, hours_ago)
        amount = max(Decimal("0.01"), ((p.total - p.captured) * percent / 100).quantize(Decimal("0.01")))
        self.happen(
            p,
            at,
            lambda: self.model.pay(p, at, reported, amount),
            lambda order: (
                actions.apply_provider_approval(order=order, amount=amount, at=at)
                if reported
                else actions.mark_paid(order=order, amount=amount, at=at, actor=None)
            ),
        )

    @precondition(has_orders)
    @rule(pick=PICK)
    def authorize(self, pick: int) -> None:
        p, at = self.order(pick), self.now
        self.happen(
            p,
            at,
            lambda: self.model.authorize(p),
            lambda order: actions.authorize_payment(order=order, at=at, actor=None),
        )

    @precondition(has_orders)
    @rule(pick=PICK, reported=st.booleans(), hours_ago=st.integers(0, 40))
    def refuse(self, pick: int, reported: bool, hours_ago: int) -> None:
        p = self.order(pick)
        at = self.moment(p, hours_ago)
        self.happen(
            p,
            at,
            lambda: self.model.refuse(p, at, reported),
            lambda order: (
                actions.apply_provider_refusal(order=order, at=at)
                if reported
                else actions.refuse_payment(order=order, at=at, actor=None)
            ),
        )

    @precondition(has_orders)
    @rule(pick=PICK)
    def expire(self, pick: int) -> None:
        p, at = self.order(pick), self.now
        self.happen(
            p, at, lambda: self.model.expire(p, at), lambda order: actions.expire_order(order=order, at=at, actor=None)
        )

    @precondition(has_orders)
    @rule()
    def expire_unpaid(self) -> None:
        steps = [(p, p.steps) for p in self.model.purchases]
        expired = actions.expire_unpaid(now=self.now)
        assert expired == self.model.expire_unpaid(self.now)
        self.is_checked = not expired and self.is_checked
        for p, count in steps:
            if p.steps > count:
                checks.learn_lines(self.model, p, self.model.day(self.now))

    @precondition(has_orders)
    @rule(pick=PICK, to=st.sampled_from(list(MOVES)))
    def move_on(self, pick: int, to: str) -> None:
        p, at = self.order(pick), self.now
        sales = figures.sales_summary(self.store, checks.EVER).total_sales
        self.happen(p, at, lambda: self.model.move_on(p, to), lambda order: MOVES[to](order=order, at=at, actor=None))
        assert figures.sales_summary(self.store, checks.EVER).total_sales == sales, "a status change moved sales"

    @precondition(has_orders)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        p, at = self.order(pick), self.now
        self.happen(
            p, at, lambda: self.model.cancel(p, at), lambda order: actions.cancel_order(order=order, at=at, actor=None)
        )

    def give_back(
        self,
        p: Purchase,
        amount: Decimal | None,
        named: dict[Line, int] | None,
        restock: bool,
        reported: bool = False,
        hours_ago: int = 0,
    ) -> None:
        """Refund, here and there."""
        at = self.moment(p, hours_ago)
        lines = None if named is None else {line.key: count for line, count in named.items()}
        self.happen(
            p,
            at,
            lambda: self.model.refund(p, amount, named, restock, at, reported),
            lambda order: (
                actions.apply_provider_refund(order=order, amount=amount, restock=restock, at=at)
                if reported
                else actions.refund_order(order=order, amount=amount, lines=lines, restock=restock, at=at, actor=None)
            ),
        )

    @precondition(has_orders)
    @rule(
        pick=PICK,
        percent=st.integers(0, 100),
        over=st.sampled_from([NIL, NIL, NIL, Decimal("0.01")]),
        restock=st.booleans(),
        reported=st.booleans(),
        hours_ago=st.integers(0, 40),
    )
    def refund_amount(
        self, pick: int, percent: int, over: Decimal, restock: bool, reported: bool, hours_ago: int
    ) -> None:
        p = self.order(pick)
        rest = (p.captured or p.total) - p.refunded
        part = rest * percent // Decimal("0.01") / 10_000 if percent < 100 else rest
        amount = max(Decimal("0.01"), part.quantize(Decimal("0.01")) + over)
        self.give_back(p, amount, None, restock, reported, hours_ago)

    @precondition(has_orders)
    @rule(pick=PICK, restock=st.booleans(), reported=st.booleans(), hours_ago=st.integers(0, 40))
    def refund_the_rest(self, pick: int, restock: bool, reported: bool, hours_ago: int) -> None:
        self.give_back(self.order(pick), None, None, restock, reported, hours_ago)

    @precondition(has_orders)
    @rule(
        pick=PICK,
        counts=st.lists(st.integers(0, 3), min_size=4, max_size=4),
        restock=st.booleans(),
        amount=st.one_of(st.none(), CENTS.filter(bool)),
    )
    def refund_pieces(self, pick: int, counts: list[int], restock: bool, amount: Decimal | None) -> None:
        p = self.order(pick)
        named = {line: count for line, count in zip(p.lines, counts, strict=False) if count}
        self.give_back(p, amount, named or {p.lines[0]: 1}, restock)

    @precondition(lambda self: self.last is not None)
    @rule()
    def again(self) -> None:
        """The same thing once more: a double click, a report sent twice."""
        assert self.last is not None
        self.last()

    @rule(minutes=st.one_of(st.integers(1, 90), st.integers(1, 3_000), st.integers(1, 60_000)))
    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(side=st.sampled_from([timedelta(microseconds=-1), timedelta(0), timedelta(hours=1)]))
    def go_to_midnight(self, side: timedelta) -> None:
        """Go to just before, exactly on, or an hour after the first instant of the next local day."""
        today, low, high = self.model.day(self.now), self.now, self.now + timedelta(hours=50)
        while high - low > timedelta(microseconds=1):
            middle = low + (high - low) / 2
            low, high = (middle, high) if self.model.day(middle) == today else (low, middle)
        self.now = max(self.now, high + side)

    @precondition(lambda self: self.folds == "some")
    @rule(rows=st.integers(1, 12))
    def fold_some(self, rows: int) -> None:
        fold_once(rows)
        self.is_checked = False

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        """Rows after every step, figures after every step that changed a row: nothing else can move them."""
        if not hasattr(self, "store"):
            return
        checks.check_rows(self.store, self.model)
        if self.is_checked:
            return
        self.is_checked, self.changes = True, self.changes + 1
        if self.folds == "half":
            fold_once(max(1, MetricDelta.objects.filter(store_id=self.store.pk).count() // 2))
        if self.folds == "all":
            fold_all()
        check = checks.check_in_every_state_of_folding if self.folds == "every state" else checks.check_figures
        check(self.store, self.model, self.periods(), self.changes)
        checks.check_opened(self.store, self.model, self.periods()[1], self.now, self.changes)


def utc(*when: int) -> datetime:
    """Return an instant."""
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]
