"""What the tests of these pages share: a browser that is logged in, the form as it sends it, a page as it is read."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client
from django.utils import timezone

from customers.models import User
from reports.datasets import DATASETS
from reports.models import ExportJob

LIST = "/reports/exports/"
HOSTILE = "\"><script>alert('x')</script>"


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def filled(dataset: str = "orders", **values: Any) -> dict[str, Any]:
    """Return the form as a browser sends it: all fields, all columns ticked."""
    columns = [column.name for column in DATASETS[dataset].columns]
    return {"type": dataset, "store": "", "from": "", "to": "", "column": columns, "format": "csv", **values}


def a_job(owner: User, **fields: Any) -> ExportJob:
    values: dict[str, Any] = {
        "dataset": "orders",
        "title": "Orders",
        "format": "csv",
        "filters": {},
        "request_hash": str(timezone.now()),
        "status": "failed",
        "error": "no room",
    }
    return ExportJob.objects.create(owner=owner, **{**values, **fields})


def address(job: ExportJob, step: str = "") -> str:
    return f"{LIST}{job.pk}/{step}"


def page_of(client: Client, path: str, data: Any = None, status: int = 200) -> str:
    response = client.get(path, data)
    assert response.status_code == status
    return response.content.decode()


def text_of(page: str) -> str:
    """Return the words of the page's content, in one line."""
    content = re.sub(r"<[^>]+>", " ", page.split("<main", 1)[-1])
    return " ".join(unescape(content).split()).replace("\N{NO-BREAK SPACE}", " ")


def errors_of(page: str) -> dict[str, str]:
    """Return the errors that stand at a field."""
    return dict(re.findall(r'<p class="field-error" id="(?:field-)?(\w+)-error">(.*?)</p>', unescape(page)))
