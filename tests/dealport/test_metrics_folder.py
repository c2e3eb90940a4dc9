"""The folder of a web server's counters: a new one for each start, and none left of servers that have ended."""

import os
import subprocess
import sys
from pathlib import Path

from dealport.metrics_folder import make

ROOT = Path(__file__).resolve().parents[2]
ENDED = 2**22 + 1  # above the highest process id of Linux


def start(folder: Path) -> Path:
    """Run what the Procfile's line of the web server does before the server, and return the folder it exports."""
    (line,) = [line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web: export ")]
    export, _, _ = line.removeprefix("web: ").partition(";")
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    command = ["sh", "-c", f"{export}; echo $PROMETHEUS_MULTIPROC_DIR"]
    environment = {**os.environ, "TMPDIR": str(folder), "PATH": path}
    return Path(
        subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout[:-1]
    )


def test_each_start_of_the_web_server_deletes_the_folders_of_servers_that_have_ended(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert first.is_dir() and first.parent == tmp_path
    (first / "counter_7.db").touch()
    second = start(tmp_path)
    assert second != first
    assert list(tmp_path.iterdir()) == [second]


def test_folders_of_running_servers_and_of_others_stay(tmp_path: Path) -> None:
    running = make(os.getppid(), tmp_path)
    others = [tmp_path / name for name in ("dealport-metrics-x-1", "dealport-race-1", f"my-dealport-metrics-{ENDED}-a")]
    for folder in (*others, ended := tmp_path / f"dealport-metrics-{ENDED}-a_b"):
        folder.mkdir()
    mine = make(ENDED - 1, tmp_path)
    assert not ended.exists()
    assert set(tmp_path.iterdir()) == {mine, running, *others}


def test_a_restarted_container_whose_server_has_the_same_id_again_begins_anew(tmp_path: Path) -> None:
    before = make(os.getpid(), tmp_path)
    (before / "histogram_1.db").touch()
    after = make(os.getpid(), tmp_path)
    assert list(tmp_path.iterdir()) == [after]
    assert list(after.iterdir()) == []
