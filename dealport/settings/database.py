"""PostgreSQL: the connections of every process, and those of the SQL console."""

from dealport.postgresql.addresses import database_of
from dealport.postgresql.base import Connection
from dealport.postgresql.limits import SOCKET, limits_of
from dealport.settings.process import DEALPORT_TESTING, env
from dealport.settings.tasks import CELERY_TASK_TIME_LIMIT

_POSTGRES = "postgresql://user:password@host:port/name (for development: `make servers`)"
# DATABASE_POOL_SIZE: connections one process shares among its threads; 0 keeps one per thread. The web server
# sets 8 for itself (wsgi.py); Celery and commands have one thread and keep their connection.
DATABASE_POOL_SIZE = env.integer("DATABASE_POOL_SIZE", 0, maximum=1000)
# DATABASE_URL: the PostgreSQL database; of several servers (one:5432,two:5432) the one that takes writes.
_DATABASE_URL = env.url("DATABASE_URL", schemes=("postgresql", "postgres"), hint=_POSTGRES, has_many_hosts=True)
_database = database_of(_DATABASE_URL, conn_max_age=0 if DATABASE_POOL_SIZE else 60)
# DISABLE_SERVER_SIDE_CURSORS: true behind PgBouncer in transaction mode.
_IS_BEHIND_PGBOUNCER = env.flag("DISABLE_SERVER_SIDE_CURSORS", default=False)
# DEALPORT_PROCESS: web, job (workers, commands) or migration: which time limits the connections have. Each entry point
# sets its own (wsgi.py, manage.py).
DEALPORT_PROCESS = env.choice("DEALPORT_PROCESS", "job", ("web", "job", "migration"))
# WEB_STATEMENT_SECONDS: how long one statement of a request may take before the request ends with 503.
_WEB_STATEMENT_SECONDS = env.integer("WEB_STATEMENT_SECONDS", 4, minimum=1, maximum=600)
_limits = limits_of(DEALPORT_PROCESS, web_statement=_WEB_STATEMENT_SECONDS, job=CELERY_TASK_TIME_LIMIT)
# A crowd of test connections on a busy machine waits; a page does not.
_WAIT_SECONDS = 60 if DEALPORT_TESTING and DEALPORT_PROCESS != "web" else 3
_options: dict[str, object] = {"connect_timeout": _WAIT_SECONDS, **SOCKET, **_database.get("OPTIONS", {})}
if not _IS_BEHIND_PGBOUNCER:
    _options["options"] = f"{_options.get('options', '')} {_limits.startup_options()}".strip()
if DATABASE_POOL_SIZE:
    _options["pool"] = {
        "min_size": 1,
        "max_size": DATABASE_POOL_SIZE,
        "timeout": _WAIT_SECONDS,
        # then the next request tries, instead of a pause that grows
        "reconnect_timeout": 3,
        "connection_class": Connection,
    }
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "dealport.postgresql",
        "OPTIONS": _options,
        "LIMITS": _limits,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": _IS_BEHIND_PGBOUNCER,
    }
}

# DEALPORT_SQL_CONSOLE: super admins may ask with SQL over views of their own. `make demo` switches it on.
DEALPORT_SQL_CONSOLE = env.flag("DEALPORT_SQL_CONSOLE", default=False)
# SQL_DATABASE_URL: DATABASE_URL's database with the login of the role that runs these statements
# (prepare_sql_console makes it), straight to the server, not through PgBouncer (reports.E001, E002).
SQL_DATABASE_URL = env.text("SQL_DATABASE_URL", "")
