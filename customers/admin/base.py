"""Admin pages of store-owned rows: each person sees, and is offered, rows of their own stores alone."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest

from customers.access import listed, stores_for
from customers.models import User
from dealport.kit.admin import base


def user_of(request: HttpRequest) -> User:
    """Return who is logged in. Raises PermissionDenied for nobody."""
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied


class OwnRows:
    """Shows and offers rows of the person's stores alone: in lists, by address, in choices.

    `store_path` is the lookup that leads from a row to its store; None for what no store owns.
    """

    store_path: str | None = "store"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows the person may see."""
        queryset = super().get_queryset(request)  # type: ignore[misc]
        if self.store_path is None:
            return queryset
        return listed(queryset, user_of(request), path=self.store_path)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer and accept what the related model's own admin would show as a choice."""
        related = self.admin_site.get_model_admin(db_field.related_model)  # type: ignore[attr-defined]
        kwargs.setdefault("queryset", related.choices(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class StoreOwnedAdmin(OwnRows, base.ActionAdmin):
    """Base of every ModelAdmin."""

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Choose the store for a person who has one only."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        own = list(stores_for(user_of(request)).values_list("pk", flat=True)[:2])
        return {"store": own[0], **initial} if len(own) == 1 else initial


class ReadOnlyAdmin(base.ReadOnlyAdmin, StoreOwnedAdmin):
    """Shows rows that only actions write."""


class SoftDeleteAdmin(base.SoftDeleteAdmin, StoreOwnedAdmin):
    """Deletes by hiding."""


class Inline(OwnRows, base.Inline):
    """Rows of another model on a row's page."""


class ReadOnlyInline(base.ReadOnlyInline, Inline):
    """Rows that only actions write, on another row's page."""
