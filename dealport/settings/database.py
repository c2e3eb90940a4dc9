"""PostgreSQL: the connections of every process, and those of the SQL console."""

from typing import Any

import dj_database_url

from dealport.settings.process import DEALPORT_TESTING, env

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

# DEALPORT_SQL_CONSOLE: super admins may ask with SQL over views of their own. `make demo` switches it on.
DEALPORT_SQL_CONSOLE = env.flag("DEALPORT_SQL_CONSOLE", default=False)
# SQL_DATABASE_URL: DATABASE_URL's database with the login of the role that runs these statements
# (prepare_sql_console makes it), straight to the server, not through PgBouncer (reports.E001, E002).
SQL_DATABASE_URL = env.text("SQL_DATABASE_URL", "")
