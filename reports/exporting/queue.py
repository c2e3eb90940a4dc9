"""How a job is queued: by the name of the task, whose module imports this package."""

from __future__ import annotations

from celery import current_app

from dealport.kit.redis import publish

RUN = "reports.tasks.run_export"


def send(pk: object) -> None:
    """Put the job into the queue of exports; where the broker is away or full, the sweep does."""
    publish(lambda: current_app.send_task(RUN, [str(pk)]))
