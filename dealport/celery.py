"""The Celery application."""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealport.settings")

app = Celery("dealport")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_logs(**kwargs: Any) -> None:
    """Leave logging as the settings configured it; Celery would install handlers of its own."""


@worker_init.connect
@beat_init.connect
def refuse_dangerous_configuration(**kwargs: Any) -> None:
    """End the process on a configuration that system checks call an error."""
    from django.core.management.base import BaseCommand, SystemCheckError

    try:
        BaseCommand().check(databases=["default"])
    except SystemCheckError as error:
        sys.exit(str(error))  # Celery logs other exceptions of a signal's receiver and goes on
