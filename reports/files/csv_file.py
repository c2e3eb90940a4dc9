"""CSV: UTF-8 without a byte order mark, commas, a header, quotes where needed; written by PostgreSQL's COPY."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from django.db import connection

from reports.datasets import Column, Part
from reports.files.statements import text_rows

BATCH_ROWS = 2000
CONTENT_TYPE = "text/csv; charset=utf-8"
Step = Callable[[int], None]


def write_csv(
    path: Path,
    parts: Sequence[Part],
    columns: Sequence[Column],
    *,
    order: str,
    is_masked: bool,
    step: Step,
    currencies: Iterable[str] = (),
) -> str:
    """Write the rows and return the SHA-256 of the file. `step` is called with the rows done and may raise to stop."""
    digest, done = hashlib.sha256(), 0
    errors = connection.wrap_database_errors
    # buffered: the system may write less than it is given, when the disk is about to be full
    with path.open("wb") as file:

        def put(content: bytes) -> None:
            file.write(content)
            digest.update(content)

        put(",".join(column.name for column in columns).encode() + b"\n")
        for part in parts:
            selected = text_rows(part, columns, order=order, is_masked=is_masked, currencies=currencies)
            statement = f"COPY ({selected}) TO STDOUT (FORMAT csv)"
            with connection.cursor() as cursor, errors, cursor.copy(statement, part.parameters) as copy:
                batch: list[bytes] = []
                # the server sends one message per row
                for row in copy:
                    batch.append(row)
                    if len(batch) == BATCH_ROWS:
                        put(b"".join(batch))
                        done += BATCH_ROWS
                        batch.clear()
                        step(done)
                put(b"".join(batch))
                done += len(batch)
                step(done)
    return digest.hexdigest()
