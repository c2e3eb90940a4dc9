"""The first layer: reads a statement, refuses what is not one plain query over the views, and rewrites it.

What runs is not the text that came in but what is generated from the tree that was checked, so that a spelling
which the parser and the server understand differently cannot mean anything else to the server.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import ParamSpec

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError
from sqlglot.tokenizer_core import Token, TokenType

from reports.sql import bounds, expressions
from reports.sql.errors import Refused
from reports.sql.grammar import NAMED, NODES, QUERIES, Console
from reports.sql.limits import NODES as MOST_NODES
from reports.sql.limits import ROW_BYTES
from reports.sql.names import Resolver
from reports.sql.reading import read, tokens_of
from reports.sql.views import SCHEMA

P = ParamSpec("P")
_BEFORE = "SELECT * FROM (SELECT * FROM (\n"
# OFFSET 0 keeps the planner from computing every column a second time for the size; the star says the whole row, also
# where a column is called answer.
_AFTER = (
    f"\n) AS given OFFSET 0) AS answer WHERE pg_catalog.pg_column_size(answer.*) <= {ROW_BYTES} OR {SCHEMA}.too_wide()"
)


@dataclass(frozen=True)
class Checked:
    """A statement that may run: as it was sent, and as it is sent to the server."""

    given: str
    text: str

    def limited(self, rows: int | None) -> str:
        """Return what to run; `rows` is the most that are wanted."""
        return _BEFORE + self.text + _AFTER + (f" LIMIT {rows}" if rows is not None else "")

    def position(self, at_server: int | None) -> int | None:
        """Return where in the given text the server's position (from 1, in `limited`) stands; None if unsure."""
        if at_server is None:
            return None
        at = at_server - 1 - len(_BEFORE)
        theirs, ours = tokens_of(self.text), tokens_of(self.given)
        index = max((n for n, token in enumerate(theirs) if token.start <= at), default=0)
        if not 0 <= at < len(self.text):
            return None
        wanted = _key(theirs[index])
        which = sum(_key(token) == wanted for token in theirs[:index])
        found = [token for token in ours if _key(token) == wanted]
        same = len(found) == sum(_key(token) == wanted for token in theirs)
        return found[which].start + 1 if same else None


def _deep(check: Callable[P, Checked]) -> Callable[P, Checked]:
    """Refuse what is nested deeper than the parser can follow."""

    @functools.wraps(check)
    def run(*args: P.args, **kwargs: P.kwargs) -> Checked:
        try:
            return check(*args, **kwargs)
        except RecursionError:
            raise Refused("The statement is nested too deeply") from None

    return run


@_deep
def check(sql: str) -> Checked:
    """Return the statement, ready to run. Raises Refused, which says what is wrong and where."""
    tokens = read(sql)
    text = _generate(_checked(sql, tokens)[0])
    _refuse_losses(tokens, text)
    # what was written must read back as itself, and be just as harmless
    try:
        tree, view_columns = _checked(text, tokens_of(text))
        again = _generate(tree)
        is_stable = _checked(again, tokens_of(again))[0] == tree
    except Refused:
        is_stable = False
    if not is_stable:
        raise Refused("The statement cannot be written in one unmistakable way; try a simpler one")
    return Checked(sql, _generate(bounds.with_bounds(tree, view_columns)))


def _checked(sql: str, tokens: list[Token]) -> tuple[exp.Expr, Set[int]]:
    """Return the tree of a statement all parts of which are allowed, its names settled, and the columns of views."""
    places = Places(tokens)
    tree = _parse(sql, tokens)
    _refuse_strange_nodes(tree, places)
    expressions.settle_names(tree, places)
    expressions.check(tree, places)
    resolver = Resolver(places.of)
    resolver.statement(tree)
    return tree, resolver.view_columns


def _refuse_losses(tokens: list[Token], text: str) -> None:
    """Raise Refused if a text, number or name was typed that is not in what was written: the parser ignored it."""
    written = Counter(_value(token) for token in tokens_of(text))
    for token in tokens:
        value = _value(token)
        if value is None:
            continue
        if not written[value]:
            raise Refused("This is not understood here", token.start + 1)
        written[value] -= 1


def _value(token: Token) -> tuple[str, str] | None:
    """Return what a token says, whatever its spelling; None for words of the language and signs."""
    match token.token_type:
        case TokenType.STRING:
            return "text", token.text
        case TokenType.NUMBER:
            return "number", str(Decimal(token.text).normalize())
        case TokenType.IDENTIFIER | TokenType.VAR:
            return "name", token.text.lower()
    return None


class Places:
    """Tells where in the text a node stands."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens

    def of(self, node: exp.Expr) -> int | None:
        """Return the position of the node's first character, from 1; where it left no trace, of what it stands in."""
        here: exp.Expr | None = node
        while here is not None:
            starts = [found.meta["start"] for found in here.walk() if "start" in found.meta]
            if starts:
                return int(min(starts)) + 1
            here = here.parent
        return None

    def word(self, text: str) -> int | None:
        """Return the position of the first token spelled `text`."""
        return next((token.start + 1 for token in self._tokens if token.text.upper() == text), None)


def _parse(sql: str, tokens: list[Token]) -> exp.Expr:
    try:
        found = [tree for tree in sqlglot.parse(sql, read=Console) if tree is not None]
    except ParseError as error:
        raise _misunderstood(error, tokens) from None
    trees = [tree for tree in found if not isinstance(tree, exp.Semicolon)]
    if len(trees) != 1:
        raise Refused("Only one statement is allowed")
    if not isinstance(trees[0], (*QUERIES, exp.Subquery)):
        raise Refused("Only a SELECT is allowed", tokens[0].start + 1)
    return trees[0]


def _misunderstood(error: ParseError, tokens: list[Token]) -> Refused:
    first = error.errors[0] if error.errors else {}
    where = (first.get("line"), first.get("col"))
    for token in tokens:
        if (token.line, token.col) == where:
            last = " after it" if token is tokens[-1] else ""
            return Refused(f"Syntax error at “{token.text[:40]}”{' or' + last if last else ''}", token.start + 1)
    return Refused("Syntax error")


def _refuse_strange_nodes(tree: exp.Expr, places: Places) -> None:
    """Raise Refused for a node, or a part of one, that is not on the list."""
    strange: list[exp.Expr] = []
    misplaced: list[tuple[exp.Expr, str, object]] = []
    for number, node in enumerate(tree.walk()):
        if number > MOST_NODES:
            raise Refused("The statement is too long")
        if type(node) not in NODES:
            strange.append(node)
        else:
            misplaced += _misplaced_parts(node)
    if strange:
        # the innermost of what is wrong says most
        node = next((found for found in strange if type(found) in NAMED), strange[0])
        name, word = NAMED.get(type(node), (_spelled(type(node).__name__), None))
        place = places.word(word) if word else None
        raise Refused(f"{name} is not offered", place or places.of(node))
    if misplaced:
        holder, argument, part = misplaced[0]
        at = part if isinstance(part, exp.Expr) else holder
        name = _spelled(argument.strip("_"))
        raise Refused(f"{name} of this kind is not offered in {_spelled(type(holder).__name__)}", places.of(at))


def _misplaced_parts(node: exp.Expr) -> Iterator[tuple[exp.Expr, str, object]]:
    """Yield what a node holds where it may not: (the node, the name of the argument, what it holds)."""
    rules = NODES[type(node)]
    for argument, value in node.args.items():
        allowed = rules.get(argument, frozenset())
        for part in value if isinstance(value, list) else [value]:
            if part is None or part is False or part == "":
                continue
            is_listed = type(part) in allowed if isinstance(part, exp.Expr) or str in allowed else part in allowed
            if not is_listed:
                yield node, argument, part


def _spelled(name: str) -> str:
    """Return a name of the parser in words, as SQL is written: `TableSample` is TABLE SAMPLE."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).upper()


def _generate(tree: exp.Expr) -> str:
    try:
        return tree.sql(
            dialect=Console,
            identify=True,
            normalize_functions=False,
            comments=False,
            unsupported_level=ErrorLevel.RAISE,
        )
    except sqlglot.UnsupportedError:
        raise Refused("The statement uses something that is not offered") from None


def _key(token: Token) -> str:
    return token.text.lower()
