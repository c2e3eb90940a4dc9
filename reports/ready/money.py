"""Reports of amounts: how large orders are, why money went back, what is still to come."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext

from dashboard.figures.reading import percentage, rows
from dashboard.templatetags.dashboard_formats import money
from dealport.kit.local_days import CLOCK, around
from dealport.kit.texts import lazy_text as _
from orders.models.order_querysets import GOING_ON, UNPAID
from reports.datasets import Kind
from reports.ready.model import MOST_ORDERS, Heading, Report, Scope, before_the_cut, cut, in_days

NEWEST = (
    "SELECT o.id, o.total_amount, o.captured_amount - o.refunded_amount AS sales FROM orders_order o "
    f"WHERE o.store_id = %(store)s AND {around('o.placed_at', 'first', 'last')} "
    f"AND o.order_day BETWEEN %(first)s AND %(last)s AND {before_the_cut('o.placed_at')} "
    "AND o.completed_at IS NOT NULL "
    f"ORDER BY o.placed_at DESC, o.id DESC LIMIT {MOST_ORDERS + 1}"
)
"""SQL of the newest orders of the period that were paid in full (index orders_order_by_store_placed)."""
STEPS = 12
"""Rows of the distribution, but for the last: what is larger than nearly all."""
MOST_REASONS = 50
NO_REASON = _("No reason given")
ALL, OVERDUE = "all", "overdue"
"""What a value opens to: all that the row counts, or those past their due date."""
OUTSTANDING = "greatest(o.total_amount - o.captured_amount + o.overpayment_refunded, 0)"
"""SQL of what is still to be paid of an order `o`."""
IS_UNPAID = f"o.store_id = %(store)s AND o.payment_status IN {UNPAID} AND o.status IN {GOING_ON}"
"""SQL of whether an order of the store goes on and is not paid in full (partial index orders_order_unpaid)."""
AGES = (
    (1, _("Less than 2 days")),
    (7, _("2 to 7 days")),
    (30, _("8 to 30 days")),
    (60, _("31 to 60 days")),
    (90, _("61 to 90 days")),
)
"""The last day of each age, and its name; older is one more."""


def order_values(scope: Scope, step: Decimal | None = None) -> Report:
    """Return how many orders lie in each range of totals; the ranges fit the orders unless their width is named."""
    found = rows(
        f"SELECT count(*) AS orders, coalesce(percentile_disc(0.95) WITHIN GROUP (ORDER BY total_amount), 0) AS most, "
        f"coalesce(sum(total_amount), 0) AS total, "
        f"coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY total_amount), 0) AS median FROM ({NEWEST}) AS newest",
        **scope.parameters,
    )[0]
    step = step or _step(found["most"])
    ranges = rows(
        f"SELECT least(floor(total_amount / %(step)s), {STEPS})::int AS place, count(*) AS orders, "
        f"sum(total_amount) AS total FROM ({NEWEST}) AS newest GROUP BY 1 ORDER BY 1",
        step=step,
        **scope.parameters,
    )
    by_place = {row["place"]: row for row in ranges}
    currency, count = scope.store.currency, found["orders"]
    lines: list[list[object]] = []
    for place in range(max(by_place, default=-1) + 1):
        row = by_place.get(place, {"orders": 0, "total": Decimal("0.00")})
        title = range_text(step * place, None if place == STEPS else step * (place + 1), currency)
        lines.append([title, row["orders"], percentage(Decimal(row["orders"]), Decimal(count)), row["total"]])
    return Report(
        gettext("Order value distribution"),
        gettext("Orders of the period that were paid in full, by their total; a refund leaves the total as it is."),
        [
            Heading(gettext("Order total"), "orderTotal"),
            Heading(gettext("Orders"), "orders", Kind.INTEGER, opens=ALL),
            Heading(gettext("Share"), "percentage", Kind.PERCENT),
            Heading(gettext("Total"), "total", Kind.MONEY, opens=ALL),
        ],
        lines,
        bar=1,
        keys=[(step * place, step * (place + 1)) for place in range(len(lines))],
        places=[f"{step * place}-{'' if place == STEPS else step * (place + 1)}" for place in range(len(lines))],
        compared=1,
        total=[gettext("All"), count, Decimal(100) if count else Decimal(0), found["total"]],
        note=gettext("Half of the orders are above {found}. {count}")
        .format(found=money(round(Decimal(found["median"]), 2), currency), count=cut(count))
        .strip()
        if count
        else "",
    )


def range_text(lower: Decimal, upper: Decimal | None, currency: str) -> str:
    """Return a range of amounts in words; the last one has no end."""
    first = money(lower, currency)
    if upper is None:
        return gettext("{lower} and more").format(lower=first)
    return gettext("{lower} to under {place}").format(lower=first, place=money(upper, currency))


def _step(most: Decimal) -> Decimal:
    """Return the width of a range: 1, 2 or 5 times a power of ten, so that STEPS of them reach `most`."""
    step = Decimal(1)
    while True:
        for factor in (1, 2, 5):
            if step * factor * STEPS >= most:
                return step * factor
        step *= 10


def refund_reasons(scope: Scope) -> Report:
    """Return what was refunded in the period by the reason that was given."""
    found = rows(
        f"{CLOCK} SELECT trim(r.reason) AS reason, count(*) AS refunds, sum(r.amount) AS amount, min(r.id) AS one, "
        "sum(count(*)) OVER () AS all_refunds, sum(sum(r.amount)) OVER () AS all_amount FROM orders_refund r "
        f"WHERE r.store_id = %(store)s AND {in_days('r.settled_at')} GROUP BY 1 ORDER BY 3 DESC, 2 DESC, 1 "
        f"LIMIT {MOST_REASONS}",
        **scope.parameters,
    )
    refunds, amount = (found[0]["all_refunds"], found[0]["all_amount"]) if found else (0, Decimal("0.00"))
    lines: list[list[object]] = [
        [row["reason"] or str(NO_REASON), row["refunds"], row["amount"], percentage(row["amount"], amount)]
        for row in found
    ]
    return Report(
        gettext("Refunds and reasons"),
        gettext("Refunds that took effect in the period, by the reason that was written down."),
        [
            Heading(gettext("Reason"), "reason", is_personal=True),
            Heading(gettext("Refunds"), "refunds", Kind.INTEGER, opens=ALL),
            Heading(gettext("Amount"), "amount", Kind.MONEY, opens=ALL),
            Heading(gettext("Share"), "percentage", Kind.PERCENT),
        ],
        lines,
        bar=2,
        keys=[row["reason"] for row in found],
        # reasons are text about customers, which addresses do not carry: one of the refunds says which is meant
        places=[str(row["one"]) for row in found],
        compared=2,
        total=[gettext("All"), int(refunds), amount, Decimal(100) if found else Decimal(0)],
        note=gettext("The {most_reasons} largest reasons.").format(most_reasons=MOST_REASONS)
        if len(found) == MOST_REASONS
        else "",
    )


def unpaid_orders(scope: Scope) -> Report:
    """Return the orders that go on and are not paid in full, by how long ago they were placed, as of now."""
    cases = " ".join(f"WHEN %(today)s - o.order_day <= {last} THEN {place}" for place, (last, _) in enumerate(AGES))
    found = rows(
        f"SELECT CASE {cases} ELSE {len(AGES)} END AS place, count(*) AS orders, "
        f"sum({OUTSTANDING}) AS outstanding, "
        "count(*) FILTER (WHERE o.due_on < %(today)s) AS overdue, min(o.order_day) AS oldest FROM orders_order o "
        f"WHERE {IS_UNPAID} GROUP BY 1",
        store=scope.store.pk,
        today=scope.today,
    )
    by_place = {row["place"]: row for row in found}
    nothing = {"orders": 0, "outstanding": Decimal("0.00"), "overdue": 0, "oldest": None}
    titles = age_titles()
    lines: list[list[object]] = []
    for place, title in enumerate(titles):
        row = by_place.get(place, nothing)
        lines.append([title, row["orders"], row["outstanding"], row["overdue"], _day(row["oldest"])])
    sums = [sum(row[name] for row in found) for name in ("orders", "outstanding", "overdue")]
    return Report(
        gettext("Unpaid orders by age"),
        gettext(
            "Orders that go on and are not paid in full, by the days since they were placed, as of now. Canceled and "
            "expired orders owe nothing."
        ),
        [
            Heading(gettext("Age"), "age"),
            Heading(gettext("Orders"), "orders", Kind.INTEGER, opens=ALL),
            Heading(gettext("Outstanding"), "outstanding", Kind.MONEY, opens=ALL),
            Heading(gettext("Past due date"), "overdue", Kind.INTEGER, opens=OVERDUE),
            Heading(gettext("Oldest"), "oldest", Kind.DAY),
        ],
        lines if found else [],
        bar=2,
        total=[
            gettext("All"),
            sums[0],
            Decimal(sums[1]),
            sums[2],
            _day(min((row["oldest"] for row in found), default=None)),
        ],
        has_period=False,
        places=[str(place) for place in range(len(titles))] if found else (),
    )


def age_titles() -> list[str]:
    """Return the name of each age of unpaid orders, the youngest first."""
    return [*(str(title) for _, title in AGES), gettext("More than 90 days")]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
