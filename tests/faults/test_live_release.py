"""`release` with a user of DATABASE_URL that owns its database and may do nothing else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from dealport.servers import use
from tests.faults.conftest import Live

pytestmark = pytest.mark.servers
OWNER, CONSOLE = "plain_owner", "plain_console"


def test_a_release_by_a_plain_owner_succeeds_and_says_what_an_administrator_has_to_run(
    live: Live, tmp_path: Path
) -> None:
    admin = live.servers.urls["DATABASE_URL"]
    with psycopg.connect(admin, autocommit=True) as link:
        link.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD 'own' NOSUPERUSER NOCREATEROLE NOCREATEDB")
        link.execute(f"CREATE DATABASE {OWNER} OWNER {OWNER}")
    parts = urlsplit(admin)
    place = f"{parts.hostname}:{parts.port}/{OWNER}"
    environment = {
        **live.environment,
        "DATABASE_URL": f"postgresql://{OWNER}:own@{place}",
        "SQL_DATABASE_URL": f"postgresql://{CONSOLE}:ask@{place}",
        "DEALPORT_SQL_CONSOLE": "1",
        "STATIC_ROOT": str(tmp_path / "static"),
    }
    (line,) = re.findall(r"^release: (.*)$", (use.ROOT / "Procfile").read_text(), re.M)

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", command], env=environment, cwd=use.ROOT, capture_output=True, text=True, timeout=300
        )

    done = run(line)
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"may not create the role {CONSOLE}" in done.stderr
    collected = {path.name for path in (tmp_path / "static").rglob("*")}
    assert collected and "staticfiles.json" not in collected, "the list of files is none of the public ones"
    assert "ask" not in re.findall(r"PASSWORD '(.*)'", done.stderr)
    refused = run("python manage.py prepare_sql_console")
    assert refused.returncode == 1

    statements = re.findall(r"^  (.*;)$", done.stderr, re.M)
    assert len(statements) > 3
    with psycopg.connect(admin, autocommit=True) as link:
        for statement in statements:
            link.execute(statement.replace("the password in SQL_DATABASE_URL", "ask"))
    ready = run("python manage.py prepare_sql_console --if-possible")
    assert (ready.returncode, ready.stderr) == (0, ""), ready.stderr
    assert f"The SQL console is ready for {CONSOLE}." in ready.stdout
    with psycopg.connect(environment["SQL_DATABASE_URL"]) as link:
        assert link.execute("SELECT count(*) FROM orders").fetchone() == (0,)

    with psycopg.connect(admin, autocommit=True) as link:
        link.execute(f"DROP DATABASE {OWNER} WITH (FORCE)")
        link.execute(f"DROP ROLE {CONSOLE}, {OWNER}")
