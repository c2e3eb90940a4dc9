"""Settings of every process, read from environment variables alone.

Production is what is neither DEBUG nor DEALPORT_DEMO nor DEALPORT_TESTING. The comment above a setting
explains the variable it is read from.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from celery.schedules import crontab
from redis.backoff import NoBackoff
from redis.retry import Retry

from dealport.environment import Environment, next_redis_database
from dealport.logs import configure_logs

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = BASE_DIR / ".dealport"
env = Environment(os.environ)

# --- What kind of process this is ------------------------------------------------------------------------

# DEBUG: tracebacks in the browser, readable logs. Never on a public host (dealport.E004).
DEBUG = env.flag("DEBUG", default=False)
# DEALPORT_DEMO: demo accounts and demo data are allowed, files are served by Django. Set by `make demo`.
DEALPORT_DEMO = env.flag("DEALPORT_DEMO", default=False)
# DEALPORT_TESTING: tests and measurements on throw-away servers, which may lose data. Set by `make test`.
DEALPORT_TESTING = env.flag("DEALPORT_TESTING", default=False)
PRODUCTION = not (DEBUG or DEALPORT_DEMO or DEALPORT_TESTING)
# SECRET_KEY: signs sessions and tokens; at least 50 random characters. `make demo` makes its own.
SECRET_KEY = env.text("SECRET_KEY", hint="at least 50 random characters, the same for every process")
# ALLOWED_HOSTS: comma-separated host names the product is reached under.
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]")
# CSRF_TRUSTED_ORIGINS: comma-separated origins such as https://shop.example.com that may post forms.
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")

# --- Business ---------------------------------------------------------------------------------------------

# DEALPORT_DEMO_PASSWORD: password of the demo accounts.
DEALPORT_DEMO_PASSWORD = env.text("DEALPORT_DEMO_PASSWORD", "admin123")
# DEALPORT_TIER_THRESHOLDS: lifetime spend from which a customer is Silver, Gold, Platinum.
DEALPORT_TIER_THRESHOLDS = env.ascending_decimals("DEALPORT_TIER_THRESHOLDS", "500,2000,10000", count=3)
# DEALPORT_UNPAID_EXPIRY_HOURS: hours after which an unpaid order expires.
DEALPORT_UNPAID_EXPIRY_HOURS = env.integer("DEALPORT_UNPAID_EXPIRY_HOURS", 24, minimum=1, maximum=24 * 365)

# --- Applications ---------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "dealport",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_celery_beat",
    "rest_framework",
    "corsheaders",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "customers",
    "orders",
    "dashboard",
    "reports",
]
MIDDLEWARE = [
    "dealport.metrics.MetricsMiddleware",
    "dealport.addresses.ClientAddressMiddleware",
    "dealport.middleware.RequestIdMiddleware",
    "dealport.middleware.SecurityHeadersMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dashboard.activity.ActivityMiddleware",
]
ROOT_URLCONF = "dealport.urls"
WSGI_APPLICATION = "dealport.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
UNFOLD = {
    "SITE_TITLE": "DealPort",
    "SITE_HEADER": "DealPort",
    "SITE_SYMBOL": "monitoring",
    "SITE_URL": "/dashboard/",
    "SHOW_VIEW_ON_SITE": False,
    # the green of the pages (dashboard/static/dashboard/dealport.css)
    "COLORS": {
        "primary": {
            "50": "oklch(97% 0.02 170)",
            "100": "oklch(93% 0.04 170)",
            "200": "oklch(87% 0.07 170)",
            "300": "oklch(79% 0.10 170)",
            "400": "oklch(70% 0.11 169)",
            "500": "oklch(56% 0.10 168)",
            "600": "oklch(43% 0.08 167)",
            "700": "oklch(38% 0.07 167)",
            "800": "oklch(33% 0.06 167)",
            "900": "oklch(28% 0.05 167)",
            "950": "oklch(20% 0.04 167)",
        }
    },
}

# --- Accounts -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "customers.User"
# One backend for API, pages and admin: it counts failures (customers/lockout.py).
AUTHENTICATION_BACKENDS = ["customers.lockout.GuardedBackend"]
# DEALPORT_LOGIN_FAILURES: failed logins per account and address before more are refused …
DEALPORT_LOGIN_FAILURES = env.integer("DEALPORT_LOGIN_FAILURES", 5, minimum=1)
# DEALPORT_LOGIN_WINDOW_SECONDS: … for this long.
DEALPORT_LOGIN_WINDOW_SECONDS = env.integer("DEALPORT_LOGIN_WINDOW_SECONDS", 900, minimum=1)
# DEALPORT_OPEN_REGISTRATION: anybody may create an account (role user, without a store).
DEALPORT_OPEN_REGISTRATION = env.flag("DEALPORT_OPEN_REGISTRATION", default=False)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/dashboard/"

# --- Database -------------------------------------------------------------------------------------------

_POSTGRES = "postgresql://user:password@host:port/name (for development: `make servers`)"
# DATABASE_POOL_SIZE: connections one process shares among its threads; 0 keeps one per thread. The web server
# sets 8 for itself (wsgi.py); Celery and commands have one thread and keep their connection.
DATABASE_POOL_SIZE = env.integer("DATABASE_POOL_SIZE", 0, maximum=1000)
# DATABASE_URL: the PostgreSQL database.
_DATABASE_URL = env.url("DATABASE_URL", schemes=("postgresql", "postgres"), hint=_POSTGRES)
_database = dj_database_url.parse(_DATABASE_URL, conn_max_age=0 if DATABASE_POOL_SIZE else 60)
# A crowd of test connections on a busy machine waits; a page does not.
_options: dict[str, Any] = {"connect_timeout": 60 if DEALPORT_TESTING else 5, **_database.get("OPTIONS", {})}
if DATABASE_POOL_SIZE:
    _options["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 5}
DATABASES = {
    "default": {
        **_database,
        "OPTIONS": _options,
        "CONN_HEALTH_CHECKS": True,
        # DISABLE_SERVER_SIDE_CURSORS: true behind PgBouncer in transaction mode.
        "DISABLE_SERVER_SIDE_CURSORS": env.flag("DISABLE_SERVER_SIDE_CURSORS", default=False),
    }
}

# --- Ad-hoc SQL -----------------------------------------------------------------------------------------

# DEALPORT_SQL_CONSOLE: super admins may ask with SQL over views of their own. `make demo` switches it on.
DEALPORT_SQL_CONSOLE = env.flag("DEALPORT_SQL_CONSOLE", default=False)
# SQL_DATABASE_URL: DATABASE_URL's database with the login of the role that runs these statements
# (prepare_sql_console makes it), straight to the server, not through PgBouncer (reports.E001, E002).
SQL_DATABASE_URL = env.text("SQL_DATABASE_URL", "")

# --- Redis: cache and broker ------------------------------------------------------------------------------

_REDIS = "redis://:password@host:port/0"
# REDIS_URL: Redis or Valkey for Celery's queue, with maxmemory-policy noeviction.
REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss"), hint=_REDIS)
# CACHE_URL: Redis or Valkey for the cache; by default the next database of REDIS_URL.
CACHE_URL = env.url("CACHE_URL", next_redis_database(REDIS_URL), schemes=("redis", "rediss"), hint=_REDIS)
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "dealport",
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 1,
            # One new try for a connection the server closed meanwhile; a page must not wait for a dead cache.
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 1)},
        },
    }
}

# --- Celery -----------------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Below the visibility timeout, or a long task would be handed to a second worker while it runs.
CELERY_TASK_TIME_LIMIT = 55 * 60
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "visibility_timeout": 60 * 60,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 2,
    # Without these, publishing waits two seconds before it gives up on a broker that refuses connections.
    "max_retries": 0,
    "interval_start": 0,
    "global_keyprefix": "dealport:",
}
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
# A request never waits for a broker that is away: what must not be lost is a row that a beat job sweeps.
CELERY_TASK_PUBLISH_RETRY = False
# Long files have workers of their own, so that nothing else waits for them.
CELERY_TASK_ROUTES = {"reports.tasks.run_export": {"queue": "exports"}}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    # Expires, so that ticks do not pile up while no worker runs.
    "fold the ledger": {
        "task": "dashboard.tasks.fold_ledger",
        "schedule": timedelta(seconds=2),
        "options": {"expires": 4},
    },
    "verify a sample of the figures": {
        "task": "dashboard.tasks.verify_sample",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "verify every figure": {
        "task": "dashboard.tasks.verify_everything",
        "schedule": crontab(hour="2", minute="30"),
    },
    "settle invalidations": {
        "task": "dashboard.tasks.settle_invalidations",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    # Before the five minutes run out that a snapshot may be served for.
    "refresh the snapshots": {
        "task": "dashboard.tasks.refresh_snapshots",
        "schedule": timedelta(minutes=4),
        "options": {"expires": 240},
    },
    "prune the snapshots": {
        "task": "dashboard.tasks.prune_snapshots",
        "schedule": timedelta(minutes=15),
        "options": {"expires": 900},
    },
    # A day is over at another moment in every time zone.
    "aggregate the days that are over": {
        "task": "reports.tasks.aggregate_due",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "aggregate again what was asked for": {
        "task": "reports.tasks.recalculate",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    # Once everything is verified, so that what is written anew is right.
    "compare the daily metrics": {
        "task": "reports.tasks.compare_daily_metrics",
        "schedule": crontab(hour="4", minute="10"),
    },
    "look after the exports": {
        "task": "reports.tasks.sweep_exports",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    # Due moments are rows: a tick that is lost is made up for by the next.
    "run the schedules": {
        "task": "reports.tasks.run_schedules",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "send the mails of schedules": {
        "task": "reports.tasks.send_schedule_mails",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "clear the exports away": {
        "task": "reports.tasks.clean_exports",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "write the activity": {
        "task": "dashboard.tasks.flush_activity",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "publish account changes": {
        "task": "customers.tasks.publish_account_changes",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    },
    "prune what nobody can use any more": {
        "task": "customers.tasks.prune",
        "schedule": crontab(hour="3", minute="10"),
    },
    "expire unpaid orders": {
        "task": "orders.tasks.expire_unpaid_orders",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
}

# --- Time and language ------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False

# --- Files ------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
# STATIC_ROOT: where collectstatic puts style sheets and scripts.
STATIC_ROOT = env.text("STATIC_ROOT", str(STATE_DIR / "static"))
MEDIA_URL = "/media/"
# MEDIA_ROOT: where uploaded and generated files lie; Django serves them in demo mode alone.
MEDIA_ROOT = env.text("MEDIA_ROOT", str(STATE_DIR / "media"))
# Hashed names everywhere but in tests; compressing as well takes half a minute, which only production needs.
_STATIC_STORAGE = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if PRODUCTION
    else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
)
if DEALPORT_TESTING:
    _STATIC_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
# EXPORT_BUCKET: private S3 bucket of its own for export files; without it they lie in EXPORT_ROOT.
EXPORT_BUCKET = env.text("EXPORT_BUCKET", "")
# EXPORT_ENDPOINT_URL: address of an S3 server that is not Amazon's, as browsers reach it too.
EXPORT_ENDPOINT_URL = env.text("EXPORT_ENDPOINT_URL", "")
# EXPORT_REGION: region of the bucket.
EXPORT_REGION = env.text("EXPORT_REGION", "us-east-1")
# EXPORT_ACCESS_KEY_ID: key of the bucket; without a pair boto3 looks where it always does (role, files, AWS_…) …
EXPORT_ACCESS_KEY_ID = env.text("EXPORT_ACCESS_KEY_ID", "")
# EXPORT_SECRET_ACCESS_KEY: … and its secret.
EXPORT_SECRET_ACCESS_KEY = env.text("EXPORT_SECRET_ACCESS_KEY", "")
# EXPORT_ROOT: folder for export files without a bucket; web and workers must share it.
EXPORT_ROOT = env.text("EXPORT_ROOT", str(STATE_DIR / "exports"))
# EXPORT_LINK_SECONDS: how long a link to an export file works.
EXPORT_LINK_SECONDS = env.integer("EXPORT_LINK_SECONDS", 300, minimum=1, maximum=604_800)
# EXPORT_KEEP_DAYS: days after which an export file is deleted.
EXPORT_KEEP_DAYS = env.integer("EXPORT_KEEP_DAYS", 7, minimum=1, maximum=3650)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_STORAGE},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "jpg", "webp", "gz", "br", "woff", "woff2")

# --- Mail -------------------------------------------------------------------------------------------------

# DEALPORT_URL: the address browsers reach the product at, for links in mails. `make demo` sets its own.
DEALPORT_URL = env.url(
    "DEALPORT_URL",
    f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION and ALLOWED_HOSTS else "http://127.0.0.1:8000",
    schemes=("https", "http"),
    hint="an address such as https://office.example.com",
).rstrip("/")
# EMAIL_HOST: the mail server; outside production none is needed: mails become files below .dealport/mail.
EMAIL_HOST = env.text("EMAIL_HOST", "localhost" if PRODUCTION else "")
# EMAIL_PORT: its port; 587 as a rule with EMAIL_USE_TLS.
EMAIL_PORT = env.integer("EMAIL_PORT", 25, minimum=1, maximum=65_535)
# EMAIL_HOST_USER: the name to log in with there; without one nobody logs in …
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
# EMAIL_HOST_PASSWORD: … and the password.
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
# EMAIL_USE_TLS: encrypt the connection (STARTTLS).
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=False)
# DEFAULT_FROM_EMAIL: the sender of mails.
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "DealPort <dealport@localhost>")
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = str(STATE_DIR / "mail")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"

# --- HTTP security ----------------------------------------------------------------------------------------

# SECURE_SSL_REDIRECT: answer plain HTTP with a redirect to HTTPS.
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^health"]
# SECURE_HSTS_SECONDS: how long browsers insist on HTTPS.
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000 if PRODUCTION else 0)
# TRUST_X_FORWARDED_PROTO: true behind a proxy that ends TLS and sets (never passes on) X-Forwarded-Proto.
if env.flag("TRUST_X_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
# TRUSTED_PROXIES: comma-separated addresses or networks whose X-Forwarded-For is believed.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
# CORS_ALLOWED_ORIGINS: comma-separated origins of single-page applications that may call the API.
CORS_ALLOWED_ORIGINS = env.names("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/(api/|store/dashboard)"
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = ("accept", "authorization", "content-type", "idempotency-key", "if-none-match", "x-request-id")
CORS_EXPOSE_HEADERS = ("ETag", "Idempotent-Replayed", "Retry-After", "X-As-Of", "X-Cache", "X-Request-ID")
CSRF_FAILURE_VIEW = "dealport.error_pages.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
# The name and form Django 6 uses; until then dealport.middleware sends it.
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
# The admin's theme evaluates expressions and writes style attributes.
SECURE_CSP_ADMIN = {
    **SECURE_CSP,
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}

# --- Limits and monitoring ----------------------------------------------------------------------------------

# DEALPORT_ANONYMOUS_REQUESTS: API requests an address may make per window without being logged in.
DEALPORT_ANONYMOUS_REQUESTS = env.integer("DEALPORT_ANONYMOUS_REQUESTS", 100, minimum=1)
# DEALPORT_ACCOUNT_REQUESTS: API requests an account may make per window.
DEALPORT_ACCOUNT_REQUESTS = env.integer("DEALPORT_ACCOUNT_REQUESTS", 20_000, minimum=1)
# DEALPORT_REQUEST_WINDOW_SECONDS: the window of both.
DEALPORT_REQUEST_WINDOW_SECONDS = env.integer("DEALPORT_REQUEST_WINDOW_SECONDS", 900, minimum=1)
# METRICS_TOKEN: bearer token of whoever scrapes /metrics from another machine; without it this machine alone may.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
# Functions that yield what the houses tell the monitoring, and what their readiness depends on.
METRICS_COLLECTORS = ["dashboard.telemetry.collect", "reports.telemetry.collect"]
READINESS_CHECKS = {"ledger": "dashboard.telemetry.ledger_is_young"}
# Where the houses keep files, beside MEDIA_ROOT: part of the readiness check "storage".
STORAGE_CHECKS = ["reports.storage.readiness"]

# --- API --------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["dealport.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["dealport.api.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "customers.rest.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["dealport.api.throttling.RequestLimit"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "dealport.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "dealport.api.schema.OperationSchema",
    "EXCEPTION_HANDLER": "dealport.api.errors.exception_handler",
    "NON_FIELD_ERRORS_KEY": "nonFieldErrors",
    "COERCE_DECIMAL_TO_STRING": False,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "DealPort",
    "DESCRIPTION": "The back office of online shops: customers, catalogue, orders, payments and exact sales figures.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated", "customers.rest.views.WorksInStores"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    # answers have fields that requests must not have
    "COMPONENT_SPLIT_REQUEST": True,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # enums stay where they are used: the names made up for shared ones say nothing
    "POSTPROCESSING_HOOKS": ["dealport.api.schema.add_shared_parts"],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "refreshCookie": {
                "type": "apiKey",
                "in": "cookie",
                "name": "dealport_refresh",
                "description": "The refresh token of a login; scripts send it in the body instead.",
            },
            "webhookSignature": {
                "type": "apiKey",
                "in": "header",
                "name": "X-DealPort-Signature",
                "description": 't=<unix>,v1=<hex hmac-sha256 of "t.body"> with the secret of the store.',
            },
        }
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Logs and errors --------------------------------------------------------------------------------------

# LOG_LEVEL: DEBUG, INFO, WARNING or ERROR.
LOGGING_CONFIG = None
configure_logs(level=env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")), json=PRODUCTION)
# SENTRY_DSN: report errors to this Sentry project; without it nothing is sent anywhere.
if SENTRY_DSN := env.text("SENTRY_DSN", ""):
    import sentry_sdk

    sentry_sdk.init(dsn=SENTRY_DSN, send_default_pii=False)
