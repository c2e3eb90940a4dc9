"""Accounts as JSON."""

from __future__ import annotations

from rest_framework import serializers

from customers.access import stores_for
from customers.models import User
from customers.models.users import is_picture_address
from dealport.kit.rest.fields import StoreKeyField, TextField
from dealport.kit.rest.serializers import StrictSerializer
from dealport.kit.values import Json

TRANSPORTS = ("cookie", "body")


class CredentialsSerializer(StrictSerializer):
    """What somebody logs in with; `transport` says where the refresh token shall come."""

    email = TextField(max_length=254)
    password = TextField(max_length=1024, trim_whitespace=False)
    otp = TextField(
        max_length=40, required=False, help_text="Code of the authenticator app, or a recovery code, if asked for."
    )
    transport = serializers.ChoiceField(choices=TRANSPORTS, default="cookie")


class RefreshSerializer(StrictSerializer):
    """A refresh token, unless it is in the cookie."""

    refreshToken = TextField(max_length=200, required=False)


class RegistrationSerializer(StrictSerializer):
    """A new account; the password is checked by AUTH_PASSWORD_VALIDATORS."""

    email = serializers.EmailField(max_length=254)
    password = TextField(max_length=1024, trim_whitespace=False)
    name = TextField(max_length=150, default="", allow_blank=True)


class MeSerializer(StrictSerializer):
    """What one may change of one's own account."""

    name = TextField(max_length=150, allow_blank=True, required=False)
    phone = TextField(max_length=40, allow_blank=True, required=False)
    avatar = TextField(
        max_length=500,
        allow_blank=True,
        required=False,
        validators=[is_picture_address],
        help_text="Address of a picture: https://…",
    )
    language = serializers.ChoiceField(
        choices=User.Language.choices,
        allow_null=True,
        required=False,
        help_text="In which pages and mails are written; null: the browser's. Answers of the API stay English.",
    )


class PasswordSerializer(StrictSerializer):
    """The old password and the new one."""

    currentPassword = TextField(max_length=1024, trim_whitespace=False)
    newPassword = TextField(max_length=1024, trim_whitespace=False)
    transport = serializers.ChoiceField(choices=TRANSPORTS, default="cookie")


class ForgottenPasswordSerializer(StrictSerializer):
    """The address of an account whose password is forgotten."""

    email = serializers.EmailField(max_length=254)


class LinkedPasswordSerializer(StrictSerializer):
    """A new password, and the token of the link in the mail."""

    token = TextField(max_length=100)
    password = TextField(max_length=1024, trim_whitespace=False)


class InvitationSerializer(StrictSerializer):
    """Who to invite, as what, into which stores."""

    email = serializers.EmailField(max_length=254)
    name = TextField(max_length=150, default="", allow_blank=True)
    role = serializers.ChoiceField(choices=User.Role.choices, default=User.Role.STAFF)
    stores = serializers.ListField(
        child=StoreKeyField(), default=list, max_length=100, help_text="Ids or slugs of the stores to work in."
    )


class OtpCodeSerializer(StrictSerializer):
    """A code of the authenticator app."""

    code = TextField(max_length=40)


class OtpRemovalSerializer(StrictSerializer):
    """What takes the second factor away: the password, and a code of the app or a recovery code."""

    password = TextField(max_length=1024, trim_whitespace=False)
    otp = TextField(max_length=40)


class PasswordAloneSerializer(StrictSerializer):
    """The caller's own password, to confirm what only its owner may do."""

    password = TextField(max_length=1024, trim_whitespace=False)


class OtpStateSerializer(serializers.Serializer[object]):
    """Whether one's account has a second factor and must have one."""

    isEnabled = serializers.BooleanField()
    isRequired = serializers.BooleanField()
    recoveryCodesLeft = serializers.IntegerField()


class OtpSetupSerializer(serializers.Serializer[object]):
    """What an authenticator app is given."""

    secret = serializers.CharField()
    uri = serializers.CharField()


class RecoveryCodesSerializer(serializers.Serializer[object]):
    """Codes that stand in for the app, each once. Shown this once."""

    recoveryCodes = serializers.ListField(child=serializers.CharField())


class LoginSerializer(serializers.Serializer[object]):
    """One place one is logged in."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=("browser", "api"))
    createdAt = serializers.DateTimeField(source="created_at")
    lastUsedAt = serializers.DateTimeField(source="last_used_at")
    address = serializers.CharField(allow_null=True)
    userAgent = serializers.CharField(source="user_agent")
    isCurrent = serializers.BooleanField(source="is_current")


class LoginsSerializer(serializers.Serializer[object]):
    """Where one is logged in, last used first."""

    sessions = LoginSerializer(many=True)


class MessageSerializer(serializers.Serializer[object]):
    """What happens now, as a sentence."""

    message = serializers.CharField()


class OwnStoreSerializer(serializers.Serializer[object]):
    """A store as somebody who works there sees it."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    timezone = serializers.CharField()


class UserSerializer(serializers.Serializer[User]):
    """An account as its owner sees it."""

    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=User.Role.choices)
    phone = serializers.CharField()
    avatar = serializers.CharField()
    language = serializers.ChoiceField(choices=User.Language.choices, allow_null=True)
    status = serializers.ChoiceField(choices=User.Status.choices)
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    lastLoginAt = serializers.DateTimeField(source="last_login", allow_null=True)
    stores = OwnStoreSerializer(many=True, source="own_stores", help_text="At most a hundred, by slug.")

    def to_representation(self, instance: User) -> dict[str, object]:
        """Return the account with at most a hundred of its stores, by slug."""
        instance.own_stores = stores_for(instance).order_by("slug")[:100]  # type: ignore[attr-defined]
        return super().to_representation(instance)


class TokensSerializer(serializers.Serializer[object]):
    """A login: the access token, the seconds it lives, the account; `refreshToken` unless it is in the cookie."""

    lacks_fields = True
    accessToken = serializers.CharField()
    expiresIn = serializers.IntegerField()
    user = UserSerializer()
    refreshToken = serializers.CharField(required=False)


def user_data(user: User) -> Json:
    """Return an account as its owner sees it."""
    return dict(UserSerializer(user).data)
