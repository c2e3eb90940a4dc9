"""Figures that were read, by the keys of the registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

Number = Decimal | int
"""Money as Decimal with two decimals, counts as int."""


class Values(Mapping[str, Number]):
    """Values by key, also as attributes (`summary.total_sales`). Never changed; equal if all values are."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Number] | None = None, /, **named: Number) -> None:
        self._values = {**(values or {}), **named}

    def __getitem__(self, key: str) -> Number:
        return self._values[key]

    def __getattr__(self, key: str) -> object:
        try:
            return self._values[key]
        except KeyError:
            raise AttributeError(key) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Values) and self._values == other._values

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{key}={value!r}' for key, value in self._values.items())})"
