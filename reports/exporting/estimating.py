"""How many rows a file would have, before it is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection

from customers.models import User
from reports.datasets import Dataset
from reports.exporting.scopes import read_scope


def estimated_rows(dataset: Dataset, filters: Mapping[str, Any], owner: User) -> int:
    """Return PostgreSQL's estimate, without reading a row. Raises ValidationError, Http404 as the request would."""
    estimate = 0
    for part in dataset.parts(read_scope(dataset, filters, owner)):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {part.sql}", part.parameters)
            (plan,) = cursor.fetchone()
        plan = json.loads(plan) if isinstance(plan, str) else plan
        estimate += int(plan[0]["Plan"]["Plan Rows"])
    return estimate
