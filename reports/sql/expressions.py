"""Checks what stands inside a query: functions, types and values."""

from __future__ import annotations

import re
from typing import Protocol

from sqlglot import exp

from reports.sql.errors import Refused
from reports.sql.grammar import (
    ARGUMENTS,
    ARITHMETIC,
    FUNCTIONS,
    LITERAL_NUMBERS,
    LITERAL_TEXTS,
    PREDICATES,
    TABLE_FUNCTIONS,
    TESTS,
    TYPES,
)
from reports.sql.limits import SORTS
from reports.sql.reading import NUMBER

_WORD = re.compile(r"[A-Za-z_]{1,30}")
_QUOTED_NUMBER = re.compile(r"\s*[+-]?(?:0[xob][0-9a-f_]+|[0-9._]+(?:e[+-]?([0-9_]+))?)\s*", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,4}")
_NAME_BYTES = 63
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class Where(Protocol):
    """Tells where a node stands."""

    def of(self, node: exp.Expr) -> int | None:
        """Return the character of the statement that the node begins at; None where sqlglot does not say."""


def settle_names(tree: exp.Expr, places: Where) -> None:
    """Fold the case of names as the server does, and quote them all. Raises Refused for one it would cut off."""
    for name in tree.find_all(exp.Identifier):
        if not name.quoted:
            name.set("this", name.name.translate(_ASCII_LOWER))
            name.set("quoted", True)
        if len(name.name.encode()) > _NAME_BYTES:
            raise Refused(f"A name is longer than {_NAME_BYTES} bytes", places.of(name))
    for call in tree.find_all(exp.Anonymous):
        if isinstance(call.this, str):
            call.set("this", call.this.translate(_ASCII_LOWER))


def check(tree: exp.Expr, places: Where) -> None:
    """Look at each node with the one next to it. Raises Refused."""
    sorts = 0
    for node in tree.walk():
        is_distinct = isinstance(node, exp.Distinct) and isinstance(node.parent, exp.Anonymous)
        sorts += is_distinct or isinstance(node, exp.Window | exp.WithinGroup)
        if sorts > SORTS:
            raise Refused(f"More than {SORTS} windows and aggregates that sort", places.of(node))
        if (fault := _fault(node)) is not None:
            raise Refused(fault, places.of(node))


def _fault(node: exp.Expr) -> str | None:
    """Return what is wrong with a node; None if nothing is."""
    match node:
        case exp.Anonymous():
            return _call_fault(node)
        case exp.DataType():
            return _type_fault(node)
        case exp.Var() if not _WORD.fullmatch(node.name):
            return "This is not a word that is known here"
        case exp.Literal() if not node.is_string and not NUMBER.fullmatch(node.name):
            return "A number of this kind is not offered"
        case exp.Literal() if node.is_string and _is_large_number(node.name):
            return "A number of this kind is not offered, in quotes neither"
        case exp.Tuple() if not _may_be_a_row(node):
            return "A row of values is not offered here"
        case exp.Array():
            return _array_fault(node)
        case exp.Star():
            return _star_fault(node)
        case exp.DPipe():
            return _pipe_fault(node)
        case exp.Escape() if not isinstance(node.expression, exp.Literal):
            return "ESCAPE takes one character"
    if isinstance(node, (*PREDICATES, *TESTS)) and any(_is_test(part) for part in (node.this, node.expression)):
        return "A comparison of a comparison needs brackets"
    return None


def _may_be_a_row(node: exp.Tuple) -> bool:
    """Answer whether a row of values stands where one has a meaning: compared with another one, not with a value."""
    parent = node.parent
    if isinstance(parent, PREDICATES):
        return all(isinstance(side, exp.Tuple | exp.Subquery) for side in (parent.this, parent.expression))
    return isinstance(parent, (exp.Values, exp.In, exp.Distinct))


def _is_large_number(text: str) -> bool:
    """Answer whether the server could read a text as a number that is larger than one without quotes may be."""
    number = _QUOTED_NUMBER.fullmatch(text)
    return number is not None and (len(text) > 100 or len((number[1] or "").replace("_", "").lstrip("0")) > 3)


def _is_test(node: exp.Expr | None) -> bool:
    return isinstance(node, (exp.Not, *PREDICATES, *TESTS))


def _call_fault(call: exp.Anonymous) -> str | None:
    if not isinstance(call.this, str):
        return "A function's name takes no quotes"
    name, arguments = call.this, call.expressions
    in_from = isinstance(call.parent, exp.Table | exp.Lateral)
    if name not in (TABLE_FUNCTIONS if in_from else FUNCTIONS):
        return f"The function {name[:60]} is not offered" + (" in FROM" if in_from else "")
    if len(arguments) > ARGUMENTS:
        return f"{name} takes at most {ARGUMENTS} arguments here"
    if any(isinstance(argument, exp.Star) for argument in arguments) and name != "count":
        return f"{name}(*) is not offered"
    index, most = LITERAL_NUMBERS.get(name, (0, 0))
    if most and not (len(arguments) > index and _is_number_to(arguments[index], most)):
        return f"{name} takes a number written out, at most {most:,}, as argument {index + 1}"
    index, most = LITERAL_TEXTS.get(name, (0, 0))
    if most and not (len(arguments) > index and _is_text_to(arguments[index], most)):
        return f"{name} takes a text written out, at most {most:,} characters, as argument {index + 1}"
    return None


def _is_number_to(node: exp.Expr, most: int) -> bool:
    """Answer for a whole number; `most` has four digits at most."""
    return (
        isinstance(node, exp.Literal)
        and not node.is_string
        and bool(_DIGITS.fullmatch(node.name))
        and int(node.name) <= most
    )


def _is_text_to(node: exp.Expr, most: int) -> bool:
    return isinstance(node, exp.Literal) and node.is_string and len(node.name) <= most


def _type_fault(node: exp.DataType) -> str | None:
    if node.this not in TYPES or node.args.get("nested"):
        return "A type that is not offered: numbers, text, boolean, dates, times, intervals and uuid are"
    for parameter in node.expressions:
        value = parameter.this if isinstance(parameter, exp.DataTypeParam) else None
        if value is None or not _is_number_to(value, 1000):
            return "A type takes whole numbers up to 1,000"
    return None


def _array_fault(node: exp.Array) -> str | None:
    holder = node.parent.parent if isinstance(node.parent, exp.Paren) else node.parent
    if not isinstance(holder, exp.Any | exp.All | exp.Unnest):
        return "An array is offered in = ANY(…) and unnest(…) alone"
    if any(isinstance(entry, exp.Query | exp.Array | exp.Subquery) for entry in node.expressions):
        return "An array takes single values"
    return f"An array takes at most {ARGUMENTS} values" if len(node.expressions) > ARGUMENTS else None


def _star_fault(node: exp.Star) -> str | None:
    """Anywhere else a star is a whole row, which would become one value."""
    if isinstance(node.parent, exp.Anonymous) and node.parent.this == "count":
        return None
    entry = node.parent if isinstance(node.parent, exp.Column) else node
    stands_alone = isinstance(entry.parent, exp.Select) and entry.arg_key == "expressions"
    return None if stands_alone else "A star stands for columns right after SELECT alone"


def _pipe_fault(node: exp.DPipe) -> str | None:
    loose = (*ARITHMETIC, exp.AtTimeZone)
    if isinstance(node.parent, loose) or any(isinstance(part, loose) for part in (node.this, node.expression)):
        return "|| next to another operator needs brackets"
    if not isinstance(node.parent, exp.DPipe) and len(list(node.flatten())) > ARGUMENTS:
        return f"|| joins at most {ARGUMENTS} parts"
    return None
