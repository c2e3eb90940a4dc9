"""`GET /api/v1/dashboard/bridge`: why the two bases differ in a period."""

from __future__ import annotations

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.access import named_store
from dashboard import figures
from dashboard.api import explain_documents as documents
from dashboard.api.explain import PRIVATE, entry_document, page_document
from dashboard.api.explain_schema import BRIDGE
from dashboard.api.inputs import BridgeQuery
from dashboard.figures.bridge import PARTS, bridge, bridge_entries
from dashboard.figures.periods import parse_period
from dealport.kit.errors import invalid


class BridgeView(APIView):
    """`GET /api/v1/dashboard/bridge`: why a period's sales differ by order date and by transaction date."""

    @BRIDGE
    def get(self, request: Request) -> Response:
        """Answer with the parts of the difference and, of one `part`, a page of its payments or refunds."""
        values = BridgeQuery.read(request.query_params)
        store = named_store(request.user, values.get("store"))
        period = parse_period(values, timezone.now().astimezone(store.zone).date())
        part, page, limit = values.get("part"), values["page"], values["limit"]
        entries = None
        with figures.consistent_read() as as_of:
            found = bridge(store, period)
            if part:
                entries = bridge_entries(store, period, part, offset=(page - 1) * limit, limit=limit)
        if page > 1 and (entries is None or not entries.entries):
            raise invalid("page", "There is no such page.")
        content = documents.Bridge(
            store=store.slug,
            currency=store.currency,
            timezone=store.timezone,
            period=period.describe(),
            placed=found.placed,
            booked=found.booked,
            difference=found.booked - found.placed,
            parts=[documents.BridgePart(one.part, PARTS[one.part], one.amount, one.orders) for one in found.parts],
            entries=None if entries is None else [entry_document(store, entry, True) for entry in entries.entries],
            pagination=None if entries is None else page_document(page, limit, entries.count),
            as_of=as_of.astimezone(store.zone),
        )
        return Response(content.to_json(), headers=PRIVATE)
