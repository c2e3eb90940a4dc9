"""Uploaded files as JSON: sent, looked at, applied or given up."""

from __future__ import annotations

import django_filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from customers.rest.filters import StoreFilterSet
from customers.rest.history import history_action
from customers.rest.views import StoreOwnedViewSet
from dealport.kit.rest.docs import operation
from dealport.kit.rest.fields import StoreKeyField
from dealport.kit.rest.parsers import JSONParser
from dealport.kit.rest.serializers import StrictSerializer
from dealport.kit.values import Json
from orders import uploads
from orders.api import examples
from orders.models import Upload


class UploadInput(StrictSerializer):
    """A file for one store, as multipart/form-data. What happens is only what you confirm after a preview."""

    store = StoreKeyField(required=False, help_text="Id or slug; optional where you have one store.")
    kind = serializers.ChoiceField(choices=Upload.Kind.choices)
    file = serializers.FileField(help_text="CSV or XLSX, also packed as .gz or .zip.")


class UploadSerializer(serializers.Serializer[object]):
    """A file and what became of it. `preview` says what applying it would do, `receipt` what it did."""

    id = serializers.IntegerField()
    store = serializers.CharField(source="store.slug")
    kind = serializers.ChoiceField(choices=Upload.Kind.choices)
    status = serializers.ChoiceField(choices=Upload.Status.choices)
    fileName = serializers.CharField(source="file_name")
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()
    preview = serializers.DictField()
    receipt = serializers.DictField()
    error = serializers.CharField()
    createdBy = serializers.CharField(source="created_by.email", allow_null=True, default=None)
    createdAt = serializers.DateTimeField(source="created_at")
    finishedAt = serializers.DateTimeField(source="finished_at", allow_null=True)
    expiresAt = serializers.DateTimeField(source="expires_at", help_text="When the file is deleted.")


class UploadFilters(StoreFilterSet):
    """What a list of uploads can be narrowed to."""

    kind = django_filters.ChoiceFilter(choices=Upload.Kind.choices)
    status = django_filters.ChoiceFilter(choices=Upload.Status.choices)


_WHOLE: Json = {"answer": UploadSerializer, "example": examples.UPLOAD}


class UploadViewSet(StoreOwnedViewSet):
    """`/uploads`: tables that people upload, such as prices and stock by SKU."""

    queryset = Upload.objects.select_related("store", "created_by")
    serializer_class = UploadSerializer
    filterset_class = UploadFilters
    parser_classes = (MultiPartParser, JSONParser)
    ordering = ("-created_at", "-id")
    ordering_fields = {"createdAt": "created_at"}

    history = history_action("listUploadHistory", "an upload")

    @operation("listUploads", "List uploads", answer=UploadSerializer(many=True), example=examples.UPLOAD)
    def list(self, request: Request) -> Response:
        """Answer with one page of the uploads, newest first, with how far each is."""
        return super().list(request)

    @operation("readUpload", "Read an upload", **_WHOLE)
    def retrieve(self, request: Request, pk: str) -> Response:
        """Answer with one upload: its state, its preview or receipt, and why it was refused."""
        return super().retrieve(request, pk)

    @operation(
        "uploadFile",
        "Upload a file",
        status=201,
        body={"multipart/form-data": UploadInput},
        sent={"store": "atelier-moda", "kind": "products", "file": "(the bytes of the file)"},
        errors=(404, 409),
        **_WHOLE,
    )
    def create(self, request: Request) -> Response:
        """Keep a file (201); a worker checks it, and `preview` is there once the status is `ready`."""
        values = self.valid(UploadInput)
        store = self.store_of(values)
        return self.answer(uploads.receive_upload(store=store, **values, actor=self.account), status=201)

    @operation("applyUpload", "Apply an upload", errors=(409,), **_WHOLE)
    @action(detail=True, methods=["post"], url_path="apply")
    def apply(self, request: Request, pk: str) -> Response:
        """Let a worker apply a file that is ready; `receipt` is there once the status is `applied`."""
        return self.answer(uploads.confirm_upload(upload=self.get_object(), actor=self.account))

    @operation("cancelUpload", "Cancel an upload", errors=(409,), **_WHOLE)
    def destroy(self, request: Request, pk: str) -> Response:
        """Give up a file that is ready: nothing of it is applied."""
        return self.answer(uploads.cancel_upload(upload=self.get_object(), actor=self.account))
