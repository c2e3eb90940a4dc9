"""Arithmetic of orders."""

from decimal import Decimal as D

import pytest

from orders.pricing import (
    ZERO,
    AmountError,
    Line,
    RefundableLine,
    Totals,
    allocate,
    percentage_of,
    price_order,
    price_refund,
    quantize,
)


def a_line(net: str, quantity: int = 1, **fields: object) -> RefundableLine:
    values = {"tax": ZERO, "returned": 0, "by_line": ZERO, "tax_by_line": ZERO, "refunded": ZERO, **fields}
    return RefundableLine(net=D(net), quantity=quantity, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        ("10.00", ["1.00", "1.00"], ["5.00", "5.00"]),
        ("0.01", ["1.00", "1.00"], ["0.01", "0.00"]),
        ("0.05", ["0.03", "0.02"], ["0.03", "0.02"]),
        ("100.00", ["33.33", "33.33", "33.34"], ["33.33", "33.33", "33.34"]),
        ("1.00", ["0.00", "5.00"], ["0.00", "1.00"]),
        ("0.00", ["0.00", "0.00"], ["0.00", "0.00"]),
    ],
)
def test_parts_add_up_and_follow_the_weights(amount: str, weights: list[str], parts: list[str]) -> None:
    assert allocate(D(amount), [D(weight) for weight in weights]) == [D(part) for part in parts]


def test_an_amount_without_anything_to_carry_it_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to allocate to"):
        allocate(D("0.01"), [ZERO])


def test_half_a_cent_is_rounded_up() -> None:
    assert quantize(D("1.005")) == D("1.01")
    assert percentage_of(D("0.05"), D("10")) == D("0.01")


def test_an_order_is_subtotal_less_discount_plus_tax_and_shipping() -> None:
    lines = [Line(D("9.99"), 2), Line(D("10.99"), 1)]
    assert price_order(lines, discount=D("3.10"), tax=D("3.33"), shipping=D("5.00")) == Totals(
        subtotal=D("30.97"),
        discount=D("3.10"),
        tax=D("3.33"),
        shipping=D("5.00"),
        total=D("36.20"),
        discount_shares=[D("2.00"), D("1.10")],
        tax_shares=[D("2.15"), D("1.18")],
    )


def test_a_discount_never_exceeds_the_subtotal() -> None:
    totals = price_order([Line(D("4.00"), 1)], discount=D("10.00"), shipping=D("2.00"))
    assert (totals.discount, totals.total) == (D("4.00"), D("2.00"))


def test_a_refund_by_amount_falls_on_goods_tax_and_shipping_in_proportion() -> None:
    shares = price_refund(
        [a_line("60.00"), a_line("20.00")],
        total=D("100.00"),
        refunded=ZERO,
        tax=D("12.00"),
        shipping=D("8.00"),
        amount=D("50.00"),
    )
    assert shares.amount == D("50.00")
    assert [share.amount for share in shares.lines] == [D("30.00"), D("10.00")]


def test_a_refund_of_pieces_is_their_net_price_and_tax() -> None:
    lines = [a_line("10.00", quantity=3, tax=D("2.00")), a_line("5.00", tax=D("1.00"))]
    shares = price_refund(lines, total=D("21.00"), refunded=ZERO, tax=D("3.00"), shipping=D("3.00"), pieces=[1, 0])
    assert shares.amount == D("3.33") + D("0.67")
    assert [(share.amount, share.returned) for share in shares.lines] == [(D("3.33"), 1), (ZERO, 0)]


def test_the_last_piece_gives_back_what_rounding_left() -> None:
    paid_back = ZERO
    line = a_line("10.00", quantity=3)
    for _ in range(3):
        shares = price_refund([line], total=D("10.00"), refunded=paid_back, tax=ZERO, shipping=ZERO, pieces=[1])
        share = shares.lines[0]
        paid_back += shares.amount
        line = a_line(
            "10.00", 3, returned=share.returned, by_line=share.by_line, tax_by_line=ZERO, refunded=share.refunded
        )
    assert paid_back == D("10.00")


def test_all_that_is_left_takes_the_whole_of_every_line() -> None:
    lines = [a_line("60.00", refunded=D("30.00")), a_line("20.00", refunded=D("10.00"))]
    shares = price_refund(lines, total=D("100.00"), refunded=D("50.00"), tax=D("12.00"), shipping=D("8.00"))
    assert shares.amount == D("50.00")
    assert [share.refunded for share in shares.lines] == [D("60.00"), D("20.00")]


def test_an_amount_above_the_named_pieces_spreads_its_excess_over_the_order() -> None:
    lines = [a_line("10.00"), a_line("10.00")]
    shares = price_refund(
        lines, total=D("20.00"), refunded=ZERO, tax=ZERO, shipping=ZERO, amount=D("14.00"), pieces=[1, 0]
    )
    assert [share.refunded for share in shares.lines] == [D("10.00"), D("4.00")]


def test_an_amount_below_the_named_pieces_stays_with_them() -> None:
    lines = [a_line("10.00"), a_line("10.00")]
    shares = price_refund(
        lines, total=D("20.00"), refunded=ZERO, tax=ZERO, shipping=ZERO, amount=D("4.00"), pieces=[1, 0]
    )
    assert [share.refunded for share in shares.lines] == [D("4.00"), ZERO]


def test_more_than_is_left_is_refused_saying_what_is_left() -> None:
    with pytest.raises(AmountError, match=r"at most 4\.00 is left"):
        price_refund([a_line("10.00")], total=D("10.00"), refunded=D("6.00"), tax=ZERO, shipping=ZERO, amount=D("4.01"))
