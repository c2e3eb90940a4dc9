"""Who a token speaks for, without a database query per request and never out of date.

The state that decides (active, role, version, logins that ended) is cached in Redis. A change writes it there right
after its commit, and only ever over an older version, so that a reader that looked before the commit cannot put the
old state back.
What could not be written because Redis was away stays as a `StaleAccount` row until it has been; meanwhile readers
that cannot reach Redis ask the database.
"""

from __future__ import annotations

import logging

import simplejson
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import F, OuterRef
from django.utils import timezone
from django_redis import get_redis_connection
from redis.exceptions import RedisError

from customers.models import RefreshToken, StaleAccount, User
from dealport.kit.redis import redis_key
from dealport.kit.values import Json

logger = logging.getLogger(__name__)

FIELDS = ("id", "email", "name", "role", "is_active", "auth_version", "state_version")
ENDED = "ended_families"
MOST_ENDED = 200
"""Logins that ended lately and are kept with an account's state; where there are more the database is asked."""
SECONDS = 300
SWEEP = 500

# keeps what is there if it is newer
STORE = """
local known = redis.call('GET', KEYS[1])
if known and (cjson.decode(known).state_version or 0) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
return 1
"""


def account(user_id: int) -> User | None:
    """Return the account as it stands now, with `FIELDS` loaded and everything else deferred; None if unknown."""
    try:
        known = get_redis_connection().get(state_key(user_id))
        if known is not None:
            return _user(simplejson.loads(known))
    except RedisError:
        logger.warning("account states cannot be read from the cache")
        return _load(user_id)
    user = _load(user_id)
    if user is not None:
        _remember(user)
    return user


def from_state(known: bytes | None) -> User | None:
    """Return the account that the cache holds under `state_key`, None if it holds none."""
    return None if known is None else _user(simplejson.loads(known))


def is_ended(user: User, family: str) -> bool:
    """Answer whether a login of an account, as `account` returned it, has ended."""
    if user.ended_families is not None:
        return family in user.ended_families
    return RefreshToken.objects.filter(user=user, family=family, revoked_at__isnull=False).exists()


def account_changed(user_id: int) -> None:
    """Let every process know a change of the account, after the commit of the transaction this is called in."""
    User.objects.filter(pk=user_id).update(state_version=F("state_version") + 1)
    row = StaleAccount.objects.create(user_id=user_id)
    transaction.on_commit(lambda: _publish(row))


def publish_changes() -> int:
    """Write again what could not be written to the cache when it changed; return how many (beat sweep)."""
    rows = StaleAccount.objects.order_by("pk")[:SWEEP]
    return sum(_publish(row) for row in rows)


def _publish(row: StaleAccount) -> bool:
    user = _load(row.user_id)
    if user is not None and not _remember(user):
        return False
    StaleAccount.objects.filter(pk=row.pk).delete()
    return True


def _remember(user: User) -> bool:
    ended = user.ended_families
    state = {name: getattr(user, name) for name in FIELDS} | {ENDED: None if ended is None else sorted(ended)}
    try:
        get_redis_connection().eval(STORE, 1, state_key(user.pk), simplejson.dumps(state), user.state_version, SECONDS)
    except RedisError:
        logger.warning("an account state could not be written to the cache; the sweep will write it")
        return False
    return True


def _load(user_id: int) -> User | None:
    since = timezone.now() - settings.DEALPORT_ACCESS_TOKEN_LIFETIME
    ended = RefreshToken.objects.filter(user=OuterRef("pk"), revoked_at__gte=since).order_by().values("family")
    families = {ENDED: ArraySubquery(ended.distinct()[: MOST_ENDED + 1])}
    values = User.objects.filter(pk=user_id).values(*FIELDS, **families).first()
    if values is None:
        return None
    few = len(values[ENDED]) <= MOST_ENDED
    return _user({**values, ENDED: [str(family) for family in values[ENDED]] if few else None})


def _user(state: Json) -> User:
    user = User.from_db(User.objects.db, FIELDS, [state.get(name, 0) for name in FIELDS])
    ended = state.get(ENDED, ())  # () of a state that was written by the release before
    user.ended_families = None if ended is None else frozenset(ended)
    return user


def state_key(user_id: int) -> str:
    """Return where the cache keeps an account's state."""
    return redis_key("account", "state", user_id)
