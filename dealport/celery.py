"""The Celery application."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealport.settings")

app = Celery("dealport")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_logs(**kwargs: Any) -> None:
    """Leave logging as the settings configured it; Celery would install handlers of its own."""


@worker_init.connect
def refuse_dangerous_configuration(**kwargs: Any) -> None:
    """Do not start a worker on a configuration that system checks call an error."""
    from django.core.management.base import BaseCommand

    BaseCommand().check(databases=["default"])
