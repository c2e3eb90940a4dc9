"""What a statement may be made of: nodes, types and functions. What is not named here is refused."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import TokenType

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

        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS = {
            name: parse for name, parse in PostgresParser.FUNCTION_PARSERS.items() if name in _SPECIAL_SYNTAX
        }
        NO_PAREN_FUNCTIONS = {
            token: node for token, node in PostgresParser.NO_PAREN_FUNCTIONS.items() if node in _WITHOUT_BRACKETS
        }
        NO_PAREN_FUNCTION_PARSERS = {name: PostgresParser.NO_PAREN_FUNCTION_PARSERS[name] for name in ("ANY", "CASE")}

        def _parse_interval(self, *args: Any, **kwargs: Any) -> Any:
            """Read `interval '…'` as a text of that type: the parser's own reading cuts off what it does not know."""
            index = self._index
            if self._match(TokenType.INTERVAL) and self._match(TokenType.STRING):
                text = exp.Literal.string(self._prev.text).update_positions(self._prev)
                if self._curr and self._curr.text.upper() in UNITS:
                    self.raise_error("The unit belongs into the quotes")
                return exp.Cast(this=text, to=exp.DataType(this=exp.DataType.Type.INTERVAL))
            self._retreat(index)
            return None

        def _warn_unsupported(self) -> None:
            """Stay silent: a statement that is no query is refused, and nobody's SQL goes into the logs."""


QUERIES = (exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Values)
PREDICATES = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
TESTS = (exp.In, exp.Between, exp.Like, exp.ILike, exp.SimilarTo, exp.Is, exp.RegexpLike, exp.RegexpILike)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg)

NODES: frozenset[type[exp.Expr]] = frozenset(
    (
        *QUERIES, *PREDICATES, *TESTS, *ARITHMETIC,
        # a query and its clauses
        exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join, exp.Lateral, exp.Table, exp.TableAlias, exp.Where,
        exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Fetch, exp.LimitOptions,
        exp.Distinct, exp.Star, exp.Alias, exp.Tuple, exp.Unnest,
        # names and values
        exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Array, exp.Var,
        # expressions
        exp.Paren, exp.And, exp.Or, exp.Not, exp.Escape, exp.Exists, exp.Any, exp.All, exp.DPipe, exp.Case, exp.If,
        exp.Cast, exp.DataType, exp.DataTypeParam, exp.AtTimeZone,
        # functions
        exp.Anonymous, exp.Filter, exp.Window, exp.WindowSpec, exp.WithinGroup, exp.CurrentDate,
        exp.CurrentTimestamp, exp.Extract, exp.Substring, exp.Trim, exp.StrPosition,
    )
)  # fmt: skip

_Type = exp.DataType.Type
TYPES = frozenset(
    (
        _Type.SMALLINT, _Type.INT, _Type.BIGINT, _Type.DECIMAL, _Type.FLOAT, _Type.DOUBLE, _Type.BOOLEAN, _Type.TEXT,
        _Type.VARCHAR, _Type.DATE, _Type.TIME, _Type.TIMESTAMP, _Type.TIMESTAMPTZ, _Type.INTERVAL, _Type.UUID,
    )
)  # fmt: skip

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
JOINS = {
    "side": {"", "LEFT", "RIGHT", "FULL"},
    "kind": {"", "INNER", "OUTER", "CROSS"},
    "method": {"", "NATURAL"},
}
GROWING = frozenset({"replace", "concat", "concat_ws", "lpad", "rpad", "repeat"})
"""What can make a value larger than what went in: the server checks each result against CELL_BYTES."""

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
