"""What `make lint` checks beyond the tools: words of templates and the newest commit's subject."""

import pytest

from dealport.servers.use import ROOT
from dealport.targets.lint import check_subject
from dealport.targets.words import forbidden, violations

GLOSSARY = """
| term | meaning | not |
|---|---|---|
| store | one online shop | shop †, tenant (in the API) |
| export | a file | ask for the file † |
"""


def test_only_marked_words_of_the_glossary_are_forbidden() -> None:
    assert forbidden(GLOSSARY) == ["shop", "ask for the file"]


def test_the_product_s_own_glossary_forbids_words() -> None:
    assert {"shop", "average ticket"} <= set(forbidden((ROOT / "docs/glossary.md").read_text()))


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>One Shop</p>", [(1, "Shop")]),
        ("<p>\n<b title='Ask for the file'>Export</b></p>", [(2, "Ask for the file")]),
        ('<img alt="the shop">', [(1, "shop")]),
        ('<p class="shop">{{ row.shop }}{# shop #}{% url "shop" %}</p>', []),
        ("<script>var shop = 1;</script>", []),
        ("<p>Shopify, workshop</p>", []),
    ],
)
def test_a_forbidden_word_is_found_where_a_person_reads_it(template: str, found: list[tuple[int, str]]) -> None:
    assert list(violations(template, forbidden(GLOSSARY))) == found


@pytest.mark.parametrize("subject", ["sql: bound the parser", "customers, kit: move errors", "docs/adr: date them all"])
def test_a_subject_with_an_area_passes(subject: str) -> None:
    assert check_subject(subject) == []


@pytest.mark.parametrize(
    "subject", ["Bound the parser", "sql bound the parser", "sql:", f"sql: {'x' * 68}", "Merge branch 'x'"]
)
def test_a_subject_without_an_area_or_too_long_is_refused(subject: str) -> None:
    assert len(check_subject(subject)) == 1
