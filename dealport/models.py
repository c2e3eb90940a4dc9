"""What the processes of the product know of each other."""

from django.db import models


class Heartbeat(models.Model):
    """When a part of the product last did its work: beat itself, a worker of each queue, the mail server."""

    name = models.CharField(max_length=50, primary_key=True)
    at = models.DateTimeField(null=True, help_text="The last time it worked; empty: never.")
    problem = models.CharField(max_length=500, blank=True, help_text="Why the newest attempt did not.")

    def __str__(self) -> str:
        return self.name
