"""Empty the database after a test that committed: only the tables that have rows.

Django's own way truncates all of some sixty tables, each with the files of its indexes, and writes content types and
permissions anew. Most tests leave a few rows in a dozen tables.
"""

from __future__ import annotations

from functools import cache

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.test import TransactionTestCase

from dealport.kit import installation

# What `migrate` leaves behind: rows that no test changes, and whose ids Django remembers.
KEPT = {"django_content_type", "auth_permission", "dealport_installation"}
# Larger tables, in pages of 8 kB, are truncated: dead rows in them would slow down later tests.
SMALL = 64

_flush = TransactionTestCase._fixture_teardown


def install() -> None:
    """Use `empty_tables` in place of Django's flush."""
    TransactionTestCase._fixture_teardown = empty_tables


def empty_tables(test_case: TransactionTestCase) -> None:
    """Remove every row that a test can have written; one that names its databases or apps gets Django's flush."""
    if test_case.available_apps is not None or test_case._databases_names() != [DEFAULT_DB_ALIAS]:
        _flush(test_case)
    else:
        empty()


def empty() -> None:
    """Remove every row that tests and their fixtures can have written, and keep what `migrate` and the run's start did.

    Foreign keys and triggers stay out of it (session_replication_role), which only a superuser may ask for; anybody
    else gets Django's flush, and then another installation id.
    """
    connection.ensure_connection()
    if connection.connection.info.parameter_status("is_superuser") != "on":
        call_command("flush", interactive=False, verbosity=0)
        installation.read()
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_tables_with_rows())
        statements = [
            f"DELETE FROM {table}" if pages <= SMALL else f"TRUNCATE {table} CASCADE"
            for table, pages in cursor.fetchall()
        ]
        if statements:
            cursor.execute("; ".join(["SET LOCAL session_replication_role = replica", *statements]))


@cache
def _tables_with_rows() -> str:
    """Return the statement that yields quoted names and pages of the tables that are not empty."""
    names = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    tables = {name: connection.ops.quote_name(name) for name in sorted(names)}
    return " UNION ALL ".join(
        f"SELECT '{table}', pg_relation_size('{table}') / 8192 WHERE EXISTS (SELECT FROM {table})"
        for table in tables.values()
    )
