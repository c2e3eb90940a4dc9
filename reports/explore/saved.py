"""Saved views: who sees them, and saving, changing, pinning and deleting them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from customers.access import Viewer, sees_all_stores, store_or_404, stores_for
from customers.auditing import record, values_of
from customers.models import Store, User
from dashboard.api.analytics import analytics_request
from dashboard.api.inputs import AnalyticsQuery
from dealport.kit.errors import Conflict, invalid
from dealport.kit.values import FieldValues
from reports.explore.state import canonical
from reports.models import SavedView

MAX_VIEWS = 200
"""How many views one account may have."""
MAX_PINNED = 4
"""How many views Home shows."""


def visible_views(user: Viewer) -> QuerySet[SavedView]:
    """Return the views `user` may see: their own, those shared in their stores, and those shared with everybody."""
    if not isinstance(user, User) or not user.is_staff:
        return SavedView.objects.none()
    views = SavedView.objects.select_related("owner", "store").order_by("name", "pk")
    if sees_all_stores(user):
        return views.filter(Q(owner=user) | Q(is_shared=True))
    in_stores = Q(store__isnull=True) | Q(store__in=stores_for(user))
    return views.filter(in_stores & (Q(owner=user) | Q(is_shared=True)))


def view_or_404(user: Viewer, pk: object) -> SavedView:
    """Return the view if `user` may see it. Raises Http404 otherwise."""
    text = str(pk)
    known = text.isascii() and text.isdigit() and len(text) < 19
    view = visible_views(user).filter(pk=int(text)).first() if known else None
    if view is None:
        raise Http404("no such view")
    return view


def may_change(user: User, view: SavedView) -> bool:
    """Answer whether `user`, who sees the view, may change and delete it: its owner, and super admins."""
    return view.owner_id == user.pk or user.is_superuser


def address_of(view: SavedView) -> str:
    """Return the query string that shows the view."""
    query = QueryDict(view.query, mutable=True)
    if view.store:
        query["store"] = view.store.slug
    return query.urlencode(safe=":,")


def save_view(*, name: str, query: str, is_shared: bool = False, is_pinned: bool = False, actor: User) -> SavedView:
    """Save a query under a name.

    Raises ValidationError naming what is wrong with it, Http404 for a store that is not there, Conflict for a name the
    actor has already or too many views.
    """
    view = SavedView(owner=actor, name=name, is_shared=is_shared)
    _set_query(view, query, actor)
    _check_shared(view)
    with _once(), transaction.atomic():
        # one account's views are counted by one at a time
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if SavedView.objects.filter(owner=actor).count() >= MAX_VIEWS:
            raise Conflict(gettext("You have {max_views} saved views: delete one first.").format(max_views=MAX_VIEWS))
        view.save(force_insert=True)
        record("created", view, actor=actor)
        if is_pinned:
            pin_view(view=view, is_pinned=True, actor=actor)
    return view


def change_view(*, view: SavedView, changes: FieldValues, actor: User) -> SavedView:
    """Change name, query or `is_shared`. Raises as `save_view`."""
    with _once(), transaction.atomic():
        changed = SavedView.objects.select_for_update(of=("self",)).select_related("owner", "store").get(pk=view.pk)
        before = values_of(changed)
        if "query" in changes:
            _set_query(changed, changes["query"], changed.owner)
        changed.name = changes.get("name", changed.name)
        changed.is_shared = changes.get("is_shared", changed.is_shared)
        _check_shared(changed)
        changed.save(update_fields=["name", "query", "store", "is_shared", "updated_at"])
        record("changed", changed, before=before, actor=actor)
        if not changed.is_shared:
            changed.pinned_by.remove(*changed.pinned_by.exclude(pk=changed.owner_id))
    return changed


def pin_view(*, view: SavedView, is_pinned: bool, actor: User) -> None:
    """Put a view on the actor's own Home, or take it off. Raises Conflict where there are MAX_PINNED."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        pinned = visible_views(actor).filter(pinned_by=actor).exclude(pk=view.pk)
        if is_pinned and pinned.count() >= MAX_PINNED:
            raise Conflict(gettext("Home shows {max_pinned} views: unpin one first.").format(max_pinned=MAX_PINNED))
        (view.pinned_by.add if is_pinned else view.pinned_by.remove)(actor)


def delete_view(*, view: SavedView, actor: User) -> None:
    """Delete a view, also for those it was shared with."""
    with transaction.atomic():
        for locked in SavedView.objects.select_for_update().filter(pk=view.pk):
            record("deleted", locked, before=values_of(locked), after={}, actor=actor)
            locked.delete()


def _set_query(view: SavedView, text: str, user: User) -> None:
    """Keep a query that can be answered, its store apart. Raises ValidationError, Http404."""
    query = canonical(QueryDict(text.lstrip("?"), mutable=True))
    query.pop("page", None)
    analytics_request(user, AnalyticsQuery.read(query), timezone.now())
    view.store = _store_of(user, query)
    query.pop("store", None)
    view.query = query.urlencode(safe=":,")
    if len(view.query) > 2000:
        raise invalid("query", gettext("Enter at most 2,000 characters."))


def _store_of(user: User, query: QueryDict) -> Store | None:
    return store_or_404(user, str(query["store"])) if "store" in query else None


def _check_shared(view: SavedView) -> None:
    """Raise ValidationError for sharing with everybody by whom not everybody knows."""
    if view.is_shared and view.store is None and not view.owner.sees_all_stores:
        raise invalid("isShared", gettext("Choose a store first: a view is shared with the people of its store."))


@contextmanager
def _once() -> Iterator[None]:
    """Turn the loser of two writes of one name into a Conflict."""
    try:
        yield
    except IntegrityError as error:
        if "reports_saved_view_name_once_per_owner" not in str(error):
            raise
        raise Conflict(gettext("You have a view with this name already.")) from error
