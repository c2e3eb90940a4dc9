"""Statements made from the grammar of SELECT: most as a person might ask, some with one hostile part, some garbled.

Number and seed decide a statement: what a run found is found again.
"""
# ruff: noqa: E501  (a form a line)

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

Columns = list[tuple[str, str]]
"""Names and kinds: n number, t text, d moment, b boolean."""

KINDS = "ntdb"
ALIASES = [
    "a", "b", "o", "t1", "Orders", "users", "pg_sleep", "lower", "set_config", '"my view"', '"Ünï"', '"select"', '"a""b"',
    "customers_user", "natural_", '"or--ders"', '"/*"', "$x$"[1:2],
]  # fmt: skip
CTES = ["orders", "recent", "customers_user", "stores", "x", '"Big one"', "now", '"with"']
LITERALS = {
    "n": ["0", "1", "-7", "2.50", "1e3", "12345678901234567890", "5.", "0.001"],
    "t": ["'x'", "''", "'it''s'", "'--'", "'/*'", "'SELECT * FROM pg_roles'", "'ü€😀'", "';'", r"'\'", "'$$'"],
    "d": ["date '2026-02-28'", "timestamp '2026-03-29 02:30'", "now()", "current_date", "'2026-01-01'::timestamptz"],
    "b": ["true", "false", "NULL::boolean"],
}
SPACES = [" ", " ", " ", " ", "  ", "\n", "\t", " /* x */ ", "/**/", " /* a /* b */ ; */ ", " -- ' ; DROP\n", "\r\n"]

NESTED = "stores z1 JOIN orders z2 {0} {1} z3 ON true ON true"
RELATIONS = [
    *(NESTED.format(join, inner) for join in ("JOIN", "LEFT JOIN", "FULL JOIN") for inner in ("pg_roles", "refunds", "(SELECT 1)")),
    "pg_roles", "pg_catalog.pg_class", "information_schema.tables", "customers_user", "public.orders_order", "pg_settings",
    '"pg_stat_activity"', "PG_USER", "ONLY orders", "orders TABLESAMPLE SYSTEM (1)", "pg_sleep(1)", "pg_ls_dir('/')",
    "ROWS FROM (generate_series(1, 2))", "unnest(pg_ls_dir('/'))", "LATERAL pg_sleep(9)", "(TABLE pg_roles)", "dblink('x')",
    "(stores s1 JOIN pg_roles r1 ON true)", "ts_stat('SELECT 1')", "reporting.pg_roles", "U&\"pg\\005froles\"",
    "json_each('{}')", "(DELETE FROM orders RETURNING id)", "stores s2 JOIN orders o2 JOIN pg_roles r2 ON true ON true",
]  # fmt: skip
VALUES = [
    "pg_sleep(1)", "set_config('a.b', 'c', false)", "pg_advisory_lock(1)", "current_setting('x')", "version()", "lo_creat(1)",
    "pg_catalog.pg_sleep(1)", '"pg_sleep"(1)', "query_to_xml('SELECT 1', true, true, '')", "current_user", "array_agg(1)",
    "string_agg('x', ',')", "'pg_roles'::regclass", "'x'::xml", "row_to_json(ROW(1))", "ROW(1, 2)::text", "1 OPERATOR(+) 2",
    "(SELECT count(*) FROM pg_roles)", "(SELECT rolname FROM pg_authid LIMIT 1)", "ARRAY(SELECT rolname FROM pg_roles)",
    "E'\\x41'", "$$x$$", "B'1'", "X'1F'", "U&'\\0061'", "1 ^ 2", "'{}'::json ->> 'a'", "nextval('s')", "random()", "7 & 3",
    "CAST('x' AS regproc)", "pg_typeof(1)", "EXISTS (SELECT FROM pg_user)", "1 = ANY(SELECT usesysid FROM pg_user)",
    "count(*) FILTER (WHERE pg_sleep(1) IS NULL)", "sum(1) OVER (ORDER BY pg_sleep(1))", "repeat('x', 1000)", "reporting.too_wide()",
    "mode() WITHIN GROUP (ORDER BY pg_sleep(1))", "CASE WHEN version() = '' THEN 1 END", "concat(VARIADIC ARRAY['a'])",
    "(WITH q AS (UPDATE orders SET id = 1 RETURNING 1) SELECT 1 FROM q)", "1 COLLATE \"C\"", "'a' 'b'", "interval '1' day", "$1",
    "bounded(1, 2)", "ARRAY[ARRAY[1]]", "(1, 2) IS NULL", "1_000", "0x1F", "1e1000", "9" * 120, "xmin", "pg_roles.rolname",
]  # fmt: skip
ENDINGS = [
    " FOR UPDATE", " FOR SHARE OF o", "; SELECT 1", "; DROP TABLE orders", " INTO stolen", " UNION SELECT usename FROM pg_user",
    " UNION ALL (TABLE pg_roles)", " LIMIT (SELECT 1 FROM pg_roles)", " ORDER BY pg_sleep(1)", " OFFSET pg_sleep(1)::int", " -- \r x",
    " FETCH FIRST 1 PERCENT ROWS ONLY", " \x00", ";;DELETE FROM orders", " WINDOW w AS (ORDER BY pg_sleep(1))", " GROUP BY ROLLUP (1)",
]  # fmt: skip
_CUT = re.compile(r"\s+|\w+|'[^']*'|\"[^\"]*\"|.", re.DOTALL)


@dataclass
class Scope:
    """What a part of a statement may name: sources of its query and of those around it, and named queries."""

    ctes: dict[str, Columns] = field(default_factory=dict)
    sources: list[tuple[str, Columns]] = field(default_factory=list)
    outer: Scope | None = None


class Statements:
    """Makes one statement; `is_hostile` tells whether something was put in that must be refused."""

    def __init__(self, seed: int, number: int, views: Mapping[str, Columns]) -> None:
        self.chance = Random(f"{seed}/{number}")
        self.views = views
        self.counter = 0
        self.relations = 0
        self.hostile_in = self.chance.randrange(1, 9) if self.chance.random() < 0.25 else 0
        self.is_hostile = False
        self.is_garbled = False

    def statement(self) -> str:
        """Return the text."""
        text, _ = self.query(3, Scope())
        if self.hostile_in and not self.is_hostile:
            self.is_hostile = True
            text += self.chance.choice(ENDINGS)
        elif not self.is_hostile and self.chance.random() < 0.2:
            self.is_garbled = True
            text = self.garbled(text)
        return text + self.chance.choice(["", "", "", ";", " ;\n-- the end"]) if not self.is_hostile else text

    def garbled(self, text: str) -> str:
        """Return a text with pieces left out, doubled, swapped or replaced."""
        parts = _CUT.findall(text)
        for _ in range(self.chance.randint(1, 3)):
            at, other = self.chance.randrange(len(parts)), self.chance.randrange(len(parts))
            parts[at : at + self.chance.randint(0, 2)] = self.chance.choice([[], [parts[other]], [parts[other], " "]])
            parts = parts or [" "]
        return "".join(parts)

    def hostile(self, parts: list[str]) -> str:
        """Return one of the hostile parts if it is its turn, else nothing."""
        if not self.hostile_in:
            return ""
        self.hostile_in -= 1
        if self.hostile_in:
            return ""
        self.is_hostile = True
        return self.chance.choice(parts)

    def pick(self, *options: Callable[[], str]) -> str:
        return self.chance.choice(options)()

    def may(self, probability: float) -> bool:
        return self.chance.random() < probability

    def space(self) -> str:
        return self.chance.choice(SPACES)

    def name(self, plain: list[str]) -> str:
        self.counter += 1
        return self.chance.choice(plain) if self.may(0.3) else f"c{self.counter}"

    def join(self, *parts: str) -> str:
        return "".join(part + self.space() for part in parts if part)

    # --- queries

    def query(self, depth: int, scope: Scope, kinds: str = "", *, bare: bool = False) -> tuple[str, Columns]:
        """Return a query that puts out columns of these kinds (any, if empty)."""
        kinds = kinds or "".join(self.chance.choices("nntd", k=self.chance.randint(1, 3)))
        choice = self.chance.random()
        if depth and choice < 0.12 and not bare:
            return self.named(depth, scope, kinds)
        if depth and choice < 0.24:
            left, columns = self.query(depth - 1, Scope(dict(scope.ctes), [], scope), kinds, bare=True)
            right, _ = self.query(depth - 1, Scope(dict(scope.ctes), [], scope), kinds, bare=True)
            sign = self.chance.choice(["UNION", "UNION ALL", "INTERSECT", "EXCEPT", "UNION DISTINCT"])
            order = self.chance.choice(["", "", "ORDER BY 1", f"ORDER BY {len(kinds)} DESC NULLS LAST LIMIT 3"])
            is_open = self.may(0.3) and not re.search("ORDER|LIMIT|OFFSET|FETCH|WINDOW", left)
            return self.join(left if is_open else f"({left})", sign, f"({right})", order), columns
        if choice < 0.3:
            rows = [", ".join(self.literal(kind) for kind in kinds) for _ in range(self.chance.randint(1, 3))]
            text = "VALUES " + ", ".join(f"({row})" for row in rows)
            return text, [(f"column{n + 1}", kind) for n, kind in enumerate(kinds)]
        return self.select(depth, scope, kinds)

    def named(self, depth: int, scope: Scope, kinds: str) -> tuple[str, Columns]:
        known = dict(scope.ctes)
        parts = []
        is_recursive = self.may(0.3)
        for _ in range(self.chance.randint(1, 2)):
            name = self.name(CTES)
            if name in known:
                continue
            inner = "".join(self.chance.choices("nntd", k=2))
            if is_recursive and self.may(0.6):
                text, columns = (
                    f"SELECT 1, 'x' UNION ALL SELECT n + 1, s FROM {name} WHERE n < 5",
                    [("n", "n"), ("s", "t")],
                )
                parts.append(f"{name}(n, s) AS ({text})")
            else:
                text, columns = self.query(depth - 1, Scope(dict(known), [], scope.outer), inner)
                columns = [(f"k{n}", kind) for n, (_, kind) in enumerate(columns)]
                hint = self.chance.choice(["", "", "MATERIALIZED", "NOT MATERIALIZED"])
                parts.append(self.join(f"{name}({', '.join(c for c, _ in columns)})", "AS", hint, f"({text})"))
            known[name] = columns
        if not parts:
            return self.select(depth, scope, kinds)
        text, columns = self.query(depth - 1, Scope(known, [], scope.outer), kinds, bare=True)
        return self.join("WITH RECURSIVE" if is_recursive else "WITH", ", ".join(parts), text), columns

    def select(self, depth: int, scope: Scope, kinds: str) -> tuple[str, Columns]:
        inner = Scope(dict(scope.ctes), [], scope.outer)
        froms = self.froms(depth, inner)
        is_grouped = bool(inner.sources) and self.may(0.2)
        if is_grouped:
            return self.grouped(depth, inner, froms, kinds)
        entries, columns = [], []
        for number, kind in enumerate(kinds):
            name = f"r{number}" if self.may(0.8) else f'"R {number}"'
            value = self.hostile(VALUES) or (
                self.windowed(depth, inner, kind) if self.may(0.12) else self.value(depth, inner, kind)
            )
            entries.append(f"{value}{self.space()}AS {name}" if self.may(0.8) else f"{value} AS {name}")
            columns.append((name, kind))
        distinct = self.chance.choice(["", "", "", "", "DISTINCT", "ALL"])
        where = f"WHERE{self.space()}{self.value(depth, inner, 'b')}" if self.may(0.5) else ""
        order = "" if distinct == "DISTINCT" else self.order(depth, inner, columns)
        window = "WINDOW w AS (ORDER BY 1)" if self.may(0.03) else ""
        limit = self.chance.choice(["", "", "", "LIMIT 5", "OFFSET 1", "LIMIT 3 OFFSET 2", "FETCH FIRST 2 ROWS ONLY"])
        return self.join("SELECT", distinct, ", ".join(entries), froms, where, window, order, limit), columns

    def grouped(self, depth: int, scope: Scope, froms: str, kinds: str) -> tuple[str, Columns]:
        key = self.value(1, scope, "t")
        entries, columns = [], []
        for number, kind in enumerate(kinds):
            entries.append(f"{key if kind == 't' else self.aggregate(depth, scope, kind)} AS g{number}")
            columns.append((f"g{number}", kind))
        having = f"HAVING {self.aggregate(depth, scope, 'n')} > 0" if self.may(0.3) else ""
        return self.join("SELECT", ", ".join(entries), froms, f"GROUP BY {key}", having), columns

    def order(self, depth: int, scope: Scope, columns: Columns) -> str:
        if self.may(0.6):
            return ""
        key = self.pick(
            lambda: "1",
            lambda: columns[-1][0],
            lambda: self.value(1, scope, "n") + " + 0",
            lambda: self.value(1, scope, "t"),
        )
        return f"ORDER BY {key} {self.chance.choice(['', 'ASC', 'DESC', 'DESC NULLS LAST', 'NULLS FIRST'])}"

    # --- FROM

    def froms(self, depth: int, scope: Scope) -> str:
        count = self.chance.choice([0, 1, 1, 1, 2, 2, 3])
        parts: list[str] = []
        for number in range(count):
            if self.relations > 14:
                break
            text = self.hostile(RELATIONS) or self.source(depth, scope)
            if not number:
                parts.append(f"FROM{self.space()}{text}")
                continue
            how = self.chance.choice(
                [",", ",", "CROSS JOIN", "JOIN", "INNER JOIN", "LEFT JOIN", "RIGHT OUTER JOIN", "FULL JOIN"]
            )
            on = self.value(1, scope, "b") if how not in (",", "CROSS JOIN", "FULL JOIN") else "1 = 1"
            parts.append(f"{how} {text}" + ("" if how in (",", "CROSS JOIN") else f" ON {on}"))
        return self.space().join(parts)

    def source(self, depth: int, scope: Scope) -> str:
        self.relations += 1
        taken = {name for name, _ in scope.sources}
        alias = self.name(ALIASES)
        while alias.lower() in taken:
            alias = f"s{self.counter}"
            self.counter += 1
        choice = self.chance.random()
        if choice < 0.5 or not depth:
            names = list(scope.ctes) if scope.ctes and self.may(0.4) else list(self.views)
            name = self.chance.choice(names)
            columns = scope.ctes.get(name) or self.views[name]
            schema = (
                self.chance.choice(["reporting.", '"reporting".']) if name not in scope.ctes and self.may(0.2) else ""
            )
            text = f"{schema}{name}{self.space()}{self.chance.choice(['AS ', ''])}{alias}"
        elif choice < 0.75:
            lateral = "LATERAL " if scope.sources and self.may(0.4) else ""
            inner = Scope(dict(scope.ctes), [], scope if lateral else scope.outer)
            query, columns = self.query(depth - 1, inner)
            columns = [(f"k{n}", kind) for n, (_, kind) in enumerate(columns)]
            text = f"{lateral}({query}) AS {alias}({', '.join(name for name, _ in columns)})"
        elif choice < 0.85:
            lateral = self.chance.choice(["", "LATERAL "])
            text, columns = f"{lateral}generate_series(1, {self.chance.randint(1, 5)}) AS {alias}(n)", [("n", "n")]
        elif choice < 0.93:
            kind = self.chance.choice("nt")
            values = ", ".join(self.chance.choice(LITERALS[kind]) for _ in range(2))
            ordinality = self.chance.choice(["", " WITH ORDINALITY"])
            columns = [("u", kind)] + ([("ord", "n")] if ordinality else [])
            text = f"unnest(ARRAY[{values}]){ordinality} AS {alias}({', '.join(name for name, _ in columns)})"
        else:
            text, columns = f"(VALUES (1, 'x'), (2, 'y')) AS {alias}(v, w)", [("v", "n"), ("w", "t")]
        scope.sources.append((alias, columns))
        return text

    # --- values

    def literal(self, kind: str) -> str:
        return self.chance.choice(LITERALS[kind])

    def column(self, scope: Scope, kind: str) -> str:
        """Return a column of that kind which can be seen, or a literal."""
        here: Scope | None = scope
        found = []
        while here is not None:
            found += [f"{source}.{name}" for source, columns in here.sources for name, its in columns if its == kind]
            here = here.outer if self.may(0.5) else None
        return self.chance.choice(found) if found else self.literal(kind)

    def value(self, depth: int, scope: Scope, kind: str) -> str:
        """Return an expression of a kind."""
        if (hostile := self.hostile(VALUES)) or depth <= 0 or self.may(0.35):
            return hostile or (self.column(scope, kind) if self.may(0.8) else self.literal(kind))
        if self.may(0.12) and self.relations < 12:
            query, _ = self.query(depth - 1, Scope(dict(scope.ctes), [], scope), kind)
            return (
                f"(SELECT q.* FROM ({query}) AS q LIMIT 1)"
                if self.may(0.3)
                else f"({query} LIMIT 1)"[: -len(" LIMIT 1)")] + ")"
            )

        def sub(its: str) -> str:
            return self.value(depth - 1, scope, its)

        return self.chance.choice(self.forms(kind))(sub)

    def forms(self, kind: str) -> list[Callable[[Callable[[str], str]], str]]:
        """Return ways to make a value of a kind from others."""
        sign = self.chance.choice
        shared: list[Callable[[Callable[[str], str]], str]] = [
            lambda v: f"({v(kind)})",
            lambda v: f"CASE WHEN {v('b')} THEN {v(kind)} ELSE {v(kind)} END",
            lambda v: f"coalesce({v(kind)}, {v(kind)})",
            lambda v: f"nullif({v(kind)},{self.space()}{v(kind)})",
            lambda v: (
                f"{sign(['greatest', 'least', 'GREATEST'])}({v(kind)}, {v(kind)})" if kind != "b" else f"({v('b')})"
            ),
        ]
        own: dict[str, list[Callable[[Callable[[str], str]], str]]] = {
            "n": [
                lambda v: f"({v('n')} {sign('+-*')} {v('n')})",
                lambda v: f"{v('n')}{self.space()}{sign('+-*')}{self.space()}{v('n')}",
                lambda v: f"{sign(['abs', 'round', 'floor', 'sign', 'ABS', 'ceil', 'Trunc'])}({v('n')})",
                lambda v: f"mod({v('n')}::int, 7)",
                lambda v: f"{sign(['length', 'octet_length', 'ascii', 'char_length'])}({v('t')})",
                lambda v: f"extract({sign(['year', 'month', 'epoch', 'dow'])} FROM {v('d')})",
                lambda v: (
                    f"CAST({v('n')} AS {sign(['int', 'numeric(12, 2)', 'numeric', 'bigint', 'float', 'double precision'])})"
                ),
                lambda v: f"({v('n')})::{sign(['int', 'numeric', 'real', 'smallint'])}",
                lambda v: f"strpos({v('t')}, {v('t')})",
                lambda v: f"position({v('t')} IN {v('t')})",
                lambda v: f"power({v('n')}, 2)",
                lambda v: f"- {v('n')}",
                lambda v: f"date_part('day', {v('d')})",
            ],
            "t": [
                lambda v: f"({v('t')} || {v('t')})",
                lambda v: f"{sign(['upper', 'lower', 'initcap', 'reverse', 'md5', 'UPPER', 'btrim'])}({v('t')})",
                lambda v: f"substring({v('t')} FROM 1 FOR 3)",
                lambda v: f"trim({sign(['BOTH', 'LEADING', 'TRAILING'])} 'x' FROM {v('t')})",
                lambda v: f"replace({v('t')}, {v('t')}, 'y')",
                lambda v: f"concat({v('t')}, {v('n')})",
                lambda v: f"({v('n')})::text",
                lambda v: f"repeat({v('t')}, 3)",
                lambda v: f"lpad({v('t')}, 10, '*')",
                lambda v: f"to_char({v('d')}, 'YYYY-MM')",
                lambda v: f"split_part({v('t')}, '-', 1)",
                lambda v: f"translate({v('t')}, 'ab', {v('t')})",
                lambda v: f"left({v('t')}, 4)",
            ],
            "d": [
                lambda v: f"date_trunc('month', {v('d')})",
                lambda v: f"({v('d')} + interval '1 day')",
                lambda v: f"({v('d')})::date",
                lambda v: f"({v('d')} AT TIME ZONE 'Asia/Tokyo')",
            ],
            "b": [
                lambda v: f"{v('n')} {sign(['=', '<>', '<', '>=', '!='])} {v('n')}",
                lambda v: f"({v('b')} {sign(['AND', 'OR'])} {v('b')})",
                lambda v: f"NOT ({v('b')})",
                lambda v: f"{v('t')} {sign(['LIKE', 'ILIKE', 'NOT LIKE', '~', 'SIMILAR TO', '!~*'])} '%a%'",
                lambda v: f"({v('n')}) BETWEEN {v('n')} AND {v('n')}",
                lambda v: f"{v('n')} {sign(['IN', 'NOT IN'])} (1, 2, 3)",
                lambda v: f"({v('d')}) IS {sign(['', 'NOT '])}NULL",
                lambda v: f"{v('t')} IS DISTINCT FROM {v('t')}",
                lambda v: f"{v('t')} = ANY(ARRAY['a', 'b'])",
                lambda v: f"{v('n')} IN (SELECT id FROM {sign(list(self.views)[:3])})",
                lambda v: f"EXISTS (SELECT 1 FROM stores e WHERE e.id = {v('n')})",
                lambda v: f"({v('n')}, {v('t')}) = (1, 'x')",
            ],
        }
        return shared + own[kind] * 2

    def aggregate(self, depth: int, scope: Scope, kind: str) -> str:
        if hostile := self.hostile(VALUES):
            return hostile
        form = f"{self.chance.choice(['min', 'max'])}({{}})" if kind in "td" else "bool_or({})"
        if kind == "n":
            form = self.chance.choice([
                "count(*)", "sum({})", "avg({})", "count(DISTINCT {})", "max({})", "stddev({})", "sum({}) FILTER (WHERE true)",
                "percentile_cont(0.5) WITHIN GROUP (ORDER BY {})", "mode() WITHIN GROUP (ORDER BY {} DESC)", "bool_and({} > 1)::int",
            ])  # fmt: skip
        return form.format(self.value(depth - 1, scope, kind)) if "{}" in form else form

    def windowed(self, depth: int, scope: Scope, kind: str) -> str:
        over = self.chance.choice(
            [
                "()",
                "(ORDER BY {0})",
                "(PARTITION BY {1} ORDER BY {0} DESC)",
                "(ORDER BY {0} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
                "(ORDER BY {0} RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
                "(PARTITION BY {1}, {0})",
            ]
        )
        for place, its in (("{0}", "n"), ("{1}", "t")):
            over = over.replace(place, f"({self.value(1, scope, its)})") if place in over else over
        if kind == "n" and self.may(0.5):
            call = self.chance.choice(["row_number()", "rank()", "ntile(3)", "count(*)", "sum(1) FILTER (WHERE true)"])
        else:
            form = "bool_or({})" if kind == "b" else self.chance.choice(["lag({})", "first_value({})", "max({})"])
            call = form.format(self.value(depth - 1, scope, kind))
        return f"{call} OVER {over}"
