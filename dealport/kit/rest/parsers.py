"""JSON read strictly: exact numbers, no second meaning, no more than is allowed."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MOST_DEPTH = 32
"""Objects and arrays within each other; the deepest body of the contract has four."""
MOST_DIGITS = 100
"""Characters of one number."""
LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]", re.ASCII)


class PayloadTooLarge(APIException):
    """The body has more bytes than DATA_UPLOAD_MAX_MEMORY_SIZE (413)."""

    status_code = 413
    default_code = "PAYLOAD_TOO_LARGE"
    default_detail = "The request body is too large."


class JSONParser(BaseParser):
    """Read UTF-8 JSON in one pass; fractions become Decimal.

    Refused with 400: bytes that are not UTF-8, NaN and infinities, a key that comes twice in one object, text with
    half of a surrogate pair, more than DEALPORT_JSON_VALUES members and elements, nesting beyond MOST_DEPTH, numbers
    of more than MOST_DIGITS characters.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Return what the body says. Raises ParseError (400), PayloadTooLarge (413)."""
        limit = self.most_bytes()
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise PayloadTooLarge()
        return self.read(body)

    def read(self, body: bytes) -> object:
        """Return what a body says. Raises ParseError."""
        most = self.most_containers()
        try:
            text = body.decode("utf-8-sig")
            if text.count("{") + text.count("[") > most:
                # before Python has made that many objects
                raise ParseError(f"The body is nested too deeply or has more than {most} values.")
            content = json.loads(
                text,
                parse_int=_whole,
                parse_float=_exact,
                parse_constant=_refuse_constant,
                object_pairs_hook=_without_repetition,
            )
            self.check(content)
            if LONE_SURROGATE.search(text):
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

    def most_bytes(self) -> int:
        """Return how large a body may be."""
        return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    def most_containers(self) -> int:
        """Return how many objects and arrays a body may have."""
        return int(settings.DEALPORT_JSON_VALUES)

    def check(self, content: object) -> None:
        """Raise ParseError for too many values or too much depth."""
        check_size(content, int(settings.DEALPORT_JSON_VALUES))


def check_size(content: Any, most: int) -> None:
    """Raise ParseError for too many values or too much depth, level by level: each value is looked at once."""
    level, count = [content], 0
    for _ in range(MOST_DEPTH + 1):
        level = [value for value in level if isinstance(value, dict | list)]
        if not level:
            return
        level = [inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer)]
        count += len(level)
        if count > most:
            raise ParseError(f"The body has more than {most} values.")
    raise ParseError("The body is nested too deeply.")


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number has more than {MOST_DIGITS} digits")
    return int(text)


def _exact(text: str) -> Decimal:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number has more than {MOST_DIGITS} digits")
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError("a number is out of range") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice[:50]!r} comes twice")
    return content
