"""Who the bearer of an access token is."""

from __future__ import annotations

from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import Token

from customers.accounts import account
from customers.models import User
from customers.tokens import VERSION_CLAIM


class TokenAuthentication(JWTAuthentication):
    """Takes an access token while the account is as it was when the token was issued.

    A disabled account, a changed password or role raises the account's version: older tokens are refused at once.
    Lost stores need no version: every query asks for the memberships.
    """

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        """Return the account. Raises AuthenticationFailed (401)."""
        user = account(validated_token.get(api_settings.USER_ID_CLAIM, 0))
        if user is None or not user.is_active or user.auth_version != validated_token.get(VERSION_CLAIM):
            raise AuthenticationFailed("This token is no longer valid.", code="token_not_valid")
        return user
