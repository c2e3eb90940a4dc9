"""Accounts of staff."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext
from rest_framework.exceptions import PermissionDenied

from customers import second_factor
from customers.accounts import account_changed
from customers.actions.taken import refused_if_taken
from customers.auditing import record, values_of
from customers.models import BrowserSession, Membership, PasswordLink, Store, User
from customers.password_links import lock_link, request_invitation
from customers.sessions import end_browser_sessions
from dealport.kit.emails import fold_email
from dealport.kit.errors import Conflict, invalid
from dealport.kit.values import FieldValues

USER_FIELDS = {"email", "name", "phone", "avatar", "language", "role", "status"}


@transaction.atomic
def create_user(*, email: str, password: str, name: str = "", role: str = User.Role.USER, actor: User | None) -> User:
    """Create a staff account. Raises PermissionDenied for a role above what `actor` may give, ValidationError."""
    user = User(email=fold_email(email), name=name, role=role)
    _check_role(user, role, actor)
    validate_password(password, user)
    user.set_password(password)
    user.full_clean()
    with refused_if_taken():
        user.save()
    record("created", user, actor=actor)
    return user


@transaction.atomic
def invite_user(
    *, email: str, name: str = "", role: str = User.Role.USER, stores: Iterable[Store] = (), actor: User | None
) -> User:
    """Create an inactive account without a password, and mail the link that sets it and activates the account.

    An account that is invited already gets another mail. Raises PermissionDenied for a role above what `actor` may
    give, Conflict if the address has an account that was never invited or is in use, ValidationError.
    """
    user = User.objects.select_for_update().filter(email=email).first()
    if user is None:
        user = User(email=fold_email(email), name=name, role=role, status=User.Status.INACTIVE)
        user.set_unusable_password()
        _check_role(user, role, actor)
        user.full_clean()
        with refused_if_taken():
            user.save()
    elif user.status != User.Status.INACTIVE or user.has_usable_password():
        raise Conflict(gettext("There is an account with this email address already."))
    _check_role(user, role, actor)
    record("invited", user, before={}, after={"email": user.email, "role": user.role}, actor=actor)
    for store in stores:
        grant_store(user=user, store=store, actor=actor)
    request_invitation(user)
    return user


@transaction.atomic
def set_password_by_link(*, token: str, password: str) -> User:
    """Set the password of the account a mailed link is for; an invited account becomes active.

    The link is used up. Older tokens, sessions and links end; a second factor stays. Raises ValidationError: for
    `token` if the link does not work (any more), for the password as `set_password` does.
    """
    link = lock_link(token)
    if link is None or link.user is None:
        raise invalid("token", gettext("This link has expired or was used already. Request a new one."))
    user = link.user
    if link.kind == PasswordLink.Kind.INVITATION:
        user = update_user(user=user, changes={"status": User.Status.ACTIVE}, actor=None)
    user = set_password(user=user, password=password, actor=user)
    PasswordLink.objects.filter(pk=link.pk).update(used_at=timezone.now())
    return user


@transaction.atomic
def update_user(*, user: User, changes: FieldValues, actor: User | None) -> User:
    """Change an account's email, name, phone, avatar, language, role or status; older tokens end with the last two.

    Raises PermissionDenied where `actor` may not: super admins are made and changed by super admins alone, and
    nobody changes their own role or closes their own account. ValidationError on bad values.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    before = values_of(user)
    changed = {field for field in USER_FIELDS & changes.keys() if getattr(user, field) != changes[field]}
    if changed & {"role", "status"}:
        if actor is not None and actor.pk == user.pk:
            raise PermissionDenied("Nobody changes their own role or closes their own account.")
        user.auth_version += 1
    _check_role(user, changes.get("role", user.role), actor)
    for field in changed:
        setattr(user, field, changes[field])
    user.email = fold_email(user.email)
    if "status" in changed or (changed & {"role"} and changes["role"] == User.Role.SUPER_ADMIN):
        end_browser_sessions(user.pk)  # a new super admin logs in again, with the second factor where one is required
    user.updated_at = timezone.now()
    user.full_clean()
    with refused_if_taken():
        user.save(update_fields=[*sorted(changed), "auth_version", "updated_at"])
    user.refresh_from_db(fields=["is_active"])  # follows from the status, in the database
    record("changed", user, before=before, actor=actor)
    account_changed(user.pk)
    return user


@transaction.atomic
def set_password(*, user: User, password: str, actor: User | None) -> User:
    """Set an account's password; older tokens and sessions end. Raises PermissionDenied, ValidationError."""
    _check_role(user, user.role, actor)
    validate_password(password, user)
    before = {"password": user.password}
    user.set_password(password)
    record("password set", user, before=before, after={"password": user.password}, actor=actor)
    BrowserSession.objects.filter(user_id=user.pk).delete()  # they end because they hold the old password's hash
    _end_tokens(user.pk, password=user.password)
    return user


@transaction.atomic
def grant_store(*, user: User, store: Store, actor: User | None) -> Membership:
    """Let an account work in a store. A second time changes nothing. Raises PermissionDenied."""
    _check_role(user, user.role, actor)
    membership, is_new = Membership.objects.get_or_create(user=user, store=store)
    if is_new:
        record("store granted", user, before={}, after={"store": store.slug}, actor=actor)
        _end_tokens(user.pk)
    return membership


@transaction.atomic
def revoke_store(*, membership: Membership, actor: User | None) -> None:
    """Take a store away from an account; older tokens end. Raises PermissionDenied."""
    _check_role(membership.user, membership.user.role, actor)
    if Membership.objects.filter(pk=membership.pk).delete()[0]:
        user, store = membership.user, membership.store
        record("store revoked", user, before={"store": store.slug}, after={}, actor=actor)
        _end_tokens(membership.user_id)


@transaction.atomic
def remove_second_factor(*, user: User, actor: User) -> None:
    """Take an account's second factor away: one's own, or another's whose device is lost, which ends their tokens.

    Raises PermissionDenied, Conflict for super admins who must have one and would remove their own.
    """
    _check_role(user, user.role, actor)
    if actor.pk == user.pk and second_factor.is_required(user):
        raise Conflict(gettext("Super admins must have a second factor here."))
    if second_factor.remove(user=user, actor=actor) and actor.pk != user.pk:
        end_browser_sessions(user.pk)
        _end_tokens(user.pk)


def _check_role(user: User, role: str, actor: User | None) -> None:
    """Raise PermissionDenied if `actor` is no super admin and the account is one or would become one."""
    if actor is not None and not actor.is_superuser and User.Role.SUPER_ADMIN in (user.role, role):
        raise PermissionDenied("Only super admins make or change super admins.")


def _end_tokens(user_id: int, **fields: object) -> None:
    """Refuse the account's tokens from now on, and set `fields` with it."""
    User.objects.filter(pk=user_id).update(**fields, auth_version=F("auth_version") + 1, updated_at=timezone.now())
    account_changed(user_id)
