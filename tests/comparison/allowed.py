"""What may differ between two commits, each with its reason. Everything else is a fault of one of them.

A refactoring adds its named fixes here, and removes them when BASE moves beyond it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.comparison.differences import ADDED, CHANGED, MISSING, REORDERED, Difference

BASE = "d4f2847"
"""The commit before the figures got one registry: what `make compare` compares with by default."""


@dataclass(frozen=True)
class Allowed:
    """Differences of these kinds at these paths, in entries of these names, that pass the test."""

    reason: str
    path: str
    kinds: tuple[str, ...] = (CHANGED,)
    entry: str = ""
    test: Callable[[Difference], bool] = lambda difference: True

    def covers(self, difference: Difference) -> bool:
        """Return whether a difference is one of these."""
        return (
            difference.kind in self.kinds
            and bool(re.search(self.entry, difference.entry))
            and bool(re.search(self.path, difference.path))
            and self.test(difference)
        )


def is_text(difference: Difference) -> bool:
    """Return whether words changed to other words: not to a number, null or nothing."""
    return all(isinstance(value, str) and not value.startswith("#") for value in (difference.before, difference.after))


def names_the_tax(difference: Difference) -> bool:
    """Return whether what was added is the figure totalTax: a key, a column, or a line that names it."""
    added = difference.after
    if isinstance(added, dict):
        added = added.get("name")
    if isinstance(added, list):  # a line of a workbook's receipt
        return any(str(cell).split(" ")[0] in TAX_NAMES for cell in added)
    return difference.path.rpartition(".")[2] in TAX_NAMES or str(added) in TAX_NAMES


def is_local_day(difference: Difference) -> bool:
    """Return whether a day in CET was wrong and is now that of Python's zone rules, from the row's moment."""
    row = difference.row
    if not isinstance(row, dict) or row.get("store") != "cet" or "placed_at" not in row:
        return False
    placed = datetime.fromisoformat(row["placed_at"])
    day = placed.astimezone(ZoneInfo("CET")).date()
    return difference.after == day.isoformat() and difference.before == (day - timedelta(days=1)).isoformat()


def is_refused_now(difference: Difference) -> bool:
    """Return whether what was answered is a 400 now."""
    return difference.before == 200 and bool(difference.after == 400)


def keeps_the_days(difference: Difference) -> bool:
    """Return whether the rows of a file moved within their days alone."""
    before, after = ([row["day"] for row in rows] for rows in (difference.before, difference.after))
    return bool(before == after)


TAX_NAMES = {"totalTax", "total_tax", "tax"}  # in the API and files; in code; in daily_metrics and the SQL console
ALLOWED = (
    Allowed("wording: messages of errors", r"^\.body\.message$", test=is_text),
    Allowed("wording: errors of fields", r"^\.body\.errors\..+\[\d+\]$", test=is_text),
    Allowed("wording: descriptions of datasets", r"^\.body\.data\[\d+\]\.(title|description)$", entry="^datasets$"),
    Allowed("wording: titles of exports", r"^\.body\.data(\[\d+\])?\.title$", entry="export", test=is_text),
    Allowed("wording: definitions", r"^\.body\.data\.(label|definition|basisDefinition)$", entry=" page of |^open "),
    Allowed("wording: what commands print", r"^\.text\[\d+\]$", (CHANGED, MISSING, ADDED)),
    Allowed("wording: why a row is refused", r"\.Refused because$", entry="^refused rows$", test=is_text),
    Allowed("the figure totalTax", "", (ADDED,), test=names_the_tax),
    Allowed(
        "the figure totalTax: on a page its column moves the other numbers",
        r"^\.numbers",
        (ADDED, REORDERED, CHANGED),
        entry="^compare the daily metrics$",
    ),
    Allowed(
        "columns of the SQL view stand in the order of the files",
        r"^\.body\.data\.columns$",
        (REORDERED,),
        entry="^view daily_metrics$",
    ),
    Allowed("the history of a row", "", (ADDED,), entry=r"^contract of GET /api/v1/\w+/\{id\}/history$"),
    Allowed(
        "the local day in CET, EET, MET and WET, which PostgreSQL takes for offsets without daylight saving time",
        r"\.order_day$",
        entry="^view order",
        test=is_local_day,
    ),
    Allowed(
        "rows of several stores within a day: sorted by the day alone, their order is the query plan's",
        r"\.(csv|xlsx\.Data)\.rows$",
        (REORDERED,),
        entry="^export daily-metrics of all",
        test=keeps_the_days,
    ),
    Allowed(
        "the document no longer says that sales are never negative: refunds of other days make them so",
        r"\.properties\.(totalSales|averageTicket)\.minimum$",
        (MISSING,),
        entry="^contract of GET .*/store/dashboard$",
    ),
    Allowed("the order of names in the document", r"\.enum$", (REORDERED,), entry="^contract of "),
    Allowed(
        "the document also says of a choice that it is not empty",
        r"^\.parameters\.query \w+\.schema\.minLength$",
        (ADDED,),
        entry="^contract of ",
    ),
    Allowed(
        "a store's currency is one in use, not any three letters",
        r"\.currency\.pattern$",
        (MISSING,),
        entry="^contract of .* /api/v1/stores",
    ),
    Allowed(
        "one range of years for all dates, and one spelling of moments",
        r"^\.status$",
        entry=r"with (placedFrom='1900-01-01'|since='2026-11-01 00:00:00Z')$",
        test=is_refused_now,
    ),
    Allowed(
        "a parameter that names no store at all is 400: it used to be looked for, and was 404",
        r"^\.(status|body\.code|body\.errors)$",
        (CHANGED, ADDED),
        entry=r"with (store|tenant)='( ?|lond\\x00on)'$",
        test=lambda difference: difference.path != ".status" or difference.after == 400,
    ),
    Allowed(
        "the document says that `refresh` is true or false by its type, not by its choices",
        r"^\.parameters\.query refresh\.schema\.",
        (CHANGED, MISSING, ADDED),
        entry="^contract of GET /api/v1/dashboard/metrics$",
    ),
    Allowed("operations: more metrics", r"^\.body\.metrics\[\d+\]$", (ADDED,), entry="^metrics$"),
    Allowed(
        "operations: the moment of a health report", r"^\.body\.timestamp$", (ADDED,), entry="^(health|readiness)$"
    ),
    Allowed(
        "operations: heartbeats; without a worker the product is degraded, not down",
        r"^\.(status|headers\.Retry-After|body\.(status|ages|checks\.(worker|beat|exports)))$",
        (CHANGED, ADDED, MISSING),
        entry="^readiness$",
    ),
    Allowed(
        "operations: the same in the document",
        r"\.(timestamp|ages|required\[\d+\]|status\.enum\[\d+\])$",
        (ADDED,),
        entry="^contract of GET /health",
    ),
)


def judge(found: Difference) -> Allowed | None:
    """Return why a difference may be, or None."""
    return next((allowed for allowed in ALLOWED if allowed.covers(found)), None)
