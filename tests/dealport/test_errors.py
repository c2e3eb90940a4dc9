"""Every exception of a view becomes one shape of error, without internals."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import IntegrityError, OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework import exceptions

from dealport.kit.rest.errors import exception_handler


class Conflict(exceptions.APIException):
    status_code = 409
    default_code = "STOCK_EXHAUSTED"
    default_detail = "Only two are left."


def answer(error: Exception) -> tuple[int, dict[str, Any]]:
    request = RequestFactory().get("/api/v1/x")
    request.request_id = "id-of-request"  # type: ignore[attr-defined]
    response = exception_handler(error, {"request": request})
    assert response is not None
    return response.status_code, response.data


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (Http404("No Order matches"), 404, "RESOURCE_NOT_FOUND", "Not found."),
        (exceptions.NotFound(), 404, "RESOURCE_NOT_FOUND", "Not found."),
        (PermissionDenied("because"), 403, "PERMISSION_DENIED", "You do not have permission to perform this action."),
        (exceptions.ParseError(), 400, "MALFORMED_REQUEST", "Malformed request."),
        (exceptions.MethodNotAllowed("PUT"), 405, "METHOD_NOT_ALLOWED", 'Method "PUT" not allowed.'),
        (exceptions.Throttled(), 429, "RATE_LIMITED", "Request was throttled."),
        (Conflict(), 409, "STOCK_EXHAUSTED", "Only two are left."),
    ],
)
def test_an_exception_becomes_status_code_and_message(error: Exception, status: int, code: str, message: str) -> None:
    assert answer(error) == (
        status,
        {"status": "error", "message": message, "code": code, "requestId": "id-of-request"},
    )


@pytest.mark.parametrize(
    "error", [OperationalError("connection to server at 10.0.0.7 failed"), RedisConnectionError("Error 111")]
)
def test_a_service_that_is_away_is_503_and_tells_no_address(error: Exception) -> None:
    request = RequestFactory().get("/api/v1/x")

    response = exception_handler(error, {"request": request})

    assert response is not None
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.data == {
        "status": "error",
        "message": "A service this needs is away; try again in a moment.",
        "code": "SERVICE_UNAVAILABLE",
        "requestId": "",
    }


def test_a_throttled_caller_learns_when_to_come_back() -> None:
    response = exception_handler(exceptions.Throttled(wait=42), {"request": None})

    assert response is not None
    assert response.headers["Retry-After"] == "42"


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (
            exceptions.ValidationError({"amount": ["Too much.", "Too precise."]}),
            {"amount": ["Too much.", "Too precise."]},
        ),
        (exceptions.ValidationError("No."), {"nonFieldErrors": ["No."]}),
        (
            exceptions.ValidationError({"items": [{}, {"quantity": ["Too few."]}]}),
            {"items.1.quantity": ["Too few."]},
        ),
        (exceptions.ValidationError({"address": {"city": ["Missing."]}}), {"address.city": ["Missing."]}),
        (ModelValidationError({"slug": ["Taken."]}), {"slug": ["Taken."]}),
        (ModelValidationError("Odd."), {"nonFieldErrors": ["Odd."]}),
    ],
)
def test_bad_values_are_listed_by_field(error: Exception, fields: dict[str, list[str]]) -> None:
    assert answer(error) == (
        400,
        {
            "status": "error",
            "message": "Some values are not valid.",
            "code": "VALIDATION_ERROR",
            "errors": fields,
            "requestId": "id-of-request",
        },
    )


@pytest.mark.parametrize("error", [ValueError("secret"), IntegrityError("orders_order_pkey"), KeyError("x")])
def test_a_defect_is_left_to_the_error_page(error: Exception) -> None:
    assert exception_handler(error, {"request": None}) is None


@pytest.mark.django_db
def test_an_unknown_address_below_the_api_is_a_json_404(client: Client) -> None:
    response = client.get("/api/v1/nothing-here", headers={"X-Request-ID": "chosen-by-me"})

    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/json")
    assert response.json() == {
        "status": "error",
        "message": "There is nothing at this address.",
        "code": "RESOURCE_NOT_FOUND",
        "requestId": "chosen-by-me",
    }


@pytest.mark.django_db
def test_an_unknown_page_is_a_branded_404(client: Client) -> None:
    response = client.get("/nothing-here")

    assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "Not found" in response.content.decode()
    assert "DealPort" in response.content.decode()
