"""A large file of orders in the browser's way: sent in parts to a web server of one worker, then read for the preview
by a process of its own, as a worker does. The shipped export again and again, each time as other orders of the same
customers. MB at most: of the web server's worker, and of the process that reads."""

from __future__ import annotations

import csv
import gzip
import http.client
import itertools
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django

from benchmarks import report

SENT: tuple[float, ...] = (30, 300, 1_000)
"""MB; the last is not read: 8 million lines take over an hour."""
CHECKED: tuple[float, ...] = (30, 300)
SHORT = {"SENT": (0.01, 3), "CHECKED": (0.01,)}
ADDRESS = "uploads@benchmarks.example"


def main() -> None:
    """Upload and check a file of each size; print time and peak memory of both processes."""
    from benchmarks.dashboard import a_server
    from customers.actions import create_store
    from customers.models import User

    user = User.objects.create_superuser(email=ADDRESS, password=None)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for number, megabytes in enumerate(SENT):
            path = Path(folder) / "orders.csv"
            lines = write(path, int(megabytes * 1_000_000))
            slug = f"uploading-{number}"
            create_store(slug=slug, name=slug, currency="GBP", timezone="Europe/London", actor=user)
            size = path.stat().st_size / 1_000_000
            report.progress(f"sending {size:.1f} MB")
            with a_server() as port:
                (worker,) = children(*children(os.getpid()))
                before, began = report.peak_megabytes(worker), time.perf_counter()
                upload = send(port, slug, path)
                seconds, peak = time.perf_counter() - began, report.peak_megabytes(worker)
            rows.append((f"{size:,.1f} MB, {lines:,} lines", "send", seconds, before, peak))
            if megabytes in CHECKED:
                report.progress(f"checking {lines:,} lines")
                rows.append(("", "preview", *checked(upload)))
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


def children(*processes: int) -> list[int]:
    """Return the processes that were started by some, and live."""
    return [
        int(pid) for parent in processes for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    ]


def send(port: int, slug: str, path: Path) -> int:
    """Send a file as the page's script does, over one connection; return the id of the upload."""
    from django.conf import settings
    from django.test import Client

    from customers.models import User
    from dashboard.pages.uploads import PART_BYTES

    client = Client()
    client.force_login(User.objects.get(email=ADDRESS))
    token = secrets.token_hex(16)
    cookies = {settings.SESSION_COOKIE_NAME: client.session.session_key, settings.CSRF_COOKIE_NAME: token}
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "X-CSRFToken": token}
    server = http.client.HTTPConnection("localhost", port, timeout=60)

    def post(address: str, body: bytes, content_type: str) -> dict[str, Any]:
        server.request("POST", address, body, {**headers, "Content-Type": content_type})
        answer = server.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return dict(json.loads(content))

    announced = {"store": slug, "kind": "orders", "fileName": "orders.csv", "size": path.stat().st_size}
    begun = post("/uploads/begin/", urlencode(announced).encode(), "application/x-www-form-urlencoded")
    with path.open("rb") as file:
        for number in itertools.count():
            if not (part := file.read(PART_BYTES)):
                return int(begun["id"])
            post(f"{begun['parts']}{number}/", part, "application/octet-stream")
    raise AssertionError("unreachable")


def checked(upload: int) -> tuple[float, float, float]:
    """Read an upload in a process of its own; return the seconds and the memory before and at most."""
    command = [sys.executable, "-m", "benchmarks.uploading", str(upload)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    seconds, before, peak = json.loads(printed)
    return seconds, before, peak


def check(pk: int) -> None:
    """Read an upload as a worker does."""
    from orders.models import Upload
    from orders.uploads import run_upload

    run_upload(pk)
    upload = Upload.objects.get(pk=pk)
    assert upload.status == Upload.Status.READY, upload.error


if __name__ == "__main__":
    django.setup()
    import orders.uploads.running  # noqa: F401

    before, began = report.peak_megabytes("self"), time.perf_counter()
    check(int(sys.argv[1]))
    print(json.dumps([time.perf_counter() - began, before, report.peak_megabytes("self")]))
