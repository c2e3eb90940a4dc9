"""`python -m benchmarks [--short] [--write FILE] [NAME …]`: run all measurements, or the named ones.

`make bench` starts durable throw-away servers, creates the tables and calls this; ARGS="folding dashboard" names some.
The database is filled and left full: never point DATABASE_URL at one that matters.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import django

from benchmarks import report

# `aggregation` comes last: it empties the tables that the others share.
NAMES = (
    "folding", "placing_rows", "placing_orders", "importing", "dashboard", "home", "pages", "snapshot",
    "analytics", "verification", "exports", "searching", "aggregation",
)  # fmt: skip

ON_REQUEST = ("upgrading", "recomputing", "working_day", "uploading")
"""Measured where they are named: what an upgrade does once, a day of work, files of up to 1 GB."""


def main() -> None:
    """Print each measurement under its own heading, with machine facts, and its results beside their limits."""
    arguments = parse()
    # without collected static files whitenoise warns, here and in each of the servers that are started
    warnings.filterwarnings("ignore", "No directory at")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealport.settings")
    os.environ["PYTHONWARNINGS"] = "ignore:No directory at"
    django.setup()
    sections, failed = run(arguments.names or NAMES, is_short=arguments.short)
    if arguments.write:
        old = arguments.write.read_text(encoding="utf-8") if arguments.write.exists() else ""
        arguments.write.write_text(report.document(old, sections, (*NAMES, *ON_REQUEST)), encoding="utf-8")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def parse() -> argparse.Namespace:
    """Read the command line; end with status 2 for a name that does not exist."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure, print ratios beside their limits.")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(NAMES)}, which is the default, and {', '.join(ON_REQUEST)}",
    )
    parser.add_argument("--short", action="store_true", help="tiny sizes: shows that all works, measures nothing")
    parser.add_argument("--write", type=Path, metavar="FILE", help="renew the sections of this document")
    arguments = parser.parse_args()
    for unknown in set(arguments.names) - {*NAMES, *ON_REQUEST}:
        parser.error(f"no measurement {unknown}; there are {', '.join((*NAMES, *ON_REQUEST))}")
    return arguments


def run(names: Sequence[str], *, is_short: bool) -> tuple[dict[str, str], list[str]]:
    """Run measurements one after the other; return the sections of those that ended, and the names of the others."""
    began = time.monotonic()
    sections: dict[str, str] = {}
    failed: list[str] = []
    for number, name in enumerate(names, 1):
        module = importlib.import_module(f"benchmarks.{name}")
        if is_short:
            shorten(module)
        report.heading(f"{number}/{len(names)} {name}", module.__doc__ or "")
        start = time.monotonic()
        try:
            module.main()
        except Exception:
            traceback.print_exc()
            failed.append(name)
        report.results_table(name)
        report.say(f"{name} took {time.monotonic() - start:.0f} s.")
        section = report.section()
        if name not in failed:
            sections[name] = section
    report.say(f"\nThe whole run took {time.monotonic() - began:.0f} s.")
    return sections, failed


def shorten(module: ModuleType) -> None:
    """Give a measurement the sizes of its short form."""
    for name, value in module.SHORT.items():
        assert hasattr(module, name), name
        setattr(module, name, value)


if __name__ == "__main__":
    main()
