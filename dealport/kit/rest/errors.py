"""One shape for every error: `{status, message, code, errors?, requestId}`, and no internals in it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, TooManyFieldsSent, TooManyFilesSent
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest
from django_redis.exceptions import ConnectionInterrupted
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled, SerializationFailure
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_framework_handler

from dealport.kit.errors import Busy
from dealport.kit.rest.throttling import RequestLimit
from dealport.kit.storage import StorageAway, StorageRefused
from dealport.kit.values import Json

AWAY = (
    OperationalError,
    InterfaceError,
    RedisConnectionError,
    RedisTimeoutError,
    ConnectionInterrupted,
    # a full Redis, and one that became a replica: what needs to write there has to wait
    OutOfMemoryError,
    ReadOnlyError,
)
LOCKED = (LockNotAvailable, DeadlockDetected, SerializationFailure)
"""Causes of an OperationalError that say that somebody else is at the same rows."""
RETRY_SECONDS = "5"
MOST_ERRORS = 20
"""Fields an answer names; what is wrong with the rest shows once these are right."""
MOST_NAME, MOST_TEXT = 100, 500
"""Characters of a field's name and of what is wrong with it: both may quote what was sent."""
# Codes of api.md for the framework's own exceptions; others name theirs in `default_code`.
CODES: dict[type[Exception], str] = {
    exceptions.ValidationError: "VALIDATION_ERROR",
    exceptions.ParseError: "MALFORMED_REQUEST",
    exceptions.NotAuthenticated: "NOT_AUTHENTICATED",
    exceptions.AuthenticationFailed: "AUTHENTICATION_FAILED",
    exceptions.PermissionDenied: "PERMISSION_DENIED",
    exceptions.NotFound: "RESOURCE_NOT_FOUND",
    exceptions.Throttled: "RATE_LIMITED",
}


class Unavailable(exceptions.APIException):
    """The database, Redis or the storage of files is away; the client may try again."""

    status_code = 503
    default_code = "SERVICE_UNAVAILABLE"
    default_detail = "A service this needs is away; try again in a moment."


def refusal_of(error: BaseException | None, method: str = "") -> Busy | Unavailable | None:
    """Return what to answer to an error of the database or Redis that passes by itself, None for any other.

    `method` is the request's. What takes too long in one that writes is waiting in line for a row: `lock_timeout`
    counts each place of the line anew, until `statement_timeout` ends it.
    """
    if not isinstance(error, AWAY):
        return None
    is_write = method not in ("", *SAFE_METHODS)
    is_locked = isinstance(error.__cause__, LOCKED) or (is_write and isinstance(error.__cause__, QueryCanceled))
    return Busy() if is_locked else Unavailable()


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn an exception of a view into its answer; None lets Django report a defect as 500."""
    request = context.get("request")
    error = _limited(_as_api_exception(error, getattr(request, "method", "")), request)
    response = rest_framework_handler(error, dict(context))
    if response is None or not isinstance(error, exceptions.APIException):
        return None
    fields = fields_of(error)
    response.data = body(
        message="Some values are not valid." if fields else _message(error),
        code=_code(error),
        request=request,
        errors=fields,
    )
    if isinstance(error, Busy | Unavailable):
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def body(*, message: str, code: str, request: HttpRequest | None, errors: dict[str, list[str]] | None = None) -> Json:
    """Return the error body; `errors` only where fields are at fault."""
    content: dict[str, object] = {"status": "error", "message": message, "code": code}
    if errors:
        content["errors"] = errors
    content["requestId"] = getattr(request, "request_id", "")
    return content


def _as_api_exception(error: Exception, method: str) -> Exception:
    if isinstance(error, ModelValidationError):
        detail = error.message_dict if hasattr(error, "error_dict") else {"nonFieldErrors": error.messages}
        return exceptions.ValidationError(detail)
    if isinstance(error, StorageAway | StorageRefused):
        return Unavailable()
    if isinstance(error, TooManyFieldsSent | TooManyFilesSent):
        return exceptions.ParseError("The form has too many fields or files. Send the documented ones alone.")
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    return refusal_of(error, method) or error


def _limited(error: Exception, request: Request | None) -> Exception:
    """Turn the 401 of an anonymous client over its rate limit into a 429."""
    if request is None or not isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return error
    limit = RequestLimit()
    return error if limit.allow_stranger(request) else exceptions.Throttled(wait=limit.wait())


def _code(error: exceptions.APIException) -> str:
    for kind, code in CODES.items():
        if type(error) is kind:
            return code
    return error.default_code.upper()


def _message(error: exceptions.APIException) -> str:
    detail: object = error.detail
    while isinstance(detail, list | dict):
        parts = list(detail.values()) if isinstance(detail, dict) else detail
        detail = parts[0] if parts else error.default_detail
    return str(detail)


def fields_of(error: exceptions.APIException) -> dict[str, list[str]]:
    """Return what is wrong by field: the first MOST_ERRORS of them."""
    if not isinstance(error, exceptions.ValidationError):
        return {}
    fields: dict[str, list[str]] = {}
    for path, text in _leaves(error.detail, ()):
        # the fault of a nested object as a whole is the fault of the field that holds it
        named = path[:-1] if len(path) > 1 and path[-1] == "nonFieldErrors" else path
        name = ".".join(named)[:MOST_NAME] or "nonFieldErrors"
        if name not in fields and len(fields) == MOST_ERRORS:
            break
        fields.setdefault(name, []).append(text[:MOST_TEXT])
    return fields


def _leaves(detail: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Walk nested details; a field inside the second row of `items` is called `items.1.quantity`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _leaves(inner, (*path, str(name)))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _leaves(inner, (*path, str(position)) if nested else path)
    else:
        yield path, str(detail)
