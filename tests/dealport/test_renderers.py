"""JSON carries decimals with exactly their digits, in the envelope of the versioned API."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.response import Response

from dealport.kit.rest.pagination import Page
from dealport.kit.rest.renderers import JSONRenderer, dumps


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("10.50"), "10.50"),
        (Decimal("0.00"), "0.00"),
        (Decimal("-0.01"), "-0.01"),
        (Decimal("12345678901234567890.12"), "12345678901234567890.12"),
        (Decimal("0.1"), "0.1"),
        ({"ß": ["é", None, True]}, '{"ß":["é",null,true]}'),
        ("\u2028\u2029", '"\\u2028\\u2029"'),
    ],
)
def test_a_value_is_written_with_exactly_its_digits(value: Any, text: str) -> None:
    assert dumps(value) == text.encode()


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), float("nan"), float("-inf")])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"total": value})


def render(path: str, response: Response) -> bytes:
    context = {"request": RequestFactory().get(path), "response": response}
    return JSONRenderer().render(response.data, renderer_context=context)


def test_an_answer_of_the_versioned_api_comes_in_the_envelope() -> None:
    assert render("/api/v1/x", Response({"a": Decimal("1.00")})) == b'{"status":"success","data":{"a":1.00}}'


def test_an_answer_elsewhere_comes_bare() -> None:
    assert render("/store/dashboard", Response({"a": 1})) == b'{"a":1}'


def test_a_page_of_a_list_has_its_meta_beside_the_rows() -> None:
    page = Page([{"id": 1}], {"page": 1, "limit": 20, "total": 1, "totalPages": 1})

    assert render("/api/v1/x", Response(page)) == (
        b'{"status":"success","data":[{"id":1}],"meta":{"page":1,"limit":20,"total":1,"totalPages":1}}'
    )


def test_an_answer_without_a_body_stays_empty() -> None:
    assert render("/api/v1/x", Response(status=204)) == b""


def test_a_success_without_data_says_null() -> None:
    assert render("/api/v1/x", Response(None)) == b'{"status":"success","data":null}'


def test_an_error_is_not_wrapped_as_a_success() -> None:
    assert render("/api/v1/x", Response({"status": "error"}, status=409)) == b'{"status":"error"}'
