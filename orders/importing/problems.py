"""What is wrong with a file, said so that it can be put right: where, what stands there, what was expected."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

LISTED = 50
SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class Words:
    """How somebody says what a file does not say itself, in the words of where they import it.

    `times`, `dates` and `columns` end a sentence; `mapping` is a sentence about one column, `{name}`; `more` says where
    refunds and transactions belong that come without their orders.
    """

    times: str
    dates: str
    columns: str
    mapping: str
    more: str


COMMAND = Words(
    times="with --times store",
    dates="with --dates day-first or --dates month-first and --times store",
    columns="with --map",
    mapping='Rename them, or map them: --map "{name}=your column"',
    more="the orders' own file first: import_orders orders.json refunds-or-transactions.json",
)


class BadValue(ValueError):
    """A value of a row that cannot be; raised where it is read, placed in the file by the reader of the order."""

    def __init__(self, column: str, value: str, expected: str) -> None:
        super().__init__(f"{column}: {value!r}, expected {expected}")
        self.column, self.value, self.expected = column, value, expected


@dataclass(frozen=True)
class Problem:
    """One thing wrong. `line` is the physical line on which the record begins; an empty `column` is the whole row."""

    line: int
    column: str
    value: str
    expected: str
    order: str = ""

    def __str__(self) -> str:
        value = self.value if len(self.value) <= SHOWN_CHARACTERS else self.value[:SHOWN_CHARACTERS] + "…"
        column = f"{self.column}: " if self.column else ""
        order = f"{self.order}: " if self.order and self.column != "Name" else ""
        place = f"{order}{column}{value!r}"
        return gettext("line {line}: {place}, expected {expected}").format(
            line=self.line, place=place, expected=self.expected
        )


class ImportRefused(Exception):
    """Nothing was imported. `problems` are the first ones found, `count` is how many there are in all."""

    def __init__(self, file: str, problems: list[Problem], count: int | None = None, left_out: str = "") -> None:
        self.file, self.problems, self.left_out = file, problems, left_out
        self.count = len(problems) if count is None else count
        super().__init__(file, problems, count)

    def __str__(self) -> str:
        lines = [f"{self.file}: {problem}" for problem in self.problems]
        if self.count > len(self.problems):
            lines.append(f"… and {self.count - len(self.problems)} more problems")
        if self.left_out:
            lines.append(self.left_out)
        return "\n".join(["Nothing was imported.", *lines])
