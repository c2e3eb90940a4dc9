"""What a statement may be made of: nodes, types and functions. What is not named here is refused."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import TokenType

from dealport.kit.values import Json
from reports.sql.errors import Refused
from reports.sql.limits import STEPS_PER_TOKEN

_SPECIAL_SYNTAX = {"CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM"}
UNITS = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}
_WITHOUT_BRACKETS = (exp.CurrentDate, exp.CurrentTimestamp)


class Console(Postgres):
    """PostgreSQL as it is written here: every function keeps the name it was called by.

    The parser's own ideas of a function (renamed, its formats translated) would change what is run, and one name
    for everything makes the list of functions complete.
    """

    class Parser(PostgresParser):
        """Knows the functions whose arguments are not a plain list, and no other."""

        FUNCTIONS: ClassVar[Json] = {}
        FUNCTION_PARSERS = {
            name: parse for name, parse in PostgresParser.FUNCTION_PARSERS.items() if name in _SPECIAL_SYNTAX
        }
        NO_PAREN_FUNCTIONS = {
            token: node for token, node in PostgresParser.NO_PAREN_FUNCTIONS.items() if node in _WITHOUT_BRACKETS
        }
        NO_PAREN_FUNCTION_PARSERS = {name: PostgresParser.NO_PAREN_FUNCTION_PARSERS[name] for name in ("ANY", "CASE")}

        def _parse_interval(self, *args: object, **kwargs: object) -> Any:
            """Read `interval '…'` as a text of that type: the parser's own reading cuts off what it does not know."""
            index = self._index
            if self._match(TokenType.INTERVAL) and self._match(TokenType.STRING):
                text = exp.Literal.string(self._prev.text).update_positions(self._prev)
                if self._curr and self._curr.text.upper() in UNITS:
                    self.raise_error("The unit belongs into the quotes")
                return exp.Cast(this=text, to=exp.DataType(this=exp.DataType.Type.INTERVAL))
            self._retreat(index)
            return None

        def _advance_chunk(self) -> None:
            """Begin a statement; a comment behind the last semicolon counts as one."""
            self._steps = 0
            super()._advance_chunk()

        def _advance(self, times: int = 1) -> None:
            """Go to another token, as often as a statement of that length may take: where it is unsure it goes back."""
            self._steps += 1
            if self._steps > STEPS_PER_TOKEN * (self._tokens_size + 10):
                raise Refused("The statement takes too long to read; write it more simply")
            super()._advance(times)

        def _warn_unsupported(self) -> None:
            """Stay silent: a statement that is no query is refused, and nobody's SQL goes into the logs."""


QUERIES = (exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Values)
PREDICATES = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
TESTS = (exp.In, exp.Between, exp.Like, exp.ILike, exp.SimilarTo, exp.Is, exp.RegexpLike, exp.RegexpILike)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg)

_Type = exp.DataType.Type
TYPES = frozenset(
    (
        _Type.SMALLINT, _Type.INT, _Type.BIGINT, _Type.DECIMAL, _Type.FLOAT, _Type.DOUBLE, _Type.BOOLEAN, _Type.TEXT,
        _Type.VARCHAR, _Type.DATE, _Type.TIME, _Type.TIMESTAMP, _Type.TIMESTAMPTZ, _Type.INTERVAL, _Type.UUID,
    )
)  # fmt: skip

_Rule = Set[Any]
"""What one argument of a node may hold: types of nodes, words, True, or `str` for any text."""

_TEXT: _Rule = {str}
_SET: _Rule = {True}
_NAME: _Rule = {exp.Identifier}
_ALIAS: _Rule = {exp.TableAlias}
_QUERY: _Rule = {*QUERIES, exp.Subquery}
_SOURCE: _Rule = {exp.Table, exp.Subquery, exp.Values, exp.Unnest, exp.Lateral}
_VALUE: _Rule = {
    *PREDICATES, *TESTS, *ARITHMETIC, exp.And, exp.Or, exp.Not, exp.Escape, exp.Exists, exp.Any, exp.All,
    exp.Column, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Subquery, exp.Tuple, exp.Array,
    exp.DPipe, exp.Case, exp.Cast, exp.AtTimeZone, exp.Anonymous, exp.Filter, exp.Window, exp.WithinGroup,
    exp.CurrentDate, exp.CurrentTimestamp, exp.Extract, exp.Substring, exp.Trim, exp.StrPosition,
}  # fmt: skip
_PAIR = {"this": _VALUE, "expression": _VALUE}
_ENDS: dict[str, _Rule] = {
    "with_": {exp.With},
    "order": {exp.Order},
    "limit": {exp.Limit, exp.Fetch},
    "offset": {exp.Offset},
}
_COMBINED: dict[str, _Rule] = {**_ENDS, "this": _QUERY, "expression": _QUERY, "distinct": _SET}
_BOUND = {"UNBOUNDED", "CURRENT ROW", *_VALUE}

NODES: Mapping[type[exp.Expr], Mapping[str, _Rule]] = {
    # queries and their clauses
    exp.Select: {
        **_ENDS, "expressions": {*_VALUE, exp.Alias, exp.Star}, "distinct": {exp.Distinct}, "from_": {exp.From},
        "joins": {exp.Join}, "where": {exp.Where}, "group": {exp.Group}, "having": {exp.Having},
        "windows": {exp.Window},
    },
    exp.Union: _COMBINED, exp.Intersect: _COMBINED, exp.Except: _COMBINED,
    exp.Values: {**_ENDS, "expressions": {exp.Tuple}, "alias": _ALIAS},
    exp.Subquery: {**_ENDS, "this": _QUERY, "alias": _ALIAS},
    exp.With: {"expressions": {exp.CTE}, "recursive": _SET},
    exp.CTE: {"this": _QUERY, "alias": _ALIAS, "materialized": _SET},
    exp.Where: {"this": _VALUE}, exp.Having: {"this": _VALUE}, exp.Group: {"expressions": _VALUE},
    exp.Distinct: {"expressions": _VALUE, "on": {exp.Tuple}},
    exp.Order: {"expressions": {exp.Ordered}},
    exp.Ordered: {"this": _VALUE, "desc": _SET, "nulls_first": _SET},
    exp.Limit: {"expression": _VALUE}, exp.Offset: {"expression": _VALUE},
    exp.Fetch: {"direction": {"FIRST", "NEXT"}, "count": _VALUE, "limit_options": {exp.LimitOptions}},
    exp.LimitOptions: {"rows": _SET, "with_ties": _SET},
    # what stands in FROM; the resolver says more of a name with a schema than that it is not offered
    exp.From: {"this": _SOURCE},
    exp.Join: {
        "this": _SOURCE, "on": _VALUE, "using": _NAME, "side": {"LEFT", "RIGHT", "FULL"},
        "kind": {"INNER", "OUTER", "CROSS"}, "method": {"NATURAL"},
    },
    exp.Table: {
        "this": {exp.Identifier, exp.Anonymous}, "db": _NAME, "catalog": _NAME, "alias": _ALIAS, "ordinality": _SET
    },
    exp.Lateral: {"this": {exp.Subquery, exp.Anonymous}, "alias": _ALIAS, "ordinality": _SET},
    exp.Unnest: {"expressions": _VALUE, "alias": _ALIAS, "offset": {exp.Identifier, True}},
    exp.TableAlias: {"this": _NAME, "columns": _NAME},
    # names and values
    exp.Alias: {"this": _VALUE, "alias": _NAME},
    exp.Column: {"this": {exp.Identifier, exp.Star}, "table": _NAME, "db": _NAME, "catalog": _NAME},
    exp.Identifier: {"this": _TEXT, "quoted": _SET},
    exp.Literal: {"this": _TEXT, "is_string": _SET},
    exp.Boolean: {"this": _SET}, exp.Null: {}, exp.Star: {}, exp.Var: {"this": _TEXT},
    exp.Array: {"expressions": _VALUE}, exp.Tuple: {"expressions": _VALUE},
    # expressions
    **dict.fromkeys((*PREDICATES, *ARITHMETIC, exp.And, exp.Or, exp.SimilarTo, exp.RegexpLike, exp.RegexpILike), _PAIR),
    exp.Div: {**_PAIR, "typed": _SET},
    exp.Neg: {"this": _VALUE}, exp.Not: {"this": _VALUE}, exp.Paren: {"this": _VALUE},
    exp.Like: {**_PAIR, "negate": _SET}, exp.ILike: {**_PAIR, "negate": _SET}, exp.Is: {**_PAIR, "negate": _SET},
    exp.In: {"this": _VALUE, "expressions": _VALUE, "query": {exp.Subquery}},
    exp.Between: {"this": _VALUE, "low": _VALUE, "high": _VALUE, "symmetric": _SET},
    exp.Escape: {"this": {exp.Like, exp.ILike, exp.SimilarTo}, "expression": _VALUE},
    exp.Exists: {"this": _QUERY}, exp.Any: {"this": {*_VALUE, *_QUERY}}, exp.All: {"this": {*_VALUE, *_QUERY}},
    exp.DPipe: {**_PAIR, "safe": _SET},
    exp.Case: {"this": _VALUE, "ifs": {exp.If}, "default": _VALUE},
    exp.If: {"this": _VALUE, "true": _VALUE},
    exp.Cast: {"this": _VALUE, "to": {exp.DataType}},
    exp.DataType: {"this": TYPES, "expressions": {exp.DataTypeParam}},
    exp.DataTypeParam: {"this": {exp.Literal}},
    exp.AtTimeZone: {"this": _VALUE, "zone": _VALUE},
    # functions
    exp.Anonymous: {"this": _TEXT, "expressions": {*_VALUE, exp.Distinct, exp.Star}},
    exp.Filter: {"this": {exp.Anonymous, exp.WithinGroup}, "expression": {exp.Where}},
    exp.WithinGroup: {"this": {exp.Anonymous}, "expression": {exp.Order}},
    exp.Window: {
        "this": {exp.Anonymous, exp.Filter, exp.Identifier}, "partition_by": _VALUE, "order": {exp.Order},
        "spec": {exp.WindowSpec}, "alias": _NAME, "over": {"OVER"},
    },
    exp.WindowSpec: {
        "kind": {"ROWS", "RANGE", "GROUPS"}, "start": _BOUND, "start_side": {"PRECEDING", "FOLLOWING"},
        "end": _BOUND, "end_side": {"PRECEDING", "FOLLOWING"},
    },
    exp.CurrentDate: {}, exp.CurrentTimestamp: {},
    exp.Extract: {"this": {exp.Var}, "expression": _VALUE},
    exp.Substring: {"this": _VALUE, "start": _VALUE, "length": _VALUE},
    exp.Trim: {"this": _VALUE, "position": {"BOTH", "LEADING", "TRAILING"}, "expression": _VALUE},
    exp.StrPosition: {"this": _VALUE, "substr": _VALUE},
}  # fmt: skip
"""What a statement may be made of: each type of node, each of its arguments, and what that may hold."""

_AGGREGATES = """
    count sum avg min max bool_and bool_or every stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop
    covar_samp regr_slope regr_intercept regr_r2 percentile_cont percentile_disc mode
"""
_WINDOWS = "row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value"
_NUMBERS = """
    abs ceil ceiling floor round trunc sign sqrt cbrt power exp ln log mod div greatest least coalesce nullif
    width_bucket
"""
_TEXTS = """
    upper lower initcap length char_length octet_length left right btrim ltrim rtrim substr strpos split_part reverse
    starts_with translate md5 ascii to_char to_number
"""
_TIMES = """
    now date date_trunc date_part date_bin age make_date to_date to_timestamp justify_days justify_hours isfinite
"""
GROWING = frozenset({"replace", "concat", "concat_ws", "lpad", "rpad", "repeat"})
"""What can make a value larger than what went in: the server checks each result against CELL_BYTES."""

_POWERS = "power exp ln log sqrt mod div to_number"
_VARIANCES = "stddev stddev_pop stddev_samp variance var_pop var_samp"
COMPUTED = frozenset(f"{_POWERS} {_VARIANCES}".split())
"""What can make a number longer than what went in, or takes long for a long one: checked against NUMBER_DIGITS."""

SEARCHING = frozenset({"translate", "btrim", "ltrim", "rtrim", "strpos", "split_part", "replace"})
"""What looks for its second argument in the first: that is checked against SEARCHED_BYTES."""

FUNCTIONS = frozenset((_AGGREGATES + " " + _WINDOWS + _NUMBERS + _TEXTS + _TIMES).split()) | GROWING
TABLE_FUNCTIONS = frozenset({"generate_series"})

LITERAL_NUMBERS = {"repeat": (1, 100), "lpad": (1, 1000), "rpad": (1, 1000)}
"""Arguments that must be written out, and how large they may be: (which argument, at most)."""

LITERAL_TEXTS = {"replace": (2, 100), "to_char": (1, 100)}
"""The same of texts, and how long."""

ARGUMENTS = 50
"""Arguments of one function, and entries of one array: what each of them holds adds up."""

NAMED: dict[type[exp.Expr], tuple[str, str | None]] = {
    exp.Into: ("SELECT INTO", "INTO"),
    exp.Lock: ("A lock on rows", "FOR"),
    exp.Insert: ("INSERT", "INSERT"),
    exp.Update: ("UPDATE", "UPDATE"),
    exp.Delete: ("DELETE", "DELETE"),
    exp.Merge: ("MERGE", "MERGE"),
    exp.TableSample: ("TABLESAMPLE", "TABLESAMPLE"),
    exp.Collate: ("COLLATE", "COLLATE"),
    exp.Dot: ("A field of a value or a name with a schema", "."),
    exp.Operator: ("OPERATOR()", "OPERATOR"),
    exp.ByteString: ("A text with escapes (E'…')", None),
    exp.RawString: ("A dollar-quoted text", None),
    exp.Parameter: ("A parameter", None),
    exp.Placeholder: ("A parameter", None),
    exp.JSONExtract: ("->", "->"),
    exp.JSONExtractScalar: ("->>", "->>"),
    exp.Pow: ("The operator ^", "^"),
    exp.BitwiseAnd: ("The operator & (or a text or name with Unicode escapes)", "&"),
    exp.Rollup: ("ROLLUP", "ROLLUP"),
    exp.Cube: ("CUBE", "CUBE"),
    exp.GroupingSets: ("GROUPING SETS", "GROUPING"),
    exp.ObjectIdentifier: ("A cast to a name of the database (regclass and the like)", None),
    exp.Concat: ("A text in several pieces", None),
}
"""How refused nodes are called, and the word they begin with."""
