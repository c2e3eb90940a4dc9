"""The progress of an import on stderr."""

import io
from pathlib import Path

import pytest

from orders.importing import progress
from orders.importing.progress import Progress
from orders.importing.records import RecordReader
from tests.orders.importing_files import order, write


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(path: Path, out: io.StringIO) -> str:
    """Read a file to its end with the progress told after every record."""
    bar = Progress(out)
    with RecordReader(path) as reader:
        for _ in reader:
            bar.update(reader)
    bar.close()
    return out.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "export.csv", *[order(f"#{number}") for number in range(300)])


def test_a_terminal_gets_a_bar_that_fills_and_is_wiped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "TERMINAL_SECONDS", 0.0)
    frames = shown(path, Terminal()).split("\r")[1:]
    assert len(frames) == 302
    assert frames[-2] == "[" + "#" * 30 + "] 100%  line 301"
    assert frames[-1] == "\x1b[K"


def test_elsewhere_it_is_plain_lines_now_and_then(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(path, io.StringIO()) == ""
    monkeypatch.setattr(progress, "PLAIN_SECONDS", 0.0)
    lines = shown(path, io.StringIO()).splitlines()
    assert lines[-1] == "100% read, line 301"
    assert len(lines) == 301
