"""The coupons of a demo store, and who uses which."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from customers.models import Store
from orders.demo.profiles import CouponPlan, StoreProfile
from orders.models import Coupon
from orders.pricing import percentage_of

USUAL_SHARE, SEASON_SHARE = 0.13, 0.34


class CouponDesk:
    """A store's coupons: written on creation, then offered to orders."""

    def __init__(self, profile: StoreProfile, store: Store, *, opened: date, now: datetime, random: Random) -> None:
        self.random, self.zone = random, ZoneInfo(profile.timezone)
        years = range(opened.year, now.astimezone(self.zone).year + 1)
        planned = [
            (plan, self._coupon(store, plan, year))
            for plan in profile.coupons
            for year in (years if plan.season else (opened.year,))
        ]
        Coupon.objects.bulk_create(coupon for _, coupon in planned)
        self.offers = [(coupon, plan.weight) for plan, coupon in planned if plan.is_active]
        self.given: dict[int, int] = {}
        self._hour: datetime | None = None
        self._valid: list[tuple[Coupon, int]] = []

    def offer(self, at: datetime, subtotal: Decimal) -> Coupon | None:
        """Return the coupon a buyer redeems at that moment, or None; keeps to minimum subtotals and limits."""
        usable = [
            (coupon, weight)
            for coupon, weight in self._valid_at(at)
            if coupon.minimum_subtotal <= subtotal and self._is_left(coupon)
        ]
        is_season = any(coupon.starts_at for coupon, _ in usable)
        if not usable or self.random.random() >= (SEASON_SHARE if is_season else USUAL_SHARE):
            return None
        coupons, weights = zip(*usable, strict=True)
        chosen: Coupon = self.random.choices(coupons, weights)[0]
        self.given[chosen.pk] = self.given.get(chosen.pk, 0) + 1
        return chosen

    def _valid_at(self, at: datetime) -> list[tuple[Coupon, int]]:
        """Return the offers of that hour; seasons begin and end at full hours."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._valid = hour, [offer for offer in self.offers if offer[0].is_valid_at(hour)]
        return self._valid

    def _is_left(self, coupon: Coupon) -> bool:
        return coupon.usage_limit is None or self.given.get(coupon.pk, 0) < coupon.usage_limit

    def _coupon(self, store: Store, plan: CouponPlan, year: int) -> Coupon:
        coupon = Coupon(
            store=store,
            code=plan.code,
            kind=plan.kind,
            value=plan.value,
            minimum_subtotal=plan.minimum,
            usage_limit=plan.usage_limit,
            is_active=plan.is_active,
        )
        if plan.season:
            first, last = plan.season
            coupon.code = f"{plan.code}{year}"
            coupon.starts_at = datetime.combine(date(year, *first), time(), self.zone)
            coupon.ends_at = datetime.combine(date(year, *last), time(), self.zone)
        return coupon


def discount_of(coupon: Coupon | None, subtotal: Decimal) -> Decimal:
    """Return what a coupon takes off a subtotal, as placing an order computes it."""
    if coupon is None:
        return Decimal("0.00")
    fixed = coupon.kind == Coupon.Kind.FIXED
    return min(subtotal, coupon.value if fixed else percentage_of(subtotal, coupon.value))
