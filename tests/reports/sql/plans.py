"""What PostgreSQL itself says a statement reads and calls: its plan, as EXPLAIN (FORMAT JSON, VERBOSE) tells it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg

from reports.sql.grammar import FUNCTIONS, TABLE_FUNCTIONS
from reports.sql.views import ALL, SCHEMA

CALLED_BY_SYNTAX = {
    # what the server makes of CAST, EXTRACT, SUBSTRING, TRIM, POSITION, AT TIME ZONE, LIKE, SIMILAR TO and COALESCE …
    "extract", "substring", "position", "timezone", "btrim", "ltrim", "rtrim", "like_escape", "similar_to_escape",
    "trim", "overlay", "unnest", "row", "any", "all", "exists", "int4", "numeric", "date", "text",
    # types with a length, and our own checks
    "varchar", "varying", "bpchar", "time", "timestamp", "interval", "bounded", "bounded_number", "too_wide",
    "pg_column_size",
}  # fmt: skip
ALLOWED = FUNCTIONS | TABLE_FUNCTIONS | CALLED_BY_SYNTAX
_PIECE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"(\()?|[A-Za-z_][\w$]*(\()?""")


def plan_of(connection: psycopg.Connection[Any], statement: str) -> dict[str, Any]:
    """Return the plan of a statement. Raises psycopg.Error for one that the server does not take."""
    row = connection.execute(f"EXPLAIN (FORMAT JSON, VERBOSE) {statement}".encode()).fetchone()
    assert row is not None
    plan: dict[str, Any] = json.loads(row[0])[0]["Plan"]
    return plan


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the nodes of a plan."""
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes_of(child)


def relations_of(plan: dict[str, Any]) -> set[str]:
    """Return the tables, with their schema, that a plan reads."""
    return {f"{node.get('Schema')}.{node['Relation Name']}" for node in nodes_of(plan) if "Relation Name" in node}


def calls_of(plan: dict[str, Any]) -> set[str]:
    """Return the names of the functions in all expressions of a plan."""
    found = set()
    for node in nodes_of(plan):
        found |= {str(node["Function Name"])} if "Function Name" in node else set()
        for key, value in node.items():
            if key in ("Plans", "Alias", "Relation Name", "Schema", "CTE Name", "Subplan Name"):
                continue
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    pieces = _PIECE.finditer(text)
                    found |= {piece[0][:-1].strip('"').lower() for piece in pieces if piece[1] or piece[2]}
    return found


def tables_behind_the_views(connection: psycopg.Connection[Any]) -> set[str]:
    """Return the tables that reading all columns of all views takes."""
    return set().union(*map(relations_of, _plans_of_the_views(connection)))


def calls_of_the_views(connection: psycopg.Connection[Any]) -> set[str]:
    """Return the functions that the views call themselves; the statements of users may not."""
    return set().union(*map(calls_of, _plans_of_the_views(connection)))


def _plans_of_the_views(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    return [plan_of(connection, f'SELECT * FROM {SCHEMA}."{view.name}" OFFSET 0') for view in ALL]
