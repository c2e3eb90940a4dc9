"""`/health`: the process is alive. `/health/ready`: it can serve, and whether all that belongs to it works.

Able to serve means that the database takes reads and writes. What else is away (Redis, workers, the files of exports,
the mail server) makes the product `degraded`: no reason for a load balancer to send nobody here any more.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import structlog
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from dealport import heartbeats
from dealport.kit import redis
from dealport.metrics import may_scrape

# A probe waits this long for the checks together, which run side by side. One that hung for the last probe already
# is not waited for again: load balancers give up after a second or two.
DEADLINE_SECONDS = 2.0
RETRY_SECONDS = "5"
# Without these nothing can be served.
ESSENTIAL = ("database", "migrations")

log = structlog.get_logger(__name__)
_migrated = threading.Event()


@dataclass(frozen=True)
class Result:
    """Why a check failed, empty if it did not; and the age in seconds of what it looked at, if that has one."""

    problem: str = ""
    age_seconds: float | None = None


Results = dict[str, Result]


@dataclass
class Check:
    """A check that runs in a thread of its own, never twice at once."""

    name: str
    function: Callable[[], str | Results]
    results: Results = field(default_factory=dict)
    thread: threading.Thread | None = None
    hangs: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Run it, unless it still runs."""
        with self.lock:
            if self.thread is None or not self.thread.is_alive():
                self.hangs = False
                thread = threading.Thread(target=self._run, daemon=True)
                thread.start()
                self.thread = thread  # only now: another probe may wait for it at once

    def finish(self, deadline: float) -> Results:
        """Wait until the deadline (monotonic clock); return the results, or that there was no answer."""
        assert self.thread is not None
        if not self.hangs:
            self.thread.join(max(0.0, deadline - time.monotonic()))
        self.hangs = self.thread.is_alive()
        return {self.name: Result(f"No answer within {DEADLINE_SECONDS:g} s.")} if self.hangs else self.results

    def _run(self) -> None:
        try:
            outcome = self.function()
            self.results = {self.name: Result(outcome)} if isinstance(outcome, str) else outcome
        except Exception as error:  # a check may fail in any way; the probe reports it instead of failing itself
            self.results = {self.name: Result(f"{type(error).__name__}: {error}")}
        finally:
            connection.close()


@csrf_exempt
@never_cache
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process handles requests; asks nothing of anybody."""
    return JsonResponse(alive_content())


def alive_content() -> dict[str, str]:
    """Return what `/health` says, also where it is answered in front of Django."""
    return {"status": "healthy", "timestamp": _now()}


@csrf_exempt
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 with `healthy` or `degraded`, or 503 with Retry-After where nothing can be served.

    What failed, and how old everything is, is told to super admins, the bearer of METRICS_TOKEN and this machine.
    """
    results = run_checks()
    failed = {name: result.problem for name, result in results.items() if result.problem}
    able = not any(name in failed for name in ESSENTIAL)
    status = "unhealthy" if not able else "degraded" if failed else "healthy"
    content: dict[str, object] = {"status": status, "timestamp": _now()}
    if may_scrape(request) or (able and getattr(request.user, "is_superuser", False)):
        content["checks"] = {name: result.problem or "ok" for name, result in results.items()}
        content["ages"] = _json_ages(results)
    _log_changes(failed)
    if able:
        return JsonResponse(content)
    return JsonResponse(content, status=503, headers={"Retry-After": RETRY_SECONDS})


def run_checks() -> Results:
    """Run all checks side by side; return their results by name."""
    for check in CHECKS:
        check.start()
    deadline = time.monotonic() + DEADLINE_SECONDS
    results: Results = {}
    for check in CHECKS:
        results |= check.finish(deadline)
    return results


_last_failed: set[str] = set()


def _log_changes(failed: dict[str, str]) -> None:
    """Log what fails when that changes; probes come every few seconds."""
    if failed.keys() != _last_failed:
        _last_failed.clear()
        _last_failed.update(failed)
        log.warning("readiness changed", failed=failed)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json_ages(results: Results) -> dict[str, float | None]:
    """Return the seconds of whatever has an age; null for never."""
    ages = {name: result.age_seconds for name, result in results.items() if result.age_seconds is not None}
    return {name: None if seconds == float("inf") else round(seconds, 1) for name, seconds in ages.items()}


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean")
        (read_only,) = cursor.fetchone()
    return "The database is read-only." if read_only else ""


def _cache() -> str:
    cache.set("health:probe:ready", 1, 10)
    return "" if cache.get("health:probe:ready") == 1 else "A value that was written could not be read back."


def _broker() -> str:
    return "" if redis.client(settings.REDIS_URL).ping() else "No answer to a ping."


def _storage() -> str:
    return _media() or next(filter(None, (import_string(path)() for path in settings.STORAGE_CHECKS)), "")


def _media() -> str:
    storage = storages["default"]
    if not isinstance(storage, FileSystemStorage):
        storage.exists("health-probe")
        return ""
    os.makedirs(storage.location, exist_ok=True)
    return "" if os.access(storage.location, os.W_OK) else f"{storage.location} is not writable."


def _migrations() -> str:
    """Look for unapplied migrations; once there are none, this process needs to look no more."""
    if _migrated.is_set():
        return ""
    if not _is_every_file_applied():
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            return f"Migrations to apply: {len(plan)}. Run the release step."
    _migrated.set()
    return ""


def _is_every_file_applied() -> bool:
    """Tell by their names alone: importing a hundred migrations makes a busy machine miss the deadline of its first
    probe. False where a file may be left out because it replaces others."""
    applied = MigrationRecorder(connection).applied_migrations().keys()
    folders = [(app.label, Path(app.path) / "migrations") for app in apps.get_app_configs()]
    return all((label, file.stem) in applied for label, folder in folders for file in folder.glob("[0-9]*.py"))


def _processes() -> Results:
    """Look at the heartbeats of beat, the workers and the mail server."""
    return {part: Result(beat.reason, beat.age_seconds) for part, beat in heartbeats.read().items()}


def _app_check(path: str) -> Callable[[], str]:
    return lambda: str(import_string(path)())


CHECKS = [
    Check("database", _database),
    Check("migrations", _migrations),
    Check("cache", _cache),
    Check("broker", _broker),
    Check("storage", _storage),
    Check("processes", _processes),
    *(Check(name, _app_check(path)) for name, path in settings.READINESS_CHECKS.items()),
]
