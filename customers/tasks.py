"""Beat jobs of the customers app."""

from __future__ import annotations

from celery import shared_task

from customers import pictures
from customers.accounts import publish_changes
from customers.password_links import prune_links, send_mails
from customers.rest.idempotency import prune_records
from customers.sessions import prune_sessions
from customers.tokens import prune_tokens


@shared_task
def publish_account_changes() -> int:
    """Write account changes to the cache that could not be written when they were made."""
    return publish_changes()


@shared_task
def prune() -> int:
    """Delete expired refresh tokens, sessions, password links and old idempotency records."""
    return prune_tokens() + prune_sessions() + prune_links() + prune_records()


@shared_task
def send_password_mails() -> int:
    """Send the mails of forgotten passwords and invitations that wait; return how many the server took."""
    return send_mails()


@shared_task
def make_pictures() -> int:
    """Fetch and draw pictures that wait; return how many became ready. One process at a time does."""
    return pictures.make_pictures()


@shared_task
def clean_pictures() -> int:
    """Delete files that no picture names; return how many."""
    return pictures.clean()
