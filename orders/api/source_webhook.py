"""Where the systems that stores sell with report."""

from __future__ import annotations

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dealport.kit.rest.docs import operation
from dealport.kit.rest.parsers import PayloadTooLarge
from orders.connections import receiving

SIGNED = [
    OpenApiParameter(name, {"type": "string"}, OpenApiParameter.HEADER, description=text)
    for name, text in (
        ("X-Shopify-Hmac-Sha256", "Shopify: base64 of the body's HMAC-SHA256."),
        ("X-Shopify-Topic", "Shopify: what happened, such as orders/updated."),
        ("X-Shopify-Webhook-Id", "Shopify: the delivery, stored once."),
        ("X-WC-Webhook-Signature", "WooCommerce: base64 of the body's HMAC-SHA256."),
        ("X-WC-Webhook-Topic", "WooCommerce: what happened, such as order.updated."),
        ("X-WC-Webhook-Delivery-ID", "WooCommerce: the delivery, stored once."),
        ("X-DealPort-Signature", "Any other system, kind api: base64 of the body's HMAC-SHA256."),
        ("X-DealPort-Delivery-ID", "Any other system: the delivery, stored once; the same body is one if left out."),
    )
]


class SourceReportSerializer(serializers.Serializer[object]):
    """What became of a delivery; it is applied later."""

    result = serializers.ChoiceField(choices=receiving.RESULTS)


class SourceWebhookView(APIView):
    """`POST /connections/{id}/webhook`: what a store's own system reports, signed with the connection's secret."""

    # the signature says who it is and keeps others out: no token, no session, no limit per address
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    parser_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a refusal is 401 and not 403."""
        return "Signature"

    @operation(
        "receiveSourceEvent",
        "Receive a webhook of Shopify, WooCommerce or any other system",
        body={"application/json": {"type": "object"}},
        sent={"id": 820982911946154508},
        answer=SourceReportSerializer,
        example={"result": receiving.STORED},
        errors=(401, 413),
        parameters=SIGNED,
        auth=[{"sourceSignature": []}],
    )
    def post(self, request: Request, id: str) -> Response:
        """Store a delivery once and answer at once; a worker applies it."""
        limit = settings.DEALPORT_SOURCE_BODY_BYTES
        body = request._request.read(limit + 1)
        if len(body) > limit:
            raise PayloadTooLarge()
        result = receiving.receive(key=id, headers=request.headers, body=body)
        return Response(SourceReportSerializer({"result": result}).data)
