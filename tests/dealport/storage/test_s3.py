"""A bucket of a server that checks signatures: links, rights and what an error may tell."""

from __future__ import annotations

import http.server
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest

from dealport.kit.storage import MissingFile, StorageAway, StorageRefused
from dealport.kit.storage.s3 import S3Store
from tests.dealport.storage.conftest import OpenBucket
from tests.dealport.storage.places import CSV, EVER, MEBIBYTE, a_file, content, put
from tests.s3_server import ACCESS_KEY, S3Server

UNKNOWN_KEY = "The storage does not know the access key"
MAY_NOT = "The storage refused access: the access key may not do this in the bucket"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def get(url: str) -> tuple[int, bytes]:
    """Ask as a browser without any rights of its own would."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def a_link(store: S3Store, key: str = "exports/a.csv", *, seconds: int = 60) -> str:
    link = store.link(key, **CSV, seconds=seconds)
    assert link is not None
    return link


@pytest.mark.parametrize(
    ("file_name", "disposition"),
    [
        ("orders.csv", 'attachment; filename="orders.csv"'),
        ('a "b" \\ c.csv', 'attachment; filename="a \\"b\\" \\\\ c.csv"'),
        ("Aufträge 日本.csv", "attachment; filename*=utf-8''Auftr%C3%A4ge%20%E6%97%A5%E6%9C%AC.csv"),
        ("a\r\nSet-Cookie: b.csv", "attachment; filename*=utf-8''a%0D%0ASet-Cookie%3A%20b.csv"),
    ],
)
def test_whoever_has_the_link_downloads_the_file_under_its_name(
    bucket: S3Store, tmp_path: Path, file_name: str, disposition: str
) -> None:
    path = a_file(tmp_path, 100_000)
    put(bucket, "exports/a.xlsx", path, file_name=file_name, content_type=XLSX)
    link = bucket.link("exports/a.xlsx", file_name=file_name, content_type=XLSX, seconds=60)
    assert link is not None

    with urllib.request.urlopen(link, timeout=10) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Disposition"] == disposition
        assert answer.headers["Content-Type"] == XLSX
        assert answer.read() == path.read_bytes()


def test_the_object_itself_knows_its_name_and_type(s3: S3Server, open_bucket: OpenBucket, tmp_path: Path) -> None:
    name = s3.a_bucket()
    store = open_bucket(bucket=name)
    for key, size in (("small", 5), ("large", 9 * MEBIBYTE)):
        put(store, key, a_file(tmp_path, size))

        found = s3.client.head_object(Bucket=name, Key=key)

        assert found["ContentDisposition"] == 'attachment; filename="orders.csv"'
        assert (found["ContentType"], found["ContentLength"]) == ("text/csv", size)
    assert found["ETag"].strip('"').endswith("-2"), "uploaded in two parts"


def test_a_link_works_until_its_time_is_over(bucket: S3Store, tmp_path: Path) -> None:
    put(bucket, "exports/a.csv", a_file(tmp_path, 5))
    link = a_link(bucket, seconds=1)
    assert get(link)[0] == 200

    time.sleep(2.1)

    status, body = get(link)
    assert status == 403
    assert b"expired" in body
    assert get(link.replace("X-Amz-Expires=1&", "X-Amz-Expires=600&"))[0] == 403


def test_a_link_that_was_changed_anywhere_is_refused(bucket: S3Store, tmp_path: Path) -> None:
    path = a_file(tmp_path, 5)
    for key in ("exports/a.csv", "exports/b.csv"):
        put(bucket, key, path)
    link = a_link(bucket)
    assert get(link)[0] == 200
    last = link[-1]
    changed = {
        "another signature": link[:-1] + ("0" if last != "0" else "1"),
        "another file": link.replace("a.csv?", "b.csv?"),
        "another name": link.replace("orders.csv", "virus.exe"),
        "another type": link.replace("text%2Fcsv", "text%2Fhtml"),
        "another key": link.replace(quote(ACCESS_KEY, safe=""), quote("dp:s4", safe="")),
        "more time": link.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        "no name": link.replace("response-content-disposition=", "x="),
    }
    for what, address in changed.items():
        assert address != link, what
        assert get(address)[0] == 403, what


def test_nothing_is_given_without_a_signature_or_with_one_of_another_secret(
    s3: S3Server, open_bucket: OpenBucket, tmp_path: Path
) -> None:
    name = s3.a_bucket()
    put(open_bucket(bucket=name), "exports/a.csv", a_file(tmp_path, 5))

    status, body = get(f"{s3.endpoint}/{name}/exports/a.csv")
    assert 400 <= status < 500
    assert a_file(tmp_path, 5).read_bytes() not in body
    status, body = get(f"{s3.endpoint}/{name}/")
    assert 400 <= status < 500
    assert b"a.csv" not in body
    assert get(a_link(open_bucket(bucket=name, secret="guessed")))[0] == 403


def refusals(store: S3Store, path: Path) -> set[str]:
    """Return what every method says when it is refused."""
    said = {store.check()}
    for call in (
        lambda: put(store, "small", path),
        lambda: put(store, "large", a_file(path.parent, 9 * MEBIBYTE)),
        lambda: store.open("a"),
        lambda: store.delete("a"),
        lambda: list(store.files("", before=EVER)),
        lambda: store.abort_uploads(before=EVER),
    ):
        with pytest.raises(StorageRefused) as refused:
            call()
        said.add(str(refused.value))
        assert refused.value.__suppress_context__, "no traceback with addresses and ids in the log"
    return said


def test_a_wrong_secret_is_refused_without_being_told(s3: S3Server, open_bucket: OpenBucket, tmp_path: Path) -> None:
    store = open_bucket(secret="wr0ng-secret")

    said = refusals(store, a_file(tmp_path, 5))

    assert said == {
        "The storage refused access: the secret does not belong to the access key (SignatureDoesNotMatch).",
    }


def test_an_unknown_key_is_refused(open_bucket: OpenBucket, tmp_path: Path) -> None:
    said = refusals(open_bucket(key_id="dp:nobody"), a_file(tmp_path, 5))

    # Swift does not tell the two apart
    assert said == {"The storage refused access: the secret does not belong to the access key (SignatureDoesNotMatch)."}
    assert "nobody" not in "".join(said)


def test_a_bucket_that_does_not_exist_is_refused(open_bucket: OpenBucket, tmp_path: Path) -> None:
    assert refusals(open_bucket(bucket="no-such-bucket"), a_file(tmp_path, 5)) == {"The bucket does not exist."}


@pytest.mark.parametrize("changed", [{"bucket": "Not A Bucket"}, {"endpoint_url": "http://"}])
def test_a_configuration_that_cannot_be_is_refused(open_bucket: OpenBucket, changed: dict[str, str]) -> None:
    with pytest.raises(StorageRefused, match="The storage"):
        open_bucket(**changed).delete("a")


def test_a_server_that_is_away_is_said_so_within_seconds(s3: S3Server, open_bucket: OpenBucket, tmp_path: Path) -> None:
    name = s3.a_bucket()
    store = open_bucket(bucket=name)
    path = a_file(tmp_path, 9 * MEBIBYTE)
    put(store, "before", path)
    started = time.monotonic()
    s3.stop()
    try:
        with pytest.raises(StorageAway, match=r"The storage cannot be reached: the connection was refused\."):
            put(store, "after", path)
        with pytest.raises(StorageAway):
            store.open("before")
        assert store.check() == "The storage cannot be reached: the connection was refused."
        assert a_link(store, "before").startswith(s3.endpoint), "links need no server"
        assert time.monotonic() - started < 15
    finally:
        s3.start()

    assert store.check() == ""
    assert list(store.files("", before=EVER)) == ["before"]
    assert content(store, "before") == path.read_bytes()


def test_a_file_that_somebody_replaced_meanwhile_is_not_ours(
    s3: S3Server, open_bucket: OpenBucket, tmp_path: Path
) -> None:
    name = s3.a_bucket()
    store = open_bucket(bucket=name)

    def replace(**answer: object) -> None:
        s3.client.put_object(Bucket=name, Key="exports/a", Body=b"another's")

    store._s3.meta.events.register("after-call.s3.PutObject", replace)

    with pytest.raises(StorageAway, match=r"The file did not arrive as it was sent\."):
        put(store, "exports/a", a_file(tmp_path, 9))

    assert content(store, "exports/a") == b"another's"


def test_a_file_that_arrived_damaged_is_removed(s3: S3Server, open_bucket: OpenBucket, tmp_path: Path) -> None:
    name = s3.a_bucket()
    store = open_bucket(bucket=name)

    def damage(**answer: object) -> None:
        metadata = s3.client.head_object(Bucket=name, Key="exports/a")["Metadata"]
        s3.client.put_object(Bucket=name, Key="exports/a", Body=b"half", Metadata=metadata)

    store._s3.meta.events.register("after-call.s3.PutObject", damage)

    with pytest.raises(StorageAway, match=r"The file did not arrive as it was sent\."):
        put(store, "exports/a", a_file(tmp_path, 9))

    assert list(store.files("", before=EVER)) == []


@pytest.mark.parametrize(
    ("bucket_name", "region", "start"),
    [
        ("my-exports", "us-east-1", "https://my-exports.s3.amazonaws.com/exports/a.csv?"),
        ("my-exports", "eu-central-1", "https://my-exports.s3.eu-central-1.amazonaws.com/exports/a.csv?"),
        ("my.exports", "eu-central-1", "https://s3.eu-central-1.amazonaws.com/my.exports/exports/a.csv?"),
    ],
)
def test_links_to_amazon_lead_to_the_region_of_the_bucket(
    open_bucket: OpenBucket, bucket_name: str, region: str, start: str
) -> None:
    store = open_bucket(bucket=bucket_name, region=region, endpoint_url="")

    assert a_link(store).startswith(start)
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in a_link(store)


def an_answer(code: str) -> str:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>m</Message></Error>"


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (200, "<html>It works", StorageAway, "The storage is busy or broken (500)."),
        (503, an_answer("SlowDown"), StorageAway, "The storage is busy or broken (SlowDown)."),
        (429, "", StorageAway, "The storage is busy or broken (429)."),
        (400, an_answer("RequestTimeout"), StorageAway, "The storage is busy or broken (RequestTimeout)."),
        (400, an_answer("<b>"), StorageRefused, "The storage refused the request (400)."),
        (403, an_answer("Expired Token: s3cr3t"), StorageRefused, "The storage refused access (403)."),
        (403, an_answer("InvalidAccessKeyId"), StorageRefused, f"{UNKNOWN_KEY} (InvalidAccessKeyId)."),
        (403, an_answer("AccessDenied"), StorageRefused, f"{MAY_NOT} (AccessDenied)."),
        (404, an_answer("NoSuchKey"), MissingFile, "exports/a.csv"),
    ],
)
def test_what_a_server_answers_decides_whether_to_try_again(
    open_bucket: OpenBucket,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: str,
    kind: type[Exception],
    reason: str,
) -> None:
    """By a server that is no S3, because a sound one is never busy."""

    class Website(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments: object) -> None:
            pass

    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Website) as website:
        threading.Thread(target=website.serve_forever, args=(0.01,), daemon=True).start()
        store = open_bucket(bucket="a-bucket", endpoint_url=f"http://127.0.0.1:{website.server_port}")
        with pytest.raises(kind) as raised:
            list(store.files("", before=EVER)) if status == 200 else store.open("exports/a.csv")
        website.shutdown()

    assert str(raised.value) == reason
