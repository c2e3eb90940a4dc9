"""`/health`: the process is alive. `/health/ready`: what it needs to serve is there too."""

import os
import threading
import time
from collections.abc import Callable

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from dealport.celery import app

# A probe waits this long for all checks together; they run side by side.
DEADLINE_SECONDS = 2.0
RETRY_SECONDS = "5"

log = structlog.get_logger(__name__)
_running: dict[str, threading.Thread] = {}
_migrated = threading.Event()


@csrf_exempt
@never_cache
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """Answer 200 as long as the process handles requests; asks nothing of anybody."""
    return JsonResponse({"status": "healthy"})


@csrf_exempt
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200, or 503 with Retry-After when a check fails or takes longer than two seconds.

    Which check failed, and why, is told to administrators and to this machine alone.
    """
    results = run_checks()
    failed = {name: reason for name, reason in results.items() if reason}
    content: dict[str, object] = {"status": "unhealthy" if failed else "healthy"}
    if _may_see_details(request, database_works=not results["database"]):
        content["checks"] = {name: reason or "ok" for name, reason in results.items()}
    if not failed:
        return JsonResponse(content)
    log.warning("not ready", **failed)
    return JsonResponse(content, status=503, headers={"Retry-After": RETRY_SECONDS})


def run_checks() -> dict[str, str]:
    """Return the reason of failure by check; empty where all is well.

    Each check runs in a thread of its own. One that hangs is reported, and not started again while it does.
    """
    results: dict[str, str] = {}
    for name, check in CHECKS.items():
        if name not in _running or not _running[name].is_alive():
            _running[name] = threading.Thread(target=_run, args=(name, check, results), daemon=True)
            _running[name].start()
    deadline = time.monotonic() + DEADLINE_SECONDS
    for name in CHECKS:
        _running[name].join(max(0.0, deadline - time.monotonic()))
    return {name: results.get(name, f"no answer within {DEADLINE_SECONDS:g} s") for name in CHECKS}


def _run(name: str, check: Callable[[], str], results: dict[str, str]) -> None:
    try:
        results[name] = check()
    except Exception as error:  # a check may fail in any way; the probe reports it instead of failing itself
        results[name] = f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _cache() -> str:
    cache.set("health:probe:ready", 1, 10)
    return "" if cache.get("health:probe:ready") == 1 else "a value written could not be read back"


def _broker() -> str:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
    try:
        return "" if client.ping() else "no answer to a ping"
    finally:
        client.close()


def _storage() -> str:
    return _media() or next(filter(None, (import_string(path)() for path in settings.STORAGE_CHECKS)), "")


def _media() -> str:
    storage = storages["default"]
    if not isinstance(storage, FileSystemStorage):
        storage.exists("health-probe")
        return ""
    os.makedirs(storage.location, exist_ok=True)
    return "" if os.access(storage.location, os.W_OK) else f"{storage.location} cannot be written"


def _migrations() -> str:
    """Look for unapplied migrations; once there are none, this process needs to look no more."""
    if _migrated.is_set():
        return ""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return f"{len(plan)} migrations are not applied"
    _migrated.set()
    return ""


def _worker() -> str:
    return "" if app.control.inspect(timeout=1.0, limit=1).ping() else "no worker answered within a second"


def _house_check(path: str) -> Callable[[], str]:
    return lambda: str(import_string(path)())


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "cache": _cache,
    "broker": _broker,
    "storage": _storage,
    "migrations": _migrations,
    "worker": _worker,
    **{name: _house_check(path) for name, path in settings.READINESS_CHECKS.items()},
}


def _may_see_details(request: HttpRequest, *, database_works: bool) -> bool:
    """Tell whether the caller is this machine (and no proxy on it) or a logged-in administrator."""
    if request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers:
        return True
    return database_works and bool(getattr(request.user, "is_superuser", False))
