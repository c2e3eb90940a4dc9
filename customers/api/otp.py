"""One's own second factor."""

from __future__ import annotations

from django.contrib.auth import authenticate
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers import second_factor
from customers.actions import remove_second_factor
from customers.api import examples
from customers.api.auth import PRIVATE, caller, valid
from customers.api.serializers import (
    OtpCodeSerializer,
    OtpRemovalSerializer,
    OtpSetupSerializer,
    OtpStateSerializer,
    PasswordAloneSerializer,
    RecoveryCodesSerializer,
)
from customers.models import User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.rest.docs import operation
from dealport.kit.values import FieldValues


class OtpView(APIView):
    """`GET, POST /api/v1/auth/otp`: the state of the second factor; a new secret to scan."""

    @operation("readOtp", "Read the state of your second factor", answer=OtpStateSerializer, example=examples.OTP_STATE)
    def get(self, request: Request) -> Response:
        """Answer whether it is in force and how many recovery codes are left."""
        user = caller(request)
        return Response(
            {
                "isEnabled": second_factor.is_on(user),
                "isRequired": second_factor.is_required(user),
                "recoveryCodesLeft": second_factor.recovery_codes_left(user),
            },
            headers=PRIVATE,
        )

    @operation(
        "beginOtp",
        "Begin to set up a second factor",
        status=201,
        body=PasswordAloneSerializer,
        sent=examples.PASSWORD,
        answer=OtpSetupSerializer,
        example=examples.OTP_SETUP,
        errors=(409,),
    )
    def post(self, request: Request) -> Response:
        """Answer with a new secret; it counts for nothing until a code of it confirms it."""
        user = _checked(request, valid(PasswordAloneSerializer, request))
        setup = second_factor.begin_setup(user=user)
        return Response({"secret": setup.secret, "uri": setup.address}, status=201, headers=PRIVATE)


class OtpConfirmView(APIView):
    """`POST /api/v1/auth/otp/confirm`: the second factor is in force from its first right code."""

    @operation(
        "confirmOtp",
        "Confirm the second factor with a first code",
        body=OtpCodeSerializer,
        sent={"code": "287082"},
        answer=RecoveryCodesSerializer,
        example=examples.RECOVERY_CODES,
        errors=(409,),
    )
    def post(self, request: Request) -> Response:
        """Put it in force; answer with the recovery codes, this once."""
        codes = second_factor.confirm_setup(user=caller(request), code=valid(OtpCodeSerializer, request)["code"])
        return Response({"recoveryCodes": codes}, headers=PRIVATE)


class OtpRemoveView(APIView):
    """`POST /api/v1/auth/otp/remove`: the second factor ends, by password and code."""

    @operation(
        "removeOtp",
        "Remove your second factor",
        status=204,
        body=OtpRemovalSerializer,
        sent=examples.OTP_REMOVAL,
        errors=(409,),
    )
    def post(self, request: Request) -> Response:
        """Take it away, with the password and a code."""
        given, user = valid(OtpRemovalSerializer, request), caller(request)
        if not second_factor.is_on(user):
            raise Conflict("This account has no second factor.")
        _checked(request, given)
        remove_second_factor(user=user, actor=user)
        return Response(status=204)


def _checked(request: Request, given: FieldValues) -> User:
    """Return the caller once the password, and the code if one was sent, are right; wrong ones count as at a login."""
    user = caller(request)
    extra = {"otp": given["otp"]} if "otp" in given else {"password_only": True}
    if authenticate(request._request, username=user.email, password=given["password"], **extra) is None:
        raise invalid("password", "This is not your password.")
    return user
