"""Makes the role, the views and the rights of the console; safe to run again, and by two at once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import psycopg
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from reports.sql.limits import NUMBER_DIGITS, ROW_BYTES
from reports.sql.revocations import callable_by, revocation
from reports.sql.views import ALL, SCHEMA

MARK = "Views of the SQL console of DealPort; made by prepare_sql_console, which drops everything else in here."
CONNECTIONS = 6
_LOCK = 0x73716C63  # "sqlc": the transaction-level advisory lock of who prepares
_TRIES = 6
_SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "30min",
    "idle_in_transaction_session_timeout": "30min",
    "search_path": f"{SCHEMA}, pg_catalog",
    "work_mem": "16MB",
    "max_parallel_workers_per_gather": "0",
}
_DISK = "1GB"

_BOUNDED = f"""
CREATE FUNCTION {SCHEMA}.bounded(value anyelement, most integer) RETURNS anyelement
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF pg_catalog.pg_column_size(value) > most THEN
        RAISE EXCEPTION 'a value grew beyond % bytes', pg_catalog.to_char(most, 'FM999,999') USING ERRCODE = '54000';
    END IF;
    RETURN value;
END $$
"""
_BOUNDED_NUMBER = f"""
CREATE FUNCTION {SCHEMA}.bounded_number(value anyelement) RETURNS anyelement
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF pg_catalog.octet_length(value::text) > {NUMBER_DIGITS} + 2 THEN
        RAISE EXCEPTION 'a number grew beyond {NUMBER_DIGITS:,} digits' USING ERRCODE = '54000';
    END IF;
    RETURN value;
END $$
"""
# Volatile, or the planner would evaluate it before there is a row.
_TOO_WIDE = f"""
CREATE FUNCTION {SCHEMA}.too_wide() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION 'a row is larger than {ROW_BYTES:,} bytes' USING ERRCODE = '54000';
END $$
"""


class NotPrepared(Exception):
    """Why the console cannot be prepared. `statements` are for a database administrator to run; empty if none help."""

    def __init__(self, message: str, statements: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.statements = statements


@dataclass
class Prepared:
    """What was done, and what could not be."""

    role: str
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Login:
    """User and password of SQL_DATABASE_URL."""

    user: str
    password: str

    @classmethod
    def of(cls, url: str) -> Login:
        """Return the role's name and password of a database URL, unquoted; empty where it has none."""
        parts = urlsplit(url)
        return cls(unquote(parts.username or ""), unquote(parts.password or ""))


def prepare(url: str) -> Prepared:
    """Bring role, views and rights up to date. Raises NotPrepared, with nothing changed."""
    login = Login.of(url)
    if not login.user:
        raise NotPrepared("SQL_DATABASE_URL names no user.")
    for left in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                return _prepare(login)
        except DatabaseError as error:
            # the role is one for all databases of the server: somebody preparing another one was faster
            if not left or not _is_race(error):
                raise
            time.sleep(0.1)
    raise AssertionError("the last try ends the loop")


def drop_views() -> bool:
    """Drop the views, so that a migration may change what they read; answer whether there were any."""
    with transaction.atomic(), connection.cursor() as cursor:
        if _mark(cursor) != MARK:
            return False
        cursor.execute("SET LOCAL lock_timeout = '60s'")
        return _drop(cursor)


def _is_race(error: DatabaseError) -> bool:
    cause = error.__cause__
    raced = "tuple concurrently updated" in str(error)
    return raced or isinstance(cause, psycopg.errors.UniqueViolation | psycopg.errors.DuplicateObject)


def _prepare(login: Login) -> Prepared:
    done = Prepared(login.user)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '60s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _make_role(cursor, login, done)
        _refuse_mighty_role(cursor, login.user)
        _revoke_functions(cursor, login, done)
        _make_views(cursor)
        _grant(cursor, login.user, done)
        _refuse_rights_elsewhere(cursor, login.user)
    return done


def _make_role(cursor: CursorWrapper, login: Login, done: Prepared) -> None:
    cursor.execute("SELECT rolcreaterole OR rolsuper, rolsuper, rolname FROM pg_roles WHERE rolname = current_user")
    may_create, is_superuser, own_name = cursor.fetchone()
    if own_name == login.user:
        raise NotPrepared("SQL_DATABASE_URL has the user of DATABASE_URL: the console needs one of its own.")
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login.user])
    exists = cursor.fetchone() is not None
    statements = role_statements(login, exists=exists)
    if not may_create:
        if not exists:
            shown = tuple(_text(cursor, entry) for entry in role_statements(login, exists=False, shown=True))
            raise NotPrepared(f"The user of DATABASE_URL may not create the role {login.user}.", shown)
        done.notes.append(f"The role {login.user} is as a database administrator made it.")
        return
    for statement in statements:
        cursor.execute(_text(cursor, statement))
    if is_superuser:
        limit = sql.SQL("ALTER ROLE {} SET temp_file_limit = {}").format(sql.Identifier(login.user), _DISK)
        cursor.execute(_text(cursor, limit))
    else:
        done.notes.append(
            f'Disk for sorting is not limited: a superuser may run ALTER ROLE "{login.user}" SET temp_file_limit = '
            f"'{_DISK}';"
        )


def _revoke_functions(cursor: CursorWrapper, login: Login, done: Prepared) -> None:
    """Take the functions of `revocations` from everybody, as far as the user of DATABASE_URL may."""
    if not callable_by(cursor, login.user):
        return
    cursor.execute("SELECT rolsuper, rolname FROM pg_roles WHERE rolname = current_user")
    is_superuser, own_name = cursor.fetchone()
    statement = _text(cursor, revocation(own_name))
    if is_superuser:
        cursor.execute(statement)
    else:
        done.notes.append(
            "Everybody may call functions that lock, wait, run SQL given as a text or make large objects: the first "
            f"layer alone keeps them from a question. A superuser may run, in this database:\n{statement};"
        )


def role_statements(login: Login, *, exists: bool, shown: bool = False) -> list[sql.Composed]:
    """Return what makes the role; `shown` leaves the password out."""
    role = sql.Identifier(login.user)
    password = sql.Literal("the password in SQL_DATABASE_URL" if shown else _verifier(login))
    # attributes only a superuser may take away are checked instead
    start = "ALTER ROLE {} LOGIN" if exists else "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"
    rest = " NOINHERIT CONNECTION LIMIT {} PASSWORD {}"
    made = [sql.SQL(start + rest).format(role, sql.Literal(CONNECTIONS), password)]
    for name, value in _SETTINGS.items():
        setting = sql.SQL(value) if name == "search_path" else sql.Literal(value)
        made.append(sql.SQL("ALTER ROLE {} SET {} = {}").format(role, sql.Identifier(name), setting))
    return made


def _verifier(login: Login) -> str:
    """Return what the server stores of the password, so that its log never sees the password itself."""
    connection.ensure_connection()
    encrypt = connection.connection.pgconn.encrypt_password
    return str(encrypt(login.password.encode(), login.user.encode(), b"scram-sha-256").decode())


def _refuse_mighty_role(cursor: CursorWrapper, role: str) -> None:
    cursor.execute(
        """
        SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,
               EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid),
               EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid
                       AND deptype = 'o')
        FROM pg_roles r WHERE rolname = %s
        """,
        [role],
    )
    words = ("SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS", "roles it is a member of", "objects")
    found = [word for word, has in zip(words, cursor.fetchone(), strict=True) if has]
    if found:
        raise NotPrepared(f"The role {role} must have nothing, but it has: {', '.join(found)}.")


def _mark(cursor: CursorWrapper) -> str | None:
    """Return the comment on the schema; None if there is no schema, empty if it is somebody else's."""
    cursor.execute(
        "SELECT coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace WHERE nspname = %s", [SCHEMA]
    )
    row = cursor.fetchone()
    return None if row is None else str(row[0])


def _make_views(cursor: CursorWrapper) -> None:
    mark = _mark(cursor)
    if mark not in (None, MARK):
        raise NotPrepared(f"There is a schema {SCHEMA} already that is not the console's.")
    if mark is None:
        cursor.execute(f"CREATE SCHEMA {SCHEMA}")
        cursor.execute(f"COMMENT ON SCHEMA {SCHEMA} IS %s", [MARK])
    _drop(cursor)
    for function in (_BOUNDED, _BOUNDED_NUMBER, _TOO_WIDE):
        cursor.execute(function)
    for view in ALL:
        cursor.execute(f'CREATE VIEW {SCHEMA}."{view.name}" AS {view.select}')
        cursor.execute(f'COMMENT ON VIEW {SCHEMA}."{view.name}" IS %s', [view.about])


def _drop(cursor: CursorWrapper) -> bool:
    """Drop views and functions of the schema; refuse to take along what others built on them."""
    cursor.execute(
        """
        SELECT format('DROP VIEW %%I.%%I', schemaname, viewname) FROM pg_views WHERE schemaname = %s
        UNION ALL
        SELECT format('DROP FUNCTION %%s', oid::regprocedure) FROM pg_proc
        WHERE pronamespace = to_regnamespace(%s)
        """,
        [SCHEMA, SCHEMA],
    )
    statements = [statement for (statement,) in cursor.fetchall()]
    for statement in statements:
        cursor.execute(statement)
    return bool(statements)


def _grant(cursor: CursorWrapper, role: str, done: Prepared) -> None:
    name = sql.Identifier(role)
    schema = sql.Identifier(SCHEMA)
    views = sql.SQL(", ").join(sql.Identifier(SCHEMA, view.name) for view in ALL)
    cursor.execute("SELECT current_database()")
    database = sql.Identifier(cursor.fetchone()[0])
    functions = sql.SQL("{0}.bounded(anyelement, integer), {0}.bounded_number(anyelement), {0}.too_wide()").format(
        schema
    )
    for statement in (
        sql.SQL("REVOKE ALL ON SCHEMA {} FROM PUBLIC").format(schema),
        sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(functions),
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, name),
        sql.SQL("GRANT SELECT ON {} TO {}").format(views, name),
        sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(functions, name),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, name),
        # everybody may make temporary tables and look into public unless that is taken away
        sql.SQL("GRANT TEMPORARY ON DATABASE {} TO CURRENT_USER").format(database),
        sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(database),
        sql.SQL("GRANT ALL ON SCHEMA public TO CURRENT_USER"),
        sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
    ):
        cursor.execute(_text(cursor, statement))
    cursor.execute(
        "SELECT has_database_privilege(r, current_database(), 'TEMPORARY'), has_schema_privilege(r, 'public', 'USAGE')"
        " FROM (SELECT %s::name) AS given(r)",
        [role],
    )
    temporary, public = cursor.fetchone()
    if temporary:
        done.notes.append("Everybody may make temporary tables here; the owner of the database may revoke that.")
    if public:
        done.notes.append("Everybody may look into the schema public; its owner may revoke that.")


def _refuse_rights_elsewhere(cursor: CursorWrapper, role: str) -> None:
    """Raise NotPrepared if the role may do anything with anything outside the views."""
    cursor.execute(
        """
        SELECT format('%%I.%%I', nspname, relname) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname !~ '^(pg_|information_schema$)' AND nspname <> %(schema)s AND relkind IN ('r','p','v','m','f')
          AND (has_any_column_privilege(%(role)s, pg_class.oid, 'SELECT, INSERT, UPDATE')
               OR has_table_privilege(%(role)s, pg_class.oid, 'DELETE, TRUNCATE'))
        UNION ALL
        SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
        WHERE prosecdef AND has_function_privilege(%(role)s, p.oid, 'EXECUTE')
          AND has_schema_privilege(%(role)s, n.oid, 'USAGE')
        LIMIT 5
        """,
        {"role": role, "schema": SCHEMA},
    )
    found = [name for (name,) in cursor.fetchall()]
    if found:
        raise NotPrepared(f"The role {role} has rights outside the views, on {', '.join(found)}: revoke them.")


def _text(cursor: object, statement: sql.Composable) -> str:
    return statement.as_string(connection.connection)
