"""What an answer is reduced to before it is compared: parsed, and without what is random on every run.

Everything else, moments and ids included, is kept: with one clock and the same requests they come out the same.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from typing import Any

import openpyxl

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LINK = re.compile(r"(/reports/exports/file/)[^/?\"]+")
# random, measured with a stopwatch, or changing with the moment that a workbook holds: receipts say whether it is right
RANDOM_KEYS = {"requestId", "accessToken", "refreshToken", "elapsedMs", "fileSize", "sha256"}
HEADERS = (
    "Allow",
    "Cache-Control",
    "Content-Disposition",
    "Content-Type",
    "Idempotent-Replayed",
    "Location",
    "Retry-After",
    "WWW-Authenticate",
    "X-As-Of",
    "X-Cache",
)
TEXT_ONLY = {"description", "summary", "example", "examples", "title"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def headers(response: Any) -> dict[str, str]:
    """Return the headers that are part of the contract; of an ETag, that there is one."""
    found = {name: plain_text(response.headers[name]) for name in HEADERS if name in response.headers}
    return {**found, "ETag": "<any>"} if "ETag" in response.headers else found


def body(response: Any) -> Any:
    """Return an answer's body by its type: JSON, CSV text, XLSX cells, names of metrics; of a page, nothing."""
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if kind in ("application/json", "application/vnd.oai.openapi+json"):
        return json_value(json.loads(content, parse_float=number))
    return file_content(kind, content)


def file_content(kind: str, content: bytes) -> Any:
    """Return the content of a file that is not JSON."""
    if kind == "text/csv":
        return {"csv": content.decode()}
    if kind == XLSX:
        return {"xlsx": sheets(content)}
    if kind == "text/plain" and b"# TYPE" in content:
        return {"metrics": metric_names(content.decode())}
    return {"page": kind} if content else None


def number(text: str) -> str:
    """Return a JSON number with a fraction as it is spelled: 12.50 is not 12.5."""
    return f"#{text}"


def json_value(value: Any) -> Any:
    """Return a JSON value without what is random; rows that come beside their columns become objects."""
    if (
        isinstance(value, dict)
        and {"columns", "rows"} <= set(value)
        and all(type(row) is list for row in value["rows"])
    ):
        value = {**value, "rows": [dict(zip(value["columns"], row, strict=True)) for row in value["rows"]]}
    if isinstance(value, dict):
        return {key: "<any>" if key in RANDOM_KEYS and item else json_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [json_value(item) for item in value]
    return plain_text(value) if isinstance(value, str) else value


def plain_text(text: str) -> str:
    """Return text without random ids and signed links."""
    return LINK.sub(r"\1<any>", UUID.sub("<uuid>", text))


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    """Return the cells of every sheet: value, type and number format."""
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [[_cell(cell) for cell in row] for row in sheet.iter_rows()] for sheet in workbook.worksheets}


def _cell(cell: Any) -> str | None:
    if cell.value is None:
        return None
    shown = cell.value if isinstance(cell.value, str) else repr(cell.value)
    return plain_text(f"{shown} [{cell.data_type} {cell.number_format}]")


def metric_names(text: str) -> list[str]:
    """Return the names of the product's metrics with those of their labels: values are those of one process."""
    found = set()
    for line in text.splitlines():
        match = re.match(r"(dealport_\w+)(?:\{(.*)\})? ", line)
        if match and not match[1].endswith("_created"):
            labels = re.findall(r'(\w+)="', match[2] or "")
            found.add(f"{match[1]}{{{','.join(sorted(set(labels)))}}}")
    return sorted(found)


def contract(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the operations of an OpenAPI document with all references resolved and without prose and examples."""
    return {
        f"{method.upper()} {path}": _operation(document, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def _operation(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    parameters = {f"{p['in']} {p['name']}": p for p in operation.get("parameters", ())}
    shape = {
        "operationId": operation["operationId"],
        "security": operation.get("security"),
        "parameters": parameters,
        "requestBody": operation.get("requestBody"),
        "responses": operation["responses"],
    }
    return dict(_resolved(document, shape, ()))


def _resolved(document: Mapping[str, Any], part: Any, above: tuple[str, ...], *, names: bool = False) -> Any:
    """Resolve references; keys of `properties` are names, not keywords: a field may be called `description`."""
    if isinstance(part, list):
        return [_resolved(document, item, above) for item in part]
    if not isinstance(part, dict):
        return part
    reference = part.get("$ref")
    if isinstance(reference, str):
        if reference in above:
            return "<recursive>"
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        return _resolved(document, target, (*above, reference))
    return {
        key: _resolved(document, item, above, names=key in ("properties", "parameters"))
        for key, item in part.items()
        if names or key not in TEXT_ONLY
    }
