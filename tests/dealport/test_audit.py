"""`make audit`: an advisory is shown and fails it, and so does a package that nobody could be asked about."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path

import pytest

from dealport import bootstrap
from dealport.servers.use import ROOT
from dealport.targets import audit, lock

# In place of pip-audit: answers for the pins of the file it is given as the service's name says.
PROGRAM = """#!{python}
import json, re, sys
options = dict(zip(sys.argv[1:], sys.argv[2:]))
assert "--require-hashes" in sys.argv and "--disable-pip" in sys.argv and options["--format"] == "json"
file, service = options["--requirement"], options["--osv-url"]
if service == "away":
    sys.exit("ConnectionError: no route to host")
pins = re.findall(r"^([a-z0-9-]+)==(\\S+)", open(file).read(), re.M)
answers = [dict(name=name, version=version, vulns=[]) for name, version in pins]
if service == "advisory":
    for answer in answers:
        if answer["name"] == "django":
            answer["vulns"] = [dict(id="PYSEC-1", fix_versions=["9.9"], aliases=[])]
if service == "skips":
    answers = [dict(name=name, skip_reason="not on PyPI") if name == "celery" else answer
               for (name, _), answer in zip(pins, answers)]
if service == "forgets":
    answers = [answer for answer in answers if answer["name"] != "celery"]
json.dump(dict(dependencies=answers, fixes=[]), sys.stdout)
"""


@pytest.fixture(autouse=True)
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "pip-audit"
    path.write_text(PROGRAM.format(python=sys.executable))
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setattr(audit, "_program", lambda: path)


def ended(service: str) -> object:
    """Return what the audit ends with: a status or a text, which is status 1; None for 0."""
    try:
        audit.main(service)
    except SystemExit as end:
        return end.code
    return None


def test_no_advisory_is_said_after_every_file_was_looked_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("clean") is None
    lines = capsys.readouterr().out.splitlines()
    assert lines[:-1] == [f"Auditing {name}.txt ..." for name in lock.FILES]
    assert lines[-1] == "Every pinned package was looked up; no advisory is known."


def test_an_advisory_is_named_once_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert str(ended("advisory")).startswith("Advisories: 1. ")
    found = [line for line in capsys.readouterr().out.splitlines() if "PYSEC" in line]
    assert len(found) == 1
    assert re.fullmatch(r"django \S+: PYSEC-1, fixed in 9\.9", found[0])


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        ("away", "requirements-uv.txt: ConnectionError: no route to host"),
        ("skips", "not on PyPI"),
        ("forgets", "pip-audit left it out"),
    ],
)
def test_what_could_not_be_asked_about_is_an_audit_that_failed(
    service: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(service) == audit.NOT_AUDITED
    printed = capsys.readouterr().out
    assert f"NOT AUDITED: {service} could not be asked about all packages." in printed
    assert reason in printed
    assert "no advisory is known" not in printed


def test_every_file_of_requirements_is_locked_audited_and_pinned() -> None:
    assert sorted(path.stem for path in ROOT.glob("requirements*.txt")) == sorted(lock.FILES)
    assert sorted(path.stem for path in ROOT.glob("requirements*.in")) == sorted(lock.FILES)
    assert re.search(r"^pip-audit==\S+ \\$", audit.REQUIREMENTS.read_text(), re.M)
    assert {"lock", "audit"} <= set(bootstrap.TARGETS)
