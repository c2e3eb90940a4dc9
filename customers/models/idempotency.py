"""Answers kept for callers who did not get them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class IdempotencyRecord(models.Model):
    """The answer to a request with an `Idempotency-Key`, written in the transaction of its effect.

    So there is an effect exactly if there is a record, whatever happened to the connection afterwards.
    """

    user = models.ForeignKey("customers.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    path = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "path", "key"], name="customers_idempotency_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} on {self.path}"
