"""What payment providers answered, kept without what must not be kept. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from dealport.kit.errors import invalid
from dealport.kit.values import Json

MOST_BYTES = 8_192
MASK = "***"
_SECRET = re.compile(
    r"card_?number|^number$|^pan$|cvc|cvv|security_?code|secret|token|password|authorization|api_?key|signature|iban"
    r"|account_?number|routing",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?<![0-9])(?:[0-9][ -]?){12,18}[0-9](?![0-9])")


def masked(response: dict[str, object] | None) -> Json | None:
    """Return a provider's answer with secrets replaced and card numbers cut to their last four digits.

    Raises ValidationError for more than MOST_BYTES of JSON.
    """
    if not response:
        return None
    if len(json.dumps(response, default=str).encode()) > MOST_BYTES:
        raise invalid("gatewayResponse", f"Send at most {MOST_BYTES:,} bytes.")
    kept: dict[str, object] = _masked(response)
    return kept


def _masked(value: object, name: str = "") -> Any:
    if isinstance(value, dict):
        return {str(key): _masked(part, str(key)) for key, part in value.items()}
    if isinstance(value, list):
        return [_masked(part, name) for part in value]
    if value is not None and _SECRET.search(name):
        return MASK
    if isinstance(value, str):
        return _CARD.sub(_last_four, value.replace("\0", ""))
    if isinstance(value, int) and not isinstance(value, bool) and _CARD.fullmatch(str(value)):
        return MASK
    return value


def _last_four(found: re.Match[str]) -> str:
    return MASK + re.sub(r"[^0-9]", "", found[0])[-4:]
