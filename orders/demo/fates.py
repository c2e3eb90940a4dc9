"""What becomes of an order after it was placed, as far as that has happened by now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from orders.bulk import BulkStep, Step
from orders.demo.profiles import StoreProfile
from orders.pricing import percentage_of

# Ways an order can go (per mille); cards and the like are answered at once, slips have to be carried to a bank.
WAYS = ("goes well", "refused", "left unpaid", "paid late", "called off", "called off paid")
AT_ONCE = (903, 38, 30, 4, 8, 17)
BY_SLIP = (706, 6, 190, 48, 30, 20)

RETURNS = ("none", "everything", "some pieces", "an amount", "in two parts")
RETURN_SHARES = (926, 27, 25, 18, 4)
LOST_SHARE = 0.004
CARRIERS = ("DHL", "UPS", "Correios", "Aramex")


@dataclass(frozen=True)
class Placed:
    """An order as fates see it: when and how it is paid, pieces by line, and the total."""

    at: datetime
    is_slow: bool
    quantities: Sequence[int]
    total: Decimal
    is_abroad: bool
    is_cash: bool = False


class Fates:
    """Draws the lives of one store's orders up to `now`."""

    def __init__(self, profile: StoreProfile, *, now: datetime, expiry_hours: int, random: Random) -> None:
        self.words, self.zone = profile.words, ZoneInfo(profile.timezone)
        self.now, self.random = now, random
        self.expiry = timedelta(hours=expiry_hours)

    def draw(self, placed: Placed) -> list[BulkStep]:
        """Return the steps that happened by now, oldest first."""
        (way,) = self.random.choices(WAYS, BY_SLIP if placed.is_slow else AT_ONCE)
        steps = []
        for step in self._on_delivery(placed) if placed.is_cash else self._life(way, placed):
            if step.at > self.now:
                break
            steps.append(step)
        return steps

    def _life(self, way: str, placed: Placed) -> Iterator[BulkStep]:
        random = self.random
        expired_at = self._expiry_of(placed.at)
        if way == "refused":
            yield BulkStep(Step.REFUSE, placed.at + self._minutes(1, 25), source="gateway")
        elif way == "left unpaid":
            yield BulkStep(Step.EXPIRE, expired_at, source="expiry")
        elif way == "called off":
            reason = random.choice(self.words.cancel_reasons)
            yield BulkStep(Step.CANCEL, placed.at + self._minutes(10, 900), reason=reason)
        elif way == "paid late":
            yield BulkStep(Step.EXPIRE, expired_at, source="expiry")
            yield from self._paid(placed, expired_at + self._minutes(40, 3000))
        else:
            paid_at = placed.at + (self._minutes(90, 1300) if placed.is_slow else self._minutes(1, 12))
            yield from self._paid(placed, paid_at, is_called_off=way == "called off paid")

    def _paid(self, placed: Placed, at: datetime, *, is_called_off: bool = False) -> Iterator[BulkStep]:
        random = self.random
        yield BulkStep(Step.PAY, at, source="gateway")
        if is_called_off:
            reason = random.choice(self.words.cancel_reasons)
            yield BulkStep(Step.CANCEL, at + self._minutes(15, 700), reason=reason)
            return
        shipped_at = self._working_hour(at, days=random.choice((1, 1, 1, 2, 2, 3)))
        yield self._shipped(shipped_at)
        delivered_at = self._working_hour(
            shipped_at, days=random.randint(6, 16) if placed.is_abroad else random.randint(1, 6)
        )
        if random.random() > LOST_SHARE:
            yield BulkStep(Step.DELIVER, delivered_at, source="carrier")
        yield from self._returned(placed, delivered_at + self._minutes(600, 24_000))

    def _shipped(self, at: datetime) -> BulkStep:
        """Return a parcel on its way, with a number its carrier could have given it."""
        carrier = self.random.choice(CARRIERS)
        number = f"{carrier[:2].upper()}{self.random.randrange(10**10):010d}"
        return BulkStep(Step.SHIP, at, source="warehouse", tracking_number=number, carrier=carrier)

    def _on_delivery(self, placed: Placed) -> Iterator[BulkStep]:
        """An order that is paid when the parcel is handed over, a day before the carrier passes the money on."""
        shipped_at = self._working_hour(placed.at, days=1)
        delivered_at = self._working_hour(shipped_at, days=self.random.randint(1, 6))
        yield BulkStep(Step.PROCESS, placed.at + self._minutes(5, 200), source="warehouse")
        yield self._shipped(shipped_at)
        yield BulkStep(Step.DELIVER, delivered_at, source="carrier")
        yield BulkStep(Step.PAY, delivered_at + self._minutes(600, 2800), source="carrier")

    def _returned(self, placed: Placed, at: datetime) -> Iterator[BulkStep]:
        random = self.random
        (kind,) = random.choices(RETURNS, RETURN_SHARES)
        reason = random.choice(self.words.refund_reasons)
        if kind == "everything":
            yield BulkStep(Step.REFUND, at, restock=random.random() < 0.7, reason=reason)
        elif kind == "some pieces":
            line = random.randrange(len(placed.quantities))
            pieces = {line: random.randint(1, placed.quantities[line])}
            yield BulkStep(Step.REFUND, at, pieces=pieces, restock=random.random() < 0.8, reason=reason)
        elif kind != "none":
            amount = percentage_of(placed.total, Decimal(random.choice((10, 15, 20, 25, 30, 50))))
            yield BulkStep(Step.REFUND, at, amount=amount, reason=reason)
            if kind == "in two parts":
                yield BulkStep(Step.REFUND, at + self._minutes(1500, 9000), reason=reason)

    def _expiry_of(self, placed_at: datetime) -> datetime:
        """Return when the beat job finds it: minutes after the limit, though not after now once that is passed."""
        limit = placed_at + self.expiry
        found = limit + self._minutes(0, 5)
        return self.now if limit <= self.now < found else found

    def _minutes(self, least: int, most: int) -> timedelta:
        return timedelta(seconds=self.random.randrange(least * 60, most * 60))

    def _working_hour(self, after: datetime, *, days: int) -> datetime:
        """Return an hour of the working day `days` later, local; Sundays are free."""
        local = after.astimezone(self.zone) + timedelta(days=days)
        if local.weekday() == 6:
            local += timedelta(days=1)
        moment = local.replace(
            hour=self.random.randint(8, 17), minute=self.random.randrange(60), second=self.random.randrange(60)
        )
        return moment.astimezone(UTC)
