"""Ranges of local days."""

from __future__ import annotations

from datetime import date

import pytest

from dealport.kit.day_range import DayRange

LEAP = DayRange(date(2028, 2, 28), date(2028, 3, 1))


def test_both_ends_are_included_and_a_reversed_range_has_no_days() -> None:
    backwards = DayRange(LEAP.last, LEAP.first)
    assert LEAP.days() == [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)]
    assert (LEAP.count, backwards.count, backwards.days(), list(backwards.chunks(2))) == (3, 0, [], [])
    assert DayRange.of_day(LEAP.last) == DayRange.until(LEAP.last, 0) == DayRange(LEAP.last, LEAP.last)
    assert DayRange.until(LEAP.last, 2) == LEAP


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_chunks_cover_every_day_once_and_none_is_longer_than_asked_for(size: int) -> None:
    chunks = list(LEAP.chunks(size))
    assert [day for chunk in chunks for day in chunk.days()] == LEAP.days()
    assert {chunk.count for chunk in chunks[:-1]} <= {size}
    assert 1 <= chunks[-1].count <= size
