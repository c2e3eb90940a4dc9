"""Logging in and out, and one's own account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.models import update_last_login
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import tokens
from customers.actions import create_user, set_password, update_user
from customers.api import examples
from customers.api.serializers import (
    CredentialsSerializer,
    MeSerializer,
    PasswordSerializer,
    RefreshSerializer,
    RegistrationSerializer,
    TokensSerializer,
    UserSerializer,
    user_data,
)
from customers.models import User
from customers.pictures import add_picture
from customers.rest.pictures import PictureInput, PictureSerializer, picture_operation
from customers.sessions import device_of
from dealport.kit.errors import invalid
from dealport.kit.rest.docs import operation
from dealport.kit.rest.parsers import JSONParser
from dealport.kit.values import FieldValues

REFRESH_COOKIE = "dealport_refresh"
COOKIE_PATH = "/api/v1/auth/"
PRIVATE = {"Cache-Control": "private, no-store"}


class OpenView(APIView):
    """An endpoint for people who are not logged in; a stale token in the header does not keep them out."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a refusal is 401 and not 403."""
        return 'Bearer realm="api"'


class LoginView(OpenView):
    """`POST /api/v1/auth/login`: tokens for an email address, a password and, where required, a code."""

    @operation(
        "login",
        "Log in",
        body=CredentialsSerializer,
        sent=examples.CREDENTIALS,
        answer=TokensSerializer,
        example=examples.TOKENS,
        errors=(401,),
    )
    def post(self, request: Request) -> Response:
        """Answer with tokens; 401 for wrong credentials and disabled accounts alike, 429 after too many failures.

        401 with the code OTP_REQUIRED: the account has a second factor; send the same with `otp`. OTP_INVALID: the code
        is wrong or was used already. OTP_SETUP_REQUIRED: the account must get a second factor in the pages first.
        """
        given = valid(CredentialsSerializer, request)
        user = authenticate(request._request, username=given["email"], password=given["password"], otp=given.get("otp"))
        if not isinstance(user, User):
            raise AuthenticationFailed("No active account has this email address and password.")
        update_last_login(User, user)
        return _with_tokens(tokens.log_in(user, device_of(request._request)), in_body=given["transport"] == "body")


class RefreshView(OpenView):
    """`POST /api/v1/auth/refresh`: new tokens for a refresh token, which works once (ADR 10)."""

    @operation(
        "refreshTokens",
        "Exchange a refresh token for new tokens",
        body=RefreshSerializer,
        sent={"refreshToken": examples.TOKENS["refreshToken"]},
        answer=TokensSerializer,
        example=examples.TOKENS,
        errors=(401,),
        auth=[{"refreshCookie": []}, {}],
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token (cookie or body) for new tokens, delivered the way the old one came; or 401."""
        token, in_body = _refresh_token(request)
        received_at = getattr(request, "received_at", None)
        issued = tokens.refresh(token, received_at=received_at, device=device_of(request._request)) if token else None
        if issued is None:
            raise AuthenticationFailed("This refresh token is no longer valid.")
        return _with_tokens(issued, in_body=in_body)


class LogoutView(OpenView):
    """`POST /api/v1/auth/logout`: ends the login with its access tokens."""

    @operation(
        "logout",
        "Log out",
        status=204,
        body=RefreshSerializer,
        sent={"refreshToken": examples.TOKENS["refreshToken"]},
        auth=[{"refreshCookie": []}, {}],
    )
    def post(self, request: Request) -> Response:
        """End the login of a refresh token. Twice is fine."""
        token, _ = _refresh_token(request)
        if token:
            tokens.log_out(token)
        response = Response(status=204)
        response.delete_cookie(REFRESH_COOKIE, path=COOKIE_PATH, samesite="Strict")
        return response


class RegisterView(APIView):
    """`POST /api/v1/auth/register`: an account of one's own, where registration is open."""

    permission_classes = (AllowAny,)

    @operation(
        "register",
        "Create an account",
        status=201,
        body=RegistrationSerializer,
        sent=examples.REGISTRATION,
        answer=UserSerializer,
        example=examples.REGISTERED,
        errors=(409,),
    )
    def post(self, request: Request) -> Response:
        """Create an account of role USER without a store: by an admin, or by anybody if registration is open."""
        actor = request.user if isinstance(request.user, User) else None
        if not settings.DEALPORT_OPEN_REGISTRATION:
            if actor is None:
                self.permission_denied(request)
            if not actor.sees_all_stores:
                raise PermissionDenied()
        given = valid(RegistrationSerializer, request)
        return Response(user_data(create_user(**given, actor=actor)), status=201)


class MeView(APIView):
    """`GET, PATCH /api/v1/auth/me`: the caller's own account."""

    @operation("readMe", "Read your account and stores", answer=UserSerializer, example=examples.USER)
    def get(self, request: Request) -> Response:
        """Answer with one's own account and stores."""
        return Response(user_data(User.objects.get(pk=caller(request).pk)))

    @operation(
        "updateMe",
        "Change your name, phone, avatar or language",
        body=MeSerializer,
        sent=examples.ME,
        answer=UserSerializer,
        example=examples.USER,
    )
    def patch(self, request: Request) -> Response:
        """Change one's own name, phone, avatar or language."""
        changes = valid(MeSerializer, request)
        return Response(user_data(update_user(user=caller(request), changes=changes, actor=caller(request))))


class AvatarView(APIView):
    """`POST /api/v1/auth/me/avatar`: the caller's picture, uploaded or fetched once from an address."""

    parser_classes = (MultiPartParser, JSONParser)

    @picture_operation("setMyAvatar", "Give your account a picture")
    def post(self, request: Request) -> Response:
        """Take a picture, or the address it is fetched from once (201); it is `avatar` once a worker has made it."""
        picture = add_picture(caller(request), **valid(PictureInput, request), actor=caller(request))
        return Response(PictureSerializer(picture).data, status=201)


class PasswordView(APIView):
    """`POST /api/v1/auth/password`: a new password for who knows the old one."""

    @operation(
        "changePassword",
        "Change your password and end your other logins",
        body=PasswordSerializer,
        sent=examples.NEW_PASSWORD,
        answer=TokensSerializer,
        example=examples.TOKENS,
    )
    def post(self, request: Request) -> Response:
        """Change one's own password: every other login ends, this one goes on with the tokens of the answer."""
        given = valid(PasswordSerializer, request)
        account = caller(request)
        names = {"username": account.email, "password": given["currentPassword"], "password_only": True}
        if authenticate(request._request, **names) is None:
            raise invalid("currentPassword", "This is not your password.")
        user = set_password(user=account, password=given["newPassword"], actor=account)
        if request.auth is None:  # a session of the pages
            update_session_auth_hash(request._request, user)
        issued = tokens.log_in(User.objects.get(pk=user.pk), device_of(request._request))
        return _with_tokens(issued, in_body=given["transport"] == "body")


def valid(serializer: Any, request: Request) -> FieldValues:
    """Return the request's body as checked by a serializer class. Raises ValidationError."""
    checked = serializer(data=request.data)
    checked.is_valid(raise_exception=True)
    values: dict[str, object] = checked.validated_data
    return values


def caller(request: Request) -> User:
    """Return who is logged in."""
    user = request.user
    assert isinstance(user, User)  # the default permission lets nobody else in
    return user


def _refresh_token(request: Request) -> tuple[str, bool]:
    """Return the refresh token and whether it came in the body."""
    given = valid(RefreshSerializer, request).get("refreshToken")
    return (given, True) if given else (request.COOKIES.get(REFRESH_COOKIE, ""), False)


def _with_tokens(issued: tokens.Tokens, *, in_body: bool) -> Response:
    content = {"accessToken": issued.access, "expiresIn": issued.expires_in, "user": user_data(issued.user)}
    if in_body:
        return Response({**content, "refreshToken": issued.refresh}, headers=PRIVATE)
    response = Response(content, headers=PRIVATE)
    response.set_cookie(
        REFRESH_COOKIE,
        issued.refresh,
        max_age=settings.DEALPORT_REFRESH_TOKEN_LIFETIME,
        path=COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response
