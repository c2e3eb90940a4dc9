"""Printing: machine facts, headings, progress and tables; results beside their limits; the two statistics in use."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from subprocess import run

from django.conf import settings
from django.db import connection

SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_connections")


PREFACE = """# Benchmarks

Written by `make bench`; do not edit. Each section is the newest run of one measurement, with its commit, machine and
load. Ratios compare two ways within one run on one machine; medians of runs in turns. The limits are those of the
design. Figures without a limit are there to be compared with earlier runs.
"""
PRINTED: list[str] = []
"""The lines of the measurement that runs, for its section of the document."""


@dataclass(frozen=True)
class Result:
    """One figure of a measurement, and the limit that it is to reach: "≥ 0.85", "< 8", or none."""

    measurement: str
    name: str
    value: float
    limit: str

    @property
    def verdict(self) -> str:
        """Tell whether the limit is reached; empty without a limit. Compares what is shown, two decimal places."""
        if not self.limit:
            return ""
        sign, text = self.limit.split()
        value, limit = round(self.value, 2), float(text.replace(",", ""))
        reached = {"≥": value >= limit, "≤": value <= limit, "<": value < limit}[sign]
        return "yes" if reached else "no"


RESULTS: list[Result] = []
"""Every result so far."""


def say(text: str) -> None:
    """Print lines at once, also into a pipe, and keep them."""
    PRINTED.extend(text.split("\n"))
    print(text, flush=True)


def result(measurement: str, name: str, value: float, limit: str = "") -> None:
    """Keep a figure for the table of results."""
    RESULTS.append(Result(measurement, name, value, limit))


def results_table(measurement: str) -> None:
    """Print the results of one measurement beside their limits."""
    rows = [
        (result.name, shown(result.value), result.limit, result.verdict)
        for result in RESULTS
        if result.measurement == measurement
    ]
    if rows:
        table(("result", "measured", "limit", "reached"), rows)


def progress(text: str) -> None:
    """Say on standard error what is being done."""
    print(f"  … {text}", file=sys.stderr, flush=True)


def machine_facts() -> None:
    """Print when and on what the figures were measured."""
    say(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {_commit()}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name", [list(SETTINGS)])
        values = dict(cursor.fetchall())
    system = f"{platform.system()} {platform.release()}"
    say(f"machine: {os.cpu_count()} × {_processor()}, {_memory_gigabytes():.0f} GB, {system}")
    say(f"load before the start: {' '.join(f'{load:.1f}' for load in os.getloadavg())} (1, 5, 15 minutes)")
    say(f"Python {platform.python_version()}, Django {version('django')}, psycopg {version('psycopg')}")
    say("PostgreSQL " + ", ".join(f"{name} {values[name]}" for name in SETTINGS))


def _commit() -> str:
    """Return the commit that is measured; a copy without its history has none."""

    def git(*arguments: str) -> str:
        done = run(["git", *arguments], cwd=settings.BASE_DIR, capture_output=True, text=True)
        return done.stdout.strip()

    try:
        commit, changes = git("rev-parse", "--short=10", "HEAD"), git("status", "--porcelain", "--untracked-files=no")
    except FileNotFoundError:
        commit, changes = "", ""
    return f"commit {commit or 'unknown'}{' and uncommitted changes' if changes else ''}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory_gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def heading(title: str, text: str) -> None:
    """Print a measurement's title, when and on what it runs, and its module's docstring."""
    say(f"\n== {title}")
    machine_facts()
    say(f"\n{text.strip()}\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their columns; the first column to the left, figures to the right."""
    cells = [list(columns), *([shown(value) for value in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    for row in cells:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join([row[0].ljust(widths[0]), *rest]).rstrip() if first else "")
    say("")


def shown(value: object) -> str:
    """Return a value as tables show it: two decimal places below 1,000, none from there on."""
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 1000 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def peak_megabytes(process: int | str) -> float:
    """Return the most memory a living process had since its program began (getrusage counts its parent's too)."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def seconds_of(action: Callable[[], object]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def processor_seconds_of(action: Callable[[], object]) -> tuple[float, float]:
    """Return the processor time of one call in this process and in that of its connection to the database (to 10 ms).

    It hardly depends on what else the machine does. What parallel workers of the database do is not in it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    before = time.process_time(), _seconds_of_process(backend)
    action()
    return time.process_time() - before[0], _seconds_of_process(backend) - before[1]


def _seconds_of_process(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def paired_ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """Return the median of the ratios of neighbouring runs: slow minutes of the machine hit both alike."""
    return median(a / b for a, b in zip(over, under, strict=True))


def section() -> str:
    """Return what was printed since the last section as Markdown."""
    printed = "\n".join(PRINTED).strip()
    PRINTED.clear()
    return f"```text\n{printed}\n```\n"


def document(old: str, new: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the document `old` with the sections of the measurements in `new` in place of their older ones."""
    kept = dict(part.split("\n\n", 1) for part in old.split("\n## ")[1:])
    sections = {**kept, **new}
    return "\n".join([PREFACE, *(f"## {name}\n\n{sections[name]}" for name in names if name in sections)])
