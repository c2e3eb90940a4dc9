"""System checks that refuse a dangerous configuration at start. Ids are stable: dealport.E001 …"""

from collections.abc import Sequence
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from dealport.kit import installation
from dealport.kit.secrets import is_key

LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "::1", "testserver"}
DEMO_PASSWORD = "admin123"


@register(Tags.security)
def check_secret_key(**kwargs: object) -> list[CheckMessage]:
    """E002: a key that can be guessed lets anybody forge sessions and tokens."""
    hint = 'python -c "import secrets; print(secrets.token_urlsafe(50))"'
    keys = {"SECRET_KEY": [settings.SECRET_KEY], "SECRET_KEY_FALLBACKS": settings.SECRET_KEY_FALLBACKS}
    return [
        Error(f"{name} is too short or too simple for production.", hint=hint, id="dealport.E002")
        for name, values in keys.items()
        if settings.PRODUCTION and any(map(_is_weak, values))
    ]


def _is_weak(key: str) -> bool:
    return len(key) < 50 or len(set(key)) < 10 or key.startswith("django-insecure-")


@register(Tags.security)
def check_public_host(**kwargs: object) -> list[CheckMessage]:
    """E003, E004, E005: what is fine on one's own machine is refused under a public name."""
    public = [host for host in settings.ALLOWED_HOSTS if host not in LOCAL_HOSTS]
    if settings.PRODUCTION and not settings.ALLOWED_HOSTS:
        return [Error("ALLOWED_HOSTS is empty: no request would be answered.", id="dealport.E003")]
    if not public:
        return []
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(Error(f"DEBUG is on while {public[0]} may be served.", id="dealport.E004"))
    if settings.DEALPORT_DEMO and settings.DEALPORT_DEMO_PASSWORD == DEMO_PASSWORD:
        found.append(
            Error(
                f"Demo accounts have their well-known password while {public[0]} may be served.",
                hint="Set DEALPORT_DEMO_PASSWORD.",
                id="dealport.E005",
            )
        )
    return found


@register()
def check_task_times(**kwargs: object) -> list[CheckMessage]:
    """E007: a task that runs longer than the visibility timeout is run a second time."""
    if settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > settings.CELERY_TASK_TIME_LIMIT:
        return []
    return [Error("CELERY_TASK_TIME_LIMIT must stay below the visibility timeout.", id="dealport.E007")]


@register()
def check_exports(**kwargs: object) -> list[CheckMessage]:
    """E010: half a key pair opens no bucket; E011: an address without scheme; W002: files of one machine alone."""
    found: list[CheckMessage] = []
    if not settings.EXPORT_BUCKET:
        if settings.PRODUCTION:
            text = f"EXPORT_BUCKET is not set: web and workers must share the folder {settings.EXPORT_ROOT}."
            found.append(Warning(text, id="dealport.W002"))
        return found
    if bool(settings.EXPORT_ACCESS_KEY_ID) != bool(settings.EXPORT_SECRET_ACCESS_KEY):
        text = "EXPORT_ACCESS_KEY_ID and EXPORT_SECRET_ACCESS_KEY are a pair: set both or none."
        found.append(Error(text, id="dealport.E010"))
    if settings.EXPORT_ENDPOINT_URL and not settings.EXPORT_ENDPOINT_URL.startswith(("https://", "http://")):
        found.append(Error("EXPORT_ENDPOINT_URL must start with https:// or http://.", id="dealport.E011"))
    return found


@register(Tags.security)
def check_credentials_keys(**kwargs: object) -> list[CheckMessage]:
    """E012: credentials of connections need a key of their own; E013: production reaches public sources alone."""
    found: list[CheckMessage] = []
    hint = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
    if settings.PRODUCTION and not settings.CREDENTIALS_KEYS:
        text = "CREDENTIALS_KEYS is not set: credentials of connections cannot be kept."
        found.append(Error(text, hint=hint, id="dealport.E012"))
    if not all(map(is_key, settings.CREDENTIALS_KEYS)):
        text = "CREDENTIALS_KEYS has a value that is no key: 32 random bytes as URL-safe base64."
        found.append(Error(text, hint=hint, id="dealport.E012"))
    if settings.PRODUCTION and settings.DEALPORT_LOCAL_SOURCES:
        text = "DEALPORT_LOCAL_SOURCES is on: whoever connects a store could reach this network's own servers."
        found.append(Error(text, id="dealport.E013"))
    return found


@register()
def check_address(**kwargs: object) -> list[CheckMessage]:
    """W003: links in mails would lead nowhere, because ALLOWED_HOSTS names no one host."""
    host = urlsplit(settings.DEALPORT_URL).hostname or ""
    if host and not host.startswith((".", "*")):
        return []
    text = f"DEALPORT_URL is {settings.DEALPORT_URL}: set it to the address that links in mails lead to."
    return [Warning(text, id="dealport.W003")]


@register(Tags.database)
def check_database(databases: Sequence[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """E001: PostgreSQL alone; E008: committed orders must survive a power cut.

    A database that cannot be reached is the readiness probe's business, not a wrong configuration.
    """
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "postgresql":
            text = f"Database {alias} is {connection.vendor}, not PostgreSQL."
            found.append(Error(text, id="dealport.E001"))
            continue
        try:
            unsafe = [name for name in ("fsync", "synchronous_commit") if _shown(connection, name) == "off"]
        except DatabaseError:
            continue
        if unsafe and not settings.DEALPORT_TESTING:
            text = f"Database {alias} may lose what it confirmed: {' and '.join(unsafe)} is off."
            found.append(Error(text, id="dealport.E008"))
    return found


@register(Tags.database)
def check_eviction(databases: Sequence[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """E009: a queue that evicts keys loses tasks. W001: the policy could not be read."""
    if not databases:
        return []
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)
    try:
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy")
    except redis.ResponseError:
        host = urlsplit(settings.REDIS_URL).hostname
        text = f"Redis at {host} hides its maxmemory-policy, which must be noeviction."
        return [Warning(text, id="dealport.W001")]
    except redis.RedisError:
        return []  # away: the readiness probe tells
    finally:
        client.close()
    if policy == "noeviction":
        return []
    text = f"Redis may evict tasks: its maxmemory-policy is {policy}, not noeviction."
    return [Error(text, id="dealport.E009")]


@register(Tags.database)
def check_installation(databases: Sequence[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """E014: a copy would serve the original's cached answers, delete its files and mail its recipients.

    `migrate` may run: it comes before `new_installation`, which needs its tables.
    """
    if not databases or settings.DEALPORT_PROCESS == "migration":
        return []
    try:
        if not installation.is_copied():
            return []
    except DatabaseError:
        return []
    hint = (
        "Run manage.py new_installation: for a copy as it is, with --keep-schedules where this database replaces "
        "the original, with --keep-id where it is the original itself, moved or on an upgraded server."
    )
    return [Error("This database was restored or copied from another one.", hint=hint, id="dealport.E014")]


def _shown(connection: BaseDatabaseWrapper, name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        value: str = cursor.fetchone()[0]
        return value
