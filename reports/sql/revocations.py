"""Functions of the server that everybody may call by default, and the console's role must not be able to."""

from __future__ import annotations

from django.db.backends.utils import CursorWrapper
from psycopg import sql

_FAMILIES = (
    "pg_(try_)?advisory_.*",  # locks, the one of the fold among them
    "pg_sleep(_for|_until)?",
    "set_config",  # its memory and time limits
    "(query|table|schema|database|cursor)_to_xml.*|ts_stat|ts_rewrite",  # run SQL that is given to them as a text
    "lo_.*|loread|lowrite",  # large objects, which outlive a READ ONLY transaction of a role without tables
    "pg_export_snapshot|pg_logical_emit_message|pg_notify|pg_current_xact_id|txid_current",
    "pg_(cancel|terminate)_backend",  # another question of the same role
)
PATTERN = f"^({'|'.join(_FAMILIES)})$"
"""Names in pg_catalog, as a regular expression of the server."""

KEEPERS = ("pg_database_owner", "pg_read_all_data")
"""Who may call them as before, besides the user of DATABASE_URL: owner and backups, which set their search_path so."""

_REVOKE = """DO $do$
DECLARE
    name regprocedure;
BEGIN
    FOR name IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ {pattern} LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I, {keepers}', name, {user});
    END LOOP;
END $do$"""


def callable_by(cursor: CursorWrapper, role: str) -> int:
    """Count the functions that a role may still call."""
    cursor.execute(
        "SELECT count(*) FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ %s"
        " AND has_function_privilege(%s, oid, 'EXECUTE')",
        [PATTERN, role],
    )
    return int(cursor.fetchone()[0])


def revocation(user: str) -> sql.Composed:
    """Return the statement, for a superuser in this database, that leaves them to `user` and the KEEPERS alone."""
    return sql.SQL(_REVOKE).format(
        pattern=sql.Literal(PATTERN), keepers=sql.SQL(", ".join(KEEPERS)), user=sql.Literal(user)
    )
