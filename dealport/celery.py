"""The Celery application."""

import os
import sys
import time
from typing import Any

import structlog
from celery import Celery
from celery.signals import (
    beat_init,
    before_task_publish,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
    worker_process_init,
)

from dealport import broker
from dealport.kit import installation
from dealport.kit.surface import COMMAND, TASK, enter_surface
from dealport.logs import TASKS

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealport.settings")

log = structlog.get_logger(TASKS)
broker.use_our_transport()
app = Celery("dealport")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_logs(**kwargs: object) -> None:
    """Leave logging as the settings configured it; Celery would install handlers of its own."""


@worker_init.connect
@beat_init.connect
def refuse_dangerous_configuration(**kwargs: object) -> None:
    """End the process on a configuration that system checks call an error."""
    from django.core.management.base import SystemCheckError

    from dealport.management.commands.check import Command

    installation.wait()  # first: a check asks nothing of a database that is away
    try:
        Command().check(databases=["default"])
    except SystemCheckError as error:
        sys.exit(str(error))  # Celery logs other exceptions of a signal's receiver and goes on


@worker_init.connect
@worker_process_init.connect
@beat_init.connect
def watch_installation(**kwargs: object) -> None:
    """Find out when the database becomes that of another installation."""
    installation.watch()


@before_task_publish.connect
def carry_request_id(headers: dict[str, object] | None = None, **kwargs: object) -> None:
    """Send along with a task when it was sent, and the id of the request that caused it."""
    if headers is None:
        return
    headers[broker.SENT_AT] = time.time()
    if request_id := structlog.contextvars.get_contextvars().get("request_id"):
        headers["request_id"] = request_id


@task_prerun.connect
def log_with_request_id(task_id: str, task: Any, **kwargs: object) -> None:
    """Put the task, and the request that caused it, on every log line of the task."""
    request_id = getattr(task.request, "request_id", None) or (task.request.headers or {}).get("request_id")
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)
    task.request.began = time.perf_counter()
    enter_surface(TASK)
    if request_id:
        structlog.contextvars.bind_contextvars(request_id=request_id)


@task_postrun.connect
def log_and_forget(task: object = None, state: str | None = None, **kwargs: object) -> None:
    """Log how the task ended and after how long; start the next one of this process without its ids."""
    if began := getattr(getattr(task, "request", None), "began", None):
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        log.info("task", ms=milliseconds, outcome=(state or "unknown").lower())
    enter_surface(COMMAND)
    structlog.contextvars.clear_contextvars()
