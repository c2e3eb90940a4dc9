"""`make demo` refuses a port it cannot have with one line, before anything is installed or started."""

import socket
import subprocess
import sys

import pytest

from dealport.servers.use import BOOTSTRAP
from dealport.targets import port


def test_a_free_port_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PORT", str(probe.getsockname()[1]))

    port.refuse_taken_port()


def test_a_taken_port_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(number))

        with pytest.raises(SystemExit) as refusal:
            port.refuse_taken_port()

    assert refusal.value.code == f"Port {number} on 127.0.0.1 is taken. Choose another one: make demo PORT=8001"


@pytest.mark.parametrize("value", ["0", "65536", "http", "-1", "80 00", "８０００"])
def test_what_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)

    with pytest.raises(SystemExit) as refusal:
        port.port()

    assert refusal.value.code == f"PORT={value}: expected a number from 1 to 65535"


def test_the_demo_listens_on_this_machine_alone_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOST", raising=False)
    assert port.host() == "127.0.0.1"

    monkeypatch.setenv("HOST", "0.0.0.0")
    assert port.host() == "0.0.0.0"


def test_an_unknown_target_is_answered_with_the_known_ones() -> None:
    done = subprocess.run([sys.executable, "-I", str(BOOTSTRAP), "fly"], capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (1, "")
    targets = "demo|servers|lock|audit|test|lint|bench|fuzz|compare|load|chaos|screenshots|messages"
    assert done.stderr == f"usage: bootstrap.py {targets} [arguments]\n"
