"""Files: every dataset as CSV and XLSX with its receipt, masked and not; schedules and their mails."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from recorder import normalizing
from recorder.asking import Json, Recorder
from recorder.trading import API

EXPORT = f"{API}/admin/reports/export"
DATASETS = (
    "orders", "order-items", "customers", "products", "transactions", "refunds", "coupons", "subscriptions", "credits",
    "daily-metrics", "sales-by-product", "sales-by-country",
)  # fmt: skip
WITHOUT_PERIOD = ("products", "coupons", "subscriptions")
WITH_BASIS = ("sales-by-product", "sales-by-country")
AUTUMN = {"from": "2026-07-16", "to": "2026-11-10"}


def record(recorder: Recorder) -> None:
    """Export everything; read the lists afterwards."""
    recorder.ask("datasets", "GET", f"{API}/admin/reports/datasets")
    for dataset in DATASETS:
        period = {} if dataset in WITHOUT_PERIOD else AUTUMN
        for file in ("csv", "xlsx"):
            export(recorder, f"{dataset} of all as {file}", "super", dataset, file, {})
            export(recorder, f"{dataset} of cet as {file}, masked", "admin", dataset, file, {"store": "cet", **period})
        if dataset in WITH_BASIS:
            booked = {"store": "london", "basis": "booked", **period}
            export(recorder, f"{dataset} booked", "super", dataset, "csv", booked)
    export(recorder, "orders with a status", "super", "orders", "csv", {"status": "EXPIRED"})
    export(recorder, "some columns", "admin", "orders", "csv", {"store": "cet"}, columns=["orderDay", "orderNumber"])
    export(recorder, "a store without anything", "super", "orders", "xlsx", {"store": "empty"})
    export(recorder, "a saved query", "super", "query", "csv", {}, query=1)
    export(recorder, "a saved query as a workbook", "super", "query", "xlsx", {}, query=1)
    _refused(recorder)
    _schedules(recorder)
    recorder.ask("list exports", "GET", EXPORT, query={"limit": 100})
    recorder.ask("list failed exports", "GET", EXPORT, query={"status": "failed"})


def export(recorder: Recorder, name: str, who: str, dataset: str, file: str, filters: Json, **more: Any) -> None:
    """Request a file, write it, keep file and receipt: its hash and size are those of the file on each run."""
    body = {"type": dataset, "filters": filters, "format": file, **more}
    job = recorder.send("POST", EXPORT, who=who, body=body)
    key = job.json().get("data", {}).get("jobId")
    recorder.keep(f"export {name}: request", {"status": job.status_code, "body": normalizing.body(job)})
    if key is None:
        return
    recorder.run_task("run_export", key)
    answer = recorder.send("GET", f"{EXPORT}/{key}", who=who)
    receipt, content = answer.json()["data"], b""
    if link := receipt["downloadUrl"]:
        response = recorder.send("GET", link, who=None, session=recorder.session(who))
        content = b"".join(response.streaming_content) if response.streaming else response.content
        kind = response.headers["Content-Type"].partition(";")[0]
        sent = {"status": response.status_code, "headers": normalizing.headers(response)}
        recorder.keep(f"export {name}: file", {**sent, "body": normalizing.file_content(kind, content)})
    is_true = (receipt["sha256"], receipt["fileSize"]) == (hashlib.sha256(content).hexdigest(), len(content))
    entry = {"status": answer.status_code, "body": normalizing.body(answer), "hash and size are true": is_true}
    recorder.keep(f"export {name}: receipt", entry)


def _refused(recorder: Recorder) -> None:
    cases: dict[str, Json] = {
        "of nothing": {},
        "of luck": {"type": "luck", "format": "csv"},
        "as a picture": {"type": "orders", "format": "png"},
        "of a missing store": {"type": "orders", "format": "csv", "filters": {"store": "nowhere"}},
        "with an unknown filter": {"type": "orders", "format": "csv", "filters": {"colour": "red"}},
        "of days in reverse": {
            "type": "orders",
            "format": "csv",
            "filters": {"from": "2026-02-02", "to": "2026-01-01"},
        },
        "of an unknown column": {"type": "orders", "format": "csv", "columns": ["luck"]},
        "of a missing query": {"type": "query", "format": "csv", "query": 999},
    }
    for name, body in cases.items():
        recorder.ask(f"refused export {name}", "POST", EXPORT, body=body)
    job = recorder.ask("an export to cancel", "POST", EXPORT, body={"type": "orders", "format": "csv"})
    identity = recorder.send("GET", EXPORT).json()["data"][0]["jobId"]
    assert job["jobId"] == "<uuid>"
    recorder.ask("cancel an export", "DELETE", f"{EXPORT}/{identity}")
    recorder.ask("cancel it again", "DELETE", f"{EXPORT}/{identity}")
    recorder.ask("retry it", "POST", f"{EXPORT}/{identity}/retry")
    recorder.ask("cancel the second try", "DELETE", f"{EXPORT}/{identity}")


def _schedules(recorder: Recorder) -> None:
    path = f"{API}/admin/reports/schedules"
    good: Json = {
        "name": "Orders",
        "type": "orders",
        "filters": {"store": "cet", "period": "last_week"},
        "format": "csv",
        "cron": "0 6 * * *",
        "timezone": "CET",
        "recipients": ["admin@example.com", "super@example.com"],
    }
    made = recorder.ask("create a schedule", "POST", path, body=good)
    other = recorder.ask("create another", "POST", path, body={**good, "type": "refunds", "format": "xlsx"})
    for name, body in (
        ("cron", {**good, "cron": "every day"}),
        ("period", {**good, "filters": {"period": "someday"}}),
        ("recipient", {**good, "recipients": ["staff@example.com"]}),
    ):
        recorder.ask(f"refused schedule: {name}", "POST", path, body=body)
    recorder.ask("pause it", "PATCH", f"{path}/{other['id']}", body={"isActive": False})
    recorder.clock.move_to(recorder.clock.now + timedelta(days=1))
    recorder.task("run_schedules")
    for job in recorder.send("GET", EXPORT, query={"status": "queued"}).json()["data"]:
        recorder.run_task("run_export", job["jobId"])
    recorder.task("run_schedules")
    recorder.task("send_schedule_mails")
    recorder.mails("mails of the schedule")
    recorder.ask("read the schedule", "GET", f"{path}/{made['id']}")
    recorder.ask("list schedules", "GET", path)
    recorder.ask("delete the other", "DELETE", f"{path}/{other['id']}")
    recorder.ask("list the schedules left", "GET", path)
