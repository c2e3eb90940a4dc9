"""docs/faults.md: every fault that was found has tests, and they are there."""

from __future__ import annotations

import ast
import re

from dealport.servers.use import ROOT
from tests.chaos import faults as chaos

FAULTS = [
    *(f"F{number}" for number in range(1, 11)),
    *(f"S{number}" for number in range(1, 12)),
    *(f"O{number}" for number in range(1, 17)),
]
ROW = re.compile(r"^\| ([FSO]\d+) \| [^|]+ \| ([^|]+) \| [^|]*\|$", re.M)


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_fault_has_tests_that_are_there() -> None:
    rows = ROW.findall((ROOT / "docs/faults.md").read_text())
    assert [fault for fault, _ in rows] == FAULTS
    missing = []
    for fault, cell in rows:
        files = re.findall(r"`((?!tests/)[a-z_0-9/]+\.py)`: ((?:`test_\w+`(?:, )?)+)", cell)
        assert files, fault
        for path, names in files:
            missing += [f"{fault}: {name}" for name in set(re.findall(r"test_\w+", names)) - functions(path)]
    assert missing == []


def test_every_test_and_file_that_the_document_names_is_there() -> None:
    text = (ROOT / "docs/faults.md").read_text()
    named = re.findall(r"`((?!tests/)[a-z_0-9/]+/\w+\.py)`(?:: ((?:`test_\w+`(?:, )?)+))?", text)
    missing = [path for path, _ in named if not (ROOT / "tests" / path).is_file()]
    missing += [
        f"{path}: {name}" for path, names in named for name in set(re.findall(r"test_\w+", names)) - functions(path)
    ]
    assert missing == []


def test_every_fault_of_make_chaos_has_a_short_form_in_make_test() -> None:
    texts = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    marked = {name for text in texts for name in re.findall(r'mark\.fault\("([a-z-]+)"\)', text)}
    assert marked == {fault.name for fault in chaos.FAULTS}
