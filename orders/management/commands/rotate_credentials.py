"""`manage.py rotate_credentials`: encrypt the credentials of all connections with the first of CREDENTIALS_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from dealport.kit.secrets import UnreadableSecret, rotate
from orders.models import Connection


class Command(BaseCommand):
    """All or none: a connection whose key is gone names itself."""

    help = "Encrypt the credentials of all connections with the first of CREDENTIALS_KEYS; the other keys can then go."

    @transaction.atomic
    def handle(self, *args: object, **options: Any) -> None:
        count = 0
        for connection in Connection.objects.select_for_update().exclude(credentials="").order_by("pk"):
            try:
                connection.credentials, connection.token = rotate(connection.credentials), rotate(connection.token)
            except UnreadableSecret as error:
                raise CommandError(f"{connection}: {error} Enter its credentials again, or add the old key.") from error
            connection.save(update_fields=["credentials", "token"])
            count += 1
        self.stdout.write(f"{count} connections have the first key now.")
