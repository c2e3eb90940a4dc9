"""JSON read strictly: exact numbers, no second meaning, no more than is allowed."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class PayloadTooLarge(APIException):
    """The body has more bytes than DATA_UPLOAD_MAX_MEMORY_SIZE (413)."""

    status_code = 413
    default_code = "PAYLOAD_TOO_LARGE"
    default_detail = "The request body is too large."


class JSONParser(BaseParser):
    """Read UTF-8 JSON; fractions become Decimal.

    Refused with 400: bytes that are not UTF-8, NaN and infinities, a key that comes twice in one object, text with
    half of a surrogate pair, nesting beyond what Python can follow, integers of thousands of digits.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return what the body says. Raises ParseError (400), PayloadTooLarge (413)."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise PayloadTooLarge()
        try:
            text = body.decode("utf-8-sig")
            content = json.loads(
                text, parse_float=_exact, parse_constant=_refuse_constant, object_pairs_hook=_without_repetition
            )
            # what Python reads as a lone surrogate cannot be written as UTF-8
            json.dumps(content, ensure_ascii=False, default=str).encode()
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        except UnicodeEncodeError as error:
            raise ParseError("The body has text with half of a surrogate pair.") from error
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {str(error)[:200]}") from error
        return content


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError("a number is out of range") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:50]!r} comes twice")
    return content
