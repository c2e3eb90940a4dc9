"""Printing: machine facts, headings, progress and tables; and the two statistics everything is told in."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from django.db import connection

SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_connections")


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def progress(text: str) -> None:
    """Say on standard error what is being done."""
    print(f"  … {text}", file=sys.stderr, flush=True)


def machine_facts() -> None:
    """Print what the figures depend on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting || coalesce(unit, '') FROM pg_settings WHERE name = ANY(%s)", [list(SETTINGS)]
        )
        settings = dict(cursor.fetchall())
    system = f"{platform.system()} {platform.release()}"
    say(f"machine: {os.cpu_count()} × {_processor()}, {_memory_gigabytes():.0f} GB, {system}")
    say(f"load before the start: {' '.join(f'{load:.1f}' for load in os.getloadavg())} (1, 5, 15 minutes)")
    say(f"Python {platform.python_version()}, Django {version('django')}, psycopg {version('psycopg')}")
    say("PostgreSQL " + ", ".join(f"{name} {settings[name]}" for name in SETTINGS))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory_gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def heading(title: str, text: str) -> None:
    """Print a measurement's title and its module's docstring."""
    say(f"\n== {title} (load {os.getloadavg()[0]:.1f})\n{text.strip()}\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their columns; the first column to the left, figures to the right."""
    cells = [list(columns), *([_shown(value) for value in row] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    for row in cells:
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join([row[0].ljust(widths[0]), *rest]).rstrip() if first else "")
    say("")


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 1000 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def seconds_of(action: Callable[[], object]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def paired_ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """Return the median of the ratios of neighbouring runs: slow minutes of the machine hit both alike."""
    return median(a / b for a, b in zip(over, under, strict=True))
