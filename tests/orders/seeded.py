"""Seeding in tests: demo mode at one moment, with the first real orders alone."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.test import override_settings

from customers.models import Store
from orders.demo import real_store
from orders.demo.real_store import EXPORT

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
REAL_ORDERS = 60
PASSWORD = "another-password"


def shorten_export(path: Path) -> Path:
    """Write the first real orders to `path`: importing all of them is tested where the importer is."""
    with gzip.open(EXPORT, "rt", newline="") as whole, gzip.open(path, "wt", newline="") as short:
        rows, names = csv.reader(whole), set[str]()
        writer = csv.writer(short)
        writer.writerow(next(rows))
        for row in rows:
            names.add(row[0])
            if len(names) > REAL_ORDERS:
                break
            writer.writerow(row)
    return path


@contextmanager
def demo_mode(folder: Path) -> Iterator[Path]:
    """Allow seeding at NOW; yields MEDIA_ROOT, which lies in `folder`."""
    media_root = folder / "media"
    with (
        override_settings(DEALPORT_DEMO=True, DEALPORT_DEMO_PASSWORD=PASSWORD, MEDIA_ROOT=str(media_root)),
        pytest.MonkeyPatch.context() as patch,
        time_machine.travel(NOW, tick=False),
    ):
        patch.setattr(real_store, "EXPORT", shorten_export(folder / EXPORT.name))
        yield media_root


def seed(*arguments: str, orders: int) -> str:
    """Run the command; return what it printed."""
    out = io.StringIO()
    call_command("seed_demo", f"--orders={orders}", *arguments, stdout=out)
    return out.getvalue()


def invented() -> list[Store]:
    """Return the stores that Faker peopled."""
    return list(Store.objects.filter(slug__in=("sp-moda", "nz-outdoor")).order_by("slug"))
