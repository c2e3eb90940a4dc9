"""Home: how today goes, what needs somebody's hand, the newest orders, the best products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from customers.access import listed, sees_all_stores, store_or_404, stores_for
from customers.models import Store, User
from dashboard import figures
from dashboard.answers import highlights
from dashboard.answers.home import home_figures
from dashboard.answers.store_dashboard import cached_dashboard
from dashboard.figures import so_far
from dashboard.figures.comparisons import PREVIOUS_PERIOD, minute_text
from dashboard.figures.periods import parse_period
from dashboard.models import Basis
from dashboard.pages import period_picker
from dashboard.pages.live import version_text
from dashboard.pages.tiles import span_query
from dashboard.pages.tiles import tiles as tiles_of
from dealport.kit.values import Json
from orders import attention
from orders.connections.standing import troubled
from orders.models import Order
from reports.explore.pinned import panels
from reports.exporting.access import failed_exports
from reports.scheduling.access import failing_schedules

NEWEST = 8
BEST = 5
MULTIPLES = ("total_sales", "total_orders", "average_ticket", "new_customers")
"""What Home shows of a store's last 30 days."""
LATE_SECONDS = 60
MOST_EXPORTS = MOST_CONNECTIONS = 100


@dataclass(frozen=True)
class Attention:
    """A line of what needs attention: how much of it, worth what, and where exactly those rows are."""

    text: str
    address: str
    count: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    is_cut: bool = False


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def home(request: HttpRequest) -> HttpResponse:
    """Show Home of one store (`?store=slug`) or of all the person's stores; 404 for a store that is not theirs."""
    assert isinstance(request.user, User)
    slug = request.GET.get("store")
    stores = [store_or_404(request.user, slug)] if slug else _stores(request.user)
    store = stores[0] if len(stores) == 1 else None
    if store:
        request.store = store  # type: ignore[attr-defined]
    now = timezone.now()
    context: dict[str, object] = {"stores": stores, "store": store, "zone": store.zone if store else UTC}
    if stores:
        context |= _figures(request.user, stores, store, now) | {
            "attention": [line for line in _attention(request.user, stores, store, now) if line.count],
            "newest": _newest(request.user, store),
            "pinned": panels(request.user, store, now),
        }
        context["is_empty"] = not context["newest"]
    return render(request, "reports/home.html", context)


def _stores(user: User) -> list[Store]:
    """Return the person's stores; of who works in all of them two will do, to know that there are several."""
    rows = stores_for(user).order_by("name", "pk")
    return list(rows[:2] if sees_all_stores(user) else rows)


def _last_days(store: Store, now: datetime) -> Json:
    """Return a store's last 30 days: figures with their way through them, and the best products."""
    period = parse_period({"period": "last30"}, now.astimezone(store.zone).date())
    answer = cached_dashboard(store, period, Basis.PLACED, PREVIOUS_PERIOD, is_page=True)
    data = answer.data()
    shown = {tile.figure.key: tile for tile in tiles_of(data)}
    return {
        "multiples": [shown[key] for key in MULTIPLES],
        "products": data["salesByProduct"][:BEST],
        "days_query": period_picker.query(period),
        "live_version": version_text(answer),
    }


def _figures(user: User, stores: Sequence[Store], store: Store | None, now: datetime) -> Json:
    """Return the comparisons, and of one store its last 30 days and best products."""
    found = home_figures(stores, is_everything=store is None and sees_all_stores(user))
    until = datetime.fromisoformat(found["until"])
    before = _before(store, until)
    tiles = (
        (gettext("Today so far"), gettext("same hours a week ago"), so_far.TODAY, "?period=today"),
        (gettext("Yesterday"), gettext("same weekday the week before"), so_far.YESTERDAY, "?period=yesterday"),
        (gettext("Month to date"), gettext("same part of last month"), so_far.MONTH, "?"),
    )
    context: dict[str, object] = {
        "until": until,
        "tiles": [(title, text, found[name], query, before[name]) for title, text, name, query in tiles],
    }
    if store:
        context |= _last_days(store, now)
    elif sees_all_stores(user):
        context["best"] = highlights.best_together().data()["currencies"]
    return context


def _before(store: Store | None, until: datetime) -> dict[str, str]:
    """Return where what today, yesterday and this month are compared with opens; `&metric=` is added to it.

    Of several stores `&currency=` as well: each is cut off by its own clock.
    """
    if store:
        address, minute = reverse("explain", args=[store.slug]), until.astimezone(store.zone)
        spans = so_far.spans_before(minute)
        return {name: address + span_query(span) for name, span in spans.items()}
    periods = {so_far.TODAY: "today", so_far.YESTERDAY: "yesterday", so_far.MONTH: "monthly"}
    return {
        name: f"{reverse('explain-stores')}?"
        + urlencode({"period": period, "compare": so_far.COMPARED[name], "asOf": minute_text(until)})
        for name, period in periods.items()
    }


def _attention(user: User, stores: Sequence[Store], store: Store | None, now: datetime) -> list[Attention]:
    """Return every line, those of which nothing waits included."""
    ids = None if store is None and sees_all_stores(user) else [each.pk for each in stores]
    rows = attention.in_stores(Order.objects.all(), ids)
    orders = [
        (gettext("Unpaid for more than 20 hours"), "unpaid", attention.unpaid_orders(rows, now)),
        (gettext("Paid but not shipped for more than 2 days"), "unshipped", attention.unshipped_orders(rows, now)),
        (gettext("Payment failed in the last 7 days"), "failed", attention.failed_orders(rows, now)),
    ]
    lines = []
    for text, key, waiting in orders:
        found = attention.count_orders(waiting)
        address = _list("orders_order", store, attention=key)
        lines.append(Attention(text, address, found.count, found.sums, found.is_cut))
    disputed = attention.count_orders(rows.disputed())
    address = _list("orders_order", store, view="disputed")
    lines.append(Attention(gettext("Disputed payments"), address, disputed.count, disputed.sums, disputed.is_cut))
    low = attention.count_products(attention.low_products(ids))
    address = _list("orders_product", store, stock="low", status__exact="ACTIVE")
    lines.append(Attention(gettext("Sold out or low on stock"), address, low.count, is_cut=low.is_cut))
    return [*lines, _of_connections(ids, store, now), *_of_exports(user, now), *_of_figures(user, stores, store)]


def _of_connections(ids: list[int] | None, store: Store | None, now: datetime) -> Attention:
    """Return how many connections are blocked, fail, or are behind."""
    address = f"{reverse('connections')}?{urlencode({'trouble': '1', **({'store': store.slug} if store else {})})}"
    count = len(troubled(ids, now).values_list("pk")[:MOST_CONNECTIONS])
    return Attention(gettext("Connections in trouble or behind: their orders do not arrive"), address, count)


def _list(model: str, store: Store | None, **lookups: str) -> str:
    query = lookups | ({"in_store": str(store.pk)} if store else {})
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(query)}"


def _of_exports(user: User, now: datetime) -> list[Attention]:
    """Return what failed of the person's own exports and schedules, as the lists they lead to show it."""
    exports = failed_exports(user, now).order_by("-requested_at").values_list("pk")[:MOST_EXPORTS]
    schedules = failing_schedules(user).values_list("pk")[:MOST_EXPORTS]
    return [
        Attention(
            gettext("Exports that failed in the last 7 days"),
            f"{reverse('reports-exports')}?failed=1#history",
            len(exports),
        ),
        Attention(gettext("Schedules that fail"), f"{reverse('reports-schedules')}?failed=1", len(schedules)),
    ]


def _of_figures(user: User, stores: Sequence[Store], store: Store | None) -> list[Attention]:
    """Return whether figures are late, wrong or not verified."""
    waiting = figures.ledger_state()
    late = waiting.rows if waiting.oldest_seconds > LATE_SECONDS else 0
    if store is None and sees_all_stores(user):
        found = figures.checked_stores()
        wrong, unverified = found.wrong, found.stores - found.checked
    else:
        checks = figures.latest_verifications([each.pk for each in stores]).values()
        wrong = sum(check.wrong_buckets > 0 and not check.is_repaired for check in checks)
        unverified = len(stores) - len(checks)
    address = reverse("store-dashboard", args=[store.slug]) if store else reverse("overview")
    return [
        Attention(
            gettext("Changes that are not in the figures' totals yet; pages add them as they read"), address, late
        ),
        Attention(gettext("Stores whose figures differ from their orders"), address, wrong),
        Attention(gettext("Stores whose figures have not been verified yet"), address, unverified),
    ]


def _newest(user: User, store: Store | None) -> list[Order]:
    rows = Order.objects.filter(store=store) if store else listed(Order.objects.all(), user)
    return list(rows.select_related("customer", "store").order_by("-placed_at", "-id")[:NEWEST])
