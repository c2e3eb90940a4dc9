"""Forgotten passwords and invitations."""

from __future__ import annotations

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.access import store_or_404
from customers.actions import invite_user, set_password_by_link
from customers.api import examples
from customers.api.auth import OpenView, caller, valid
from customers.api.serializers import (
    ForgottenPasswordSerializer,
    InvitationSerializer,
    LinkedPasswordSerializer,
    MessageSerializer,
    UserSerializer,
    user_data,
)
from customers.password_links import request_reset
from customers.rest.views import IsAdmin
from dealport.kit.rest.docs import operation


class ForgottenPasswordView(OpenView):
    """`POST /api/v1/auth/password/forgot`: a mail with a link, the same answer for every address."""

    @operation(
        "requestPasswordReset",
        "Request a mail that sets a new password",
        status=202,
        body=ForgottenPasswordSerializer,
        sent=examples.FORGOTTEN,
        answer=MessageSerializer,
        example=examples.MAILED,
    )
    def post(self, request: Request) -> Response:
        """Queue the mail; the answer, and the time it takes, are the same for every address."""
        request_reset(valid(ForgottenPasswordSerializer, request)["email"])
        return Response(examples.MAILED, status=202)


class LinkedPasswordView(OpenView):
    """`POST /api/v1/auth/password/reset`: a new password by the link of a mail."""

    @operation(
        "setPasswordByLink",
        "Set a password with the link of a mail",
        status=204,
        body=LinkedPasswordSerializer,
        sent=examples.LINKED_PASSWORD,
    )
    def post(self, request: Request) -> Response:
        """Set the password; a link of an invitation activates the account. The link works once."""
        set_password_by_link(**valid(LinkedPasswordSerializer, request))
        return Response(status=204)


class InvitationView(APIView):
    """`POST /api/v1/auth/invitations`: an account with role and stores, active once its link is used."""

    permission_classes = (IsAuthenticated, IsAdmin)

    @operation(
        "inviteUser",
        "Invite somebody by email",
        status=201,
        body=InvitationSerializer,
        sent=examples.INVITATION,
        answer=UserSerializer,
        example=examples.INVITED,
        errors=(404, 409),
    )
    def post(self, request: Request) -> Response:
        """Create an inactive account and mail its link; again for an account that is invited already."""
        given, actor = valid(InvitationSerializer, request), caller(request)
        given["stores"] = [store_or_404(actor, key) for key in given["stores"]]
        return Response(user_data(invite_user(**given, actor=actor)), status=201)
