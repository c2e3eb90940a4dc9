"""Who the bearer of an access token is."""

from __future__ import annotations

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from customers.accounts import account, is_ended
from customers.models import User
from customers.tokens import Claims, read_access_token

SCHEME = "Bearer"


class TokenNotValid(AuthenticationFailed):
    """The access token is not one of ours, has run out, or its login or account has changed (401)."""

    default_code = "token_not_valid"
    default_detail = "This token is not valid, or no longer."


class TokenAuthentication(BaseAuthentication):
    """Takes an access token while its login lasts and the account is as it was when the token was issued.

    A disabled account, a changed password or role raises the account's version: older tokens are refused at once.
    A logout, and a refresh token used twice, end the tokens of that login. Lost stores need no version: every query
    asks for the memberships.
    """

    def authenticate(self, request: Request) -> tuple[User, Claims] | None:
        """Return the account and the claims, None without a bearer token. Raises AuthenticationFailed (401)."""
        scheme, *tokens = request.META.get("HTTP_AUTHORIZATION", "").split() or [""]
        if scheme != SCHEME:
            return None
        if len(tokens) != 1:
            raise AuthenticationFailed("The Authorization header must be: Bearer, a space, and the access token.")
        claims = read_access_token(tokens[0].encode())
        user = account(claims.user_id) if claims else None
        if claims is None or user is None or not user.is_active or user.auth_version != claims.version:
            raise TokenNotValid()
        if is_ended(user, claims.family):
            raise TokenNotValid()
        return user, claims

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a refusal is 401."""
        return f'{SCHEME} realm="api"'
