"""How values of the database become cells: numbers, days and moments as such, everything else as its text."""

from __future__ import annotations

import psycopg
from psycopg.adapt import AdaptersMap, Buffer, Loader
from psycopg.types.bool import BoolLoader
from psycopg.types.datetime import DateLoader, TimestampLoader, TimestamptzLoader
from psycopg.types.numeric import FloatLoader, IntLoader, NumericLoader

_UNKNOWN = 0
_NOT_FINITE = {"NaN", "Infinity", "-Infinity"}


class TextLoader(Loader):
    """The text the server sent."""

    def load(self, data: Buffer) -> str:
        """Return the value as PostgreSQL wrote it."""
        return bytes(data).decode()


def _or_text(loader: type[Loader]) -> type[Loader]:
    """Return a loader whose values without a finite counterpart in Python (infinity, NaN, 44 BC) stay text."""

    class FiniteLoader(loader):  # type: ignore[valid-type,misc]
        def load(self, data: Buffer) -> object:
            text = bytes(data).decode()
            if text in _NOT_FINITE:
                return text
            try:
                return super().load(data)
            except psycopg.DataError:
                return text

    return FiniteLoader


def adapters() -> AdaptersMap:
    """Return what a connection of the console converts values with."""
    known = AdaptersMap(types=psycopg.adapters.types)
    known.register_loader(_UNKNOWN, TextLoader)
    loaders: dict[type[Loader], tuple[str, ...]] = {
        BoolLoader: ("bool",),
        IntLoader: ("int2", "int4", "int8"),
        _or_text(FloatLoader): ("float4", "float8"),
        _or_text(NumericLoader): ("numeric",),
        _or_text(DateLoader): ("date",),
        _or_text(TimestampLoader): ("timestamp",),
        _or_text(TimestamptzLoader): ("timestamptz",),
    }
    for loader, types in loaders.items():
        for name in types:
            known.register_loader(name, loader)
    return known
