"""`/metrics` for Prometheus: what the processes count, and what the apps say of themselves.

Web processes share their counters through files in PROMETHEUS_MULTIPROC_DIR, which the Procfile makes anew. What must
be right whichever machine is asked (the ledger, the figures) is read from the database at each scrape, by the
functions named in METRICS_COLLECTORS.
"""

import hmac
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.signals import request_finished
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from dealport.request_log import log_request

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
REQUESTS = Histogram(
    "dealport_http_request_duration_seconds", "Requests answered.", ["route", "method", "status"], buckets=BUCKETS
)
QUERIES = Histogram(
    "dealport_database_query_duration_seconds", "Database statements by route.", ["method", "route"], buckets=BUCKETS
)
POOL = Gauge(
    "dealport_database_pool_connections",
    "Connections of the web processes' pools.",
    ["state"],
    multiprocess_mode="livesum",
)
for state in ("free", "taken"):
    POOL.labels(state)
POOL_WAITING = Gauge(
    "dealport_database_pool_waiting", "Threads that wait for a connection.", multiprocess_mode="livesum"
)
CACHE = Counter("dealport_cache_reads_total", "Reads of cached answers.", ["result"])
log = structlog.get_logger(__name__)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class MetricsMiddleware:
    """Counts and logs each request by its route's template, never by its path: ids would make a series each."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        statements: list[float] = []
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(partial(_timed, statements)))
            response = self.get_response(request)
        match = request.resolver_match
        route = match.route if match else "(none)"
        method = request.method if request.method in METHODS else "(other)"
        seconds = time.perf_counter() - began
        REQUESTS.labels(route, method, response.status_code).observe(seconds)
        operation = QUERIES.labels(method, route)
        for took in statements:
            operation.observe(took)
        log_request(
            request, route=route, method=method, status=response.status_code, seconds=seconds, statements=statements
        )
        if state := response.headers.get("X-Cache"):
            CACHE.labels(state.lower()).inc()
        return response


def _timed(
    statements: list[float],
    execute: Callable[..., object],
    sql: str,
    params: object,
    many: bool,
    context: dict[str, object],
) -> object:
    """Note how many seconds a statement takes. Its route is known when the request is answered."""
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        statements.append(time.perf_counter() - began)


def count_pool(**signal: object) -> None:
    """Note how many connections of this process's pool are taken and free, and how many threads wait for one.

    Done when a request has given its connection back. Without a pool (DATABASE_POOL_SIZE=0) there is nothing to count.
    """
    if not settings.DATABASE_POOL_SIZE:
        return
    connection: Any = connections["default"]
    counts = connection.pool.get_stats()
    free = counts.get("pool_available", 0)
    POOL.labels("free").set(free)
    POOL.labels("taken").set(counts.get("pool_size", 0) - free)
    POOL_WAITING.set(counts.get("requests_waiting", 0))


request_finished.connect(count_pool, dispatch_uid="dealport.count_pool")


class AppCollector:
    """Asks the functions named in METRICS_COLLECTORS for their metrics."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metric families of every app; one that fails is named and hides no other."""
        failed = GaugeMetricFamily(
            "dealport_collector_failed", "Whether a source of metrics failed.", labels=["source"]
        )
        for path in settings.METRICS_COLLECTORS:
            try:
                families = list(import_string(path)())
            except Exception as error:  # a server that is away: the others' metrics are wanted most then
                log.warning("metrics missing", source=path, reason=f"{type(error).__name__}: {error}")
                families = []
                failed.add_metric([path], 1)
            else:
                failed.add_metric([path], 0)
            yield from families
        yield failed


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' text format to this machine or the bearer of METRICS_TOKEN; 404 to anybody else."""
    if not may_scrape(request):
        return HttpResponse(status=404)
    counted = generate_latest(_shared() if "PROMETHEUS_MULTIPROC_DIR" in os.environ else REGISTRY)
    apps = CollectorRegistry()
    apps.register(AppCollector())
    return HttpResponse(counted + generate_latest(apps), content_type=CONTENT_TYPE_LATEST)


def _shared() -> CollectorRegistry:
    """Return what all web processes counted together; what an ended one said of its pool is no longer so."""
    for file in Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("gauge_live*_*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)  # asks, and kills nobody
        except ProcessLookupError:
            file.unlink(missing_ok=True)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


def may_scrape(request: HttpRequest) -> bool:
    """Return whether the caller is this machine (and no proxy on it) or the bearer of METRICS_TOKEN."""
    given = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return True
    # a proxy on this machine passes on strangers: it says so with X-Forwarded-For
    local = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
    return local and "X-Forwarded-For" not in request.headers
