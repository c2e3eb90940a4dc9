"""Metrics of the product's own processes: heartbeats, queues, Redis, PostgreSQL."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from dealport import heartbeats
from dealport.broker import PARKED, SENT_AT
from dealport.kit import redis


def collect_heartbeats() -> Iterator[object]:
    """Yield the age of every heartbeat; infinity for a part that never showed life."""
    ages = GaugeMetricFamily("dealport_heartbeat_age_seconds", "Since a part last did its work.", labels=["part"])
    for name, heartbeat in heartbeats.read().items():
        ages.add_metric([name], heartbeat.age_seconds)
    yield ages


def collect_jobs() -> Iterator[object]:
    """Yield when each job of beat was last sent; beat writes that down every three minutes."""
    ages = GaugeMetricFamily("dealport_job_age_seconds", "Since beat last sent a job.", labels=["job"])
    for name, at in PeriodicTask.objects.filter(enabled=True, last_run_at__isnull=False).values_list(
        "name", "last_run_at"
    ):
        ages.add_metric([name], (timezone.now() - at).total_seconds())
    yield ages


def collect_queues() -> Iterator[object]:
    """Yield how much waits in each queue and for how long, what is being worked on, and what was parked."""
    waiting = GaugeMetricFamily("dealport_queue_messages", "Tasks that wait in a queue.", labels=["queue"])
    oldest = GaugeMetricFamily("dealport_queue_oldest_seconds", "Age of the oldest of them.", labels=["queue"])
    client: Any = redis.client(settings.REDIS_URL)
    for queue in settings.QUEUES:
        waiting.add_metric([queue], client.llen(redis.redis_key(queue)))
        oldest.add_metric([queue], _age(client.lindex(redis.redis_key(queue), -1)))
    taken, parked = client.hlen(redis.redis_key("unacked")), client.llen(redis.redis_key(PARKED))
    yield from (waiting, oldest)
    yield GaugeMetricFamily("dealport_queue_taken_messages", "Tasks that workers have taken and not finished.", taken)
    yield GaugeMetricFamily("dealport_queue_parked_messages", "Messages put aside that nobody could read.", parked)


def collect_redis() -> Iterator[object]:
    """Yield memory, its limit (0: none) and evictions of the servers of queue and cache."""
    memory = GaugeMetricFamily("dealport_redis_memory_bytes", "Memory used.", labels=["server"])
    limit = GaugeMetricFamily("dealport_redis_memory_limit_bytes", "maxmemory; 0 for none.", labels=["server"])
    evicted = CounterMetricFamily("dealport_redis_evicted_keys", "Keys evicted for want of memory.", labels=["server"])
    for server, url in (("queue", settings.REDIS_URL), ("cache", settings.CACHE_URL)):
        info: Any = redis.client(url).info()
        memory.add_metric([server], info["used_memory"])
        limit.add_metric([server], info.get("maxmemory", 0))
        evicted.add_metric([server], info["evicted_keys"])
    yield from (memory, limit, evicted)


def collect_database() -> Iterator[object]:
    """Yield how many blocks of indexes PostgreSQL found in its memory and how many it had to read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(idx_blks_hit)::float, sum(idx_blks_read)::float FROM pg_statio_user_indexes")
        hit, read = cursor.fetchone()
    blocks = CounterMetricFamily("dealport_database_index_blocks", "Index blocks wanted, by where.", labels=["found"])
    blocks.add_metric(["memory"], hit or 0)
    blocks.add_metric(["disk"], read or 0)
    yield blocks


def _age(message: Any) -> float:
    """Return the seconds since a message was sent; 0 without one, or where it does not say."""
    try:
        return max(time.time() - float(json.loads(message)["headers"][SENT_AT]), 0.0) if message else 0.0
    except (ValueError, KeyError, TypeError):
        return 0.0
