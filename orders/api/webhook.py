"""Where payment providers report."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dealport.kit.money import MILL, require_amount
from dealport.kit.rest.docs import operation
from dealport.kit.rest.fields import MomentField, MoneyField, TextField
from dealport.kit.rest.serializers import StrictSerializer
from orders import webhooks
from orders.api import examples
from orders.api.serializers import GatewayResponseField

HEADER = "X-DealPort-Signature"
MOST_BYTES = 16_384
SLUG = OpenApiParameter("store", {"type": "string"}, description="Slug of the store whose secret signed the report.")


class BodyTooLarge(APIException):
    """More than any report needs (413)."""

    status_code = 413
    default_code = "PAYLOAD_TOO_LARGE"
    default_detail = f"A report has at most {MOST_BYTES} bytes."


class ReportInput(StrictSerializer):
    """What a provider reports. `amount` is left out for the whole order, or all that is left to give back."""

    eventId = TextField(source="event_id", max_length=100)
    type = serializers.ChoiceField(choices=webhooks.TYPES)
    orderNumber = TextField(source="order_number", max_length=40)
    amount = MoneyField(min_value=MILL, required=False)
    gatewayTransactionId = TextField(source="gateway_transaction_id", max_length=100, allow_blank=True, required=False)
    gatewayResponse = GatewayResponseField(source="gateway_response", required=False)
    occurredAt = MomentField(source="occurred_at")


class ReportResultSerializer(serializers.Serializer[object]):
    """What became of a report: `ignored` ones name an order or a type that is not known here."""

    result = serializers.ChoiceField(choices=webhooks.RESULTS)


class PaymentWebhookView(APIView):
    """`POST /payments/webhook[?store=slug]`: a payment provider's report, signed with the store's secret.

    Without `store` the secrets of the first hundred stores are tried.
    """

    # the signature says who it is and keeps others out: no token, no session, no limit per address
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a refusal is 401 and not 403."""
        return "DealPort-Signature"

    @operation(
        "reportPayment",
        "Receive a payment event of a provider",
        body=ReportInput,
        sent=examples.REPORT,
        answer=ReportResultSerializer,
        example={"result": webhooks.PROCESSED},
        errors=(401, 409),
        parameters=[SLUG],
        auth=[{"webhookSignature": []}],
    )
    def post(self, request: Request) -> Response:
        """Carry out a report once: 200 for the first delivery, a repetition and what is not known here alike."""
        return self.carry_out(request, request.query_params.get("store"))

    def carry_out(self, request: Request, slug: str | None) -> Response:
        """Carry out a report of the store whose secret signed it."""
        store = webhooks.sender(
            header=request.headers.get(HEADER, ""), body=_body(request), slug=slug, now=timezone.now()
        )
        result = webhooks.IGNORED if _is_unknown(request.data) else self._take(request, store)
        return Response(ReportResultSerializer({"result": result}).data)

    def _take(self, request: Request, store: Any) -> str:
        report = ReportInput(data=request.data)
        report.is_valid(raise_exception=True)
        if (amount := report.validated_data.get("amount")) is not None:
            require_amount("amount", amount, currency=store.currency)
        return webhooks.take_report(store=store, report=webhooks.Report(**report.validated_data))


class StorePaymentWebhookView(PaymentWebhookView):
    """`POST /payments/webhook/{slug}`: the address of one store, however many there are."""

    @operation(
        "reportPaymentOfStore",
        "Receive a payment event of a provider of one store",
        body=ReportInput,
        sent=examples.REPORT,
        answer=ReportResultSerializer,
        example={"result": webhooks.PROCESSED},
        errors=(401, 409),
        auth=[{"webhookSignature": []}],
    )
    def post(self, request: Request, id: str) -> Response:  # type: ignore[override]
        """Carry out a report once, as at the address without a store."""
        return self.carry_out(request, id)


def _body(request: Request) -> bytes:
    """Return the body as it came. Raises BodyTooLarge, before reading where the length is announced."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if int(announced) > MOST_BYTES or len(request.body) > MOST_BYTES:
        raise BodyTooLarge()
    return request.body


def _is_unknown(data: object) -> bool:
    """Answer whether a report is of a type that providers may add. Raises ValidationError if it names none."""
    if not isinstance(data, dict):
        raise ValidationError({"nonFieldErrors": ["Expected an object."]})
    kind = data.get("type")
    return isinstance(kind, str) and kind != "" and kind not in webhooks.TYPES
