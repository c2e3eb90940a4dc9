"""Accounts as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from customers.models import User


class CredentialsSerializer(serializers.Serializer[dict[str, str]]):
    """What somebody logs in with."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


def user_data(user: User) -> dict[str, Any]:
    """Return an account as its owner sees it."""
    return {"id": user.pk, "email": user.email, "name": user.name, "role": user.role}
