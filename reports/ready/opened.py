"""What a row of a report of orders counts: its orders or refunds, with what each of them adds to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext

from dashboard.figures.reading import rows
from dealport.kit.errors import invalid
from dealport.kit.local_days import CLOCK
from dealport.kit.values import FieldValues
from orders.models import Product, Refund
from reports.ready.goods import BASKETS
from reports.ready.model import PER_PAGE, Scope, in_days
from reports.ready.money import (
    AGES,
    ALL,
    IS_UNPAID,
    NEWEST,
    NO_REASON,
    OUTSTANDING,
    OVERDUE,
    age_titles,
    range_text,
)

PARTS = (ALL, OVERDUE)
"""What of a row is opened: all of it, or the orders past their due date."""
MOST_CHARACTERS = 50
"""Of a row's place."""
_RANGE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})?", re.ASCII)
_PAIR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """An order, or a refund of it, with its amount."""

    order_id: int
    number: str
    at: datetime
    amount: Decimal


@dataclass(frozen=True)
class Opened:
    """A page of what a row counts, newest first; `count` and `total` are of all of it."""

    title: str
    entries: list[Entry]
    count: int
    total: Decimal

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(-(-self.count // PER_PAGE), 1)


def open_row(name: str, place: str, scope: Scope, part: str) -> Opened:
    """Return what a row of a report counts, of all rows without a place; `part` is one of PARTS.

    Raises ValidationError naming `row` or `part`.
    """
    if part == OVERDUE and name != "unpaid-orders":
        raise invalid("part", gettext("Leave it out: only unpaid orders have a due date."))
    title, sql, parameters = OPENED[name](place, scope, part)
    found = rows(
        f"{CLOCK} SELECT *, count(*) OVER () AS count, sum(amount) OVER () AS total FROM ({sql}) AS found "
        "ORDER BY at DESC, id DESC OFFSET %(offset)s LIMIT %(limit)s",
        **{**scope.parameters, **parameters},
        offset=((scope.page or 1) - 1) * PER_PAGE,
        limit=PER_PAGE,
    )
    entries = [Entry(row["order_id"], row["number"], row["at"], row["amount"]) for row in found]
    return Opened(title, entries, found[0]["count"] if found else 0, found[0]["total"] if found else Decimal(0))


Question = tuple[str, str, FieldValues]
"""The row in words, SQL of what it counts (id, order_id, number, at, amount), and its parameters."""
_ORDER = "SELECT o.id, o.id AS order_id, o.number, o.placed_at AS at"


def _no_row() -> Exception:
    return invalid("row", gettext("There is no such row. Open one from its report."))


def _order_values(place: str, scope: Scope, part: str) -> Question:
    sql = f"{_ORDER}, o.total_amount AS amount FROM ({NEWEST}) AS newest JOIN orders_order o ON o.id = newest.id"
    if not place:
        return gettext("All"), sql, {}
    if not (found := _RANGE.fullmatch(place)):
        raise _no_row()
    lower, upper = Decimal(found[1]), Decimal(found[2]) if found[2] else None
    sql += " WHERE o.total_amount >= %(lower)s AND (%(upper)s::numeric IS NULL OR o.total_amount < %(upper)s)"
    return range_text(lower, upper, scope.store.currency), sql, {"lower": lower, "upper": upper}


def _unpaid_orders(place: str, scope: Scope, part: str) -> Question:
    condition = f"{IS_UNPAID} AND o.due_on < %(today)s" if part == OVERDUE else IS_UNPAID
    title, titles = gettext("All"), age_titles()
    known: FieldValues = {"today": scope.today}
    if place:
        if not _NUMBER.fullmatch(place) or int(place) >= len(titles):
            raise _no_row()
        lasts = [None, *(last for last, _ in AGES), None]
        title = titles[int(place)]
        known |= {"over": lasts[int(place)], "up_to": lasts[int(place) + 1]}
        age = "%(today)s - o.order_day"
        condition += (
            f" AND (%(over)s::int IS NULL OR {age} > %(over)s) AND (%(up_to)s::int IS NULL OR {age} <= %(up_to)s)"
        )
    return title, f"{_ORDER}, {OUTSTANDING} AS amount FROM orders_order o WHERE {condition}", known


def _refund_reasons(place: str, scope: Scope, part: str) -> Question:
    sql = (
        "SELECT r.id, r.order_id, o.number, r.settled_at AS at, r.amount FROM orders_refund r "
        f"JOIN orders_order o ON o.id = r.order_id WHERE r.store_id = %(store)s AND {in_days('r.settled_at')}"
    )
    if not place:
        return gettext("All"), sql, {}
    one = Refund.objects.filter(store=scope.store, pk=place).first() if _NUMBER.fullmatch(place) else None
    if one is None:
        raise _no_row()
    reason = one.reason.strip(" ")
    return reason or str(NO_REASON), f"{sql} AND trim(r.reason) = %(reason)s", {"reason": reason}


def _bought_together(place: str, scope: Scope, part: str) -> Question:
    found = _PAIR.fullmatch(place)
    pair = [int(one) for one in found.groups()] if found else []
    names = dict(Product.objects.filter(store=scope.store, pk__in=pair).values_list("pk", "name"))
    if len(names) < 2:
        raise _no_row()
    sql = (
        f"WITH {BASKETS} {_ORDER}, o.total_amount AS amount FROM few JOIN orders_order o ON o.id = few.order_id "
        "JOIN sold a ON a.order_id = o.id AND a.product = %(first_product)s "
        "JOIN sold b ON b.order_id = o.id AND b.product = %(second_product)s"
    )
    one, other = pair
    return f"{names[one]} + {names[other]}", sql, {"first_product": one, "second_product": other}


OPENED: dict[str, Callable[[str, Scope, str], Question]] = {
    "order-values": _order_values,
    "unpaid-orders": _unpaid_orders,
    "refund-reasons": _refund_reasons,
    "bought-together": _bought_together,
}
"""The reports whose rows count orders or refunds; those of products open to the figures of a product."""
