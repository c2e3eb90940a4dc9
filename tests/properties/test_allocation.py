"""`allocate` against the plainest reading of D'Hondt: cent by cent to whoever has the highest weight per cent."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orders.pricing import CENT, ZERO, allocate

LARGEST = 99_999_999_999_999  # cents of the largest amount a column holds
FEW = st.lists(st.integers(0, 60), min_size=1, max_size=6)
MANY = st.lists(st.integers(0, LARGEST), min_size=1, max_size=40)
WEIGHTS = st.one_of(FEW, MANY)


def shared(cents: int, weights: list[int]) -> list[int]:
    """Return the cents of every part."""
    parts = allocate(cents * CENT, [weight * CENT for weight in weights])
    assert all(part == part.quantize(CENT) and part.as_tuple().exponent == -2 for part in parts)
    return [int(part / CENT) for part in parts]


def naive(cents: int, weights: list[int]) -> list[int]:
    """Hand out every cent alone; a tie goes to the first."""
    parts = [0] * len(weights)
    for _ in range(cents):
        best = max(range(len(weights)), key=lambda i: (Fraction(weights[i], parts[i] + 1), -i))
        parts[best] += 1
    return parts


@given(st.integers(0, 250), FEW)
def test_every_part_is_what_handing_out_cent_by_cent_gives(cents: int, weights: list[int]) -> None:
    assume(any(weights))
    assert shared(cents, weights) == naive(cents, weights)


@given(st.data(), st.integers(0, 40), st.lists(st.integers(1, LARGEST), min_size=2, max_size=5))
def test_large_weights_that_hardly_differ_are_still_told_apart(
    data: st.DataObject, cents: int, weights: list[int]
) -> None:
    near = [max(weights) - data.draw(st.integers(0, 3)) for _ in weights]
    assume(all(weight > 0 for weight in near))
    assert shared(cents, near) == naive(cents, near)


@given(st.integers(0, LARGEST), WEIGHTS)
def test_parts_add_up_exactly_and_nothing_goes_to_a_weight_of_zero(cents: int, weights: list[int]) -> None:
    assume(any(weights))
    parts = shared(cents, weights)
    assert sum(parts) == cents
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(st.integers(0, LARGEST), WEIGHTS)
def test_no_part_falls_below_its_whole_cents(cents: int, weights: list[int]) -> None:
    assume(any(weights))
    total = sum(weights)
    assert all(part >= cents * weight // total for part, weight in zip(shared(cents, weights), weights, strict=True))


@given(st.data(), WEIGHTS)
def test_no_part_exceeds_its_weight_while_the_amount_does_not_exceed_them_all(
    data: st.DataObject, weights: list[int]
) -> None:
    assume(any(weights))
    cents = data.draw(st.integers(0, sum(weights)))
    assert all(part <= weight for part, weight in zip(shared(cents, weights), weights, strict=True))


@given(WEIGHTS)
def test_an_amount_as_large_as_the_weights_gives_the_weights(weights: list[int]) -> None:
    assert shared(sum(weights), weights) == weights


@given(st.data(), st.integers(0, LARGEST), WEIGHTS)
def test_a_growing_amount_shrinks_no_part(data: st.DataObject, cents: int, weights: list[int]) -> None:
    assume(any(weights))
    more = cents + data.draw(st.one_of(st.integers(1, 3), st.integers(1, LARGEST)))
    before, after = shared(cents, weights), shared(more, weights)
    assert all(was <= now for was, now in zip(before, after, strict=True))


@given(st.integers(0, LARGEST), WEIGHTS)
def test_the_same_question_has_the_same_answer(cents: int, weights: list[int]) -> None:
    assume(any(weights))
    assert shared(cents, weights) == shared(cents, list(weights))


@given(st.integers(1, 500), st.permutations([7, 7, 3, 5, 11]))
def test_equal_weights_differ_by_at_most_a_cent(cents: int, weights: list[int]) -> None:
    parts = shared(cents, weights)
    first, second = (part for part, weight in zip(parts, weights, strict=True) if weight == 7)
    assert first - second in (0, 1)


@pytest.mark.parametrize("weights", [[], [ZERO], [ZERO, ZERO]])
def test_an_amount_that_nothing_can_carry_is_refused(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="nothing to allocate to"):
        allocate(CENT, weights)
