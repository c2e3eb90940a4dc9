"""Filling an empty database: accounts, the real store through the importer, the invented ones order by order."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime, time
from itertools import islice
from random import Random

from django.conf import settings
from django.db import transaction

from customers.actions import create_store
from customers.models import Customer, Store, User
from orders.bulk import OrderWriter
from orders.demo import accounts
from orders.demo.assortment import Assortment
from orders.demo.benefits import Benefits
from orders.demo.coupons import CouponDesk
from orders.demo.fates import Fates
from orders.demo.people import People
from orders.demo.pictures import PictureFolder
from orders.demo.planning import Draft, Planner
from orders.demo.profiles import PROFILES, StoreProfile
from orders.demo.progress import Progress
from orders.demo.real_store import import_real_store
from orders.demo.recent import ORDERS as RECENT_ORDERS
from orders.demo.recent import LastHours, window
from orders.demo.rhythm import first_day, order_moments

BATCH = 2_000
LEAST_ORDERS = 200


@transaction.atomic
def seed(*, orders: int, seed: int, now: datetime, progress: Progress) -> None:
    """Fill the database: all of it or nothing. `orders` is how many the invented stores have together.

    The same `seed` and `now` invent the same data. Everything is written by the actions or by `OrderWriter`, whose
    receivers recount the figures; pictures go below MEDIA_ROOT.
    """
    people = accounts.create_accounts()
    import_real_store(progress)
    left = orders
    for position, profile in enumerate(PROFILES):
        mine = left if position == len(PROFILES) - 1 else round(orders * profile.share)
        left -= mine
        store = create_store(
            slug=profile.slug, name=profile.name, currency=profile.currency, timezone=profile.timezone, actor=None
        )
        for email, slug in accounts.STORES.items():
            if slug == profile.slug:
                accounts.let_into(store, people[email])
        InventedStore(profile, store, orders=mine, seed=seed, now=now, progress=progress).fill(people[accounts.STAFF])


class InventedStore:
    """One invented store being filled."""

    def __init__(
        self, profile: StoreProfile, store: Store, *, orders: int, seed: int, now: datetime, progress: Progress
    ) -> None:
        self.profile, self.store, self.orders, self.now, self.progress = profile, store, orders, now, progress
        # a stream of chance for each part: one part drawing once more leaves the others as they were
        self.streams = {
            part: Random(zlib.crc32(f"{seed}/{profile.slug}/{part}".encode()))
            for part in ("days", "people", "catalogue", "coupons", "orders", "fates", "benefits", "recent")
        }
        opened_on = first_day(profile, now)
        opened = datetime.combine(opened_on, time(), store.zone)
        pictures = PictureFolder(settings.MEDIA_ROOT, settings.MEDIA_URL, profile.slug)
        self.people = People(profile, store, opened=opened, now=now, random=self.streams["people"])
        self.assortment = Assortment(profile, store, pictures, opened=opened, now=now, random=self.streams["catalogue"])
        self.coupons = CouponDesk(profile, store, opened=opened_on, now=now, random=self.streams["coupons"])

    def fill(self, staff: User) -> None:
        """Write two years of orders, then let the last hours happen."""
        since = self.now - window(self.orders)
        planner = Planner(
            self.profile,
            people=self.people,
            assortment=self.assortment,
            coupons=self.coupons,
            fates=Fates(
                self.profile,
                now=self.now,
                expiry_hours=settings.DEALPORT_UNPAID_EXPIRY_HOURS,
                random=self.streams["fates"],
            ),
            random=self.streams["orders"],
        )
        moments = order_moments(
            self.profile, count=self.orders - RECENT_ORDERS, until=since, now=self.now, random=self.streams["days"]
        )
        self.progress.begin(self.profile.slug, self.orders)
        self._write(planner.drafts(moments))
        buyers = [shopper.customer for shopper in planner.buyers[-200:]]
        known = [customer for customer in buyers if customer.status != Customer.Status.BLOCKED]
        self._play_last_hours(known, since, staff)
        self.progress.end(self.orders)

    def _write(self, drafts: Iterator[Draft]) -> None:
        benefits = Benefits(self.profile, self.people, now=self.now, random=self.streams["benefits"])
        with OrderWriter(self.store) as writer:
            while batch := list(islice(drafts, BATCH)):
                newcomers = [shopper for draft in batch for shopper in draft.newcomers]
                credits = [entry for shopper in newcomers for entry in benefits.draw_credits(shopper)]
                writer.add_customers([shopper.customer for shopper in newcomers])
                benefits.write(newcomers, credits)
                for draft in batch:
                    if draft.shopper is not None:
                        draft.order.customer_id = draft.shopper.customer.pk
                    writer.add(draft.order)
                self.progress.advance(len(batch))

    def _play_last_hours(self, known: list[Customer], since: datetime, staff: User) -> None:
        LastHours(
            profile=self.profile,
            store=self.store,
            people=self.people,
            assortment=self.assortment,
            staff=staff,
            now=self.now,
            random=self.streams["recent"],
        ).play(known, since)
