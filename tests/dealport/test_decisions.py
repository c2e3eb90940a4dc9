"""Decisions (docs/adr/) are numbered without a gap and say when they were accepted."""

import re

from dealport.servers.use import ROOT

FILES = sorted((ROOT / "docs/adr").glob("*.md"))
HEAD = re.compile(r"# (\d+)\. .+\n\nAccepted, \d{4}-\d{2}-\d{2}\.")


def test_every_decision_has_its_number_a_status_and_a_date() -> None:
    heads = [HEAD.match(file.read_text()) for file in FILES]

    assert [head and int(head[1]) for head in heads] == list(range(1, len(FILES) + 1))
    assert [int(file.name[:4]) for file in FILES] == list(range(1, len(FILES) + 1))
