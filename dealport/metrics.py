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
from typing import Any

import structlog
from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from dealport.request_log import log_request

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
REQUESTS = Histogram(
    "dealport_http_request_duration_seconds", "Requests answered.", ["route", "method", "status"], buckets=BUCKETS
)
QUERIES = Histogram("dealport_database_query_duration_seconds", "Database statements.", buckets=BUCKETS)
CACHE = Counter("dealport_cache_reads_total", "Reads of cached answers.", ["result"])
log = structlog.get_logger(__name__)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class MetricsMiddleware:
    """Counts and logs each request by its route's template, never by its path: ids would make a series each."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        with ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(_timed))
            response = self.get_response(request)
        match = request.resolver_match
        route = match.route if match else "(none)"
        method = request.method if request.method in METHODS else "(other)"
        seconds = time.perf_counter() - began
        REQUESTS.labels(route, method, response.status_code).observe(seconds)
        log_request(request, route=route, method=method, status=response.status_code, seconds=seconds)
        if state := response.headers.get("X-Cache"):
            CACHE.labels(state.lower()).inc()
        return response


def _timed(execute: Callable[..., object], sql: str, params: object, many: bool, context: dict[str, object]) -> Any:
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        QUERIES.observe(time.perf_counter() - began)


class AppCollector:
    """Asks the functions named in METRICS_COLLECTORS for their metrics."""

    def collect(self) -> Iterator[Any]:
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
    """Return what all web processes counted together."""
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
