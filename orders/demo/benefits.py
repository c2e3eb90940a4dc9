"""What customers have besides orders: address books, subscriptions, credits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from customers.models import Address, CreditEntry, Subscription
from orders.demo.people import People, Shopper, address_row
from orders.demo.profiles import StoreProfile

SUBSCRIBED, CREDITED, BILLED_ELSEWHERE = 0.1, 0.07, 0.12
STATUSES = (Subscription.Status.ACTIVE, Subscription.Status.PAST_DUE, Subscription.Status.CANCELED)
STATUS_WEIGHTS = (70, 9, 21)
PLAN_WEIGHTS = (55, 32, 13)
BATCH = 5_000
MONTH = timedelta(days=30)


class Benefits:
    """Draws them for new customers and writes them once the customers are written."""

    def __init__(self, profile: StoreProfile, people: People, *, now: datetime, random: Random) -> None:
        self.profile, self.people, self.now, self.random = profile, people, now, random

    def draw_credits(self, shopper: Shopper) -> list[CreditEntry]:
        """Return the customer's credit history, oldest first, and set the balance it leaves."""
        if self.random.random() >= CREDITED:
            return []
        customer = shopper.customer
        entries = []
        at = customer.created_at
        for _ in range(self.random.choice((1, 1, 2, 3, 4))):
            at += timedelta(days=self.random.uniform(0.01, 70))
            if at > self.now:
                break
            amount, reason = self._movement(customer.credit_balance)
            customer.credit_balance += amount
            entries.append(
                CreditEntry(
                    store_id=customer.store_id,
                    customer=customer,
                    amount=amount,
                    balance_after=customer.credit_balance,
                    reason=reason,
                    created_at=at,
                )
            )
        return entries

    def write(self, shoppers: Sequence[Shopper], credits: Sequence[CreditEntry]) -> None:
        """Write everything of customers that have their ids."""
        for entry in credits:
            entry.customer_id = entry.customer.pk
        CreditEntry.objects.bulk_create(credits, batch_size=BATCH)
        Address.objects.bulk_create(
            [address for shopper in shoppers for address in self._addresses(shopper)], batch_size=BATCH
        )
        Subscription.objects.bulk_create(
            [self._subscription(shopper) for shopper in shoppers if self.random.random() < SUBSCRIBED], batch_size=BATCH
        )

    def _movement(self, balance: Decimal) -> tuple[Decimal, str]:
        step = self.profile.credit_step
        if balance >= step and self.random.random() < 0.55:
            return -step * self.random.randint(1, int(balance / step)), self.profile.words.credit_spending
        return step * self.random.choice((1, 1, 2, 2, 3, 5)), self.random.choice(self.profile.words.credit_grants)

    def _addresses(self, shopper: Shopper) -> Iterator[Address]:
        customer = shopper.customer
        home = shopper.address
        yield Address(
            store_id=customer.store_id,
            customer=customer,
            kind=Address.Kind.SHIPPING,
            is_default=True,
            **address_row(home),
        )
        if self.random.random() < BILLED_ELSEWHERE:
            office = self.people.address(shopper.place)
            yield Address(
                store_id=customer.store_id,
                customer=customer,
                kind=Address.Kind.BILLING,
                is_default=True,
                **address_row(office),
            )

    def _subscription(self, shopper: Shopper) -> Subscription:
        random, customer = self.random, shopper.customer
        plan, amount = random.choices(self.profile.plans, PLAN_WEIGHTS)[0]
        (status,) = random.choices(STATUSES, STATUS_WEIGHTS)
        started_at = customer.created_at + (self.now - customer.created_at) * random.uniform(0, 0.9)
        if status == Subscription.Status.ACTIVE:
            period_end = self.now + MONTH * random.random()
        elif status == Subscription.Status.PAST_DUE:
            period_end = self.now - timedelta(days=random.uniform(0.2, 14))
        else:
            period_end = started_at + (self.now + MONTH - started_at) * random.random()
        return Subscription(
            store_id=customer.store_id,
            customer=customer,
            plan=plan,
            status=status,
            monthly_amount=amount,
            current_period_end=period_end,
            created_at=started_at,
        )
