"""`/analytics/views`: saved views, one's own and those that are shared with one."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from customers.rest.views import StoreOwnedViewSet
from dealport.kit.values import FieldValues
from reports.api import views_schema
from reports.api.views_schema import SavedViewInput, SavedViewSerializer
from reports.explore import saved
from reports.models import SavedView


@views_schema.LIST
class SavedViewViewSet(StoreOwnedViewSet):
    """The views a person may see; `{id}` is a view's."""

    queryset = SavedView.objects.select_related("owner", "store")
    serializer_class = SavedViewSerializer
    ordering = ("name",)
    ordering_fields = {"name": "name", "updatedAt": "updated_at"}

    def get_queryset(self) -> QuerySet[SavedView]:
        """Return the views the caller may see, each with whether it is on the caller's Home."""
        pins = SavedView.pinned_by.through.objects.filter(savedview=OuterRef("pk"), user=self.account)
        return saved.visible_views(self.account).annotate(is_pinned=Exists(pins))

    def get_object(self) -> SavedView:
        """Return the view named in the path. Raises Http404."""
        key = str(self.kwargs["pk"])
        known = key.isascii() and key.isdigit() and len(key) < 19
        view = self.get_queryset().filter(pk=int(key)).first() if known else None
        if view is None:
            raise Http404("no such view")
        return view

    @views_schema.CREATE
    def create(self, request: Request) -> Response:
        """Save a view of the caller's."""
        view = saved.save_view(**self.valid(SavedViewInput), actor=self.account)
        return self.answer(self.get_queryset().get(pk=view.pk), 201)

    @views_schema.UPDATE
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is named; whoever sees a view may pin it, its owner alone may change the rest."""
        view, values = self.get_object(), self.valid(SavedViewInput, partial=True)
        changes: FieldValues = {name: value for name, value in values.items() if name != "is_pinned"}
        if changes:
            saved.change_view(view=self._own(view), changes=changes, actor=self.account)
        if "is_pinned" in values:
            saved.pin_view(view=view, is_pinned=values["is_pinned"], actor=self.account)
        return self.answer(self.get_object())

    @views_schema.DELETE
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a view. 403 for one that somebody else shared."""
        saved.delete_view(view=self._own(self.get_object()), actor=self.account)
        return Response(status=204)

    def _own(self, view: SavedView) -> SavedView:
        if not saved.may_change(self.account, view):
            raise PermissionDenied
        return view
