"""`Idempotency-Key`: one effect per key, and the first answer again for whoever asks again."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from typing import Any

import simplejson
from django.db import connection, transaction
from django.db.models import Model
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from dealport.kit.errors import Busy, invalid

HEADER = "Idempotency-Key"
SANE_KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


class KeyReused(APIException):
    """The key came before with another body (422)."""

    status_code = 422
    default_code = "IDEMPOTENCY_KEY_REUSED"
    default_detail = "This Idempotency-Key was used for another request."


Handler = Callable[..., Response]


def idempotent_by(records: type[Model]) -> Callable[[Handler], Handler]:
    """Return the decorator `idempotent` that keeps answers in the model `records`.

    The model has the fields user, path, key, body_hash, status and answer.
    """
    return lambda handler: _idempotent(handler, records)


def _idempotent(handler: Handler, records: Any) -> Handler:
    """Make a POST handler of a view honor `Idempotency-Key`, bound to the account, the path and the body.

    The handler runs in one transaction with the record of its answer. Same key and body: the first answer with
    `Idempotent-Replayed: true`. Raises KeyReused (422) for another body, Busy (409) while the first request with
    that key is still running, ValidationError for a malformed key. An answer that is an error is not kept.
    """

    @functools.wraps(handler)
    def handle(view: object, request: Request, *args: object, **kwargs: object) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not SANE_KEY.fullmatch(key):
            raise invalid(HEADER, "Enter 1 to 200 printable ASCII characters.")
        account = request.user
        # hashed from what was parsed: reading the raw body again is not possible once it was a stream
        digest = hashlib.sha256(simplejson.dumps(request.data, use_decimal=True, sort_keys=True).encode()).hexdigest()
        with transaction.atomic():
            _claim(f"{account.pk} {request.path} {key}")
            found = records.objects.filter(user=account, path=request.path, key=key).first()
            if found is not None:
                return _replay(found, digest)
            response = handler(view, request, *args, **kwargs)
            records.objects.create(
                user=account,
                path=request.path,
                key=key,
                body_hash=digest,
                status=response.status_code,
                answer=simplejson.dumps(response.data, use_decimal=True),
            )
        return response

    return handle


def _claim(name: str) -> None:
    """Take the key until the transaction ends. Raises Busy if another request has it."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise Busy("A request with this Idempotency-Key is still running. Try again in a few seconds.")


def _replay(found: Any, digest: str) -> Response:
    if found.body_hash != digest:
        raise KeyReused()
    answer = simplejson.loads(found.answer, use_decimal=True)
    return Response(answer, status=found.status, headers={"Idempotent-Replayed": "true"})
