"""Codes as RFC 6238 and RFC 4226 have them."""

from __future__ import annotations

import pytest

from customers import totp

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(at: int, code: str) -> None:
    assert totp.code_at(SECRET, at // 30, digits=8) == code


@pytest.mark.parametrize(
    ("step", "code"),
    list(
        enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])
    ),
)
def test_codes_are_those_of_rfc_4226_appendix_d(step: int, code: str) -> None:
    assert totp.code_at(SECRET, step) == code


def test_a_clock_may_be_off_by_one_step_and_a_used_step_is_refused() -> None:
    now = 40_000 * 30
    known = {step: totp.code_at(SECRET, step) for step in range(39_998, 40_003)}
    taken = [step for step, code in known.items() if totp.step_of(SECRET, code, at=now, after=0) == step]
    assert taken == [39_999, 40_000, 40_001]
    assert totp.step_of(SECRET, known[40_000], at=now, after=39_999) == 40_000
    assert totp.step_of(SECRET, known[40_000], at=now, after=40_000) is None
    for wrong in ("", "²" * 6):
        assert totp.step_of(SECRET, wrong, at=now, after=0) is None
