"""Tasks that show whether the product's processes work. Beat sends one to each queue."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.core.mail import get_connection

from dealport import heartbeats
from dealport.kit.causes import mail_problem


@shared_task
def heartbeat(queue: str) -> None:
    """Note that a worker of a queue does its tasks."""
    heartbeats.beat(queue)


@shared_task
def check_mail() -> None:
    """Note whether the mail server can be reached and lets us in, or why not; without a mail server, nothing."""
    if not settings.EMAIL_HOST:
        return
    server = get_connection()
    try:
        server.open()
    except OSError as error:  # smtplib's errors and those of TLS are OSErrors too
        heartbeats.beat(heartbeats.MAIL, mail_problem(error))
    else:
        server.close()
        heartbeats.beat(heartbeats.MAIL)
