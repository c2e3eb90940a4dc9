"""Mails whose link sets a password: forgotten passwords and invitations.

A request is a row, the same for every address; a beat job makes the token, sends the mail and stores the token's hash.
A link works once, until it expires, and only while the account is as it was when the mail was sent.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, timedelta
from smtplib import SMTPConnectError, SMTPException, SMTPServerDisconnected
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from customers.languages import language_of
from customers.models import PasswordLink, User
from dealport.kit.emails import fold_email
from dealport.kit.formats import zoned_moment_text
from dealport.kit.texts import lazy_text as _

BATCH = 200
CLAIMED, SOONEST, LATEST, TRIED = timedelta(minutes=10), timedelta(seconds=30), timedelta(hours=1), timedelta(days=1)
"""A claimed mail of a dead worker is tried again; pauses between tries; how long a mail is tried."""
WINDOW, MOST_MAILS = timedelta(hours=1), 3
"""Mails of one kind an address gets within the window, whoever asks."""
KEPT = timedelta(days=30)
Kind = PasswordLink.Kind
log = structlog.get_logger(__name__)

SUBJECTS = {Kind.RESET: _("Set a new DealPort password"), Kind.INVITATION: _("You are invited to DealPort")}


def request_reset(email: str) -> None:
    """Ask for the mail of a forgotten password. Does the same work for every address; nobody learns what exists."""
    PasswordLink.objects.create(kind=Kind.RESET, email=fold_email(email))


def request_invitation(user: User) -> None:
    """Ask for the mail that lets an invited account set its first password, in the caller's transaction."""
    PasswordLink.objects.create(kind=Kind.INVITATION, email=user.email)


def send_mails() -> int:
    """Send the mails that wait; return how many the server took.

    A server that is away leaves the rows, and the rest is not tried: each would hold the worker for EMAIL_TIMEOUT.
    """
    due, sent = PasswordLink.objects.filter(next_try_at__lte=timezone.now()), 0
    for pk in list(due.order_by("next_try_at").values_list("pk", flat=True)[:BATCH]):
        try:
            sent += _send(pk)
        except OSError:
            break
    return sent


def usable_link(token: str) -> PasswordLink | None:
    """Return the link of a token while it works, None otherwise."""
    link = PasswordLink.objects.select_related("user").filter(token_hash=_hash(token), used_at=None).first()
    if link is None or link.user is None or link.expires_at is None or link.expires_at <= timezone.now():
        return None
    return link if link.user.auth_version == link.auth_version and _is_for(link.kind, link.user) else None


def lock_link(token: str) -> PasswordLink | None:
    """Return the link as `usable_link` does, locked until the caller's transaction ends: of two uses one wins."""
    PasswordLink.objects.select_for_update().filter(token_hash=_hash(token)).first()
    return usable_link(token)


def prune_links() -> int:
    """Delete links nobody can use any more; return how many."""
    return PasswordLink.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]


def _send(pk: int) -> bool:
    """Claim one mail and send it; answer whether a server took it. Raises OSError where the server is away."""
    now = timezone.now()
    row = PasswordLink.objects.filter(pk=pk, next_try_at__lte=now)
    if not row.update(attempts=F("attempts") + 1, next_try_at=now + CLAIMED):
        return False
    link = PasswordLink.objects.get(pk=pk)
    user = User.objects.filter(email=link.email).first()
    if user is None or not _is_for(link.kind, user) or _is_too_many(link) or link.created_at < now - TRIED:
        PasswordLink.objects.filter(pk=pk).update(next_try_at=None)
        return False
    token = secrets.token_urlsafe(32)
    link.user, link.auth_version, link.token_hash = user, user.auth_version, _hash(token)
    link.expires_at = now + _lifetime(link.kind)
    link.save(update_fields=["user", "auth_version", "token_hash", "expires_at"])
    try:
        _message(link, token).send()
    except OSError as error:
        pause = min(SOONEST * 2 ** min(link.attempts - 1, 10), LATEST)
        PasswordLink.objects.filter(pk=pk).update(next_try_at=now + pause)
        log.warning("mail put off", link=pk, attempt=link.attempts, reason=type(error).__name__)
        if isinstance(error, SMTPException) and not isinstance(error, SMTPServerDisconnected | SMTPConnectError):
            return False  # the server answered: the next mail may fare better
        raise
    PasswordLink.objects.filter(pk=pk).update(next_try_at=None, sent_at=timezone.now())
    return True


def _is_for(kind: str, user: User) -> bool:
    """Answer whether the account may set a password by such a link now."""
    if kind == Kind.RESET:
        return user.is_active
    return user.status == User.Status.INACTIVE and not user.has_usable_password()


def _is_too_many(link: PasswordLink) -> bool:
    since = link.created_at - WINDOW
    earlier = PasswordLink.objects.filter(email=link.email, kind=link.kind, created_at__gt=since, pk__lt=link.pk)
    return earlier.count() >= MOST_MAILS


def _lifetime(kind: str) -> timedelta:
    return settings.DEALPORT_PASSWORD_LINK_LIFETIME if kind == Kind.RESET else settings.DEALPORT_INVITATION_LIFETIME


def _message(link: PasswordLink, token: str) -> EmailMessage:
    """Return the mail, plain text, in the language of the account."""
    with override(language_of(link.user)):
        return _written(link, token)


def _written(link: PasswordLink, token: str) -> EmailMessage:
    context = {
        "link": f"{settings.DEALPORT_URL}{reverse('password-set')}?{urlencode({'token': token})}",
        "expires": zoned_moment_text(link.expires_at, UTC) if link.expires_at else "",
        "url": settings.DEALPORT_URL,
    }
    return EmailMessage(
        subject=str(SUBJECTS[Kind(link.kind)]),
        body=render_to_string(f"customers/mail/{link.kind}.txt", context),
        to=[link.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
