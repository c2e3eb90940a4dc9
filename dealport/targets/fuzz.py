"""`make fuzz`: generated requests to every operation, from every identity, on servers of their own.

Takes the minutes for each identity (2 by default). Schemathesis reads the served OpenAPI document and judges every
answer; what it finds comes with a curl command. Before that every operation gets bodies of hostile shape up to 2 MB
(tests/fuzzing/hostile.py), none of which may cost more than two seconds of CPU; after it the SQL console gets 100,000
generated statements, each plan of which PostgreSQL shows. Exit status 1 if it found anything.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from dealport.servers import processes, use
from dealport.servers.use import ROOT
from dealport.targets.common import BIN, PYTHON, environment, follow_make, one_line_errors

RULES = ROOT / "tests" / "fuzzing" / "schemathesis.toml"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
)
# below the 15 minutes of an access token
MOST_MINUTES = 12
READY_SECONDS = 60.0
UNLIMITED = "1000000000"
STATEMENTS = "100000"


@one_line_errors
def main(minutes: str = "2") -> None:
    """Start servers and product, send requests as one identity after the other, stop everything."""
    follow_make()
    if not (minutes.isascii() and minutes.isdigit() and 1 <= int(minutes) <= MOST_MINUTES):
        sys.exit(f"minutes for each identity: expected a number from 1 to {MOST_MINUTES}")
    for variable in ("DATABASE_URL", "REDIS_URL", "CACHE_URL"):
        os.environ.pop(variable, None)  # nothing that somebody keeps is fuzzed
    servers = use.throwaway()
    variables = environment(
        **servers.urls,
        SECRET_KEY=use.secret_key(),
        DEALPORT_TESTING="1",
        DJANGO_SETTINGS_MODULE="dealport.settings",
        DEALPORT_ANONYMOUS_REQUESTS=UNLIMITED,
        DEALPORT_ACCOUNT_REQUESTS=UNLIMITED,
        LOG_LEVEL="ERROR",
    )
    os.chdir(ROOT)
    if subprocess.run([PYTHON, "manage.py", "migrate", "--verbosity", "0"], env=variables).returncode:
        sys.exit(1)
    port = _free_port()
    web = subprocess.Popen(_web(port), env=variables, preexec_fn=processes.die_with_parent(signal.SIGTERM))
    try:
        found = _fuzz(f"http://127.0.0.1:{port}", web.pid, variables, int(minutes) * 60)
    finally:
        processes.stop(web, signal.SIGTERM, seconds=10)
    sys.exit(1 if _fuzz_sql(variables) or found else 0)


def _web(port: int) -> list[str]:
    bound = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    return [str(BIN / "granian"), "--interface", "rsgi", "dealport.rsgi:application", *bound, "--log-level", "warning"]


def _fuzz(address: str, process: int, variables: dict[str, str], seconds: int) -> list[str]:
    """Return what something was found for: hostile bodies, and identities."""
    people = json.loads(_people(variables))
    _wait_until_ready(address)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "document.json"
        document.write_bytes(_served_document(address, _people(variables, people["staff_1"])))
        print("\n=== hostile bodies of 64 KB to 2 MB", flush=True)
        program = (str(PYTHON), "-m", "tests.fuzzing.hostile")
        token = _people(variables, people["super_admin"])
        if subprocess.run([*program, address, str(document), token, str(process)], env=variables).returncode:
            found.append("hostile bodies")
        for identity, email in people.items():
            token = "" if identity == "anonymous" else _people(variables, email)
            print(f"\n=== as {identity}", flush=True)
            if subprocess.run(_command(document, address, token, seconds), cwd=folder, env=variables).returncode:
                found.append(identity)
    print(f"\nfound something: {', '.join(found)}" if found else "\nnothing found", flush=True)
    return found


def _fuzz_sql(variables: dict[str, str]) -> int:
    """Return the exit status of the generated statements; the seed is printed."""
    seed = str(time.time_ns())
    print(f"\n=== {STATEMENTS} statements for the SQL console, seed {seed}", flush=True)
    shared = ["-n", str(os.cpu_count() or 1), "--dist", "worksteal"]
    command = [str(PYTHON), "-m", "pytest", "-q", *shared, "tests/reports/sql/test_generated.py"]
    numbers = {"DEALPORT_SQL_STATEMENTS": STATEMENTS, "DEALPORT_SQL_SEED": seed}
    return subprocess.run(command, env={**variables, **numbers}).returncode


def _command(document: Path, address: str, token: str, seconds: int) -> list[str]:
    """Return the Schemathesis run of one identity; readiness is left out, for it is 503 without a worker."""
    return [
        str(BIN / "schemathesis"),
        *("--config-file", str(RULES), "run", str(document), "--url", address),
        *("--checks", ",".join(CHECKS), "--exclude-path", "/health/ready"),
        *("--max-time", str(seconds), "--request-timeout", "20", "--continue-on-failure"),
        *("--generation-database", "none", "--header", "Accept-Encoding: identity"),
        *(("--header", f"Authorization: Bearer {token}") if token else ()),
    ]


def _people(variables: dict[str, str], *arguments: str) -> str:
    command = [str(PYTHON), "-m", "tests.fuzzing.people", *arguments]
    return subprocess.run(command, env=variables, check=True, capture_output=True, text=True).stdout.strip()


def _served_document(address: str, token: str) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{address}/api/schema", headers=headers)) as answer:
        content: bytes = answer.read()
    return content


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{address}/health", timeout=5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                sys.exit(f"The product did not start within {READY_SECONDS:g} s.")
            time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
