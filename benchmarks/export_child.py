"""`python -m benchmarks.export_child JOB WAY …`: write one export in a process of its own, and say what it took.

Prints one line of JSON per way: rows, seconds, and the peak of this process's memory so far in MB. The ways:

- `copy`: COPY TO STDOUT of the statement that the CSV file is written with, thrown away
- `csv`: the CSV file alone; `job`: the whole job with its receipt, from the claim to the file in the store
- `bare`: the bare XLSX library, fed by the same server-side cursor and told the same number formats; `plain`: without
  number formats, so that days are figures; `memory`: as `bare`, fed from a list
- `xlsx`: the XLSX file alone
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import django

from benchmarks import report


def main(pk: str, ways: Sequence[str]) -> None:
    """Write the file in each of the ways."""
    for way in ways:
        rows, seconds = measured(way, pk)
        print(json.dumps({"rows": rows, "seconds": seconds, "megabytes": report.peak_megabytes("self")}), flush=True)


def measured(way: str, pk: str) -> tuple[int, float]:
    """Return the rows written and the seconds it took."""
    from reports.exporting import run_export
    from reports.models import ExportJob

    if way == "job":
        ExportJob.objects.filter(pk=pk).update(status="queued", attempt=0)
        began = time.perf_counter()
        run_export(pk)
        seconds = time.perf_counter() - began
        job = ExportJob.objects.get(pk=pk)
        assert job.status == "succeeded", job.error
        return job.rows_done, seconds
    with tempfile.TemporaryDirectory() as folder:
        if way == "copy":
            return copied(ExportJob.objects.get(pk=pk))
        return writers()[way](ExportJob.objects.get(pk=pk), Path(folder) / f"file.{way}")


def writers() -> dict[str, Callable[[Any, Path], tuple[int, float]]]:
    """Return the ways that write a part of a job."""
    return {"csv": as_csv, "bare": bare, "plain": plain, "memory": from_memory, "xlsx": as_xlsx}


def asked(job: object) -> tuple[Any, Any, dict[str, Any]]:
    """Return the parts and columns of a job, and what both writers are told."""
    from reports.datasets import DATASETS
    from reports.exporting.scopes import read_scope

    dataset = DATASETS[job.dataset]
    parts = dataset.parts(read_scope(dataset, job.filters, job.owner))
    return parts, dataset.chosen(job.columns), {"order": dataset.order, "is_masked": True}


def currencies() -> set[str]:
    """Return the currencies of the benchmark's stores, which the product reads with its control totals."""
    from customers.models import Store

    return set(Store.objects.values_list("currency", flat=True))


def copied(job: object) -> tuple[int, float]:
    """COPY TO STDOUT of the same query."""
    from django.db import connection

    from reports.files.statements import text_rows

    parts, columns, shared = asked(job)
    rows, began = 0, time.perf_counter()
    for part in parts:
        statement = f"COPY ({text_rows(part, columns, **shared, currencies=currencies())}) TO STDOUT (FORMAT csv)"
        with connection.cursor() as cursor, cursor.copy(statement, part.parameters) as copy:
            for _ in copy:
                rows += 1
    return rows, time.perf_counter() - began


def as_csv(job: object, path: Path) -> tuple[int, float]:
    """The CSV file."""
    from reports.files.csv_file import write_csv

    parts, columns, shared = asked(job)
    written: list[int] = []
    began = time.perf_counter()
    write_csv(path, parts, columns, **shared, step=written.append, currencies=currencies())
    return written[-1], time.perf_counter() - began


def cursor_rows(job: object) -> Iterator[dict[str, Any]]:
    """Yield the rows from the server-side cursor that the file is written from."""
    from reports.files.xlsx_file import database_rows

    parts, columns, shared = asked(job)
    return database_rows(parts, columns, **shared, step=lambda rows: None)


def plain(job: object, path: Path) -> tuple[int, float]:
    """The bare library on the same cursor, without number formats."""
    return bare(job, path, has_formats=False)


def bare(job: object, path: Path, rows: object = None, *, has_formats: bool = True) -> tuple[int, float]:
    """The bare library on the same cursor; sheets are split as Excel needs it, by the library's limit alone."""
    from django.db import transaction
    from rustpy_xlsxwriter import FastExcel

    from reports.files.xlsx_file import number_formats

    formats = number_formats(asked(job)[1], currencies()) if has_formats else None
    total = job.rows_total
    with transaction.atomic():
        began = time.perf_counter()
        source = cursor_rows(job) if rows is None else iter(rows)
        workbook = FastExcel(str(path))
        for number in range(max(1, -(-total // 1_048_575))):
            workbook.sheet(f"Data {number}", itertools.islice(source, 1_048_575), column_formats=formats)
        workbook.save()
        return total, time.perf_counter() - began


def from_memory(job: object, path: Path) -> tuple[int, float]:
    """The bare library on rows that are there already."""
    from django.db import transaction

    with transaction.atomic():
        rows = list(cursor_rows(job))
    return bare(job, path, rows)


def as_xlsx(job: object, path: Path) -> tuple[int, float]:
    """The XLSX file."""
    from django.db import transaction

    from reports.files.xlsx_file import write_xlsx

    with transaction.atomic():
        began = time.perf_counter()
        _, columns, _ = asked(job)
        receipt = [("rowCount", str(job.rows_total))]
        write_xlsx(path, cursor_rows(job), columns, count=job.rows_total, receipt=receipt, currencies=currencies())
        return job.rows_total, time.perf_counter() - began


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealport.settings")
    django.setup()
    main(sys.argv[1], sys.argv[2:])
