"""How many rows an export would have, for its preview."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from customers.models import User
from reports.datasets import Dataset, Part
from reports.exporting.scopes import read_scope

COUNTED_ROWS = 50_000
"""Up to so many rows a preview counts; above, it shows the estimate of PostgreSQL's planner."""


@dataclass(frozen=True)
class RowCount:
    """How many rows a file would have: counted now, or an estimate that can be off by much."""

    number: int
    is_exact: bool


def expected_rows(dataset: Dataset, filters: Mapping[str, object], owner: User) -> RowCount:
    """Count the rows of a file as long as they are few. Raises ValidationError, Http404 as the request would."""
    parts = list(dataset.parts(read_scope(dataset, filters, owner)))
    estimate = sum(_estimate(part) for part in parts)
    if estimate <= COUNTED_ROWS:
        counted = sum(_count(part) for part in parts)
        if counted <= COUNTED_ROWS:
            return RowCount(counted, is_exact=True)
    return RowCount(max(estimate, COUNTED_ROWS), is_exact=False)


def _estimate(part: Part) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {part.sql}", part.parameters)
        (plan,) = cursor.fetchone()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return int(plan[0]["Plan"]["Plan Rows"])


def _count(part: Part) -> int:
    with connection.cursor() as cursor:
        sql = f"SELECT count(*) FROM (SELECT FROM ({part.sql}) AS part LIMIT {COUNTED_ROWS + 1}) AS rows"
        cursor.execute(sql, part.parameters)
        (count,) = cursor.fetchone()
    return int(count)
