"""A store in memory: what docs/metrics.md and the order lifecycle say, in plain arithmetic.

Written from the definitions and not from the code: nothing of `orders.pricing`, `orders.lifecycle`, the ledger or the
recount is used here. Only how an order's discount, tax, part payments and refunds fall on its lines is taken from the
stored lines (`Line.net`, `tax`, `got`, `taken_off`), after `checks.py` has held them against the laws they must obey.

Every step answers REFUSED, NOTHING or CHANGED.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

REFUSED, NOTHING, CHANGED = "refused", "nothing", "changed"
ON_THE_WAY = ("PROCESSING", "SHIPPED", "DELIVERED")
NIL = Decimal("0.00")
TIERS = ((Decimal(10_000), "platinum"), (Decimal(2_000), "gold"), (Decimal(500), "silver"), (NIL, "bronze"))


def to_cents(amount: Decimal) -> Decimal:
    """Round half-up."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(eq=False)
class Ware:
    """A product: its price, how many are left (None: not counted), and what a piece costs us (None: not known)."""

    key: int
    name: str
    price: Decimal
    stock: int | None
    cost: Decimal | None = None


@dataclass(eq=False)
class Voucher:
    """A coupon."""

    key: int
    code: str
    percent: Decimal | None
    off: Decimal | None
    minimum: Decimal
    limit: int | None
    starts: datetime | None = None
    ends: datetime | None = None
    reserved: int = 0
    used: int = 0
    sales: Decimal = NIL


@dataclass(eq=False)
class Shopper:
    """A customer."""

    key: int
    created_at: datetime
    has_email: bool
    confirmed_at: datetime | None = None


@dataclass(frozen=True)
class Parts:
    """What of the money of an order or of a line is what, and what its pieces cost; `unknown` have no cost.

    `included` is the tax in the prices.
    """

    net: Decimal = NIL
    discounts: Decimal = NIL
    returns: Decimal = NIL
    tips: Decimal = NIL
    cost: Decimal = NIL
    unknown: int = 0
    included: Decimal = NIL

    def __add__(self, other: Parts) -> Parts:
        return Parts(*(mine + its for mine, its in zip(vars(self).values(), vars(other).values(), strict=True)))

    def __sub__(self, other: Parts) -> Parts:
        return Parts(*(mine - its for mine, its in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class PartsEntry:
    """What moved of the parts of a line (`ware`) or of the tip, on its own day."""

    day: date
    country: str
    ware: Ware | None
    parts: Parts


@dataclass(eq=False)
class Line:
    """One product on an order; `back` pieces came back by name, `held` are out of stock for it."""

    ware: Ware
    price: Decimal
    pieces: int
    held: int
    back: int = 0
    key: int = 0
    net: Decimal = NIL
    tax: Decimal = NIL
    got: Decimal = NIL
    got_tax: Decimal = NIL
    taken_off: Decimal = NIL
    kept_tax: Decimal = NIL
    sold: Decimal = NIL
    parts: Parts = Parts()


@dataclass(eq=False)
class Purchase:
    """An order."""

    placed_at: datetime
    shopper: Shopper | None
    voucher: Voucher | None
    country: str
    lines: list[Line]
    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    shipping: Decimal
    tip: Decimal = NIL
    terms: str = "prepaid"
    key: int = 0
    status: str = "PENDING"
    payment: str = "PENDING"
    captured: Decimal = NIL
    refunded: Decimal = NIL
    kept_tax: Decimal = NIL
    kept_tip: Parts = Parts()
    is_captured: bool = False
    is_named: bool = False
    is_partial: bool = False
    waiting: list[tuple[Decimal, bool]] = field(default_factory=list)
    completed_at: datetime | None = None
    expired_at: datetime | None = None
    canceled_at: datetime | None = None
    refunded_at: datetime | None = None
    steps: int = 1
    included: Decimal = NIL

    @property
    def total(self) -> Decimal:
        return self.subtotal - self.discount + self.tax + self.shipping + self.tip

    @property
    def is_completed(self) -> bool:
        """Paid and not fully refunded."""
        return self.payment in ("PAID", "PARTIALLY_REFUNDED")

    @property
    def has_money(self) -> bool:
        """Something was captured and has not all gone back."""
        return self.captured > self.refunded

    @property
    def holds_voucher(self) -> bool:
        """A use of the coupon is reserved for it."""
        return self.status in ("PENDING", *ON_THE_WAY)

    @property
    def left(self) -> Decimal:
        """What a provider's refund could still change."""
        return (self.captured or self.total) - self.refunded - sum((amount for amount, _ in self.waiting), NIL)


def gone(p: Purchase, line: Line) -> int:
    """Return how many pieces of a line are sold and stay sold: all once paid for, but for those that came back."""
    sold = line.pieces if p.completed_at else 0
    return sold - (line.pieces if p.completed_at and p.refunded_at else line.back)


@dataclass(frozen=True)
class Entry:
    """A change that counts on its own day (the booked basis)."""

    day: date
    country: str = ""
    sales: Decimal = NIL
    tax: Decimal = NIL
    orders: int = 0
    completed: int = 0
    refunded: int = 0
    expired: int = 0
    with_coupon: int = 0
    new_customers: int = 0


@dataclass(frozen=True)
class WareEntry:
    """A change of one product's sales that counts on its own day."""

    day: date
    ware: Ware
    sales: Decimal = NIL
    orders: int = 0
    tax: Decimal = NIL


class StoreModel:
    """The store, its orders, and the journal of what happened on which day."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.wares: list[Ware] = []
        self.vouchers: list[Voucher] = []
        self.shoppers: list[Shopper] = []
        self.purchases: list[Purchase] = []
        self.journal: list[Entry] = []
        self.ware_journal: list[WareEntry] = []
        self.parts_journal: list[PartsEntry] = []

    def day(self, moment: datetime) -> date:
        """Return the store's calendar day."""
        return moment.astimezone(self.zone).date()

    # what can happen

    def register(self, shopper: Shopper) -> str:
        """A customer registers."""
        self.shoppers.append(shopper)
        return CHANGED

    def confirm(self, shopper: Shopper, at: datetime) -> str:
        """A customer confirms the email address; the first time counts."""
        if not shopper.has_email:
            return REFUSED
        if shopper.confirmed_at:
            return NOTHING
        shopper.confirmed_at = at
        self.journal.append(Entry(self.day(at), new_customers=1))
        return CHANGED

    def discount_for(self, voucher: Voucher | None, subtotal: Decimal, at: datetime) -> Decimal | None:
        """Return what a coupon takes off, or None if it is not for this order."""
        if voucher is None:
            return NIL
        if (voucher.starts and at < voucher.starts) or (voucher.ends and at >= voucher.ends):
            return None
        if subtotal < voucher.minimum or (voucher.limit is not None and voucher.reserved >= voucher.limit):
            return None
        off = voucher.off if voucher.percent is None else to_cents(subtotal * voucher.percent / 100)
        return min(off or NIL, subtotal)

    def place(
        self,
        wanted: list[tuple[Ware, int]],
        shopper: Shopper | None,
        voucher: Voucher | None,
        country: str,
        tax: Decimal,
        shipping: Decimal,
        at: datetime,
        tip: Decimal = NIL,
        terms: str = "prepaid",
    ) -> Purchase | None:
        """An order is placed; None when stock or coupon refuse it. The same product twice is one line."""
        pieces: dict[Ware, int] = {}
        for ware, count in wanted:
            pieces[ware] = pieces.get(ware, 0) + count
        subtotal = sum((ware.price * count for ware, count in pieces.items()), NIL)
        discount = self.discount_for(voucher, subtotal, at)
        if discount is None or any(ware.stock is not None and ware.stock < count for ware, count in pieces.items()):
            return None
        lines = [Line(w, w.price, count, held=0 if w.stock is None else count) for w, count in pieces.items()]
        for line in lines:
            if line.ware.stock is not None:
                line.ware.stock -= line.held
        if voucher:
            voucher.reserved += 1
        purchase = Purchase(at, shopper, voucher, country, lines, subtotal, discount, tax, shipping, tip, terms)
        self.purchases.append(purchase)
        self.journal.append(Entry(self.day(at), country, orders=1))
        self.ware_journal += [WareEntry(self.day(at), line.ware, orders=1) for line in lines]
        if purchase.total == 0:
            purchase.status, purchase.payment, purchase.completed_at = "PROCESSING", "PAID", at
            self._book(purchase, at, completed=1)
            if voucher:
                voucher.used += 1
        return purchase

    def pay(self, p: Purchase, at: datetime, reported: bool, amount: Decimal | None = None) -> str:
        """Money arrives, all that is due or an amount: a person says so, or a provider reports it."""
        due = p.total - p.captured
        got = due if amount is None else amount
        if p.status in ("PENDING", "EXPIRED", *ON_THE_WAY) and not p.is_completed:
            self._receive(p, got, due, at)
            return self._happened(p)
        if not reported:
            return REFUSED
        if p.is_completed or p.captured >= p.total:
            return NOTHING
        # it was called off or announced as refunded: the money goes straight back
        is_first = p.captured == 0
        self._capture(p, got, at)
        if p.status == "REFUNDED" and is_first:
            self._hold_again(p)
        self._settle(p, at)
        if p.refunded < p.captured or not p.refunded_at:
            self._give_back(p, None, False, at)
        return self._happened(p)

    def _receive(self, p: Purchase, got: Decimal, due: Decimal, at: datetime) -> None:
        late = p.status == "EXPIRED"
        self._capture(p, got, at)
        if got >= due:
            p.status = "PROCESSING" if p.status in ("PENDING", "EXPIRED") else p.status
            p.payment, p.completed_at = "PARTIALLY_REFUNDED" if p.refunded else "PAID", at
            self._book(p, at, completed=1)
            if p.voucher:
                p.voucher.used += 1
                p.voucher.sales += p.total
        else:
            p.status, p.payment = "PENDING" if late else p.status, "PARTIALLY_PAID"
        if late:
            self._hold_again(p)
            if p.voucher:
                p.voucher.reserved += 1
        self._settle(p, at)

    def _settle(self, p: Purchase, at: datetime) -> None:
        """Refunds that were ahead of the money take effect, as far as it goes."""
        for amount, restock in self._arrived(p):
            self._give_back(p, min(amount, p.captured - p.refunded), restock, at)

    def authorize(self, p: Purchase) -> str:
        """The money is promised."""
        if p.status not in ("PENDING", *ON_THE_WAY) or p.payment not in ("PENDING", "FAILED"):
            return REFUSED
        p.payment = "AUTHORIZED"
        return self._happened(p)

    def refuse(self, p: Purchase, at: datetime, reported: bool) -> str:
        """The payment is refused or cancelled."""
        if not reported and (p.status != "PENDING" or p.has_money):
            return REFUSED
        if p.terms != "prepaid":
            ended = p.status in ("CANCELED", "REFUNDED")
            return NOTHING if p.has_money or p.is_completed or ended else self._fail(p)
        if p.status == "PENDING" and not p.has_money:
            p.payment = "FAILED"
            return self._expire(p, at)
        if p.status == "EXPIRED" or (p.status in ON_THE_WAY and not p.has_money and not p.is_completed):
            return self._fail(p)
        if p.status != "CANCELED" and not p.expired_at:
            p.expired_at = at
            self._book(p, at, expired=1)
            return self._happened(p)
        return NOTHING

    def _fail(self, p: Purchase) -> str:
        if p.payment == "FAILED":
            return NOTHING
        p.payment = "FAILED"
        return self._happened(p)

    def expire(self, p: Purchase, at: datetime) -> str:
        """An unpaid order expires."""
        return self._expire(p, at) if p.status == "PENDING" and not p.has_money else REFUSED

    def expire_unpaid(self, now: datetime) -> int:
        """Everything prepaid that is unpaid for 24 hours expires."""
        limit = now - timedelta(hours=24)
        unpaid = [p for p in self.purchases if (p.status, p.payment, p.terms) == ("PENDING", "PENDING", "prepaid")]
        overdue = [p for p in unpaid if p.placed_at < limit]
        for p in overdue:
            self._expire(p, now)
        return len(overdue)

    def move_on(self, p: Purchase, to: str) -> str:
        """It is taken up, shipped or delivered; no money moves."""
        is_due_later = p.terms != "prepaid" or p.has_money or p.payment == "AUTHORIZED"
        if (p.status, to) == ("PENDING", "PROCESSING") and is_due_later:
            p.status = to
            return self._happened(p)
        if (p.status, to) not in (("PROCESSING", "SHIPPED"), ("SHIPPED", "DELIVERED")):
            return REFUSED
        p.status = to
        return self._happened(p)

    def cancel(self, p: Purchase, at: datetime) -> str:
        """It is called off; what was paid goes back."""
        if p.status not in ("PENDING", "PROCESSING"):
            return REFUSED
        if p.voucher and not p.is_completed:
            p.voucher.reserved -= 1
        p.status, p.canceled_at = "CANCELED", at
        if p.has_money or p.is_completed:
            self._give_back(p, None, True, at)
        self._put_back(p)
        return self._happened(p)

    def refund(
        self,
        p: Purchase,
        amount: Decimal | None,
        named: dict[Line, int] | None,
        restock: bool,
        at: datetime,
        reported: bool,
    ) -> str:
        """Money goes back: an amount, the price of named pieces, or all that is left."""
        if not (p.has_money or p.is_completed):
            return self._announce(p, amount, restock, at) if reported else REFUSED
        if reported:
            amount = min(p.left, p.left if amount is None else amount)
        if named:
            if any(line.back + count > line.pieces for line, count in named.items()):
                return REFUSED
            value = sum((price_of(line, count) for line, count in named.items()), NIL)
            amount = value if amount is None else amount
        if amount is not None and amount > p.left:
            return REFUSED
        for line, count in (named or {}).items():
            line.back += count
            p.is_named = True
        self._give_back(p, amount, restock, at, named)
        return self._happened(p)

    # how it happens

    def _happened(self, p: Purchase) -> str:
        p.steps += 1
        return CHANGED

    def _book(self, p: Purchase, at: datetime, sales: Decimal = NIL, completed: int = 0, **counts: int) -> None:
        coupon = completed if p.voucher else 0
        entry = Entry(self.day(at), p.country, sales=sales, completed=completed, with_coupon=coupon, **counts)
        self.journal.append(entry)

    def _capture(self, p: Purchase, amount: Decimal, at: datetime) -> None:
        p.is_partial = p.is_partial or amount != p.total
        p.captured += amount
        p.is_captured = True
        self._book(p, at, sales=amount)

    def _arrived(self, p: Purchase) -> list[tuple[Decimal, bool]]:
        waiting, p.waiting = p.waiting, []
        return waiting

    def _expire(self, p: Purchase, at: datetime) -> str:
        p.status, p.expired_at = "EXPIRED", at
        if p.voucher:
            p.voucher.reserved -= 1
        self._put_back(p)
        self._book(p, at, expired=1)
        return self._happened(p)

    def _announce(self, p: Purchase, amount: Decimal | None, restock: bool, at: datetime) -> str:
        """A provider's refund is ahead of its payment: it waits; in full, the order is refunded from now on."""
        if p.status in ("CANCELED", "REFUNDED"):
            return NOTHING
        amount = min(p.left, p.left if amount is None else amount)
        p.waiting.append((amount, restock))
        if p.left == 0:
            if p.status in ("PENDING", "PROCESSING"):
                self._put_back(p)
            if p.voucher and p.holds_voucher:
                p.voucher.reserved -= 1
            p.status = p.payment = "REFUNDED"
            p.refunded_at = at
            self._book(p, at, refunded=1)
        return self._happened(p)

    def _give_back(
        self, p: Purchase, amount: Decimal | None, restock: bool, at: datetime, named: dict[Line, int] | None = None
    ) -> None:
        amount = p.captured - p.refunded if amount is None else amount
        was_completed, held = p.is_completed, p.holds_voucher
        p.refunded += amount
        self._book(p, at, sales=-amount)
        is_full = p.refunded == p.captured
        if is_full:
            p.payment = "REFUNDED"
            p.status = p.status if p.status == "CANCELED" else "REFUNDED"
            if was_completed:
                self._book(p, at, completed=-1)
                if p.voucher:
                    p.voucher.used -= 1
                    p.voucher.reserved -= 1
                    p.voucher.sales -= p.total
            elif p.voucher and held:
                p.voucher.reserved -= 1
            if not p.refunded_at:
                p.refunded_at = at
                self._book(p, at, refunded=1)
        elif p.refunded and p.is_completed:
            p.payment = "PARTIALLY_REFUNDED"
        if restock:
            self._put_back(p, None if is_full else named or {})

    def _put_back(self, p: Purchase, named: dict[Line, int] | None = None) -> None:
        for line in p.lines:
            count = line.held if named is None else min(line.held, named.get(line, 0))
            line.held -= count
            if line.ware.stock is not None:
                line.ware.stock += count

    def _hold_again(self, p: Purchase) -> None:
        """Late money: what is still there is taken again, what is gone is not."""
        for line in p.lines:
            if line.ware.stock is not None and line.ware.stock >= line.pieces and not line.held:
                line.held = line.pieces
                line.ware.stock -= line.pieces


def price_of(line: Line, count: int) -> Decimal:
    """Return net price and tax of the next pieces of a line: prices add up to the line, each rounded half-up."""

    def up_to(whole: Decimal, pieces: int) -> Decimal:
        return to_cents(whole * pieces / line.pieces)

    return sum((up_to(whole, line.back + count) - up_to(whole, line.back) for whole in (line.got, line.got_tax)), NIL)
