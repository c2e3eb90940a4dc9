"""Searching text by parts of its words, whatever their case and accents.

A search is split at its spaces, and each term must be there. A term of SHORTEST_PART and more letters or digits may be
anywhere, a shorter one must be a word or begin one. Trigram indexes (pg_trgm) answer both. Every trigram of a pattern
costs: each candidate is looked up in the list of each of them, some of which, such as those of mail providers, have
every row, and for a long one the planner reads the table instead. So the index gets the first INDEXED characters of a
term, and what it finds is compared with all of it.

Text is compared as the database's function `dealport_fold` has it (migration customers 0013): lower case, no accents,
one space for each run of spaces and punctuation, and one before the first word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Func, Lookup, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Left, Lower, LTrim, StrIndex
from django.db.models.lookups import GreaterThan, PostgresOperatorLookup

SHORTEST_PART = 3
INDEXED = 16
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


class KeyIn(Lookup):  # type: ignore[type-arg]
    """A key is one of some, which the database looks up whatever the order of the rows.

    With the keys in the statement, the planner may walk an index in the order of the rows until it has a page of them,
    since it takes the keys to lie spread in it: those of old rows lie at the end. Of an array it does not see it
    expects few keys, too few to fill a page.
    """

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the condition, the keys as one array."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(ARRAY(SELECT unnest(%s::bigint[])))", [*parameters, list(self.rhs)]


def terms_of(text: str) -> list[str]:
    """Return the terms of a search, at most MOST_TERMS; punctuation alone is none."""
    return [term for term in text.replace("\0", "").split() if _length(term)][:MOST_TERMS]


def words_match(column: str | Combinable, terms: Sequence[str]) -> Q:
    """Return the condition that `column`, folded text, has every term."""
    text = F(column) if isinstance(column, str) else column
    conditions: list[Lookup] = []  # type: ignore[type-arg]
    for term in terms:
        folded = _folded(term)
        conditions.append(Like(text, _anywhere(Left(folded, INDEXED))))
        if len(term) > INDEXED or not term.isascii():  # folding makes two letters of some
            conditions.append(GreaterThan(StrIndex(text, folded), 0))
    return Q(*conditions)


def code_matches(column: str, terms: Sequence[str]) -> Q:
    """Return the condition that a number or code, such as #1001 or ORD-20261126-0042, has every term.

    A # before a term does not count; a short term must begin the code or one of its parts.
    """
    condition = Q()
    for term in terms:
        code = term.lstrip("#")
        if _length(term) >= SHORTEST_PART:
            condition &= Q(ILike(F(column), Value(f"%{_escaped(code[:INDEXED])}%")))
            if len(code) > INDEXED:
                condition &= Q(GreaterThan(StrIndex(Lower(column), Lower(Value(code))), 0))
        else:
            beginnings = [_escaped(code), *(f"%{_escaped(separator + code)}" for separator in SEPARATORS)]
            condition &= Q(*(ILike(F(column), Value(f"{start}%")) for start in beginnings), _connector=Q.OR)
    return condition


def _length(term: str) -> int:
    return sum(map(str.isalnum, term))


def _folded(term: str) -> Func:
    """Return a term as it is compared: the space before a short one makes it the beginning of a word."""
    folded: Func = Fold(Value(term))
    return folded if _length(term) < SHORTEST_PART else LTrim(folded)


def _anywhere(folded: Func) -> Func:
    # folded text has no %, _ or backslash
    return Func(
        Value("%"), folded, Value("%"), template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField()
    )


def _escaped(text: str) -> str:
    """Return the text without meaning in a pattern."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
