"""The direction of imports: customers <- orders <- dashboard <- reports; of dealport, apps import the kit alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# From left to right: an app imports itself and what stands left of it.
APPS = ("customers", "orders", "dashboard", "reports")
KIT = "dealport.kit"


def package_of(module: str) -> str:
    """Return what a layering rule speaks of: `dealport.kit`, or the top-level package."""
    return KIT if f"{module}.".startswith(f"{KIT}.") else module.split(".")[0]


def imports(source: str, *, package: str) -> Iterator[tuple[int, str]]:
    """Yield line and package of every import in `source`, wherever it stands.

    Imports inside functions and under TYPE_CHECKING count: a dependency that only the type checker or only one
    call needs is still a dependency. So do `import_module("…")` and `__import__("…")` of a literal name.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, package_of(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module == "dealport":
            for alias in node.names:
                yield node.lineno, package_of(f"dealport.{alias.name}")
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, package if node.level else package_of(node.module or "")
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("import_module", "__import__", "import_string", "get_model"):
                yield node.lineno, package_of(str(node.args[0].value))


def violations(source: str, *, package: str, name: str) -> list[str]:
    """Return one line for each import that points the wrong way."""
    allowed = () if package == KIT else APPS[: APPS.index(package) + 1]
    forbidden = {"dealport", "tests", "benchmarks", *APPS} - set(allowed)
    return [
        f"{name}:{line}: {package} must not import {imported}"
        for line, imported in imports(source, package=package)
        if imported in forbidden
    ]


def settings_read_at_import(source: str) -> list[int]:
    """Return the lines that read a setting while the module is imported: outside of any function body."""
    found: list[int] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "settings":
            found.append(node.lineno)
        body = set(node.body) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else set()
        for child in ast.iter_child_nodes(node):
            if child not in body and not isinstance(node, ast.Lambda):
                visit(child)

    visit(ast.parse(source))
    return found


@pytest.mark.parametrize("package", [*APPS, KIT])
def test_imports_of_an_app_point_left_only_and_those_of_the_kit_at_no_app(package: str) -> None:
    files = sorted((ROOT / package.replace(".", "/")).rglob("*.py"))

    found = [
        line
        for file in files
        for line in violations(file.read_text(), package=package, name=str(file.relative_to(ROOT)))
    ]

    assert len(files) > 3
    assert found == []


def test_dealport_knows_no_app_but_by_name_in_settings_and_urls() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in sorted((ROOT / "dealport").rglob("*.py"))
        for line, package in imports(file.read_text(), package="dealport")
        if package in APPS
    ]

    assert found == []


def test_the_kit_reads_no_setting_at_import() -> None:
    found = {
        str(file.relative_to(ROOT)): lines
        for file in sorted((ROOT / "dealport/kit").rglob("*.py"))
        if (lines := settings_read_at_import(file.read_text()))
    }

    assert found == {}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("from django.conf import settings\nLIMIT = settings.LIMIT", [2]),
        ("def f(limit=settings.LIMIT):\n    return settings.OTHER", [1]),
        ("class A:\n    limit = settings.LIMIT", [2]),
        ("def f():\n    return settings.LIMIT", []),
        ("f = lambda: settings.LIMIT", []),
    ],
)
def test_the_checker_sees_settings_read_at_import(source: str, lines: list[int]) -> None:
    assert settings_read_at_import(source) == lines


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
        "from dealport import health",
        "import dealport",
        "import dealport.kitchen",
        "from tests.conftest import empty_cache",
    ],
)
def test_the_checker_sees_a_wrong_import_in_every_form(source: str) -> None:
    assert len(violations(source, package="orders", name="x.py")) == 1


@pytest.mark.parametrize("source", ["from customers import access", "from dealport.environment import flag"])
def test_the_checker_lets_the_kit_import_nothing_of_the_product(source: str) -> None:
    assert len(violations(source, package=KIT, name="x.py")) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from . import models",
        "from orders.models import Order",
        "import customers",
        "from dealport.kit.errors import invalid",
        "from dealport.kit import errors",
        "import decimal",
        "x = 1",
    ],
)
def test_the_checker_lets_right_imports_pass(source: str) -> None:
    assert violations(source, package="orders", name="x.py") == []
