"""The short way to a cached answer: account, limit and value in one round trip, no database.

Who was answered the long way leaves a grant: this token, or session, may read this value at this address. It holds
while the account stands as it did (its version moves with its password, role and stores, and when it is closed) and
while the value's generation does (a store that is renamed or changed takes a new one). Everything else goes the long
way, refusals too. A session is looked up the long way every SESSION_SECONDS; logging out ends its grants at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.settings import api_settings

from customers import accounts
from customers.models import User
from customers.signals import session_ended
from customers.tokens import Claims
from dashboard.caching.cache import Answer, Entry, Slot, State
from dashboard.caching.http import is_known, respond
from dashboard.caching.redis_link import Command, ask
from dealport.kit.recent import Recent
from dealport.kit.redis import redis_key

GRANTS = 4096
"""That one process remembers."""
SESSION_SECONDS = 10
TOKEN, SESSION = "token", "session"
BEARER = "Bearer "
Key = tuple[str, str, str]
Handler = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Grant:
    """What a token or session may read at an address, until when, under which generation and account version.

    `entry` is the value without its payload: who has the figures already needs no more. `session` names the mark that
    says that the session was alive a moment ago; empty for a token, whose login is `family`.
    """

    slot: Slot
    entry: Entry
    user_id: int
    auth_version: int
    expires: float
    with_state: bool
    store_key: str
    session: str = ""
    family: str = ""


GRANTED: Recent[Key, Grant] = Recent(GRANTS)


def express(view: Handler) -> Handler:
    """Let a view answer from the cache the short way where it can."""

    def short(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return _from_cache(request) or view(request, *args, **kwargs)

    short.csrf_exempt = True  # type: ignore[attr-defined]  # as the view: tokens need none, sessions are checked in it
    short.cls = view.cls  # type: ignore[attr-defined]
    short.initkwargs = view.initkwargs  # type: ignore[attr-defined]
    return short


def answered(request: Request, answer: Answer, *, with_state: bool = True) -> HttpResponse:
    """Respond the long way, and remember that this token or session was let see this value."""
    asked, user = request._request, request.user
    key, slot, generation = _key(asked), answer.slot, answer.entry.generation
    is_lasting = answer.state != State.STALE and "refresh" not in asked.GET
    if key and slot and generation and isinstance(user, User) and is_lasting:
        session = _mark_session(*key[:2], user.pk)
        auth = request.auth if isinstance(request.auth, Claims) else None
        if (auth is not None) != bool(session):
            expires, family = (float(auth.expires), auth.family) if auth is not None else (float("inf"), "")
            store_key = getattr(asked, "activity_store", None) or ""
            version = user.auth_version
            entry = replace(answer.entry, payload=b"")
            GRANTED.put(key, Grant(slot, entry, user.pk, version, expires, with_state, store_key, session, family))
    return respond(asked, answer, with_state=with_state)


def _key(request: HttpRequest) -> Key | None:
    """Return by what somebody asks (token, session), which one, and for which address."""
    token = request.META.get("HTTP_AUTHORIZATION", "")
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if request.method != "GET" or not (token or session) or (token and not token.startswith(BEARER)):
        return None
    return (TOKEN, token, request.get_full_path()) if token else (SESSION, session or "", request.get_full_path())


def _mark_session(kind: str, credential: str, user_id: int) -> str:
    """Note for a moment that a session is alive, and return the note's name; empty for a token, and without Redis."""
    if kind != SESSION:
        return ""
    name = _session_name(credential)
    accounts.account(user_id)  # tokens leave the account's state in the cache, sessions do not
    try:
        ask(lambda run: [("SET", _session_key(name, run), "1", "EX", SESSION_SECONDS)])
    except RedisError:
        return ""
    return name


def _session_name(session_key: str) -> str:
    return hashlib.sha256(session_key.encode()).hexdigest()


def _session_key(name: str, run_id: str) -> str:
    return redis_key("session-alive", name, run_id)


@receiver(user_logged_out, dispatch_uid="dashboard.session_ended")
def on_logged_out(request: HttpRequest | None, **_: object) -> None:
    """End the session's grants; without Redis there are none."""
    session = getattr(getattr(request, "session", None), "session_key", None)
    if session:
        name = _session_name(session)
        with contextlib.suppress(RedisError):
            ask(lambda run: [("DEL", _session_key(name, run))])


@receiver(session_ended, dispatch_uid="dashboard.session_revoked")
def on_session_ended(session_key: str, **_: object) -> None:
    """End the grants of a session that its owner ended from elsewhere."""
    name = _session_name(session_key)
    with contextlib.suppress(RedisError):
        ask(lambda run: [("DEL", _session_key(name, run))])


def _from_cache(request: HttpRequest) -> HttpResponse | None:
    key = _key(request)
    known = GRANTED.get(key) if key else None
    if known is None or known.expires <= time.time():
        return None
    limit: Any = api_settings.DEFAULT_THROTTLE_CLASSES[0]
    limit = limit()
    has_it = is_known(request, known.entry)

    def commands(run: str) -> Sequence[Command]:
        *generations, value = known.slot.keys(run)
        keys = [*generations, accounts.state_key(known.user_id), *([] if has_it else [value])]
        keys += [_session_key(known.session, run)] if known.session else []
        return [limit.command(known.user_id), known.slot.changing(run), ("MGET", *keys)]

    try:
        counted, changing, (everything, generation, state, *more) = ask(commands)
    except RedisError:
        return None
    if not limit.admits(counted):
        return None
    request.counted_account = known.user_id  # type: ignore[attr-defined]
    value = None if has_it else more.pop(0)
    user, seen = accounts.from_state(state), known.slot.seen(changing, [everything, generation, value])
    if more == [None] or user is None or not user.is_active or user.auth_version != known.auth_version:
        return None
    if user.ended_families is None or known.family in user.ended_families:
        return None
    entry = known.entry if has_it and known.entry.is_fresh(timezone.now()) else seen.entry if seen.is_current else None
    if entry is None or seen.generation != known.entry.generation:
        return None
    request.user, request.activity_store = user, known.store_key  # type: ignore[attr-defined]
    response = respond(request, Answer(State.HIT, entry), with_state=known.with_state)
    response.headers["Vary"] = "Authorization, Cookie"
    return response
