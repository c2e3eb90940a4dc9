"""What the processes of the product know of each other, and of themselves."""

from django.db import models


class Heartbeat(models.Model):
    """When a part of the product last did its work: beat itself, a worker of each queue, the mail server."""

    name = models.CharField(max_length=50, primary_key=True)
    at = models.DateTimeField(null=True, help_text="The last time it worked; empty: never.")
    problem = models.CharField(max_length=500, blank=True, help_text="Why the newest attempt did not.")

    def __str__(self) -> str:
        return self.name


class Installation(models.Model):
    """The one row that says which installation this is (`dealport.kit.installation`)."""

    is_only = models.BooleanField(primary_key=True, default=True)
    id = models.CharField(max_length=12, help_text="Part of every key in Redis and of every name of an export file.")
    home = models.CharField(max_length=60, db_default="", help_text="The database in which the id was made.")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(is_only=True), name="dealport_one_installation")]

    def __str__(self) -> str:
        return self.id
