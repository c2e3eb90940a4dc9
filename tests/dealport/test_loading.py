"""What a start costs every process: programs that few of them use are loaded by those that do."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dealport.servers.use import ROOT

START = """
import gc, sys
usual = gc.get_threshold()
import django
django.setup()
print(sorted({"PIL", "boto3", "openpyxl", "segno", "sqlglot"} & set(sys.modules)))
print(gc.get_threshold() == usual, gc.get_freeze_count() > 100_000)
from django.urls import get_resolver
get_resolver().url_patterns
print("sqlglot" in sys.modules)
"""


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """Return what a process says that loaded the product, and then its pages."""
    run = subprocess.run([sys.executable, "-c", START], cwd=ROOT, env=os.environ, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def test_pictures_workbooks_and_statements_are_loaded_where_they_are_used(lines: list[str]) -> None:
    assert lines[0] == "[]"


def test_garbage_is_collected_as_usual_once_the_product_is_loaded(lines: list[str]) -> None:
    assert lines[1] == "True True"


def test_no_first_query_waits_for_the_parser_in_a_process_with_pages(lines: list[str]) -> None:
    assert lines[2] == "True"
