"""`python -m benchmarks [NAME …]`: run all measurements, or the named ones.

`make bench` starts durable throw-away servers, creates the tables and calls this; ARGS="folding dashboard" names some.
The database is filled and left full: never point DATABASE_URL at one that matters.
"""

from __future__ import annotations

import argparse
import importlib
import os
import time
import warnings

import django

from benchmarks import report

NAMES = ("folding", "placing_rows", "placing_orders", "importing", "dashboard", "snapshot", "aggregation", "exports")


def main() -> None:
    """Print machine facts, then each measurement under its own heading."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure, print ratios, judge nothing.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; default: all")
    names = parser.parse_args().names or NAMES
    for unknown in set(names) - set(NAMES):
        parser.error(f"no measurement {unknown}; there are {', '.join(NAMES)}")
    # without collected static files whitenoise warns, here and in each of the servers that are started
    warnings.filterwarnings("ignore", "No directory at")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealport.settings")
    os.environ["PYTHONWARNINGS"] = "ignore:No directory at"
    django.setup()
    began = time.monotonic()
    report.machine_facts()
    for number, name in enumerate(names, 1):
        module = importlib.import_module(f"benchmarks.{name}")
        report.heading(f"{number}/{len(names)} {name}", module.__doc__ or "")
        module.main()
    report.say(f"\nAll done in {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main()
