"""The last hours of a demo store, through the same actions that people and payment providers use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from customers.actions import (
    add_credits,
    confirm_email,
    create_or_update_subscription,
    register_customer,
    spend_credits,
)
from customers.models import Customer, Store, Subscription, User
from orders.actions import (
    EditRequest,
    ItemRequest,
    OrderDetails,
    Tracking,
    authorize_payment,
    cancel_order,
    deliver_order,
    edit_order,
    mark_paid,
    place_order,
    process_order,
    refund_order,
    refuse_payment,
    ship_order,
)
from orders.demo.assortment import Assortment
from orders.demo.people import People
from orders.demo.planning import charges
from orders.demo.profiles import StoreProfile
from orders.models import Order
from orders.payment_methods import code_of
from orders.pricing import ZERO, percentage_of

ORDERS = 24
LONGEST, SHORTEST = timedelta(hours=8), timedelta(minutes=20)
JUST_NOW = 3
SLOTS = 96
PLENTY = 5

# What became of them, in turn; every action of an order's life is among it.
# What is worked on before it is paid is paid on delivery.
ENDINGS: tuple[tuple[str, ...], ...] = (
    ("pay", "ship"), ("pay",), (), ("pay", "ship", "deliver"), ("pay", "edit down"), ("refuse",),
    ("pay", "refund a part"), ("pay", "edit up"), ("cancel",), ("pay", "ship", "refund a line"), ("authorize",),
    ("pay", "cancel"), ("pay", "ship", "deliver", "refund"), ("pay a part",), ("refuse", "pay"),
    ("pay", "ship a part"), (), ("process", "ship"), ("process", "ship", "deliver", "pay"),
)  # fmt: skip


def window(orders: int) -> timedelta:
    """Return how long ago the last hours begin in a store of `orders` orders: long enough for ORDERS of them."""
    share_of_a_day = ORDERS / max(orders / 365, 1)
    return min(max(timedelta(days=share_of_a_day), SHORTEST), LONGEST)


@dataclass
class LastHours:
    """Places the youngest orders of a store and leads them on, each step at its moment between placing and now."""

    profile: StoreProfile
    store: Store
    people: People
    assortment: Assortment
    staff: User
    now: datetime
    random: Random

    def play(self, known: Sequence[Customer], since: datetime) -> None:
        """Let ORDERS orders arrive since then; some buyers are new, some `known`, some guests."""
        for number, at in enumerate(self._moments(since)):
            buyer = self._buyer(number, at, known)
            order = self._place(number, at, buyer)
            ending = ENDINGS[number % len(ENDINGS)]
            for position, step in enumerate(ending, start=1):
                self._take(step, order, at + (self.now - at) * position / (len(ending) + 1))
            if number % 7 == 6 and buyer is not None:
                self._reward(buyer)

    def _moments(self, since: datetime) -> Iterator[datetime]:
        """Yield ORDERS moments, oldest first; the last ones are of the store's own today, however young it is."""
        midnight = self.now.astimezone(self.store.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        today = max(midnight.astimezone(UTC), self.now - timedelta(minutes=12))
        earlier = min(since, today)
        slots = [earlier + (today - earlier) * slot / SLOTS for slot in range(SLOTS)]
        weights = [self.profile.hours[slot.astimezone(self.store.zone).hour] for slot in slots]
        drawn = self.random.choices(slots, weights, k=ORDERS - JUST_NOW)
        yield from sorted(slot + (today - earlier) / SLOTS * self.random.random() for slot in drawn)
        yield from sorted(today + (self.now - today) * self.random.random() for _ in range(JUST_NOW))

    def _buyer(self, number: int, at: datetime, known: Sequence[Customer]) -> Customer | None:
        if number % 6 == 5:
            return None
        if number % 3 and known:
            return self.random.choice(known)
        invented = self.people.shopper(first_seen=at).customer
        customer = register_customer(
            store=self.store, email=invented.email, name=invented.name, phone=invented.phone, at=at, actor=None
        )
        return confirm_email(customer=customer, at=at, actor=None) if number % 2 else customer

    def _place(self, number: int, at: datetime, buyer: Customer | None) -> Order:
        random, place, ending = self.random, self.people.place(), ENDINGS[number % len(ENDINGS)]
        offered = self.assortment.in_stock(PLENTY)[:60]
        chosen = random.sample(offered, k=min(len(offered), random.choice((1, 1, 2, 3))))
        items = [ItemRequest(listing.product.pk, random.choice((1, 1, 1, 2))) for listing in chosen]
        if "ship a part" in ending:
            items[0] = ItemRequest(chosen[0].product.pk, 2)  # one leaves, one waits
        for listing, item in zip(chosen, items, strict=True):
            if listing.product.stock is not None:
                listing.product.stock -= item.quantity
        goods = sum((listing.product.price * item.quantity for listing, item in zip(chosen, items, strict=True)), ZERO)
        coupon = self.profile.coupons[0] if number % 5 == 1 else None
        discount = percentage_of(goods, coupon.value) if coupon else ZERO
        tax, shipping = charges(self.profile, place, goods - discount)
        method = "CASH_ON_DELIVERY" if ending[:1] == ("process",) else code_of(next(iter(self.profile.payment_methods)))
        return place_order(
            store=self.store,
            items=items,
            customer=buyer,
            coupon_code=coupon.code if coupon else "",
            shipping_address=self.people.address(place),
            payment_method=method,
            tax_amount=tax,
            shipping_fee=shipping,
            details=OrderDetails(channel="pos" if number % 9 == 4 else "web"),
            at=at,
            actor=None,
        )

    def _take(self, step: str, order: Order, at: datetime) -> None:
        words, staff = self.profile.words, self.staff
        reason = self.random.choice(words.refund_reasons)
        if step == "pay":
            mark_paid(order=order, at=at, actor=None, source="gateway")
        elif step == "authorize":
            authorize_payment(order=order, at=at, actor=None, source="gateway")
        elif step == "pay a part":
            mark_paid(order=order, amount=percentage_of(order.total_amount, Decimal(40)), at=at, actor=staff)
        elif step == "process":
            process_order(order=order, at=at, actor=staff)
        elif step == "refuse":
            refuse_payment(order=order, at=at, actor=None, source="gateway")
        elif step == "ship":
            number = f"DH{self.random.randrange(10**10):010d}"
            ship_order(order=order, tracking=Tracking(number, "DHL"), at=at, actor=staff)
        elif step == "ship a part":
            line = order.items.order_by("pk")[0]
            ship_order(order=order, lines={line.pk: 1}, at=at, actor=staff)
        elif step == "deliver":
            deliver_order(order=order, at=at, actor=staff)
        elif step == "cancel":
            cancel_order(order=order, reason=self.random.choice(words.cancel_reasons), at=at, actor=staff)
        elif step == "refund":
            refund_order(order=order, reason=reason, restock=True, at=at, actor=staff)
        elif step == "refund a part":
            refund_order(
                order=order, amount=percentage_of(order.total_amount, Decimal(20)), reason=reason, at=at, actor=staff
            )
        elif step == "edit down":
            less = EditRequest(discount=order.discount + percentage_of(order.subtotal - order.discount, Decimal(10)))
            edit_order(order=order, request=less, reason=reason, refund_difference=True, at=at, actor=staff)
        elif step == "edit up":
            line = order.items.order_by("pk")[0]
            edit_order(order=order, request=EditRequest({line.pk: line.quantity + 1}), at=at, actor=staff)
        elif step == "refund a line":
            line = order.items.order_by("pk")[0]
            refund_order(order=order, lines={line.pk: 1}, reason=reason, restock=True, at=at, actor=staff)

    def _reward(self, customer: Customer) -> None:
        """Let a buyer subscribe, be granted credits and spend some of them."""
        plan, amount = self.random.choice(self.profile.plans)
        create_or_update_subscription(
            customer=customer,
            plan=plan,
            status=Subscription.Status.ACTIVE,
            monthly_amount=amount,
            current_period_end=self.now + timedelta(days=30),
            actor=self.staff,
        )
        step = self.profile.credit_step
        add_credits(customer=customer, amount=step * 2, reason=self.profile.words.credit_grants[0], actor=self.staff)
        spend_credits(customer=customer, amount=step, reason=self.profile.words.credit_spending, actor=self.staff)
