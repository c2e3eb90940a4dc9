"""Celery: the broker's connection, how tasks are taken, and their queues."""

from typing import Any

from dealport.settings.cache import REDIS_URL

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Below the visibility timeout, or a long task would be handed to a second worker while it runs. (`run_upload` has a
# limit of its own: whoever gets it again leaves the locked row to its worker.)
CELERY_TASK_TIME_LIMIT = 55 * 60
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "visibility_timeout": 60 * 60,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    # Without these, publishing waits two seconds before it gives up on a broker that refuses connections.
    "max_retries": 0,
    "interval_start": 0,
}
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker tries again for as long as the broker is away (Celery's own limit is 100 tries, about an hour) …
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# … and also when it answers with a refusal, such as that it is full.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_WORKER_CONSUMER = "dealport.consumer:Consumer"
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
# A request never waits for a broker that is away: what must not be lost is a row that a beat job sweeps.
CELERY_TASK_PUBLISH_RETRY = False
# The queues, with the names of the processes that work on each (Procfile).
QUEUES = {"celery": "worker", "exports": "exports", "sources": "sources"}
# Functions that return how many seconds ago a long task of a process showed progress: one that is busy is not away.
PROGRESS = {
    "exports": "reports.telemetry.seconds_since_progress",
    "sources": "orders.connections.backfill.seconds_since_progress",
}
# Long files, and what waits for other systems, have workers of their own, so that nothing else waits for them.
CELERY_TASK_ROUTES = {
    "reports.tasks.run_export": {"queue": "exports"},
    "orders.tasks.run_upload": {"queue": "exports"},
    "orders.tasks.apply_source_events": {"queue": "sources"},
    "orders.tasks.poll_source": {"queue": "sources"},
    "orders.tasks.backfill_source": {"queue": "sources"},
    "orders.tasks.reconcile_source": {"queue": "sources"},
    "customers.tasks.make_pictures": {"queue": "sources"},
}
