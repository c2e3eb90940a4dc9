"""What the product keeps for itself. For super admins' eyes, when something has to be found out."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from customers.admin.base import ReadOnlyAdmin, user_of
from customers.models import (
    BrowserSession,
    IdempotencyRecord,
    PasswordLink,
    RecoveryCode,
    RefreshToken,
    SecondFactor,
    StaleAccount,
)


class TechnicalAdmin(ReadOnlyAdmin):
    """Rows that belong to no store and may hold what only super admins see."""

    store_path = None
    ordering = ["-id"]

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Refuse everybody but super admins."""
        return user_of(request).is_superuser

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Leave the model out of everybody else's index."""
        return request.user.is_authenticated and user_of(request).is_superuser


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(TechnicalAdmin):
    """Answers kept for callers who did not get them."""

    list_display = ["created_at", "user", "path", "key", "status"]
    list_filter = ["status", ("created_at", admin.DateFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["=key", "^user__email"]


@admin.register(PasswordLink)
class PasswordLinkAdmin(TechnicalAdmin):
    """Mails for forgotten passwords and invitations; the tokens of their links are not kept."""

    fields = ["kind", "email", "user", "created_at", "attempts", "next_try_at", "sent_at", "expires_at", "used_at"]
    list_display = ["created_at", "kind", "email", "sent_at", "expires_at", "used_at"]
    list_filter = ["kind", ("created_at", admin.DateFieldListFilter), ("used_at", admin.EmptyFieldListFilter)]
    search_fields = ["^email"]


@admin.register(RefreshToken)
class RefreshTokenAdmin(TechnicalAdmin):
    """Logins of scripts and single-page applications; the tokens themselves are not kept."""

    fields = ["user", "family", "auth_version", "created_at", "expires_at", "used_at", "revoked_at"]
    list_display = ["created_at", "user", "family", "expires_at", "used_at", "revoked_at"]
    list_filter = [("created_at", admin.DateFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["^user__email"]


@admin.register(SecondFactor)
class SecondFactorAdmin(TechnicalAdmin):
    """Who logs in with a code; secrets are not shown."""

    fields = ["user", "created_at", "confirmed_at"]
    list_display = ["created_at", "user", "confirmed_at"]
    list_filter = [("created_at", admin.DateFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["^user__email"]


@admin.register(RecoveryCode)
class RecoveryCodeAdmin(TechnicalAdmin):
    """Which recovery codes were used; the codes are not kept."""

    fields = ["user", "used_at"]
    list_display = ["id", "user", "used_at"]
    list_filter = [("used_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["^user__email"]


@admin.register(BrowserSession)
class BrowserSessionAdmin(TechnicalAdmin):
    """Browsers that are logged in; the keys of the sessions are not shown."""

    ordering = ["-created_at"]
    fields = ["user", "created_at", "last_used_at", "address", "user_agent"]
    list_display = ["created_at", "user", "last_used_at", "address"]
    list_filter = [("created_at", admin.DateFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["^user__email"]


@admin.register(StaleAccount)
class StaleAccountAdmin(TechnicalAdmin):
    """Accounts whose cached state waits to be written again."""

    list_display = ["created_at", "user"]
    list_filter = [("created_at", admin.DateFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["^user__email"]
