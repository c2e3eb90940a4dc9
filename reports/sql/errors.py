"""Why a statement was not answered."""

from __future__ import annotations


class QueryError(Exception):
    """Why there is no answer, in words for the person who asked.

    `position` is the first character at fault, counted from 1 in the text that was sent; None if there is none.
    `stored` is the message without values of the database, which the server may quote: for records and mails.
    """

    def __init__(self, message: str, position: int | None = None, *, stored: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.stored = stored or message


class Refused(QueryError):
    """The statement is not one that may run; nothing was sent to the database."""


class Failed(QueryError):
    """The database could not run it, or stopped it."""


class Away(QueryError):
    """The console's database cannot be reached or has no free place; the same may work in a moment."""


class SwitchedOff(QueryError):
    """There is no console here."""

    def __init__(self) -> None:
        super().__init__("The SQL console is switched off. DEALPORT_SQL_CONSOLE switches it on.")


def line_and_column(sql: str, position: int) -> tuple[int, int]:
    """Return where character `position` (from 1) stands, both counted from 1."""
    before = sql[: position - 1]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
