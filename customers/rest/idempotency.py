"""`Idempotency-Key` of every operation that creates money facts, and how long its answers are kept."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from customers.models import IdempotencyRecord
from dealport.kit.rest.idempotency import idempotent_by

KEPT_DAYS = 7

idempotent = idempotent_by(IdempotencyRecord)


def prune_records() -> int:
    """Delete records older than a week; return how many."""
    limit = timezone.now() - timedelta(days=KEPT_DAYS)
    return IdempotencyRecord.objects.filter(created_at__lt=limit).delete()[0]
