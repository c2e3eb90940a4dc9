"""The id of this installation: part of every key in Redis and of every name of a file that it keeps.

It is a row of the database. After a restore, and in a copy, `manage.py new_installation` makes another one, so that
nothing is read, and nothing deleted, that belongs to what the database was before or to what it was copied from.
A process remembers the id; one that lives long looks again every REREAD_SECONDS.

The row also names the database it was made in. A dump that was restored elsewhere takes the row with it: then the names
differ, and the system check dealport.E014 lets no process start until `new_installation` ran. A copy of the server's
own files (a snapshot of its disk) has the same name and cannot be told apart.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

from django.db import Error, ProgrammingError, connection, transaction
from django.dispatch import Signal

REREAD_SECONDS = 10.0
logger = logging.getLogger(__name__)

installation_replaced = Signal()
"""Sent in the transaction that makes a new id, with `resume_schedules`. A receiver ends what would reach outside in
the old one's name, and returns sentences that say what it did."""

_READ = "SELECT id FROM dealport_installation"
_MAKE = "INSERT INTO dealport_installation (is_only, id, home) VALUES (true, %s, %s) ON CONFLICT DO NOTHING"
_REPLACE = """
INSERT INTO dealport_installation AS known (is_only, id, home) VALUES (true, %s, %s)
ON CONFLICT (is_only) DO UPDATE SET id = excluded.id, home = excluded.home
"""
_HERE = """
SELECT system_identifier || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
FROM pg_control_system()
"""


@dataclass
class _Known:
    id: str = ""


KNOWN = _Known()


def installation_id() -> str:
    """Return the id, 12 hexadecimal digits. Raises OperationalError where it is not known yet and cannot be read."""
    return KNOWN.id or read()


def read() -> str:
    """Read the id, make one where there is none, and remember it for this process. Raises OperationalError."""
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        row = cursor.fetchone()
        if row is None:
            cursor.execute(_MAKE, [new_id(), database_name()])
            cursor.execute(_READ)
            row = cursor.fetchone()
    KNOWN.id = str(row[0])
    return KNOWN.id


def new_id() -> str:
    """Return an id that nobody has."""
    return secrets.token_hex(6)


def database_name() -> str:
    """Return what no other database has: the server's identifier and the database's oid; "" if we may not know."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_HERE)
            return str(cursor.fetchone()[0])
    except ProgrammingError:  # an administrator revoked the function
        return ""


def is_copied() -> bool:
    """Return whether the row came here from another database. Raises DatabaseError where it cannot be read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT home FROM dealport_installation")
        row = cursor.fetchone()
    return bool(row and row[0] and (here := database_name()) and row[0] != here)


def keep() -> str:
    """Let the id stay with a database that moved here for good; return it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE dealport_installation SET home = %s", [database_name()])
    return read()


def replace(*, resume_schedules: bool) -> tuple[str, list[str]]:
    """Make a new id; return it, and what was ended with the old one as sentences."""
    new, here = new_id(), database_name()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_REPLACE, [new, here])
        answers: list[tuple[Any, Any]] = installation_replaced.send(None, resume_schedules=resume_schedules)
    KNOWN.id = new
    return new, [sentence for _, sentences in answers for sentence in sentences]


def wait() -> None:
    """Return once the id is known: a worker that starts before its database waits for it."""
    while True:
        try:
            read()
        except Error as error:
            logger.warning("waiting for the database: %s", error)
            connection.close()
            time.sleep(2)
        else:
            return


def watch() -> None:
    """Look for a new id every REREAD_SECONDS for as long as this process lives, in a thread of its own."""
    threading.Thread(target=_watch, name="installation", daemon=True).start()


def _watch() -> None:
    while True:
        before = KNOWN.id
        try:
            if read() != before and before:
                logger.warning("the installation has a new id: %s", KNOWN.id)
        except Error:
            pass  # away: the id of before is the best there is
        finally:
            connection.close()
        time.sleep(REREAD_SECONDS)
