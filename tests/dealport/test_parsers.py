"""Bodies that are read strictly."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from rest_framework.exceptions import ParseError

from dealport.kit.rest.parsers import JSONParser, PayloadTooLarge


def parse(body: bytes) -> Any:
    return JSONParser().parse(BytesIO(body))


def test_fractions_are_exact() -> None:
    assert parse('{"a": 0.1, "b": [1, 2.50], "c": "é", "d": null}'.encode()) == {
        "a": Decimal("0.1"),
        "b": [1, Decimal("2.50")],
        "c": "é",
        "d": None,
    }


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"a": 1, "a": 2}', "the key 'a' comes twice"),
        (b'{"x": {"a": 1, "a": 1}}', "the key 'a' comes twice"),
        (b'"\xff"', "not UTF-8"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b'{"\\udfff": 1}', "half of a surrogate pair"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b"1" * 10_000, "not valid JSON"),
    ],
)
def test_a_body_with_a_second_meaning_or_none_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse(body)


def test_a_body_beyond_the_limit_is_refused(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    assert parse(b'"12345678"') == "12345678"
    with pytest.raises(PayloadTooLarge):
        parse(b'"123456789"')
