"""Django's command, with the password rules also where nobody is asked."""

import os
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError


class Command(createsuperuser.Command):
    """Create the first account; `--noinput` takes DJANGO_SUPERUSER_PASSWORD, which Django would take unseen."""

    def handle(self, *args: object, **options: object) -> str | None:
        """Create it. Raises CommandError for a password that the rules of AUTH_PASSWORD_VALIDATORS refuse."""
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD")
        if not options["interactive"] and password:
            email = options["email"] or os.environ.get("DJANGO_SUPERUSER_EMAIL", "")
            model: Any = self.UserModel
            try:
                validate_password(password, model(email=email))
            except ValidationError as error:
                raise CommandError("DJANGO_SUPERUSER_PASSWORD: " + " ".join(error.messages)) from error
        return super().handle(*args, **options)
