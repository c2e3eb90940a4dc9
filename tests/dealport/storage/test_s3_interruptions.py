"""Uploads to a bucket over a line that is slow, is cut or says nothing, or by a process that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from dealport.kit.storage import StorageAway
from dealport.kit.storage.s3 import PART_BYTES
from dealport.servers import processes, use
from tests.dealport.storage.conftest import OpenBucket
from tests.dealport.storage.places import EVER, MEBIBYTE, NEVER, Stop, a_file, content, keys, put
from tests.s3_server import ACCESS_KEY, PAGE, REGION, Line, S3Server

LARGE = 40_000_000
# A process of its own: puts a file, tells how much memory that took.
PROGRAM = """
import os, resource, sys
from pathlib import Path
from django.conf import settings
settings.configure()
from dealport.kit.storage.s3 import S3Store
endpoint, region, key_id, bucket, warm_up, path = sys.argv[1:]
secret = os.environ["SECRET"]
store = S3Store(bucket, endpoint_url=endpoint, region=region, key_id=key_id, secret=secret)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
store.put("warm-up", Path(warm_up), file_name="a", content_type="text/csv", alive=lambda done: None)
before = peak()
print("ready", flush=True)
store.put("large", Path(path), file_name="a", content_type="text/csv", alive=lambda done: print(done, flush=True))
print("grown", peak() - before, flush=True)
"""


def a_process(s3: S3Server, bucket: str, warm_up: Path, path: Path) -> subprocess.Popen[str]:
    arguments = [s3.endpoint, REGION, ACCESS_KEY, bucket, str(warm_up), str(path)]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={**os.environ, "SECRET": s3.secret, "PYTHONPATH": str(use.ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=processes.die_with_parent(signal.SIGKILL),
    )


def uploads(s3: S3Server, bucket: str) -> list[str]:
    """Return the keys of unfinished uploads, as the server tells them."""
    return [found["Key"] for found in s3.client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]


def test_an_upload_cut_in_the_middle_leaves_no_file_and_is_cleaned_up_later(
    s3: S3Server, open_bucket: OpenBucket, tmp_path: Path
) -> None:
    name = s3.a_bucket()
    store = open_bucket(bucket=name)
    stored = s3.stored_bytes()
    with Line(s3.port, cut_after=LARGE // 2) as line:
        cut = open_bucket(bucket=name, endpoint_url=line.endpoint)
        started = time.monotonic()
        with pytest.raises(StorageAway, match=r"The storage cannot be reached: .*the connection.*\."):
            put(cut, "exports/a", a_file(tmp_path, LARGE))
        assert time.monotonic() - started < 15
        assert line.sent >= LARGE // 2
        assert line.connections > 2, "tried again"

    assert keys(store) == []
    assert uploads(s3, name) == ["exports/a"]
    assert s3.stored_bytes() == stored + 2 * PART_BYTES, "the first parts arrived"
    assert store.abort_uploads(before=NEVER) == 0
    assert uploads(s3, name) == ["exports/a"]

    assert store.abort_uploads(before=EVER) == 1

    assert (uploads(s3, name), s3.stored_bytes()) == ([], stored)
    put(store, "exports/a", a_file(tmp_path, LARGE))
    assert content(store, "exports/a") == a_file(tmp_path, LARGE).read_bytes()


def test_an_upload_goes_on_over_a_line_that_broke_for_a_moment(
    s3: S3Server, open_bucket: OpenBucket, tmp_path: Path
) -> None:
    path = a_file(tmp_path, LARGE)
    with Line(s3.port, cut_after=LARGE // 2, heals=True) as line:
        store = open_bucket(endpoint_url=line.endpoint)

        put(store, "exports/a", path)

        assert LARGE < line.sent < LARGE + 2 * PART_BYTES, "one part was sent twice"
        assert content(store, "exports/a") == path.read_bytes()


def test_a_server_that_goes_away_and_comes_back_holds_all_or_nothing(
    s3: S3Server, open_bucket: OpenBucket, tmp_path: Path
) -> None:
    name = s3.a_bucket()
    store = open_bucket(bucket=name)
    stored = s3.stored_bytes()

    def pull_the_plug(done: int) -> None:
        if done >= 2 * PART_BYTES:
            s3.stop()

    try:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(StorageAway):
            patch.setattr("dealport.kit.storage.contract.PULSE_SECONDS", 0.0)
            put(store, "exports/a", a_file(tmp_path, LARGE), alive=pull_the_plug)
    finally:
        s3.start()

    assert keys(store) == []
    assert store.abort_uploads(before=EVER) == 1
    assert (uploads(s3, name), s3.stored_bytes()) == ([], stored)


def test_a_slow_line_is_waited_for_and_the_waiting_is_told(
    s3: S3Server, open_bucket: OpenBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dealport.kit.storage.contract.PULSE_SECONDS", 0.2)
    path = a_file(tmp_path, 10 * MEBIBYTE)
    with Line(s3.port, bytes_per_second=6 * MEBIBYTE) as line:
        store = open_bucket(endpoint_url=line.endpoint)
        arrived = [(time.monotonic(), 0)]

        put(store, "exports/a", path, alive=lambda done: arrived.append((time.monotonic(), done)))

        assert arrived[-1][0] - arrived[0][0] > 1.5, "slow it was"
        assert len(arrived) >= 5, "also within the parts, which are two"
        assert [done for _, done in arrived] == sorted(done for _, done in arrived)
        assert {done for _, done in arrived} == {0, PART_BYTES, 10 * MEBIBYTE}
        assert content(store, "exports/a") == path.read_bytes()


def test_a_server_that_hangs_is_given_up(s3: S3Server, open_bucket: OpenBucket, tmp_path: Path) -> None:
    name = s3.a_bucket()
    store = open_bucket(bucket=name, patience=(1.0, 2.0))
    with ExitStack() as stack:

        def freeze(done: int) -> None:
            if done >= 2 * PART_BYTES and not s3.is_frozen:
                stack.enter_context(s3.frozen())

        with pytest.MonkeyPatch.context() as patch, pytest.raises(StorageAway) as raised:
            patch.setattr("dealport.kit.storage.contract.PULSE_SECONDS", 0.0)
            patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
            started = time.monotonic()
            put(store, "exports/a", a_file(tmp_path, LARGE), alive=freeze)
        assert time.monotonic() - started < 25
        assert s3.is_frozen
        assert store.check() == "The storage did not answer in time."

    assert str(raised.value) in (
        "The storage did not answer in time.",
        "The storage cannot be reached: it closed the connection.",  # it took no more bytes
    )
    assert processes.wait_until(lambda: store.check() == "", seconds=10)
    store.abort_uploads(before=EVER)
    assert processes.wait_until(lambda: uploads(s3, name) == [], seconds=10)
    assert keys(store) == []


@pytest.mark.parametrize("size", [PART_BYTES, 2 * PART_BYTES])
def test_an_upload_can_be_stopped_while_bytes_flow(
    s3: S3Server, open_bucket: OpenBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("dealport.kit.storage.contract.PULSE_SECONDS", 0.0)
    store, stored = open_bucket(), s3.stored_bytes()
    calls: list[int] = []
    reason = Stop()

    def stop(done: int) -> None:
        calls.append(done)
        if len(calls) == 40:  # a part is read in 9 pieces to sign it, then in 65 to send it
            raise reason

    with pytest.raises(Stop) as raised:
        put(store, "exports/a", a_file(tmp_path, size), alive=stop)

    assert raised.value is reason
    assert calls == [0] * 40, "not tried again"
    assert (keys(store), store.abort_uploads(before=EVER)) == ([], 0)
    assert s3.stored_bytes() == stored


def test_an_upload_that_somebody_aborts_may_be_tried_again(
    s3: S3Server, open_bucket: OpenBucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dealport.kit.storage.contract.PULSE_SECONDS", 0.0)
    store = open_bucket()
    stored = s3.stored_bytes()

    def abort(done: int) -> None:
        if done == 2 * PART_BYTES:
            store.abort_uploads(before=EVER)

    with pytest.raises(StorageAway, match=r"The storage is busy or broken \(NoSuchUpload\)\."):
        put(store, "exports/a", a_file(tmp_path, LARGE), alive=abort)

    assert (keys(store), s3.stored_bytes()) == ([], stored)


def test_a_download_that_breaks_off_says_so_instead_of_ending(
    s3: S3Server, open_bucket: OpenBucket, tmp_path: Path
) -> None:
    with Line(s3.port) as line:
        store = open_bucket(endpoint_url=line.endpoint)
        put(store, "exports/a", a_file(tmp_path, LARGE))
        with pytest.raises(StorageAway), store.open("exports/a") as stream:
            stream.read(100)
            line.hang_up()
            stream.read()


def test_unfinished_uploads_are_found_over_several_pages_and_those_of_others_stay(
    s3: S3Server, open_bucket: OpenBucket
) -> None:
    name = s3.a_bucket()
    started = sorted([f"exports/{number:02}" for number in range(2 * PAGE + 1)] + ["exports/00"])
    for key in (*started, "not one of ours"):
        s3.client.create_multipart_upload(Bucket=name, Key=key)
    store = open_bucket(bucket=name)

    assert store.abort_uploads(before=NEVER) == 0
    assert store.abort_uploads(before=EVER) == len(started)

    assert uploads(s3, name) == ["not one of ours"]
    assert store.abort_uploads(before=EVER) == 0


def test_files_of_others_are_not_listed(s3: S3Server, open_bucket: OpenBucket, tmp_path: Path) -> None:
    name = s3.a_bucket()
    s3.client.put_object(Bucket=name, Key="exports/not one of ours", Body=b"")
    store = open_bucket(bucket=name)
    put(store, "exports/a", a_file(tmp_path, 5))

    assert keys(store) == ["exports/a"]


def test_memory_does_not_grow_with_the_file(s3: S3Server, tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(100 * MEBIBYTE)
    name = s3.a_bucket()

    with a_process(s3, name, a_file(tmp_path, 100_000), large) as process:
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    words = said.split()
    assert words[-3:-1] == [str(100 * MEBIBYTE), "grown"]
    assert int(words[-1]) < 8 * 1024, "kilobytes: less than one part"
    assert s3.client.head_object(Bucket=name, Key="large")["ContentLength"] == 100 * MEBIBYTE


def test_a_killed_process_leaves_no_half_a_file(s3: S3Server, open_bucket: OpenBucket, tmp_path: Path) -> None:
    name = s3.a_bucket()
    store = open_bucket(bucket=name)
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(400 * MEBIBYTE)
    with a_process(s3, name, a_file(tmp_path, 5), large) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        stored = s3.stored_bytes()
        assert processes.wait_until(lambda: s3.stored_bytes() >= stored + 2 * PART_BYTES, seconds=20)
        process.kill()

    assert keys(store) == ["warm-up"]
    assert uploads(s3, name) == ["large"]
    assert store.abort_uploads(before=EVER) == 1
    assert (uploads(s3, name), s3.stored_bytes()) == ([], stored)
