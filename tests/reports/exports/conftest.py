"""Exports on a folder of the test's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def export_root(settings: Any, tmp_path: Path) -> Path:
    """Keep the files of a test below its own folder."""
    settings.EXPORT_BUCKET = ""
    settings.EXPORT_ROOT = str(tmp_path / "exports")
    return tmp_path / "exports"
