"""`/admin/reports/export`: exports requested, followed, downloaded and canceled, by staff of their own stores."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.rest.views import StoreOwnedViewSet, WorksInStores
from dealport.kit.errors import invalid
from dealport.kit.rest.queries import read_single
from dealport.kit.storage import StorageAway, StorageRefused
from reports import exporting
from reports.api import exports_schema
from reports.api.exports_schema import ExportSerializer, ExportSummarySerializer
from reports.api.inputs import ExportFilters, ExportInput
from reports.datasets import DATASETS, Dataset
from reports.exporting.requests import QUERY
from reports.models import ExportJob, SavedQuery


@exports_schema.LIST
class ExportViewSet(StoreOwnedViewSet):
    """The exports a person may see; `{id}` is the job's."""

    permission_classes = (IsAuthenticated, WorksInStores)
    queryset = ExportJob.objects.select_related("owner")
    serializer_class = ExportSummarySerializer
    filterset_class = ExportFilters
    ordering = ("-requested_at",)
    ordering_fields = {"requestedAt": "requested_at"}

    def get_queryset(self) -> QuerySet[ExportJob]:
        """Return the exports the caller may see."""
        return exporting.visible_jobs(self.account).select_related("owner")

    def get_object(self) -> ExportJob:
        """Return the job named in the path. Raises Http404."""
        return exporting.job_or_404(self.account, self.kwargs["pk"])

    @exports_schema.CREATE
    def create(self, request: Request) -> Response:
        """Queue an export, which a worker writes. 400 names a field, a filter or a column."""
        given = self.valid(ExportInput)
        dataset, key = given["type"], given.get("query")
        if (dataset == QUERY) != (key is not None):
            raise invalid("query", f"Enter a saved query with type={QUERY}, and only then.")
        query = SavedQuery.objects.filter(pk=key).first() if key is not None else None
        if key is not None and query is None:
            raise invalid("query", "There is no such saved query.")
        job = exporting.request_export(
            owner=self.account,
            dataset=dataset,
            filters=given["filters"],
            format=given["format"],
            columns=given["columns"],
            query=query,
        )
        return self._whole(job, status=202)

    @exports_schema.READ
    def retrieve(self, request: Request, pk: str) -> Response:
        """Answer with one export and a link to its file."""
        return self._whole(self.get_object())

    @exports_schema.CANCEL
    def destroy(self, request: Request, pk: str) -> Response:
        """Cancel an export that is not finished; its worker stops within seconds. 409 once it is over."""
        return self._whole(exporting.cancel_export(job=self._own_job()))

    @exports_schema.RETRY
    @action(detail=True, methods=["post"], url_path="retry")
    def retry(self, request: Request, pk: str) -> Response:
        """Queue a failed export again, with the same filters and columns."""
        return self._whole(exporting.retry_export(job=self._own_job()), status=202)

    def _own_job(self) -> ExportJob:
        """Return the job if the caller may change it. Raises Http404, PermissionDenied for who only got it mailed."""
        job = self.get_object()
        if not exporting.may_change(self.account, job):
            raise PermissionDenied
        return job

    def _whole(self, job: ExportJob, status: int = 200) -> Response:
        return Response({**ExportSerializer(job).data, "downloadUrl": self._link(job)}, status=status)

    def _link(self, job: ExportJob) -> str | None:
        """Return a link for some minutes; null where there is no file, or none for the caller, or the store is away."""
        if not exporting.may_download(self.account, job):
            return None
        try:
            return self.request.build_absolute_uri(exporting.download_link(self.account, job))
        except (StorageAway, StorageRefused):
            return None


class DatasetsView(APIView):
    """`GET /api/v1/admin/reports/datasets`: what can be exported, with its columns and filters."""

    permission_classes = (IsAuthenticated, WorksInStores)

    @exports_schema.DATASETS
    def get(self, request: Request) -> Response:
        """Answer with what can be exported."""
        read_single(request.query_params, set())
        return Response([_described(dataset) for dataset in DATASETS.values()])


def _described(dataset: Dataset) -> dict[str, object]:
    return {
        "type": dataset.name,
        "title": dataset.title,
        "description": dataset.meaning,
        "columns": [
            {"name": column.name, "type": column.kind.value, "isPersonal": column.is_personal}
            for column in dataset.columns
        ],
        "filters": [
            {"name": name, "choices": next((f.choices for f in dataset.filters if f.name == name), None)}
            for name in dataset.filter_names
        ],
    }
