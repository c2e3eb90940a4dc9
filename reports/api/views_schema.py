"""What saved views are in requests and answers, and what the OpenAPI document says of them."""

from __future__ import annotations

from rest_framework import serializers

from dealport.kit.rest.docs import operation, operations
from dealport.kit.rest.fields import FlagField, TextField
from dealport.kit.rest.serializers import StrictSerializer
from dealport.kit.values import Json
from reports.explore.saved import MAX_PINNED, address_of
from reports.models import SavedView


class SavedViewInput(StrictSerializer):
    """A view of Explore to save: a name and the query that shows it."""

    name = TextField(max_length=120)
    query = TextField(max_length=2000, help_text="The query string of `/analytics/query`; its store is the view's.")
    isShared = FlagField(source="is_shared", required=False, help_text="With the people of the view's store.")
    isPinned = FlagField(
        source="is_pinned", required=False, help_text=f"On the caller's own Home, which shows {MAX_PINNED}."
    )


class SavedViewSerializer(serializers.Serializer[object]):
    """A view of Explore: whose it is, who sees it, and the query that shows it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    query = serializers.SerializerMethodField(help_text="The query string that shows it.")
    store = serializers.CharField(source="store.slug", default=None, allow_null=True, help_text="Null: all of one's.")
    isShared = serializers.BooleanField(source="is_shared")
    isPinned = serializers.BooleanField(source="is_pinned")
    owner = serializers.EmailField(source="owner.email")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")

    def get_query(self, view: SavedView) -> str:
        """Return the query with the store's slug of now."""
        return address_of(view)


_QUERY = "store=tea-house&figures=totalSales,orders&by=country&period=last30"
_SENT: Json = {"name": "Sales by country", "query": _QUERY, "isShared": True, "isPinned": False}
_VIEW: Json = {
    "id": 7,
    "name": "Sales by country",
    "query": "figures=totalSales,orders&by=country&period=last30&store=tea-house",
    "store": "tea-house",
    "isShared": True,
    "isPinned": False,
    "owner": "rosa@example.com",
    "createdAt": "2026-11-02T08:00:00Z",
    "updatedAt": "2026-11-02T08:00:00Z",
}
_RULES = (
    "A view is its owner's; shared, it is read by everybody who works in its store. A shared view without a store "
    "is everybody's. A foreign view is 404, changing one of a colleague is 403."
)
LIST = operations(
    list=operation(
        "listSavedViews", "List saved views", answer=SavedViewSerializer(many=True), example=_VIEW, description=_RULES
    ),
    retrieve=operation(
        "readSavedView", "Read a saved view", answer=SavedViewSerializer, example=_VIEW, description=_RULES
    ),
)
CREATE = operation(
    "saveView",
    "Save a view",
    body=SavedViewInput,
    sent=_SENT,
    answer=SavedViewSerializer,
    status=201,
    example=_VIEW,
    errors=(404, 409),
    description=_RULES,
)
UPDATE = operation(
    "updateSavedView",
    "Change a saved view",
    body=SavedViewInput,
    sent={"name": "Sales by country, weekly", "isPinned": True},
    answer=SavedViewSerializer,
    example=_VIEW,
    errors=(409,),
    description=_RULES,
)
DELETE = operation("deleteSavedView", "Delete a saved view", status=204, description=_RULES)
