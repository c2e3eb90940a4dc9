"""Logging in for scripts and single-page applications."""

from __future__ import annotations

from django.contrib.auth import authenticate
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import AccessToken

from customers.api.serializers import CredentialsSerializer, user_data
from customers.models import User


class LoginView(APIView):
    """`POST /api/v1/auth/login`: an access token for e-mail and password."""

    # An expired token in the header must not keep anybody from getting a new one.
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a refusal is 401 and not 403."""
        return 'Bearer realm="api"'

    def post(self, request: Request) -> Response:
        """Answer with a token of some minutes; 401 for wrong credentials and disabled accounts alike."""
        credentials = CredentialsSerializer(data=request.data)
        credentials.is_valid(raise_exception=True)
        given = credentials.validated_data
        user = authenticate(request._request, username=given["email"], password=given["password"])
        if not isinstance(user, User):
            raise AuthenticationFailed("No active account has this e-mail address and password.")
        token = AccessToken.for_user(user)
        content = {
            "accessToken": str(token),
            "expiresIn": int(token.lifetime.total_seconds()),
            "user": user_data(user),
        }
        return Response(content, headers={"Cache-Control": "private, no-store"})
