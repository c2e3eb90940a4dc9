"""Removing personal values from what is otherwise permanent (`dealport.kit.history`)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from customers.models import AuditEntry

MASK = "***"
SHORTEST = 3
"""Shorter values say nothing of a person, and are parts of other words."""
PERSONAL = {
    "addresses", "avatar", "billing_address", "email", "first_name", "internal_notes", "ip_address", "last_name",
    "name", "notes", "phone", "shipping_address", "tags", "user_agent",
}  # fmt: skip
"""Fields of customers, addresses and orders whose values are masked whole."""


class Masker:
    """Replaces the values wherever they stand in a text, in any case."""

    def __init__(self, values: Iterable[str]) -> None:
        longest_first = sorted({value for value in values if len(value) >= SHORTEST}, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)

    def text(self, text: str) -> str:
        """Return the text without the values."""
        return self.pattern.sub(MASK, text)

    def json(self, value: object) -> object:
        """Return JSON content without the values, in keys of objects too."""
        if isinstance(value, dict):
            return {self.text(key): self.json(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.json(one) for one in value]
        return self.text(value) if isinstance(value, str) else value

    def mask_history(self, object_type: str, ids: Collection[int]) -> None:
        """Mask the audit entries about these objects: personal fields whole, the values in all others."""
        entries = AuditEntry.objects.filter(object_type=object_type, object_id__in=ids).iterator(chunk_size=1_000)
        for entry in entries:
            label, changes = self.text(entry.object_label), self._changes(entry.changes)
            if (label, changes) != (entry.object_label, entry.changes):
                AuditEntry.objects.filter(pk=entry.pk).update(object_label=label, changes=changes)

    def _changes(self, changes: dict[str, list[object]]) -> dict[str, list[object]]:
        return {name: [self._value(name, value) for value in pair] for name, pair in changes.items()}

    def _value(self, name: str, value: object) -> object:
        if value in (None, "", []):
            return value
        if name in PERSONAL or name.startswith("address."):
            return MASK
        return self.text(value) if isinstance(value, str) else value
