"""The README says what is true."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_every_variable_the_settings_read_is_in_the_table() -> None:
    modules = (ROOT / "dealport/settings").glob("*.py")
    read = {name for module in modules for name in re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', module.read_text())}
    assert read
    assert {name for name in read if f"`{name}`" not in README} == set()


def test_every_target_of_the_makefile_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:^|`|[0-9] )make ([a-z]+)", README, re.M))
    assert named >= {"demo", "test"}
    assert named <= targets


def test_every_file_it_links_to_exists() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        (page.name, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())
        if not (page.parent / link).exists()
    ]
    assert broken == []
