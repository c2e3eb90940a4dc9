"""Where somebody is logged in: browser sessions and logins of the API, listed and ended by their owner."""

from __future__ import annotations

import ipaddress
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from customers import signals, tokens
from customers.auditing import record
from customers.models import BrowserSession, RefreshToken, User
from customers.tokens import Device

LISTED, USED = "listed_as", "used_at"
USED_SECONDS = 300
"""How exactly the time of the last use is known."""
AGENT_CHARACTERS = 300


@dataclass(frozen=True)
class Login:
    """One place somebody is logged in: `kind` is browser or api."""

    id: uuid.UUID
    kind: str
    created_at: datetime
    last_used_at: datetime
    address: str | None
    user_agent: str
    is_current: bool


class SessionListMiddleware:
    """Lists the sessions of browsers, and notes when each was last used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 and request.session.accessed and request.user.is_authenticated:
            _list_session(request, request.user)
        return response


def device_of(request: HttpRequest) -> Device:
    """Return where a request comes from."""
    address = request.META.get("REMOTE_ADDR", "")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        address = None
    return Device(address, request.META.get("HTTP_USER_AGENT", "").replace("\0", "")[:AGENT_CHARACTERS])


def logins_of(user: User, *, session_key: str | None = None, family: str | None = None) -> list[Login]:
    """Return where an account is logged in, last used first; `session_key` or `family` say which is the caller's."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    found = []
    for row in BrowserSession.objects.filter(Exists(alive), user_id=user.pk):
        moments, is_current = (row.created_at, row.last_used_at), row.session_key == session_key
        found.append(Login(row.pk, "browser", *moments, row.address, row.user_agent, is_current))
    for token in _live_tokens(user):
        moments, is_current = (token.started_at or token.created_at, token.created_at), str(token.family) == family
        found.append(Login(token.family, "api", *moments, token.address, token.user_agent, is_current))
    return sorted(found, key=lambda login: login.last_used_at, reverse=True)


@transaction.atomic
def end_login(*, user: User, pk: str, actor: User) -> bool:
    """End one login of an account; answer whether there was such a one."""
    try:
        key = uuid.UUID(pk)
    except ValueError:
        return False
    row = BrowserSession.objects.filter(user_id=user.pk, pk=key).first()
    if row is not None:
        _delete(row)
    elif not (_live_tokens(user).filter(family=key).exists() and tokens.end_family(user, key)):
        return False
    login = "api" if row is None else "browser"
    record("login ended", user, before={"login": login}, after={"login": ""}, actor=actor)
    return True


def end_browser_sessions(user_id: int) -> None:
    """End every browser session of an account, in the caller's transaction."""
    for row in BrowserSession.objects.filter(user_id=user_id):
        _delete(row)


def prune_sessions() -> int:
    """Delete sessions that are over, ours and Django's; return how many."""
    over = Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
    known = Session.objects.filter(session_key=OuterRef("session_key"))
    return over + BrowserSession.objects.filter(~Exists(known)).delete()[0]


def _live_tokens(user: User) -> QuerySet[RefreshToken]:
    """Return the tokens that can be exchanged: one of each login."""
    return RefreshToken.objects.filter(
        user_id=user.pk,
        user__auth_version=F("auth_version"),
        used_at=None,
        revoked_at=None,
        expires_at__gt=timezone.now(),
    )


def _delete(row: BrowserSession) -> None:
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()
    transaction.on_commit(lambda: signals.session_ended.send(BrowserSession, session_key=row.session_key))


@receiver(user_logged_in, dispatch_uid="customers.session_began")
def _on_logged_in(request: HttpRequest, user: User, **_: object) -> None:
    _list_session(request, user)


def _list_session(request: HttpRequest, user: User) -> None:
    """Write the session down under its present key, at most every USED_SECONDS."""
    session, now = request.session, time.time()
    key = session.session_key
    if key is None or (session.get(LISTED) == key and now - session.get(USED, 0) < USED_SECONDS):
        return
    device = device_of(request)
    values = {"last_used_at": timezone.now(), "address": device.address, "user_agent": device.user_agent}
    before = session.get(LISTED)
    if not BrowserSession.objects.filter(session_key=before, user_id=user.pk).update(session_key=key, **values):
        BrowserSession.objects.update_or_create(session_key=key, defaults={"user_id": user.pk, **values})
    session[LISTED], session[USED] = key, now
