"""Lets the server check the size of what a statement makes: texts, numbers, and what it has to keep in order to sort.

PostgreSQL limits neither the memory of a connection nor the time of one call of a function: a product of two numbers of
100,000 digits takes a second in which it hears of no time limit. `reporting.bounded` checks a size, and each call of it
is a moment in which the server can be stopped.
"""

from __future__ import annotations

from collections.abc import Set

from sqlglot import exp

from reports.sql.grammar import ARITHMETIC, COMPUTED, GROWING, SEARCHING
from reports.sql.limits import CELL_BYTES, NUMBER_DIGITS, SEARCHED_BYTES, SORTED_BYTES
from reports.sql.output_names import implied_name
from reports.sql.views import SCHEMA

_BOUNDED, _BOUNDED_NUMBER = f"{SCHEMA}.bounded", f"{SCHEMA}.bounded_number"
_CHECKS = {_BOUNDED, _BOUNDED_NUMBER}
_VIEW_DIGITS = 40
_ADDED_DIGITS = 24
_SHORT_FUNCTIONS = {"sum", "avg", "min", "max", "count", "round", "abs", "coalesce", "greatest", "least", "nullif"}
_SUMS = (exp.Add, exp.Sub)
# Without a LIMIT PostgreSQL 17 and 18 do not count the memory of a sort of one column of texts.
_NO_LIMIT = 2**62


def with_bounds(tree: exp.Expr, view_columns: Set[int]) -> exp.Expr:
    """Put the checks into a statement. What it means and the names of its columns stay as they were.

    `view_columns` are the identities of the nodes that are columns of a view: what they hold is short.
    """
    for node in reversed(list(tree.walk())):
        _bound_sorted(node, view_columns)
        most = _most_bytes(node)
        if isinstance(node, exp.Anonymous) and node.this in SEARCHING:
            for argument in node.expressions[1:]:
                _bound_searched(argument)
        elif isinstance(node, exp.Trim | exp.StrPosition):
            _bound_searched(node.args.get("expression") or node.args.get("substr"))
        if most:
            _bound(node, most)
        elif _may_be_long_number(node, view_columns):
            _put_into(_BOUNDED_NUMBER, _whole_call(node))
    _keep_names(tree)
    return tree


def _most_bytes(node: exp.Expr) -> int:
    """Return how large the text that a node makes may be; 0 if it needs no check."""
    makes = isinstance(node, exp.Anonymous) and node.this in GROWING | SEARCHING
    joins = isinstance(node, exp.DPipe) and not isinstance(node.parent, exp.DPipe)
    return CELL_BYTES if makes or joins or isinstance(node, exp.Trim | exp.StrPosition) else 0


def _may_be_long_number(node: exp.Expr, view_columns: Set[int]) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.this in COMPUTED
    casts = isinstance(node, exp.Cast) and node.to.this is exp.DataType.Type.DECIMAL and not node.to.expressions
    is_inner_sum = isinstance(node, _SUMS) and isinstance(_without_brackets_around(node), _SUMS)
    calculates = isinstance(node, ARITHMETIC) and not isinstance(node, exp.Neg) and not is_inner_sum
    return (casts or calculates) and _digits(node, view_columns) > NUMBER_DIGITS


def _digits(node: exp.Expr | None, view_columns: Set[int]) -> int:
    """Return how many digits a number can have at most. Values of subqueries and other functions are bounded."""
    if isinstance(node, exp.Literal):
        mantissa, _, exponent = node.name.lower().partition("e")
        return len(mantissa) + abs(int(exponent or 0)) if not node.is_string else NUMBER_DIGITS
    if isinstance(node, exp.Column):
        return _VIEW_DIGITS if id(node) in view_columns else NUMBER_DIGITS
    if isinstance(node, exp.Paren | exp.Neg | exp.Filter | exp.Window):
        return _digits(node.this, view_columns)
    if isinstance(node, exp.Cast):
        is_decimal = node.to.this is exp.DataType.Type.DECIMAL
        if is_decimal and not node.to.expressions:
            return _digits(node.this, view_columns) + (not isinstance(node.this, exp.Column | exp.Literal))
        return NUMBER_DIGITS if is_decimal else _ADDED_DIGITS
    if isinstance(node, ARITHMETIC):
        parts = [_digits(node.this, view_columns), _digits(node.expression, view_columns)]
        return (sum(parts) if isinstance(node, exp.Mul | exp.Div) else max(parts)) + _ADDED_DIGITS
    if isinstance(node, exp.Anonymous) and node.this in _SHORT_FUNCTIONS:
        return max((_digits(part, view_columns) for part in node.expressions), default=0) + _ADDED_DIGITS
    return NUMBER_DIGITS


def _bound_sorted(node: exp.Expr, view_columns: Set[int]) -> None:
    """Bound what a sort keeps: windows and ordered aggregates by the size of a value, queries by their own limit."""
    if isinstance(node, exp.Query | exp.Values) and node.args.get("order") and not node.args.get("limit"):
        node.set("limit", exp.Limit(expression=exp.Literal.number(_NO_LIMIT)))
    for column in _only_columns(node):
        if _is_short(column, view_columns):
            continue
        order = node.args.get("order") if isinstance(node, exp.Select) else None
        for entry in order.expressions if order is not None else []:
            if entry.this == column:
                # they have to stay the same for the server
                entry.set("this", exp.Literal.number(1))
        _bound(column, SORTED_BYTES)
    if not isinstance(node, exp.Window | exp.WithinGroup):
        return
    order = node.args.get("order") if isinstance(node, exp.Window) else node.expression
    keys = [entry.this for entry in order.expressions] if order is not None else []
    for key in (*keys, *node.args.get("partition_by", [])):
        if not _is_short(key, view_columns):
            _bound(key, SORTED_BYTES)


def _only_columns(node: exp.Expr) -> list[exp.Expr]:
    """Return the one column of a query that leaves out what is there already, of each of its parts."""
    distinct = node.args.get("distinct")
    if (
        not distinct
        or not isinstance(node, exp.Query)
        or (isinstance(distinct, exp.Distinct) and distinct.args.get("on"))
    ):
        return []
    parts, found = [node], []
    while parts:
        part = parts.pop()
        if isinstance(part, exp.SetOperation):
            parts += [part.this, part.expression]
        elif isinstance(part, exp.Subquery):
            parts.append(part.this)
        elif isinstance(part, exp.Select) and len(part.expressions) == 1:
            found.append(part.expressions[0].unalias())
    return [column for column in found if not isinstance(column, exp.Star)]


def _is_short(node: exp.Expr, view_columns: Set[int]) -> bool:
    is_typed = isinstance(node, exp.Cast) and node.to.this not in (exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR)
    is_bounded = isinstance(node, exp.Anonymous) and (
        node.this in {_BOUNDED_NUMBER, "count", "sum", "avg"}
        or (node.this == _BOUNDED and node.expressions[1].name == str(SORTED_BYTES))
    )
    return id(node) in view_columns or is_typed or is_bounded or isinstance(node, exp.Literal | exp.Null | exp.Boolean)


def _bound_searched(node: exp.Expr | None) -> None:
    """Bound what is looked for in another text: the time is the product of both lengths."""
    if node is not None and not isinstance(node, exp.Literal | exp.Null):
        _bound(node, SEARCHED_BYTES)


def _without_brackets_around(node: exp.Expr) -> exp.Expr | None:
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent


def _whole_call(node: exp.Expr) -> exp.Expr:
    """Return a call of a function with the FILTER and OVER behind it."""
    while isinstance(node.parent, exp.Filter | exp.Window) and node.arg_key == "this":
        node = node.parent
    return node


def _bound(node: exp.Expr, most: int) -> None:
    _put_into(_BOUNDED, node).append("expressions", exp.Literal.number(most))


def _put_into(function: str, node: exp.Expr) -> exp.Anonymous:
    """Put a call of a function in the place of a node, which becomes its first argument; return the call."""
    call = exp.Anonymous(this=function)
    node.replace(call)
    call.append("expressions", node)
    return call


def _keep_names(tree: exp.Expr) -> None:
    """Give each column in which there is a check the name it had without."""
    for query in tree.find_all(exp.Select):
        for entry in query.expressions:
            if isinstance(entry, exp.Alias) or all(call.this not in _CHECKS for call in entry.find_all(exp.Anonymous)):
                continue
            name = exp.to_identifier(implied_name(entry, _CHECKS), quoted=True)
            holder = exp.Alias(alias=name)
            entry.replace(holder)
            holder.set("this", entry)
