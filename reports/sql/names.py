"""Resolves every name of a statement as PostgreSQL does: to a view, to a column of one, or to a refusal.

A name PostgreSQL cannot find as a column it takes for a whole row, or, behind a dot, for a function called with the
row. So a column counts only if it is found here, and no function is reached that was not called as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from sqlglot import exp

from reports.sql.errors import Refused
from reports.sql.grammar import QUERIES, TABLE_FUNCTIONS
from reports.sql.limits import COLUMNS, RELATIONS
from reports.sql.limits import QUERIES as QUERIES_AT_MOST
from reports.sql.views import BY_NAME, SCHEMA

_RESOLVED = (exp.Table, exp.Column, exp.Anonymous, exp.Unnest, exp.Lateral, exp.Subquery, *QUERIES)
"""What means something only together with what stands around it."""

Names = list[str | None]
"""What a query puts out, in order; None has no name that could be selected."""


@dataclass
class Scope:
    """What names mean in one query: its own sources and, behind them, those of the query it stands in."""

    ctes: Mapping[str, Names]
    outer: Scope | None = None
    sources: dict[str, Names] = field(default_factory=dict)
    views: set[str] = field(default_factory=set)
    """Those of the sources that are views."""

    def inside(self, *, sees_sources: bool = True) -> Scope:
        """Return the scope of a query that stands in this one."""
        return Scope(self.ctes, self if sees_sources else self.outer)


class Resolver:
    """Walks a statement once; gives each view its schema. `place` tells the position of a node."""

    def __init__(self, place: Callable[[exp.Expr], int | None]) -> None:
        self.place = place
        self.relations = 0
        self.queries = 0
        self.seen: dict[int, exp.Expr] = {}
        """What was resolved, by identity. Holds the nodes, so that none of these numbers is given to another one."""
        self.names_of_ctes: set[int] = set()
        self.view_columns: set[int] = set()

    def refuse(self, message: str, node: exp.Expr) -> NoReturn:
        """Raise Refused at a node."""
        raise Refused(message, self.place(node))

    def statement(self, tree: exp.Expr) -> None:
        """Resolve a whole statement. Raises Refused, also for whatever was not visited on the way."""
        self.query(tree, Scope({}))
        for node in tree.walk():
            if not isinstance(node, _RESOLVED):
                continue
            is_view = isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier)
            is_qualified = not is_view or node.text("db") == SCHEMA or id(node) in self.names_of_ctes
            if id(node) not in self.seen or not is_qualified:
                self.refuse("This is not understood here", node)

    def query(self, node: exp.Expr, scope: Scope) -> Names:
        """Resolve a query in a fresh scope; return what it puts out. Raises Refused."""
        self.seen[id(node)] = node
        self.queries += 1
        if self.queries > QUERIES_AT_MOST:
            self.refuse(f"More than {QUERIES_AT_MOST} subqueries", node)
        if isinstance(node, exp.Subquery):
            return self._wrapped(node, scope)
        if isinstance(node, exp.Values):
            self._children(node, scope)
            rows = node.expressions
            return [f"column{n + 1}" for n in range(len(rows[0].expressions) if rows else 0)]
        self._with(node, scope)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, scope)
        if not isinstance(node, exp.Select):
            self.refuse("This is not a query", node)
        return self._select(node, scope)

    def _wrapped(self, node: exp.Subquery, scope: Scope) -> Names:
        """Resolve a query in brackets, which may have an order and a limit of its own."""
        if not isinstance(node.this, (*QUERIES, exp.Subquery)) or node.args.get("joins"):
            self.refuse("Joins in brackets are not offered: leave the brackets out", node)
        self._with(node, scope)
        names = self.query(node.this, scope.inside())
        self._order(node, scope, names)
        self._children(node, scope, without=("this", "alias", "with_", "order"))
        return names

    def _with(self, node: exp.Expr, scope: Scope) -> None:
        clause = node.args.get("with_")
        if clause is None:
            return
        known = dict(scope.ctes)
        scope.ctes = known
        for cte in clause.expressions:
            name = _name(cte.args["alias"].this)
            if name.startswith("pg_"):
                # every name without a schema that we send is one of these, and no relation of the server's catalog
                self.refuse("A name that begins with pg_ is not offered here", cte.args["alias"])
            columns: list[str] = [_name(c) for c in cte.args["alias"].columns]
            if clause.recursive and isinstance(cte.this, exp.Union):
                first = Scope(dict(known), scope.outer)
                known[name] = [*columns] or self.query(cte.this.this.copy(), first)
            names = self.query(cte.this, Scope(dict(known), scope.outer))
            known[name] = self._renamed(names, columns, cte)

    def _renamed(self, names: Names, columns: list[str], node: exp.Expr) -> Names:
        if len(columns) > len(names):
            self.refuse("There are more column names than columns", node)
        return [*columns, *names[len(columns) :]]

    def _set_operation(self, node: exp.SetOperation, scope: Scope) -> Names:
        names = self.query(node.this, scope.inside())
        self.query(node.expression, scope.inside())
        self._order(node, scope, names)
        self._children(node, scope, without=("this", "expression", "with_", "order"))
        return names

    def _select(self, node: exp.Select, scope: Scope) -> Names:
        tables = [node.args["from_"]] if node.args.get("from_") else []
        for part in (*tables, *node.args.get("joins", []), *node.args.get("laterals", [])):
            self._source(part.this if isinstance(part, exp.From | exp.Join) else part, scope)
        names = self._outputs(node, scope)
        for join in node.args.get("joins", []):
            self._children(join, scope, without=("this",))
        self._children(node, scope, without=("from_", "joins", "laterals", "with_", "order", "group", "distinct"))
        self._order(node, scope, names)
        return names

    def _order(self, node: exp.Expr, scope: Scope, outputs: Names) -> None:
        """Resolve what may also name a column that is put out, if it is nothing but that name."""
        distinct = node.args.get("distinct")
        clauses = [node.args.get("order"), node.args.get("group")]
        clauses.append(distinct.args.get("on") if isinstance(distinct, exp.Distinct) else None)
        for clause in clauses:
            for entry in clause.expressions if clause is not None else []:
                asked = entry.this if isinstance(entry, exp.Ordered) else entry
                bare = isinstance(asked, exp.Column) and asked.args.get("table") is None
                if bare and _name(asked.this) in outputs:
                    self.seen[id(asked)] = asked
                else:
                    self.expression(asked, scope)

    def _source(self, node: exp.Expr, scope: Scope) -> None:
        """Take a part of FROM into the scope."""
        self.seen[id(node)] = node
        self.relations += 1
        if self.relations > RELATIONS:
            self.refuse(f"More than {RELATIONS} views and subqueries", node)
        alias = node.args.get("alias")
        name, columns = (_name(alias.this), [_name(c) for c in alias.columns]) if alias else ("", [])
        if isinstance(node, exp.Table):
            found, own = self._table(node, scope, name)
            name = name or own
        elif isinstance(node, exp.Lateral):
            found = self._lateral(node, scope, name)
        elif isinstance(node, exp.Unnest):
            found = self._unnest(node, scope, name)
        elif isinstance(node, exp.Subquery | exp.Values):
            found = self.query(node, scope.inside(sees_sources=False))
        else:
            self.refuse("This is not offered in FROM", node)
        name = name or f"?{self.relations}"
        if name in scope.sources:
            self.refuse(f"Two parts of FROM are called {name}: give one an alias", node)
        scope.sources[name] = self._renamed(found, columns, node)
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier) and id(node) not in self.names_of_ctes:
            scope.views.add(name)

    def _table(self, node: exp.Table, scope: Scope, alias: str) -> tuple[Names, str]:
        if isinstance(node.this, exp.Anonymous):
            return self._function(node.this, scope, alias, node), node.this.name.lower()
        name, schema = _name(node.this), node.args.get("db")
        is_plain = isinstance(node.this, exp.Identifier) and isinstance(schema, exp.Identifier | None)
        if node.args.get("catalog") or not is_plain:
            self.refuse("This is not offered in FROM", node)
        if schema is None and name in scope.ctes:
            self.names_of_ctes.add(id(node))
            return scope.ctes[name], name
        if schema is not None and _name(schema) != SCHEMA:
            self.refuse(f"{_name(schema)}.{name} is not one of the views", node)
        if name not in BY_NAME:
            self.refuse(f"{name} is not one of the views", node)
        node.set("db", exp.to_identifier(SCHEMA, quoted=True))
        return list(BY_NAME[name].names), name

    def _function(self, call: exp.Anonymous, scope: Scope, alias: str, node: exp.Expr) -> Names:
        name = str(call.this).lower()
        if name not in TABLE_FUNCTIONS:
            self.refuse(f"The function {name} is not offered in FROM", call)
        self.expression(call, scope)
        ordinality = ["ordinality"] if node.args.get("ordinality") else []
        return [alias or name, *ordinality]

    def _unnest(self, node: exp.Unnest, scope: Scope, alias: str) -> Names:
        self._children(node, scope, without=("alias", "offset"))
        names: Names = [alias or "unnest"] * len(node.expressions)
        ordinality = node.args.get("offset")
        if isinstance(ordinality, exp.Identifier):
            # the parser takes the last of the names in brackets for it
            return [*names, ordinality.name]
        return [*names, "ordinality"] if ordinality else names

    def _lateral(self, node: exp.Lateral, scope: Scope, alias: str) -> Names:
        if isinstance(node.this, exp.Subquery):
            return self.query(node.this, scope.inside())
        if isinstance(node.this, exp.Anonymous):
            return self._function(node.this, scope, alias, node)
        return self.refuse("This is not offered in FROM", node)

    def _outputs(self, node: exp.Select, scope: Scope) -> Names:
        names: Names = []
        for entry in node.expressions:
            if isinstance(entry, exp.Star):
                names += [name for columns in scope.sources.values() for name in columns]
            elif isinstance(entry, exp.Column) and isinstance(entry.this, exp.Star):
                here, source = self._source_of(entry, scope)
                names += here.sources[source]
            else:
                names.append(output_name(entry))
        if not names:
            self.refuse("The SELECT has no columns", node)
        if len(names) > COLUMNS:
            self.refuse(f"More than {COLUMNS} columns", node)
        return names

    def expression(self, node: exp.Expr, scope: Scope) -> None:
        """Resolve an expression. Raises Refused."""
        self.seen[id(node)] = node
        if isinstance(node, (*QUERIES, exp.Subquery)):
            self.query(node, scope.inside())
        elif isinstance(node, exp.Column):
            self._column(node, scope)
        else:
            self._children(node, scope, without=("using", "alias"))

    def _children(self, node: exp.Expr, scope: Scope, without: tuple[str, ...] = ()) -> None:
        for key, value in node.args.items():
            if key in without:
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, exp.Expr):
                    self.expression(child, scope)

    def _column(self, node: exp.Column, scope: Scope) -> None:
        if node.args.get("table") is not None:
            here, source = self._source_of(node, scope)
            if not isinstance(node.this, exp.Star) and _name(node.this) not in here.sources[source]:
                self.refuse(f"There is no column {_name(node.args['table'])}.{_name(node.this)}", node.this)
            if source in here.views:
                self.view_columns.add(id(node))
            return
        name = _name(node.this)
        outer: Scope | None = scope
        while outer is not None:
            holders = {source for source, columns in outer.sources.items() if name in columns}
            if holders:
                if holders <= outer.views:
                    self.view_columns.add(id(node))
                return
            outer = outer.outer
        self.refuse(f"There is no column {name}", node)

    def _source_of(self, node: exp.Column, scope: Scope) -> tuple[Scope, str]:
        """Return where the source stands that a column or `t.*` names, and its name there."""
        if node.args.get("db") is not None or node.args.get("catalog") is not None:
            self.refuse("Columns are called by the name of their view, without its schema", node)
        name = _name(node.args["table"])
        here: Scope | None = scope
        while here is not None:
            if name in here.sources:
                return here, name
            here = here.outer
        return self.refuse(f"There is no {name} in FROM", node.args["table"])


def _name(node: exp.Expr | None) -> str:
    """Return an identifier, whose case was settled before."""
    return node.name if node is not None else ""


def output_name(node: exp.Expr) -> str | None:
    """Return the name PostgreSQL gives an entry of a SELECT; None for `?column?` and what nobody can rely on."""
    if isinstance(node, exp.Alias | exp.Column):
        return node.output_name
    if isinstance(node, exp.Filter | exp.Window | exp.WithinGroup | exp.Paren):
        return output_name(node.this)
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    if isinstance(node, exp.Cast):
        return output_name(node.this) if isinstance(node.this, exp.Column | exp.Anonymous) else None
    return None
