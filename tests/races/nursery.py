"""Child side of the races: one process loads Django, then forks as many members as a test asks for.

`python -m tests.races.nursery FUNCTION MEMBERS FOLDER ARGUMENTS` waits for a line on its standard input, lets every
member call FUNCTION (a name in tests.races.programs) at the same moment and ends when all have. Each member writes
what it returned to FOLDER. With `"killed_every": seconds` among the ARGUMENTS members are killed with SIGKILL at
random and replaced until standard input is closed; the number of the killed is written to FOLDER then.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

Member = Callable[[int], None]


def main(function: str, members: int, folder: Path, arguments: dict[str, Any]) -> None:
    """Fork the members, wait for the start, then for their ends (or kill them until told to stop)."""
    import django

    django.setup()
    from tests.races import programs

    killed_every = arguments.pop("killed_every", None)
    gate, opener = os.pipe()

    def member(index: int) -> None:
        if index < members:  # a later one is a replacement: the gate is open already
            os.close(opener)
        call(getattr(programs, function), gate, folder / f"{index}.json", index=index, **arguments)

    living = {fork(member, index) for index in range(members)}
    print("ready", flush=True)
    if not sys.stdin.readline():
        return
    os.close(opener)
    if killed_every is None:
        while living:
            living.discard(os.wait()[0])
    else:
        murder(living, member, killed_every, folder)


def fork(member: Member, index: int) -> int:
    """Return the id of a child that runs the member and ends; it dies with this process."""
    if pid := os.fork():
        return pid
    from dealport.servers import processes

    processes.follow_parent(signal.SIGKILL)
    member(index)
    os._exit(0)


def call(function: Callable[..., Any], gate: int, file: Path, **arguments: Any) -> None:
    """Connect, wait for the gate to open (its other end to be closed), call the function, keep what it returns."""
    from django.db import connection

    try:
        connection.ensure_connection()
        os.read(gate, 1)
        outcome = {"returned": function(**arguments)}
        connection.close()
    except BaseException:
        outcome = {"raised": traceback.format_exc()}
    fresh = file.with_suffix(".part")
    fresh.write_text(json.dumps(outcome, default=str))
    fresh.rename(file)


def murder(living: set[int], member: Member, killed_every: float, folder: Path) -> None:
    """Kill a random member after a random time of `killed_every` seconds on average and fork another in its place."""
    killed = 0
    while not select.select([sys.stdin], [], [], random.uniform(0, 2 * killed_every))[0]:
        victim = random.choice(sorted(living))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        living.remove(victim)
        killed += 1
        living.add(fork(member, len(living) + killed))
    for pid in living:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    (folder / "killed.json").write_text(json.dumps({"returned": killed}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), json.loads(sys.argv[4]))
