"""Parent side of the races: teams of real processes with connections of their own, started at one moment."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from dealport.servers import processes


class Team:
    """Processes that call one function of tests.races.programs, each with its index, once told to go."""

    def __init__(
        self, environment: dict[str, str], function: Callable[..., Any], members: int, arguments: dict[str, Any]
    ) -> None:
        self.name = function.__name__
        self.folder = Path(tempfile.mkdtemp(prefix="dealport-race-"))
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.races.nursery",
                self.name,
                str(members),
                str(self.folder),
                json.dumps(arguments),
            ],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(signal.SIGKILL),
        )

    def wait_until_ready(self) -> None:
        """Wait until every member has been forked."""
        assert self._pipe(self.process.stdout).readline() == b"ready\n", f"no member of {self.name} came up"

    def go(self) -> None:
        """Let all members begin."""
        pipe = self._pipe(self.process.stdin)
        pipe.write(b"go\n")
        pipe.flush()

    def results(self, seconds: float = 60) -> list[Any]:
        """Return what the members returned, in any order; fail with the traceback of one that raised."""
        self.process.wait(seconds)
        outcomes = [json.loads(file.read_text()) for file in self.folder.glob("*.json")]
        raised = [outcome["raised"] for outcome in outcomes if "raised" in outcome]
        assert not raised, f"{len(raised)} of {len(outcomes)} members failed, one with\n{raised[0]}"
        return [outcome["returned"] for outcome in outcomes]

    def stop(self) -> None:
        """Kill what still runs and remove what it wrote."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            self._pipe(pipe).close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def murdered(self) -> int:
        """End a team whose members are killed at random; return how many were."""
        self._pipe(self.process.stdin).close()
        (killed,) = self.results(10)
        return int(killed)

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None
        return pipe


class Crew:
    """All teams of one test."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.teams: list[Team] = []

    def team(self, function: Callable[..., Any], *, members: int, **arguments: Any) -> Team:
        """Start processes that will call `function(index=…, **arguments)`."""
        self.teams.append(Team(self.environment, function, members, arguments))
        return self.teams[-1]

    def go(self, *teams: Team) -> None:
        """Let teams begin together."""
        for team in teams:
            team.wait_until_ready()
        for team in teams:
            team.go()

    def stop(self) -> None:
        """End everything."""
        for team in self.teams:
            team.stop()
