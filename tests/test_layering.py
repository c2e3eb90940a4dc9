"""The arrows between the houses: customers <- orders <- dashboard <- reports, and nobody imports dealport."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# From left to right: a house imports itself and what stands left of it.
HOUSES = ("customers", "orders", "dashboard", "reports")


def imported_houses(source: str, *, package: str) -> Iterator[tuple[int, str]]:
    """Yield line and top-level package of every import in `source`, wherever it stands.

    Imports inside functions and under TYPE_CHECKING count: a dependency that only the type checker or only one
    call needs is still a dependency. So do `import_module("…")` and `__import__("…")` of a literal name.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, package if node.level else (node.module or "").split(".")[0]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("import_module", "__import__", "import_string", "get_model"):
                yield node.lineno, str(node.args[0].value).split(".")[0]


def violations(source: str, *, package: str, name: str) -> list[str]:
    """Return one line for each import that points the wrong way."""
    allowed = HOUSES[: HOUSES.index(package) + 1]
    forbidden = {"dealport", "tests", "benchmarks", *HOUSES} - set(allowed)
    return [
        f"{name}:{line}: {package} must not import {house}"
        for line, house in imported_houses(source, package=package)
        if house in forbidden
    ]


@pytest.mark.parametrize("package", HOUSES)
def test_imports_of_a_house_point_left_only(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))

    found = [
        line
        for file in files
        for line in violations(file.read_text(), package=package, name=str(file.relative_to(ROOT)))
    ]

    assert len(files) > 3
    assert found == []


def test_dealport_knows_no_house_but_by_name_in_settings_and_urls() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in sorted((ROOT / "dealport").rglob("*.py"))
        for line, house in imported_houses(file.read_text(), package="dealport")
        if house in HOUSES
    ]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "import reports",
        "import reports.models as r",
        "from reports import models",
        "from reports.models.jobs import ExportJob",
        "def later():\n    from reports.models import ExportJob",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from reports.models import ExportJob",
        "from importlib import import_module\nimport_module('reports.models')",
        "apps.get_model('reports.ExportJob')",
        "from dealport.settings import DEBUG",
        "import dealport",
        "from tests.conftest import empty_cache",
    ],
)
def test_the_checker_sees_a_wrong_import_in_every_form(source: str) -> None:
    assert len(violations(source, package="orders", name="x.py")) == 1


@pytest.mark.parametrize(
    "source", ["from . import models", "from orders.models import Order", "import customers", "import decimal", "x = 1"]
)
def test_the_checker_lets_right_imports_pass(source: str) -> None:
    assert violations(source, package="orders", name="x.py") == []
