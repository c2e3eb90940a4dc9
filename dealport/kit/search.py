"""Searching text by parts of its words, whatever their case and accents.

A search is split at its spaces, and each term must be there. A term of SHORTEST_PART and more letters or digits may be
anywhere, a shorter one must be a word or begin one. Trigram indexes (pg_trgm) answer both.

Text is compared as the database's function `dealport_fold` has it (migration customers 0013): lower case, no accents,
one space for each run of spaces and punctuation, and one before the first word.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import PostgresOperatorLookup

SHORTEST_PART = 3
MOST_TERMS = 8
MOST_MATCHES = 1_000
"""How many rows a search finds at most, the newest of them."""
SEPARATORS = "#-_ "
"""What stands between the parts of a number or code."""


class Fold(Func):
    """Text as it is compared."""

    function = "dealport_fold"
    output_field = TextField()


class Like(PostgresOperatorLookup):  # type: ignore[type-arg]
    """LIKE, the pattern as it is."""

    lookup_name = "like"
    postgres_operator = "LIKE"


class ILike(PostgresOperatorLookup):  # type: ignore[type-arg]
    """LIKE in any case, the pattern as it is."""

    lookup_name = "ilike"
    postgres_operator = "ILIKE"


def terms_of(text: str) -> list[str]:
    """Return the terms of a search, at most MOST_TERMS; punctuation alone is none."""
    return [term for term in text.replace("\0", "").split() if _length(term)][:MOST_TERMS]


def words_match(column: str | Combinable, terms: Sequence[str]) -> Q:
    """Return the condition that `column`, folded text, has every term."""
    text = F(column) if isinstance(column, str) else column
    return Q(*(Like(text, _folded_pattern(term)) for term in terms))


def code_matches(column: str, terms: Sequence[str]) -> Q:
    """Return the condition that a number or code, such as #1001 or ORD-20261126-0042, has every term.

    A # before a term does not count; a short term must begin the code or one of its parts.
    """
    condition = Q()
    for term in terms:
        code = _escaped(term.lstrip("#"))
        beginnings = [code, *(f"%{_escaped(separator)}{code}" for separator in SEPARATORS)]
        patterns = [f"%{code}"] if _length(term) >= SHORTEST_PART else beginnings
        condition &= Q(*(ILike(F(column), Value(f"{pattern}%")) for pattern in patterns), _connector=Q.OR)
    return condition


def _length(term: str) -> int:
    return sum(map(str.isalnum, term))


def _folded_pattern(term: str) -> Func:
    """Return the pattern of a term: the space before a short one makes it the beginning of a word."""
    folded: Func = Fold(Value(term))
    if _length(term) >= SHORTEST_PART:
        folded = Func(folded, function="ltrim", output_field=TextField())
    # folded text has no %, _ or backslash
    return Func(
        Value("%"), folded, Value("%"), template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField()
    )


def _escaped(text: str) -> str:
    """Return the text without meaning in a pattern."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
