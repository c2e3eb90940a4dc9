"""Laws of what orders and refunds put on their lines, whatever was bought, given off and sent back.

The laws say what must hold, not how the shares are worked out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from orders.pricing import CENT, ZERO, Line, RefundableLine, Totals, price_order, price_refund

CENTS = st.one_of(st.integers(0, 30), st.integers(0, 100_000)).map(lambda cents: cents * CENT)
LINES = st.lists(st.builds(Line, CENTS, st.integers(1, 7)), min_size=1, max_size=5)


@dataclass(frozen=True)
class Paid:
    """A paid order as refunds see it."""

    totals: Totals
    lines: tuple[RefundableLine, ...]
    refunded: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.totals.total - self.refunded

    def after(self, amount: Decimal | None = None, pieces: Sequence[int] | None = None) -> Paid:
        """Return the order after a refund, having checked what must hold after every one."""
        totals = self.totals
        shares = price_refund(
            self.lines,
            total=totals.total,
            refunded=self.refunded,
            shipping=totals.shipping,
            tax=totals.tax,
            amount=amount,
            pieces=pieces,
        )
        later = replace(
            self,
            refunded=self.refunded + shares.amount,
            lines=tuple(
                replace(line, returned=s.returned, by_line=s.by_line, tax_by_line=s.tax_by_line, refunded=s.refunded)
                for line, s in zip(self.lines, shares.lines, strict=True)
            ),
        )
        moved = [now.refunded - was.refunded for was, now in zip(self.lines, later.lines, strict=True)]
        assert moved == [share.amount for share in shares.lines]
        later.check()
        return later

    def check(self) -> None:
        """Lines hold no more than they cost, tax and shipping take the rest, all of it takes all of each."""
        assert ZERO <= self.refunded <= self.totals.total
        for line in self.lines:
            assert ZERO <= line.by_line <= line.refunded <= line.net
            assert ZERO <= line.tax_by_line <= line.tax
            assert 0 <= line.returned <= line.quantity
        besides = self.refunded - sum((line.refunded for line in self.lines), ZERO)
        assert sum((line.tax_by_line for line in self.lines), ZERO) <= besides
        assert besides <= self.totals.tax + self.totals.shipping
        if self.left == 0:
            assert [line.refunded for line in self.lines] == [line.net for line in self.lines]

    @property
    def shares(self) -> list[Decimal]:
        return [line.refunded for line in self.lines]


def pay(lines: list[Line], discount: Decimal, tax: Decimal, shipping: Decimal) -> Paid:
    """Price an order and pay it."""
    totals = price_order(lines, discount=discount, tax=tax, shipping=shipping)
    shares = zip(lines, totals.discount_shares, totals.tax_shares, strict=True)
    blank = {"returned": 0, "by_line": ZERO, "tax_by_line": ZERO, "refunded": ZERO}
    return Paid(
        totals,
        tuple(
            RefundableLine(net=line.total - off, tax=tax, quantity=line.quantity, **blank) for line, off, tax in shares
        ),
    )


ORDERS = st.builds(pay, LINES, CENTS, CENTS, CENTS)


def parts_of(data: st.DataObject, total: Decimal, most: int = 5) -> list[Decimal]:
    """Draw up to `most` amounts of at least a cent that add up to at most `total`."""
    parts, left = [], int(total / CENT)
    while left and len(parts) < most:
        parts.append(data.draw(st.integers(1, left)))
        left -= parts[-1]
    return [part * CENT for part in parts]


def some_pieces(data: st.DataObject, order: Paid) -> list[int]:
    """Draw how many pieces of every line go back now."""
    return [data.draw(st.integers(0, line.quantity - line.returned)) for line in order.lines]


@given(LINES, CENTS, CENTS, CENTS)
def test_an_order_adds_up_and_its_lines_share_discount_and_tax_to_the_cent(
    lines: list[Line], discount: Decimal, tax: Decimal, shipping: Decimal
) -> None:
    totals = price_order(lines, discount=discount, tax=tax, shipping=shipping)
    subtotal = sum((line.unit_price * line.quantity for line in lines), ZERO)
    off = min(discount, subtotal)
    assert (totals.subtotal, totals.discount, totals.tax, totals.shipping) == (subtotal, off, tax, shipping)
    assert totals.total == subtotal - off + tax + shipping >= 0
    assert sum(totals.discount_shares, ZERO) == off
    for line, share in zip(lines, totals.discount_shares, strict=True):
        assert ZERO <= share <= line.total
    assert sum(totals.tax_shares, ZERO) == (tax if subtotal > off else ZERO)
    assert all(share >= 0 for share in totals.tax_shares)


@given(st.data(), ORDERS)
def test_refunds_by_amount_leave_the_same_shares_in_any_order_and_in_one(data: st.DataObject, order: Paid) -> None:
    amounts = parts_of(data, order.totals.total)
    assume(amounts)
    one_way = other_way = order
    for amount in amounts:
        one_way = one_way.after(amount)
    for amount in data.draw(st.permutations(amounts)):
        other_way = other_way.after(amount)
    assert one_way == other_way == order.after(sum(amounts, ZERO))


@given(st.data(), ORDERS)
def test_a_refund_by_amount_gives_every_line_at_least_its_whole_cents_and_shrinks_none(
    data: st.DataObject, order: Paid
) -> None:
    for amount in parts_of(data, order.totals.total):
        before, order = order, order.after(amount)
        assert all(was <= now for was, now in zip(before.shares, order.shares, strict=True))
        for line in order.lines:
            assert line.refunded >= int(Fraction(order.refunded * line.net) / Fraction(order.totals.total) * 100) * CENT


@given(st.data(), ORDERS)
def test_refunds_by_pieces_and_by_amount_leave_the_same_shares_in_any_order(data: st.DataObject, order: Paid) -> None:
    batches: list[tuple[Decimal | None, list[int] | None]] = []
    trial = order
    for _ in range(data.draw(st.integers(1, 3))):
        pieces = some_pieces(data, trial)
        named = trial.lines
        value = sum((sum(line.value_of(count), ZERO) for line, count in zip(named, pieces, strict=True) if count), ZERO)
        if value <= trial.left:
            trial = trial.after(pieces=pieces)
            batches.append((None, pieces))
        for amount in parts_of(data, trial.left, most=1):
            trial = trial.after(amount)
            batches.append((amount, None))
    other_way = order
    for amount, pieces in data.draw(st.permutations(batches)):
        other_way = other_way.after(amount, pieces)
    assert other_way == trial


@given(st.data(), ORDERS)
def test_whatever_was_given_back_before_all_that_is_left_takes_every_line_whole(
    data: st.DataObject, order: Paid
) -> None:
    for _ in range(data.draw(st.integers(0, 4))):
        pieces = some_pieces(data, order) if data.draw(st.booleans()) else None
        ceiling = int(order.left / CENT)
        if not ceiling:
            break
        order = order.after(data.draw(st.integers(1, ceiling)) * CENT, pieces)
    order = order.after()
    assert order.left == 0
    assert order.shares == [line.net for line in order.lines]


@given(st.data(), ORDERS)
def test_pieces_cost_what_they_cost_whatever_was_agreed_for_earlier_ones(data: st.DataObject, order: Paid) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        pieces = some_pieces(data, order)
        fair = sum(
            (
                Fraction(line.net + line.tax) * count / line.quantity
                for line, count in zip(order.lines, pieces, strict=True)
            ),
            Fraction(0),
        )
        ceiling = int(order.left / CENT)
        if fair > order.left - 10 * CENT or not ceiling:
            break
        before, after = order, order.after(pieces=pieces)
        # net and tax of a line are each rounded to the cent, before and after
        assert abs(Fraction(after.refunded - before.refunded) - fair) <= Fraction(2 * len(pieces), 100)
        agreed = data.draw(st.integers(1, ceiling)) * CENT
        order = order.after(agreed, pieces)
