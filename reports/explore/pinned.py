"""The views that a person pinned to Home: a few rows or a chart each, from the cache of their queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.http import Http404, QueryDict
from rest_framework.exceptions import ValidationError

from customers.models import Store, User
from reports.explore import charts, state
from reports.explore.saved import MAX_PINNED, address_of, visible_views
from reports.explore.table import Head, Table, Writer
from reports.models import SavedView

ROWS = 5


@dataclass(frozen=True)
class Part:
    """What one currency of a view shows."""

    table: Table
    time: charts.TimeChart | None


@dataclass(frozen=True)
class Panel:
    """A pinned view on Home; without parts where its query cannot be answered any more."""

    view: SavedView
    address: str
    title: str = ""
    days: str = ""
    heads: list[Head] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


def panels(user: User, store: Store | None, now: datetime) -> list[Panel]:
    """Return the person's pinned views; on the Home of a store those of it, and those of all stores narrowed to it."""
    views = visible_views(user).filter(pinned_by=user)
    if store:
        views = views.filter(Q(store=store) | Q(store__isnull=True))
    return [_panel(user, view, store, now) for view in views[:MAX_PINNED]]


def _panel(user: User, view: SavedView, store: Store | None, now: datetime) -> Panel:
    query = QueryDict(address_of(view), mutable=True)
    if store:
        query["store"] = store.slug
    address = query.urlencode(safe=":,")
    try:
        found = state.read(user, query, now, per_page=ROWS)
    except (ValidationError, Http404):
        return Panel(view, address)
    writer = Writer(found.request, found.data, query, found.answer.entry.computed_at)
    parts = []
    for block in state.blocks(found.data):
        is_time = bool(writer.granularity) and not writer.dimension
        table = writer.table(block, block["rows"] if is_time else block["rows"][:ROWS])
        time = charts.along_time(table.rows, writer.figures[0].label) if is_time else None
        parts.append(Part(table, time))
    return Panel(view, address, writer.title, writer.days_text, writer.heads()[-len(writer.figures) - 1 :], parts)
