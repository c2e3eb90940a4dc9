"""Inventing the orders of a demo store one after the other: who, what, for how much, and what became of it."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random

from orders.bulk import BulkItem, BulkOrder
from orders.demo.assortment import Assortment, Listing
from orders.demo.coupons import CouponDesk, discount_of
from orders.demo.fates import Fates, Placed
from orders.demo.people import People, Shopper
from orders.demo.profiles import Place, StoreProfile
from orders.lifecycle import Step
from orders.models.order_querysets import DISPUTED
from orders.pricing import ZERO, percentage_of

LINES, LINE_WEIGHTS = (1, 2, 3, 4, 5, 7), (46, 27, 15, 7, 4, 1)
PIECES, PIECE_WEIGHTS = (1, 2, 3, 4, 6), (81, 13, 4, 1, 1)
NEW_SHARE = 0.36
ONLY_LOOKING_SHARE = 0.16
CASH = "cash_on_delivery"
NOTE_SHARE = 0.03
DISPUTED_SHARE = 0.001
CHANNELS = {"web": 84, "pos": 10, "draft": 6}
# Buyers come back from among those of the last orders, the busiest of them more often; others drift away.
REMEMBERED = 20_000
HABIT_SHARE, STRONGEST_HABIT = 0.5, 6
ENOUGH_TO_RETURN = 12


@dataclass(slots=True)
class Draft:
    """An order to be written, its buyer (None: a guest), and who registered just before it."""

    order: BulkOrder
    shopper: Shopper | None
    newcomers: list[Shopper] = field(default_factory=list)


class Planner:
    """Invents the orders of one store; the same random numbers invent the same orders."""

    def __init__(
        self,
        profile: StoreProfile,
        *,
        people: People,
        assortment: Assortment,
        coupons: CouponDesk,
        fates: Fates,
        random: Random,
    ) -> None:
        self.profile, self.random = profile, random
        self.channel_random = Random(zlib.crc32(f"{profile.slug}/channels".encode()))  # what else is drawn stays
        self.dispute_random = Random(zlib.crc32(f"{profile.slug}/disputes".encode()))
        self.people, self.assortment, self.coupons, self.fates = people, assortment, coupons, fates
        self.methods = list(profile.payment_methods)
        self.method_weights = list(itertools.accumulate(profile.payment_methods.values()))
        self.buyers: list[Shopper] = []
        self.remembered = 0

    def drafts(self, moments: Iterable[datetime]) -> Iterator[Draft]:
        """Yield an order for every moment; moments come oldest first."""
        for at in moments:
            shopper, newcomers = self._buyer(at)
            yield Draft(self._order(at, shopper), shopper, newcomers)

    def _buyer(self, at: datetime) -> tuple[Shopper | None, list[Shopper]]:
        random = self.random
        if random.random() < self.profile.guest_share:
            return None, []
        newcomers = [self.people.shopper(first_seen=at)] if random.random() < ONLY_LOOKING_SHARE * NEW_SHARE else []
        if len(self.buyers) < ENOUGH_TO_RETURN or random.random() < NEW_SHARE:
            shopper = self.people.shopper(first_seen=at)
            newcomers.append(shopper)
        else:
            shopper = random.choice(self.buyers)
            if shopper.habit >= STRONGEST_HABIT or random.random() >= HABIT_SHARE:
                return shopper, newcomers
        self._remember(shopper)
        return shopper, newcomers

    def _remember(self, shopper: Shopper) -> None:
        shopper.habit += 1
        if len(self.buyers) < REMEMBERED:
            self.buyers.append(shopper)
        else:
            self.buyers[self.remembered % REMEMBERED] = shopper
        self.remembered += 1

    def _order(self, at: datetime, shopper: Shopper | None) -> BulkOrder:
        random = self.random
        place = shopper.place if shopper else self.people.place()
        address = shopper.address if shopper else self.people.address(place)
        items = [self._item(listing, at) for listing in self.assortment.draw(at, self._drawn(LINES, LINE_WEIGHTS))]
        order = BulkOrder(
            placed_at=at,
            items=items,
            country=place.country,
            shipping_address=address,
            billing_address=address,
            payment_method=random.choices(self.methods, cum_weights=self.method_weights)[0],
            notes=random.choice(self.profile.words.notes) if random.random() < NOTE_SHARE else "",
            channel=self.channel_random.choices(list(CHANNELS), list(CHANNELS.values()))[0],
        )
        total = self._price(order, place)
        is_cash = order.payment_method == CASH
        if is_cash:
            order.payment_terms = "on_delivery"
        order.steps = self.fates.draw(
            Placed(
                at=at,
                is_slow=order.payment_method == self.profile.slow_method,
                quantities=[item.quantity for item in items],
                total=total,
                is_abroad=place.country != self.profile.home,
                is_cash=is_cash,
            )
        )
        if self.dispute_random.random() < DISPUTED_SHARE and any(step.step is Step.PAY for step in order.steps):
            order.tags = (DISPUTED,)
        return order

    def _price(self, order: BulkOrder, place: Place) -> Decimal:
        """Let a coupon, tax and shipping find their order; return its total."""
        subtotal = sum((item.unit_price * item.quantity for item in order.items), ZERO)
        coupon = self.coupons.offer(order.placed_at, subtotal)
        if coupon is not None:
            order.coupon_id, order.coupon_code = coupon.pk, coupon.code
        order.discount = discount_of(coupon, subtotal)
        order.tax, order.shipping = charges(self.profile, place, subtotal - order.discount)
        return subtotal - order.discount + order.tax + order.shipping

    def _item(self, listing: Listing, at: datetime) -> BulkItem:
        product = listing.product
        return BulkItem(
            product_id=product.pk,
            name=product.name,
            unit_price=listing.price_at(at),
            quantity=self._drawn(PIECES, PIECE_WEIGHTS),
            sku=product.sku,
            image_url=product.image_url,
            unit_cost=product.cost_price,
            counts_stock=product.stock is not None,
        )

    def _drawn(self, values: tuple[int, ...], weights: tuple[int, ...]) -> int:
        return self.random.choices(values, weights)[0]


def charges(profile: StoreProfile, place: Place, goods: Decimal) -> tuple[Decimal, Decimal]:
    """Return (tax, shipping) on goods sent to a place."""
    tax = percentage_of(goods, profile.tax_rates.get(place.country, ZERO))
    is_free = place.country == profile.home and goods >= profile.free_shipping_from
    return tax, ZERO if is_free else place.fee
