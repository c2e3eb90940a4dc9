"""Staff accounts: who may log in, and as what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone

from dealport.kit.emails import fold_email
from dealport.kit.fields import EmailAddressField

SESSION_HASH_KEY = "dealport.customers.session"
PICTURE_ADDRESS = r"^(https://|/media/)[^\s\"'<>\\]+\Z"
is_picture_address = RegexValidator(PICTURE_ADDRESS, "Enter an address that starts with https://.")


class UserManager(BaseUserManager["User"]):
    """Creates accounts; email addresses are compared as `fold_email` has them."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        """Create an account with `role` USER unless stated. Raises ValueError without an email."""
        if not email:
            raise ValueError("an account needs an email address")
        user = self.model(email=fold_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        """Create a super admin (`manage.py createsuperuser`, also with `--noinput`).

        Raises ValidationError for a password that breaks AUTH_PASSWORD_VALIDATORS.
        """
        fields["role"] = User.Role.SUPER_ADMIN
        if password is not None:
            validate_password(password, self.model(email=fold_email(email), **fields))
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the account by email address in any spelling that folds to its own."""
        return self.get(email=username)


class User(AbstractBaseUser):
    """A person who works in the back office. Shoppers are `Customer` rows and cannot log in."""

    class Role(models.TextChoices):
        """What a person may do; see the authorisation matrix in docs/operations.md."""

        SUPER_ADMIN = "super_admin", "Super admin"
        ADMIN = "admin", "Admin"
        STAFF = "staff", "Staff"
        USER = "user", "User"

    class Status(models.TextChoices):
        """Whether a person may log in."""

        ACTIVE = "ACTIVE", "Active"
        INACTIVE = "INACTIVE", "Inactive"
        SUSPENDED = "SUSPENDED", "Suspended"

    class Language(models.TextChoices):
        """In which a person reads pages and mails; each is one of the setting LANGUAGES, as BCP 47 writes it."""

        ENGLISH = "en", "English"
        PORTUGUESE = "pt-BR", "Português (Brasil)"

    email = EmailAddressField(
        max_length=254,
        unique=True,
        error_messages={"unique": "There is an account with this email address already."},
    )
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.USER)
    phone = models.CharField(max_length=40, blank=True)
    avatar = models.CharField(
        max_length=500, blank=True, validators=[is_picture_address], help_text="Address of a picture (https)."
    )
    # NULL is a choice of its own here: the browser decides
    language = models.CharField(  # noqa: DJ001
        max_length=10,
        choices=Language.choices,
        null=True,
        blank=True,
        help_text="In which pages and mails are written; empty: the browser's.",
    )
    list_views = models.JSONField(
        default=dict, db_default={}, editable=False, help_text="List → name of a saved view → its query string."
    )
    status = models.CharField(
        max_length=9,
        choices=Status.choices,
        default=Status.ACTIVE,
        help_text="Inactive: not invited yet or not needed any more. Suspended: locked by an admin.",
    )
    is_active = models.GeneratedField(
        expression=models.Q(status="ACTIVE"),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
    )
    auth_version = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text="Raised by a changed password, role, store or a disabled account; older tokens are refused.",
    )
    state_version = models.PositiveBigIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Raised by every change the cached state must follow, the end of a login included.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(
        default=timezone.now, db_default=Now(), editable=False, help_text="When somebody last changed the account."
    )

    objects = UserManager()
    ended_families: frozenset[str] | None = frozenset()
    """Logins that ended while their access tokens live on, as `customers.accounts` loaded them."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="customers_user_email_any_case"),
            models.CheckConstraint(
                condition=models.Q(status__in=["ACTIVE", "INACTIVE", "SUSPENDED"]), name="customers_user_status"
            ),
            models.CheckConstraint(condition=models.Q(language__in=["en", "pt-BR"]), name="customers_user_language"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def sees_all_stores(self) -> bool:
        """Admins and super admins work in every store."""
        return self.is_active and self.role in (self.Role.ADMIN, self.Role.SUPER_ADMIN)

    @property
    def is_staff(self) -> bool:
        """May open the Django admin: everybody but plain users."""
        return self.is_active and self.role != self.Role.USER

    @property
    def is_superuser(self) -> bool:
        """Super admins pass every permission check."""
        return self.is_active and self.role == self.Role.SUPER_ADMIN

    def get_session_auth_hash(self) -> str:
        """Return what a session holds of the password: a changed one ends it, a rotated SECRET_KEY does not.

        Sessions are rows of the database; nothing in them is believed because of the key.
        """
        return self._get_session_auth_hash(secret=SESSION_HASH_KEY)  # type: ignore[attr-defined]

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield what sessions held that began before that was so."""
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            yield self._get_session_auth_hash(secret=key)  # type: ignore[attr-defined]

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Answer Django's permission question from the role.

        Staff and admins work with store-owned models (which rows is decided by `customers.access`);
        accounts, memberships and stores are for admins, everything else for super admins.
        """
        if self.is_superuser:
            return True
        if not self.is_staff:
            return False
        app, _, codename = perm.partition(".")
        model = codename.partition("_")[2]
        if (app, model) in ADMIN_ONLY:
            return self.role == self.Role.ADMIN
        return app in ("customers", "orders", "dashboard", "reports")

    def has_perms(self, perms: Iterable[str], obj: object = None) -> bool:
        """Answer whether every one of `perms` is granted."""
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        """Answer whether the admin index lists the app."""
        return self.is_superuser or (self.is_staff and app_label in ("customers", "orders", "dashboard", "reports"))


ADMIN_ONLY = {("customers", "user"), ("customers", "store"), ("customers", "membership")}
