"""The name PostgreSQL gives a column that was given none (FigureColname in its parser)."""

from __future__ import annotations

from collections.abc import Set

from sqlglot import exp

_Type = exp.DataType.Type
_TYPES = {
    _Type.SMALLINT: "int2", _Type.INT: "int4", _Type.BIGINT: "int8", _Type.DECIMAL: "numeric", _Type.FLOAT: "float4",
    _Type.DOUBLE: "float8", _Type.BOOLEAN: "bool",
}  # fmt: skip
_NAMES: dict[type[exp.Expr], str] = {
    exp.CurrentDate: "current_date", exp.CurrentTimestamp: "current_timestamp", exp.Extract: "extract",
    exp.Substring: "substring", exp.StrPosition: "position", exp.AtTimeZone: "timezone", exp.Exists: "exists",
}  # fmt: skip
_TRIMS = {"LEADING": "ltrim", "TRAILING": "rtrim"}
UNNAMED = "?column?"


def implied_name(node: exp.Expr, transparent: Set[str] = frozenset()) -> str:
    """Return the name of a column of a SELECT; a call of a function in `transparent` has that of its first argument."""
    return _name(node, transparent)[0] or UNNAMED


def _name(node: exp.Expr | None, transparent: Set[str]) -> tuple[str, bool]:
    """Return a name, empty for none, and whether it counts more than that of a cast around it."""
    if isinstance(node, exp.Alias | exp.Column):
        return node.output_name, True
    if isinstance(node, exp.Paren | exp.Filter | exp.Window | exp.WithinGroup):
        return _name(node.this, transparent)
    if isinstance(node, exp.Anonymous):
        return _name(node.expressions[0], transparent) if node.this in transparent else (node.this, True)
    if isinstance(node, exp.Trim):
        return _TRIMS.get(node.text("position"), "btrim"), True
    if isinstance(node, exp.Cast):
        inner = _name(node.this, transparent)
        return inner if inner[1] else (_TYPES.get(node.to.this, str(node.to.this.value).lower()), False)
    if isinstance(node, exp.Case):
        default = _name(node.args.get("default"), transparent)
        return default if default[1] else ("case", False)
    if isinstance(node, exp.Subquery):
        first = node.this
        while isinstance(first, exp.SetOperation | exp.Subquery):
            first = first.this
        return _name(first.expressions[0], transparent) if isinstance(first, exp.Select) else ("column1", True)
    return (_NAMES[type(node)], True) if node is not None and type(node) in _NAMES else ("", False)
