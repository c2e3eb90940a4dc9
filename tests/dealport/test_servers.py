"""The embedded servers survive every kind of rough treatment and leave nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from dealport.servers import places, processes, use
from dealport.servers.home import Home
from dealport.servers.use import BOOTSTRAP

pytestmark = pytest.mark.servers

USER = """
import sys
sys.path.insert(0, {root!r})
from dealport.servers import use
servers = use._obtain(__import__("pathlib").Path({folder!r}), "throwaway-durable")
print(__import__("json").dumps(servers.urls), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder for servers of this test alone and make sure that nothing of it survives."""
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    folder = places.throwaway_folder()
    (folder / "kept").touch()  # so that the last keeper does not remove the folder while the test looks at it
    yield folder
    for process in running(folder):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    (folder / "kept").unlink()
    processes.wait_until(lambda: not running(folder), seconds=10)
    # a keeper that ends may still remove files of the same folder
    assert processes.wait_until(lambda: subprocess.run(["rm", "-rf", str(folder)]).returncode == 0, seconds=10)


@contextmanager
def user_of(folder: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Start a process that uses the servers in `folder`; yield it with the addresses it got."""
    code = USER.format(root=str(use.ROOT), folder=str(folder))
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def running(folder: Path) -> list[psutil.Process]:
    """Return keepers and servers that live in `folder`."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(folder) in word for word in process.info["cmdline"] or ()) and process.pid != os.getpid():
            found.append(process)
    return found


def state(folder: Path, kind: str) -> dict[str, int]:
    content = Home(folder / kind).state()
    assert content is not None
    return content


def eventually(condition: Callable[[], bool], *, seconds: float = 10) -> bool:
    return processes.wait_until(condition, seconds=seconds)


def works(urls: dict[str, str]) -> bool:
    try:
        with psycopg.connect(urls["DATABASE_URL"], connect_timeout=2) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
        with redis.Redis.from_url(urls["REDIS_URL"]) as client:
            return bool(client.ping())
    except (psycopg.OperationalError, redis.ConnectionError):
        return False


def rows(urls: dict[str, str]) -> int:
    with psycopg.connect(urls["DATABASE_URL"]) as connection:
        answer = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert answer is not None
    return int(answer[0])


def test_two_users_share_the_servers_and_the_last_one_takes_them_along(folder: Path) -> None:
    with user_of(folder) as (first, urls):
        with user_of(folder) as (_, same):
            assert same == urls
            first.kill()
            first.wait()
            time.sleep(0.5)
            assert works(urls)
        assert eventually(lambda: running(folder) == [])


def test_starters_at_the_same_moment_get_one_server(folder: Path) -> None:
    code = USER.format(root=str(use.ROOT), folder=str(folder))
    starters = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(4)
    ]
    try:
        answers = {starter.stdout.readline() for starter in starters if starter.stdout}

        assert len(answers) == 1
        assert len([p for p in running(folder) if "keeper" in p.cmdline()]) == 2
    finally:
        for starter in starters:
            starter.communicate(b"")


def test_killing_the_user_leaves_nothing_running_and_the_data_in_order(folder: Path) -> None:
    with user_of(folder) as (process, urls):
        assert works(urls)
        process.send_signal(signal.SIGKILL)
        process.wait()

        assert eventually(lambda: running(folder) == [])


def test_the_servers_need_a_password(folder: Path) -> None:
    with user_of(folder) as (_, urls):
        for url in (urls["DATABASE_URL"].replace("dealport:", "dealport:x"), urls["DATABASE_URL"] + "?password="):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(url)
        port = urls["REDIS_URL"].rpartition(":")[2]
        with redis.Redis.from_url(f"redis://127.0.0.1:{port}") as client, pytest.raises(redis.AuthenticationError):
            client.ping()
        for file in ("postgres/password", "postgres/state.json", "valkey/state.json", "valkey/valkey.conf"):
            assert (folder / file).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", ["postgres", "valkey"])
def test_a_killed_server_is_started_again_at_the_same_address(folder: Path, kind: str) -> None:
    with user_of(folder) as (_, urls):
        assert works(urls)
        before = state(folder, kind)["server"]
        os.kill(before, signal.SIGKILL)

        assert eventually(lambda: state(folder, kind)["server"] != before)
        assert eventually(lambda: works(urls))
        assert rows(urls) == 2


def test_a_killed_keeper_takes_its_server_along_and_the_next_start_works(folder: Path) -> None:
    with user_of(folder) as (_, urls):
        assert works(urls)
        os.kill(state(folder, "postgres")["keeper"], signal.SIGKILL)
        with user_of(folder) as (_, fresh):
            assert works(fresh)
            assert rows(fresh) == 2
            assert len([p for p in running(folder) if "-D" in p.cmdline()]) == 1


def test_everything_killed_at_once_starts_again_with_its_data(folder: Path) -> None:
    with user_of(folder) as (_, urls):
        assert works(urls)
        for process in running(folder):
            process.kill()
        with user_of(folder) as (_, fresh):
            assert works(fresh)
            assert rows(fresh) == 2


def test_a_stale_pid_file_that_names_a_stranger_neither_stops_us_nor_harms_him(folder: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        with user_of(folder) as (_, urls):
            assert works(urls)
            for process in running(folder):
                process.kill()
        pid_file = folder / "postgres" / "data" / "postmaster.pid"
        lines = pid_file.read_text().split("\n")
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))

        with user_of(folder) as (_, fresh):
            assert works(fresh)
            assert rows(fresh) == 2

        assert eventually(lambda: running(folder) == [])
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("content", ["", "-1\n"])
def test_a_damaged_pid_file_does_not_stop_the_start(folder: Path, content: str) -> None:
    with user_of(folder) as (_, urls):
        assert works(urls)
        for process in running(folder):
            process.kill()
    (folder / "postgres" / "data" / "postmaster.pid").write_text(content)

    with user_of(folder) as (_, fresh):
        assert works(fresh)


def test_an_interrupted_creation_of_the_cluster_is_repeated(folder: Path) -> None:
    half = folder / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with user_of(folder) as (_, urls):
        assert works(urls)


def test_a_throwaway_server_removes_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    servers = use.throwaway()
    folder = servers.homes[0].folder.parent
    assert works(servers.urls)

    for lease in servers.leases:
        os.close(lease)

    assert eventually(lambda: not folder.exists())


def test_named_servers_are_used_instead_of_embedded_ones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://mine")
    monkeypatch.setenv("REDIS_URL", "redis://mine")

    servers = use.throwaway()

    assert servers.urls == {"DATABASE_URL": "postgresql://mine", "REDIS_URL": "redis://mine"}
    assert (servers.homes, servers.leases) == ([], [])


def test_a_server_that_cannot_start_says_so_in_one_line(folder: Path) -> None:
    broken = folder / "postgres" / "data"
    broken.mkdir(parents=True)
    (broken / "PG_VERSION").write_text("12\n")
    command = [sys.executable, "-I", str(BOOTSTRAP), "keeper", "postgres", str(folder / "postgres"), "throwaway"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert json.loads(done.stdout) == {"error": f"{broken} is of PostgreSQL 12, not 18: move it away"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to hand PostgreSQL to another user")
def test_root_leaves_closed_folders_closed(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)

    place = places.data_folder(closed / "home")

    assert closed.stat().st_mode & 0o777 == 0o700
    assert place.is_relative_to("/var/lib/dealport")
    assert places.passable(place)
    place.rmdir()
