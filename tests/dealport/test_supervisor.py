"""What the demo keeps running: a process that ends starts again, and nothing outlives the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dealport.servers import processes, use
from dealport.targets.supervisor import read_procfile

RUN = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from dealport.targets import supervisor
supervisor.ROOT = Path({folder!r})
supervisor.SETTLED_SECONDS, supervisor.STOP_SECONDS, supervisor.PAUSES = 0.3, 1.0, (0.0, 0.3, 60.0)
supervisor.main(*sys.argv[1:])
"""
LIVING = "echo $$ >> {name}; exec sleep 600"

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a way to run processes by name under a supervisor; all are gone at the end."""
    started: list[subprocess.Popen[str]] = []

    def run(**commands: str) -> subprocess.Popen[str]:
        (tmp_path / "Procfile").write_text("".join(f"{name}: {command}\n" for name, command in commands.items()))
        code = RUN.format(root=str(use.ROOT), folder=str(tmp_path))
        process = subprocess.Popen([sys.executable, "-c", code, *commands], stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield run
    for process in started:
        process.terminate()
        process.communicate(timeout=20)


def pids(file: Path, count: int) -> list[int]:
    """Return the process ids a service wrote, once there are `count` of them."""
    assert processes.wait_until(lambda: file.exists() and len(file.read_text().split()) >= count, seconds=10)
    return [int(pid) for pid in file.read_text().split()]


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.fault("web-killed")
@pytest.mark.fault("sources-killed")
def test_a_killed_process_starts_again_and_the_others_run_on(start: Start, tmp_path: Path) -> None:
    supervisor = start(web=LIVING.format(name="web"), worker=LIVING.format(name="worker"))
    (worker,) = pids(tmp_path / "worker", 1)
    (web,) = pids(tmp_path / "web", 1)
    os.kill(worker, signal.SIGKILL)

    _, successor = pids(tmp_path / "worker", 2)

    assert is_gone(worker)
    assert not is_gone(successor)
    assert (pids(tmp_path / "web", 1), is_gone(web), supervisor.poll()) == ([web], False, None)


def test_what_an_ended_process_leaves_behind_is_killed_before_the_next_starts(start: Start, tmp_path: Path) -> None:
    start(worker="sleep 600 & echo $! >> children; echo $$ >> worker; wait")
    (child,) = pids(tmp_path / "children", 1)
    os.kill(pids(tmp_path / "worker", 1)[0], signal.SIGKILL)

    pids(tmp_path / "worker", 2)

    assert processes.wait_until(lambda: is_gone(child), seconds=5)


def test_a_process_that_ends_again_and_again_is_started_less_and_less_often(start: Start, tmp_path: Path) -> None:
    supervisor = start(worker="echo $$ >> worker; test $(wc -l < worker) = 1 && exec sleep 600")
    (first,) = pids(tmp_path / "worker", 1)
    time.sleep(0.8)  # it has settled: now it may fail as often as it likes
    os.kill(first, signal.SIGKILL)
    time.sleep(2)

    assert len(pids(tmp_path / "worker", 1)) == 3, "at once, after 0.3 seconds, and not again for a minute"
    assert supervisor.poll() is None


def test_a_process_that_cannot_start_ends_them_all_with_its_words(start: Start, tmp_path: Path) -> None:
    supervisor = start(web="echo no SECRET_KEY; exit 3", worker=LIVING.format(name="worker"))

    text, _ = supervisor.communicate(timeout=20)

    assert supervisor.returncode == 1
    assert text.count("web      | no SECRET_KEY\n") == text.count("web      | ended with status 3\n") == 3
    assert all(is_gone(pid) for pid in pids(tmp_path / "worker", 1))


def test_who_does_not_obey_is_killed_with_all_it_started(start: Start, tmp_path: Path) -> None:
    supervisor = start(web="trap '' TERM; sleep 600 & echo $! >> child; echo $$ >> web; while :; do sleep 0.1; done")
    started = pids(tmp_path / "web", 1) + pids(tmp_path / "child", 1)
    began = time.monotonic()
    supervisor.terminate()

    text, _ = supervisor.communicate(timeout=20)

    assert supervisor.returncode == 0
    assert 1 <= time.monotonic() - began < 5
    assert "did not end within 1 s and is killed" in text
    assert processes.wait_until(lambda: all(map(is_gone, started)), seconds=5)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
def test_processes_end_with_a_supervisor_that_is_killed(start: Start, tmp_path: Path) -> None:
    supervisor = start(web=LIVING.format(name="web"))
    (web,) = pids(tmp_path / "web", 1)
    supervisor.kill()

    assert processes.wait_until(lambda: is_gone(web), seconds=5)


def test_every_worker_of_the_procfile_has_a_name_of_its_kind() -> None:
    commands = read_procfile((use.ROOT / "Procfile").read_text())

    assert commands.keys() == {"release", "web", "worker", "exports", "sources", "beat"}
    for name in ("worker", "exports", "sources"):
        assert f"--hostname {name}@%h" in commands[name]
