"""What every place for export files does, be it a folder or a bucket."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dealport.kit.storage import FileStore, MissingFile
from dealport.kit.storage.contract import KEY_LENGTH
from tests.dealport.storage.places import CSV, EVER, MEBIBYTE, NEVER, Stop, a_file, content, keys, nothing, put
from tests.s3_server import PAGE

SIZES = [0, 1, 1000, 8 * MEBIBYTE, 8 * MEBIBYTE + 1, 40_000_000]
STRANGE_KEYS = [
    "",
    "/etc/passwd",
    "../a",
    "a/../b",
    "a/..",
    "./a",
    "a//b",
    "a/",
    ".part",
    "a/.b.part",
    "a\\..\\b",
    "a\0b",
    "a\nb",
    "a\n",
    "a b",
    "é",
    "a?b",
    "a%2e%2e",
    "a" * (KEY_LENGTH + 1),
]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back_byte_for_byte(store: FileStore, size: int, tmp_path: Path) -> None:
    path = a_file(tmp_path, size)
    arrived: list[int] = []

    put(store, "exports/a/orders.csv", path, alive=arrived.append)

    assert content(store, "exports/a/orders.csv") == path.read_bytes()
    assert arrived == sorted(arrived)
    assert arrived[-1] == size
    assert keys(store) == ["exports/a/orders.csv"]
    assert store.abort_uploads(before=EVER) == 0


def test_a_stream_can_be_read_bit_by_bit(store: FileStore, tmp_path: Path) -> None:
    path = a_file(tmp_path, 300_000)
    put(store, "a", path)

    with store.open("a") as stream:
        pieces = iter(lambda: stream.read(70_001), b"")
        assert b"".join(pieces) == path.read_bytes()


def test_a_file_that_is_not_there_is_missing(store: FileStore, tmp_path: Path) -> None:
    put(store, "exports/a", a_file(tmp_path, 5))

    for key in ("exports/b", "exports", "exports/a/b"):
        with pytest.raises(MissingFile):
            store.open(key)


def test_deleting_removes_one_file_and_may_be_repeated(store: FileStore, tmp_path: Path) -> None:
    for key in ("exports/a", "exports/ab", "exports/b/a"):
        put(store, key, a_file(tmp_path, 5))

    store.delete("exports/a")
    store.delete("exports/a")
    store.delete("exports/never")
    store.delete("exports/ab/never")

    assert keys(store) == ["exports/ab", "exports/b/a"]


def test_files_of_a_prefix_are_found_by_age_over_several_pages(store: FileStore, tmp_path: Path) -> None:
    path = a_file(tmp_path, 5)
    old = [f"exports/old/{number:02}" for number in range(2 * PAGE + 1)]
    for key in (*old, "other/old"):
        put(store, key, path)
    pause = 0.1 if store.link("a", **CSV, seconds=1) is None else 1.1  # S3 tells whole seconds
    time.sleep(pause)
    moment = datetime.now(UTC)
    time.sleep(pause)
    put(store, "exports/new", path)

    assert list(store.files("exports/", before=moment)) == old
    assert list(store.files("exports/", before=EVER)) == ["exports/new", *old]
    assert list(store.files("exports/old/1", before=moment)) == ["exports/old/10"]
    assert list(store.files("", before=NEVER)) == []


@pytest.mark.parametrize("size", [3 * MEBIBYTE, 20 * MEBIBYTE])
def test_who_stops_an_upload_gets_his_own_error_and_nothing_remains(
    store: FileStore, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dealport.kit.storage.contract.PULSE_SECONDS", 0.0)
    put(store, "exports/before", a_file(tmp_path, 5))
    for stop_at in (0, size // 2, size):
        reason = Stop()

        def stop(done: int, stop_at: int = stop_at, reason: Stop = reason) -> None:
            if done >= stop_at:
                raise reason

        with pytest.raises(Stop) as raised:
            put(store, "exports/stopped/a", a_file(tmp_path, size), alive=stop)

        assert raised.value is reason
        assert keys(store) == ["exports/before"]
        assert store.abort_uploads(before=EVER) == 0


def test_an_upload_that_stops_early_leaves_the_older_file_of_the_key(store: FileStore, tmp_path: Path) -> None:
    put(store, "exports/a", a_file(tmp_path, 5))

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    before = content(store, "exports/a")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("dealport.kit.storage.contract.PULSE_SECONDS", 0.0)
        put(store, "exports/a", a_file(tmp_path, 20 * MEBIBYTE), alive=stop)

    assert content(store, "exports/a") == before
    assert store.abort_uploads(before=EVER) == 0


def test_a_key_that_could_lead_elsewhere_is_refused_by_everything(store: FileStore, tmp_path: Path) -> None:
    path = a_file(tmp_path, 5)
    for key in STRANGE_KEYS:
        calls: list[Callable[[], object]] = [
            lambda key=key: put(store, key, path),
            lambda key=key: store.open(key),
            lambda key=key: store.delete(key),
        ]
        if store.link("a", **CSV, seconds=60):  # a folder has no links at all
            calls.append(lambda key=key: store.link(key, **CSV, seconds=60))
        for call in calls:
            with pytest.raises(ValueError, match="not a key of a file"):
                call()
    assert keys(store) == []
    assert {found.name for found in tmp_path.iterdir()} <= {path.name, "exports"}


def test_a_key_as_long_as_allowed_is_kept(store: FileStore, tmp_path: Path) -> None:
    key = "/".join(["k" * 99] * 3)
    assert len(key) <= KEY_LENGTH

    put(store, key, a_file(tmp_path, 5), alive=nothing)

    assert keys(store) == [key]


def test_a_place_that_works_passes_its_check_and_stays_empty(store: FileStore) -> None:
    assert store.check() == ""
    assert keys(store) == []
    assert store.abort_uploads(before=EVER) == 0
