"""`make bench` in its short form: every measurement runs, after the others as well, and its results are written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as command
from benchmarks import report
from dealport.servers.use import ROOT


@pytest.mark.django_db(transaction=True)
def test_all_measurements_run_one_after_the_other_and_write_their_results(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "benchmarks.md"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--short", "--write", str(file), *command.NAMES, *command.ON_REQUEST],
        cwd=ROOT,
        env=process_environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    document = file.read_text(encoding="utf-8")
    names = (*command.NAMES, *command.ON_REQUEST)
    assert re.findall(r"^## (\w+)$", document, re.M) == list(names)
    for number, (name, section) in enumerate(zip(names, document.split("\n## ")[1:], strict=True), 1):
        assert f"\n== {number}/{len(names)} {name}\n" in section
        assert re.search(r"^load before the start: [\d. ]+", section, re.M)
        assert re.search(r"^\S.*  [\d.,]+(  +[≥≤<] [\d.,]+  +(yes|no))?$", section, re.M)
        assert re.search(rf"^{name} took \d+ s\.$", section, re.M)


def test_a_run_renews_its_own_sections_and_keeps_the_others() -> None:
    names = ("folding", "exports", "dashboard")
    first = report.document("", {"folding": "old\n", "dashboard": "kept\n"}, names)
    second = report.document(first, {"folding": "new\n", "exports": "added\n"}, names)
    assert second == report.document("", {"folding": "new\n", "exports": "added\n", "dashboard": "kept\n"}, names)


@pytest.mark.parametrize(
    ("value", "limit", "verdict"),
    [
        (0.85, "≥ 0.85", "yes"),
        (0.8451, "≥ 0.85", "yes"),
        (0.84, "≥ 0.85", "no"),
        (1.1, "≤ 1.10", "yes"),
        (1.11, "≤ 1.10", "no"),
        (7.99, "< 8", "yes"),
        (8.0, "< 8", "no"),
        (29_999.0, "≥ 30,000", "no"),
        (30_000.0, "≥ 30,000", "yes"),
        (0.1, "", ""),
    ],
)
def test_a_result_is_compared_with_its_limit_as_it_is_shown(value: float, limit: str, verdict: str) -> None:
    assert report.Result("folding", "a ratio", value, limit).verdict == verdict


@pytest.mark.django_db
def test_a_measurement_that_fails_is_named_and_the_next_one_still_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[int] = []

    def fail() -> None:
        raise RuntimeError("no such table")

    monkeypatch.setitem(sys.modules, "benchmarks.broken", SimpleNamespace(main=fail, SHORT={}))  # type: ignore[arg-type]
    sound = SimpleNamespace(main=lambda: ran.append(sound.SIZE), SIZE=1_000, SHORT={"SIZE": 1})
    monkeypatch.setitem(sys.modules, "benchmarks.sound", sound)  # type: ignore[arg-type]
    sections, failed = command.run(["broken", "sound"], is_short=True)
    assert failed == ["broken"]
    assert list(sections) == ["sound"]
    assert ran == [1]
    assert "RuntimeError: no such table" in capsys.readouterr().err
