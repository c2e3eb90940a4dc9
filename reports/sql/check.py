"""The first layer: reads a statement, refuses what is not one plain query over the views, and writes it anew.

What runs is not the text that came in but what is generated from the tree that was checked, so that a spelling
which the parser and the server understand differently cannot mean anything else to the server.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import ParamSpec

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from reports.sql import expressions
from reports.sql.errors import Refused
from reports.sql.grammar import ARGUMENTS, NAMED, NODES, QUERIES, Console
from reports.sql.limits import DEPTH, ROW_BYTES, SQL_CHARACTERS
from reports.sql.limits import NODES as MOST_NODES
from reports.sql.names import Resolver, Scope
from reports.sql.views import SCHEMA

P = ParamSpec("P")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BEGINNINGS = {TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.L_PAREN}
# The parser forgives a comma too many, and takes the next part of the query for an entry or drops one.
_NOT_AFTER_A_COMMA = {
    TokenType.COMMA, TokenType.R_PAREN, TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY,
    TokenType.HAVING, TokenType.LIMIT, TokenType.OFFSET, TokenType.UNION, TokenType.INTERSECT, TokenType.EXCEPT,
}  # fmt: skip
_BEFORE = "SELECT * FROM (SELECT * FROM (\n"
# OFFSET 0 keeps the planner from computing every column a second time for the size; the star says the whole row, also
# where a column is called answer.
_AFTER = (
    f"\n) AS given OFFSET 0) AS answer WHERE pg_catalog.pg_column_size(answer.*) <= {ROW_BYTES} OR {SCHEMA}.too_wide()"
)
_PIECES = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|/\*|[^'"/-]+|.""", re.DOTALL)


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
        theirs, ours = _tokens(self.text), _tokens(self.given)
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
    tokens = _read(sql)
    text = _generate(_checked(sql, tokens))
    _refuse_losses(tokens, text)
    # what was written must read back as itself, and be just as harmless
    try:
        tree = _checked(text, _tokens(text))
        again = _generate(tree)
        is_stable = _checked(again, _tokens(again)) == tree
    except Refused:
        is_stable = False
    if not is_stable:
        raise Refused("The statement cannot be written in one unmistakable way; try a simpler one")
    return Checked(sql, _generate(expressions.with_bounds(tree)))


def _checked(sql: str, tokens: list[Token]) -> exp.Expr:
    """Return the tree of a statement all parts of which are allowed, its names settled."""
    places = Places(tokens)
    tree = _parse(sql, tokens)
    _refuse_strange_nodes(tree, places)
    expressions.settle_names(tree, places)
    expressions.check(tree, places)
    Resolver(places.of).query(tree, Scope({}))
    return tree


def _refuse_losses(tokens: list[Token], text: str) -> None:
    """Raise Refused if a text, number or name was typed that is not in what was written: the parser ignored it."""
    written = Counter(_value(token) for token in _tokens(text))
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


def _read(sql: str) -> list[Token]:
    """Return the tokens of one statement."""
    if not sql.strip():
        raise Refused("There is no statement")
    if len(sql) > SQL_CHARACTERS:
        raise Refused(f"The statement is longer than {SQL_CHARACTERS:,} characters", SQL_CHARACTERS + 1)
    if found := _CONTROL.search(sql):
        raise Refused("Control characters are not allowed", found.start() + 1)
    tokens = _tokens(sql)
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise Refused("There is no statement")
    if tokens[0].token_type not in _BEGINNINGS:
        name = tokens[0].text.split()[0].upper()[:40] if tokens[0].text.strip() else ""
        raise Refused(f"{name} is not allowed: one SELECT is", tokens[0].start + 1)
    if sum(token.token_type is TokenType.L_BRACKET for token in tokens) > ARGUMENTS:
        # the parser's time grows with their number squared
        raise Refused(f"More than {ARGUMENTS} square brackets")
    depth = 0
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.token_type is TokenType.SEMICOLON:
            raise Refused("Only one statement is allowed", token.start + 1)
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth > DEPTH:
            raise Refused("The statement is nested too deeply", token.start + 1)
        if token.token_type is TokenType.COMMA and (after is None or after.token_type in _NOT_AFTER_A_COMMA):
            raise Refused("Nothing follows this comma", token.start + 1)
        if after is not None and after.start == token.end + 1:
            _refuse_glued(token, after)
    return tokens


def _refuse_glued(token: Token, after: Token) -> None:
    """Refuse what server and parser cut differently: `1_000`, `1a`, `.5`."""
    number = TokenType.NUMBER
    if token.token_type is number and (after.text[:1] == "_" or after.text[:1].isalnum()):
        raise Refused("A number runs into a word", token.start + 1)
    if token.token_type is TokenType.DOT and after.token_type is number:
        raise Refused("A number begins with a digit", token.start + 1)


def _tokens(sql: str) -> list[Token]:
    try:
        return sqlglot.tokenize(sql, read=Console)
    except TokenError:
        open_ = (found.start() + 1 for found in _PIECES.finditer(sql) if found[0] in ("'", '"', "/*"))
        raise Refused("A text, name or comment is not closed", next(open_, None)) from None


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
    strange = []
    for number, node in enumerate(tree.walk()):
        if number > MOST_NODES:
            raise Refused("The statement is too long")
        if type(node) not in NODES:
            strange.append(node)
    if not strange:
        return
    # the innermost of what is wrong says most
    node = next((found for found in strange if type(found) in NAMED), strange[0])
    name, word = NAMED.get(type(node), (re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).upper(), None))
    place = places.word(word) if word else None
    raise Refused(f"{name} is not offered", place or places.of(node))


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
