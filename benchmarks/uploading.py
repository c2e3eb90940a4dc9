"""A large file of orders in the browser's way: sent in parts to the page, then read by a worker for the preview, each
in a process of its own. The shipped export again and again, each time as other orders of the same customers."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django

from benchmarks import report

MEGABYTES: tuple[float, ...] = (30, 300)
SHORT = {"MEGABYTES": (0.01,)}
ADDRESS = "uploads@benchmarks.example"


def main() -> None:
    """Upload and check a file of each size; print time and peak memory of both processes."""
    from customers.actions import create_store
    from customers.models import User

    user = User.objects.create_superuser(email=ADDRESS, password=None)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number, megabytes in enumerate(MEGABYTES):
            path = Path(folder) / "orders.csv"
            lines = write(path, int(megabytes * 1_000_000))
            slug = f"uploading-{number}"
            create_store(slug=slug, name=slug, currency="GBP", timezone="Europe/London", actor=user)
            size = path.stat().st_size / 1_000_000
            report.progress(f"sending {size:.1f} MB")
            sent = child("send", slug, str(path))
            report.progress(f"checking {lines:,} lines")
            checked = child("check", sent["upload"])
            rows += [
                (f"{size:,.1f} MB, {lines:,} lines", "send", sent["seconds"], sent["before"], sent["peak"]),
                ("", "preview", checked["seconds"], checked["before"], checked["peak"]),
            ]
    report.table(("file", "step", "seconds", "MB before", "MB at most"), rows)


def write(path: Path, size: int) -> int:
    """Write an export of about so many bytes; return its lines."""
    from benchmarks.importing import FILES

    with gzip.open(next(FILES.glob("*.orders.csv.gz")), "rt", newline="") as source:
        header, *rows = csv.reader(source)
    key, lines = header.index("Id"), 0
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for copy in itertools.count(1):
            for row in rows:
                name = f"#{copy}-{row[0][1:]}"
                if file.tell() >= size and row[key]:  # an order begins
                    return lines
                writer.writerow([name, *row[1:key], row[key] and f"{copy}{row[key]}", *row[key + 1 :]])
                lines += 1
    raise AssertionError("unreachable")


def child(*arguments: str) -> dict[str, str]:
    """Take a step in a process of its own; return what it printed."""
    command = [sys.executable, "-m", "benchmarks.uploading", *arguments]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(found))


def send(slug: str, path: str) -> str:
    """Send a file as the page's script does; return the id of the upload."""
    from django.test import Client

    from customers.models import User
    from dashboard.pages.uploads import PART_BYTES

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(email=ADDRESS))
    size = Path(path).stat().st_size
    announced = {"store": slug, "kind": "orders", "fileName": "orders.csv", "size": size}
    begun = client.post("/uploads/begin/", announced, secure=True).json()
    with open(path, "rb") as file:
        for number in itertools.count():
            if not (part := file.read(PART_BYTES)):
                return str(begun["id"])
            answer = client.post(
                f"{begun['parts']}{number}/", part, content_type="application/octet-stream", secure=True
            )
            assert answer.status_code == 200, answer.content
    raise AssertionError("unreachable")


def check(pk: str) -> None:
    """Read an upload as a worker does."""
    from orders.models import Upload
    from orders.uploads import run_upload

    run_upload(int(pk))
    upload = Upload.objects.get(pk=pk)
    assert upload.status == Upload.Status.READY, upload.error


if __name__ == "__main__":
    django.setup()
    import orders.uploads.running  # noqa: F401

    before, began = report.peak_megabytes("self"), time.perf_counter()
    result = send(*sys.argv[2:]) if sys.argv[1] == "send" else check(*sys.argv[2:])
    seconds, peak = time.perf_counter() - began, report.peak_megabytes("self")
    print(json.dumps({"upload": result, "seconds": seconds, "before": before, "peak": peak}))
