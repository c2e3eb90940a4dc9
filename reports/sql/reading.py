"""Cuts a statement into tokens, and refuses what the parser must not be given: what it takes long for or misreads."""

from __future__ import annotations

import re

import sqlglot
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from reports.sql.errors import Refused
from reports.sql.grammar import Console
from reports.sql.limits import DEPTH, RELATIONS, SQL_CHARACTERS

NUMBER = re.compile(r"(?:[0-9]{1,100}(?:\.[0-9]{0,100})?|\.[0-9]{1,100})(?:[eE][+-]?[0-9]{1,3})?")
# A comment ends at a CR for the server and goes on for the parser.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]|\r(?!\n)")
_BEGINNINGS = {TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.L_PAREN}
# The parser forgives a comma too many, and takes the next part of the query for an entry or drops one.
_NOT_AFTER_A_COMMA = {
    TokenType.COMMA, TokenType.R_PAREN, TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY,
    TokenType.HAVING, TokenType.LIMIT, TokenType.OFFSET, TokenType.UNION, TokenType.INTERSECT, TokenType.EXCEPT,
}  # fmt: skip
_PIECES = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|/\*|[^'"/-]+|.""", re.DOTALL)
_JOIN_WORDS = {TokenType.INNER, TokenType.LEFT, TokenType.RIGHT, TokenType.FULL, TokenType.OUTER}


def read(sql: str) -> list[Token]:
    """Return the tokens of one statement. Raises Refused."""
    if not sql.strip():
        raise Refused("There is no statement")
    if len(sql) > SQL_CHARACTERS:
        raise Refused(f"The statement is longer than {SQL_CHARACTERS:,} characters", SQL_CHARACTERS + 1)
    if found := _CONTROL.search(sql):
        raise Refused("Control characters are not allowed", found.start() + 1)
    tokens = tokens_of(sql)
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise Refused("There is no statement")
    if tokens[0].token_type not in _BEGINNINGS:
        name = tokens[0].text.split()[0].upper()[:40] if tokens[0].text.strip() else ""
        raise Refused(f"{name} is not allowed: one SELECT is", tokens[0].start + 1)
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
        if token.token_type is TokenType.NUMBER and not NUMBER.fullmatch(token.text):
            raise Refused("A number of this kind is not offered", token.start + 1)
    _refuse_strange_brackets(tokens)
    _refuse_open_joins(tokens)
    return tokens


def _refuse_glued(token: Token, after: Token) -> None:
    """Refuse what server and parser cut differently: `1_000`, `1a`, `.5`."""
    number = TokenType.NUMBER
    if token.token_type is number and (after.text[:1] == "_" or after.text[:1].isalnum()):
        raise Refused("A number runs into a word", token.start + 1)
    if token.token_type is TokenType.DOT and after.token_type is number:
        raise Refused("A number begins with a digit", token.start + 1)


def tokens_of(sql: str) -> list[Token]:
    """Return the tokens of a text. Raises Refused for one that is not closed."""
    try:
        return sqlglot.tokenize(sql, read=Console)
    except TokenError:
        open_ = (found.start() + 1 for found in _PIECES.finditer(sql) if found[0] in ("'", '"', "/*"))
        raise Refused("A text, name or comment is not closed", next(open_, None)) from None


def _refuse_strange_brackets(tokens: list[Token]) -> None:
    """Raise Refused for square brackets that do not make a plain array: the parser tries each twice."""
    is_open = False
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.token_type is TokenType.L_BRACKET:
            if is_open:
                raise Refused("An array takes single values", token.start + 1)
            if before is None or before.token_type is not TokenType.ARRAY:
                raise Refused("Square brackets are offered right after ARRAY alone", token.start + 1)
            is_open = True
        elif token.token_type is TokenType.R_BRACKET:
            is_open = False


def _refuse_open_joins(tokens: list[Token]) -> None:
    """Raise Refused for a JOIN before the ON or USING of the one in front of it.

    The parser tries every way to pair them, which doubles its time with each JOIN, and hangs one below the other.
    """
    joins = 0
    waiting: list[Token | None] = [None]
    for index, token in enumerate(tokens):
        kind = token.token_type
        if index and tokens[index - 1].token_type in (TokenType.ALIAS, TokenType.DOT) and kind is not TokenType.L_PAREN:
            continue  # a name, whatever word it is
        if kind is TokenType.L_PAREN:
            waiting.append(None)
        elif kind in (TokenType.ON, TokenType.USING):
            waiting[-1] = None
        elif waiting[-1] and kind in (TokenType.JOIN, TokenType.R_PAREN, TokenType.SELECT):
            raise Refused("This JOIN has no ON or USING", waiting[-1].start + 1)
        if kind is TokenType.R_PAREN and len(waiting) > 1:
            waiting.pop()
        if kind is TokenType.JOIN:
            joins += 1
            waiting[-1] = token if _needs_condition(tokens, index) else None
        if joins > RELATIONS:
            raise Refused(f"More than {RELATIONS} views and subqueries", token.start + 1)
    if waiting[-1]:
        raise Refused("This JOIN has no ON or USING", waiting[-1].start + 1)


def _needs_condition(tokens: list[Token], join: int) -> bool:
    """Answer for the JOIN at an index: all but CROSS and NATURAL ones do."""
    before = join - 1
    while before >= 0 and tokens[before].token_type in _JOIN_WORDS:
        before -= 1
    return before < 0 or tokens[before].token_type not in (TokenType.CROSS, TokenType.NATURAL)
