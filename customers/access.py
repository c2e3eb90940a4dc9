"""The one door to store-owned objects.

Every view, page and admin page reaches a store-owned row through here; what a person may not see does not exist
for them (404, never 403), so that no answer tells a foreign id from a missing one.
"""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext

from customers.models import Store, User
from dealport.kit.errors import invalid

M = TypeVar("M", bound=Model)
Viewer = User | AnonymousUser


def sees_all_stores(user: Viewer) -> bool:
    """Answer whether `user` works in every store there is."""
    return isinstance(user, User) and user.sees_all_stores


def stores_for(user: Viewer) -> QuerySet[Store]:
    """Return the stores `user` may work in: all for admins, the memberships for staff, none otherwise."""
    if not isinstance(user, User) or not user.is_active:
        return Store.objects.none()
    if user.sees_all_stores:
        return Store.objects.all()
    if user.role == User.Role.STAFF:
        return Store.objects.filter(memberships__user=user)
    return Store.objects.none()


def zone_for(user: Viewer) -> tzinfo:
    """Return the clocks of a page about no store: those of the person's stores where they share one zone, else UTC."""
    zones = list(stores_for(user).order_by().values_list("timezone", flat=True).distinct()[:2])
    return ZoneInfo(zones[0]) if len(zones) == 1 else UTC


_FIRST_STORES = """
SELECT store.* FROM customers_store store
WHERE %(all)s OR store.id IN (SELECT store_id FROM customers_membership WHERE user_id = %(user)s)
ORDER BY store.name, store.id LIMIT %(count)s
"""


def first_stores(user: Viewer, count: int) -> list[Store]:
    """Return the first of `stores_for` by name: every page asks for them, written out it takes a third of the time."""
    if not isinstance(user, User) or not user.is_active or not (user.sees_all_stores or user.role == User.Role.STAFF):
        return []
    return list(Store.objects.raw(_FIRST_STORES, {"all": user.sees_all_stores, "user": user.pk, "count": count}))


def store_or_404(user: Viewer, key: str | int) -> Store:
    """Return the store with this id or slug. Raises Http404 if it is missing or not the user's."""
    text = str(key)
    lookup: dict[str, object] = (
        {"pk": int(text)} if text.isascii() and text.isdigit() and len(text) < 19 else {"slug": text}
    )
    # PostgreSQL refuses text with a NUL; no slug has one
    store = None if "\0" in text else stores_for(user).filter(**lookup).first()
    if store is None:
        raise Http404("no such store")
    return store


def named_store(user: Viewer, key: str | None, *, field: str = "store") -> Store:
    """Return the store a caller named by id or slug, or the only one there is for them.

    Raises Http404 for a store that is missing or foreign, ValidationError naming `field` if none was named and the
    caller has none or several.
    """
    if key is not None:
        return store_or_404(user, key)
    stores = list(stores_for(user)[:2])
    if len(stores) != 1:
        raise invalid(field, gettext("Enter the id or slug of one of your stores."))
    return stores[0]


def visible(queryset: QuerySet[M], user: Viewer, *, path: str = "store") -> QuerySet[M]:
    """Narrow `queryset` to rows of the user's stores; `path` is the lookup that leads to the store."""
    if isinstance(user, User) and user.sees_all_stores:
        return queryset
    return queryset.filter(**{f"{path}__in": stores_for(user)})


def listed(queryset: QuerySet[M], user: Viewer, *, path: str = "store") -> QuerySet[M]:
    """Narrow `queryset` as `visible` does, with the stores' ids instead of a subquery: for long, ordered lists.

    An index that begins with the store delivers its rows in order only where the planner sees which store it is.
    """
    if isinstance(user, User) and user.sees_all_stores:
        return queryset
    return queryset.filter(**{f"{path}__in": list(stores_for(user).order_by().values_list("pk", flat=True))})


def get_or_404(queryset: QuerySet[M], user: Viewer, pk: str | int, *, path: str = "store") -> M:
    """Return the row `pk` if it is in one of the user's stores. Raises Http404 otherwise."""
    text = str(pk)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404("no such object")
    row = visible(queryset, user, path=path).filter(pk=int(text)).first()
    if row is None:
        raise Http404("no such object")
    return row
