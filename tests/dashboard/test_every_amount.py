"""Every place that writes money writes it with the decimals of its currency: pages, papers, files, the API, mails."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.template.base import Variable, VariableNode
from django.template.loader import get_template
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from customers.models import User
from dealport.kit.day_range import DayRange
from dealport.kit.fields import MoneyField
from reports.daily.aggregation import aggregate
from reports.datasets import DATASETS, Kind
from reports.ready import READERS
from tests.admin_pages import logged_in
from tests.browser.walk import PAGES, furnish, pages_of_models
from tests.builders import a_user
from tests.dealport.document import document
from tests.exports import exported, lines_of

pytestmark = pytest.mark.django_db

PRICES = {"KWD": ("20.500", "1450.250", "75.123"), "JPY": ("20000", "1451", "7512")}
"""What is written as it is kept lacks the last 0 of KWD's first two; what is rounded to two decimals, the third's 3."""
NO_AMOUNTS = {"reports-sql": "shows numbers as the database keeps them, whatever they are"}
WRONG = {
    # an amount with its currency and other than three decimals; one of the prices, whatever stands beside it
    "KWD": re.compile(
        r"KWD\xa0[−-]?\d[\d,]*(?:\.(?:\d{1,2}|\d{4,}))?(?![\d.,])|(?<![\d.,])(?:20\.50?|1,?450\.25|75\.12)(?!\d)"
    ),
    "JPY": re.compile(r"(?<![\d.,£-])\d[\d,]*\.\d{2}(?![\d.])"),
}


BARE = {"KWD": WRONG["KWD"], "JPY": re.compile(r"(?<![\d.])(?:20000|1451|7512|21451)\.\d")}
"""The same in a file with percentages beside amounts."""
ROUNDED = {"KWD": r"75\.12(?!\d)", "JPY": r'(?i)"[a-z]*(?:amount|price|sales|total|tax|fee)":-?\d+\.(?!0+(?!\d))\d+'}


@pytest.fixture(autouse=True)
def files(settings: Settings, tmp_path: Any) -> None:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path / "files")


def text_of(content: bytes) -> str:
    """Return what people read of a page, and what its fields hold."""
    html = re.sub(rb"<(script|style|svg|code|pre)\b.*?</\1>", b" ", content, flags=re.DOTALL).decode()
    values = re.findall(r'<input[^>]*type="(?:text|number)"[^>]*value="([^"]*)"', html)
    return unescape(" ".join([re.sub(r"<[^>]+>", " ", html), *values]))


DECIMALS = {"KWD": r"-?\d+\.\d{3}", "JPY": r"-?\d+"}


def wrong_files(user: User, client: Client, slug: object, currency: str) -> Iterator[tuple[str, str]]:
    """Yield the amounts with other decimals than the currency's, in each export and each ready report's file."""
    today = timezone.now().date()
    aggregate(DayRange(today - timedelta(days=400), today + timedelta(days=1)))
    for name, dataset in DATASETS.items():
        amounts = [column.name for column in dataset.columns if column.kind is Kind.MONEY]
        for row in lines_of(exported(user, name, filters={"store": slug})):
            of = row.get("currency", currency) or currency
            yield from (
                (f"{name}.{amount}", row[amount])
                for amount in amounts
                if of == currency and row[amount] and not re.fullmatch(DECIMALS[currency], row[amount])
            )
    for name in READERS:
        content = client.get(f"/analytics/reports/{name}/file.csv?store={slug}").content.decode()
        yield from ((name, one.group()) for one in BARE[currency].finditer(content))


def wrong_answers(user: User, slug: object, currency: str) -> Iterator[tuple[str, str]]:
    """Yield the rounded amounts in what the API's lists answer."""
    api = APIClient()
    api.force_authenticate(user)
    paths = [path for path, methods in document()["paths"].items() if "get" in methods and "{" not in path]
    answers = {path: (api.get(path, {"store": slug}), api.get(path)) for path in paths}
    known = {
        path: answer.content.decode() for path, pair in answers.items() for answer in pair if answer.status_code == 200
    }
    assert {"/api/v1/orders", "/api/v1/products", "/api/v1/transactions"} <= known.keys()
    for path, content in known.items():
        yield from ((path, one) for one in re.findall(ROUNDED[currency], content))


@pytest.mark.django_db(transaction=True)  # daily metrics are exported once their aggregation is committed
@pytest.mark.parametrize("currency", PRICES)
def test_every_page_file_and_answer_has_amounts_with_the_decimals_of_their_currency(currency: str) -> None:
    user = a_user(User.Role.SUPER_ADMIN)
    client: Client = logged_in(user)
    names = furnish(user, currency, PRICES[currency])
    pages = {name: found for name, found in PAGES.items() if name not in NO_AMOUNTS}
    addresses = [address.format(**names) for found in pages.values() for address in found]
    addresses += [path for _, paths in pages_of_models(user) for path in paths]
    wrong = {}
    for address in addresses:
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, (address, answer.status_code)
        text = text_of(answer.content)
        if found := {text[max(one.start() - 40, 0) : one.end() + 10] for one in WRONG[currency].finditer(text)}:
            wrong[address] = found
    assert wrong == {}
    assert sorted(set(wrong_files(user, client, names["slug"], currency))) == []
    assert sorted(set(wrong_answers(user, names["slug"], currency))) == []


ROOT = Path(__file__).resolve().parents[2]
AMOUNTS = {
    field.name for model in apps.get_models() for field in model._meta.concrete_fields if isinstance(field, MoneyField)
} - {"value"} | {
    "goods",
    "missing",
    "outstanding",
    "overpaid",
    "paid_amount",
    "received",
    "refunded",
    "subtotal",
    "total",
}
"""What amounts are called: the columns, and the names that Python has for what is made of them."""
NO_MONEY = {
    "dashboard/figures": "pieces of SQL, and what a number without a currency is",
    "dealport/kit/money.py": "the place itself",
    "dealport/management/commands/messages.py": "texts without a translation",
    "orders/demo": "progress in orders",
    "orders/importing/opening.py": "a count of values",
    "orders/importing/problems.py": "a value of a file, as it stands there",
    "orders/sources/stated.py": "limits of a statement whose currency is not checked yet",
    "reports/files": "a class of the ledger's other measures",
}
"""Files in which a text has one of these names and no money of a store, and why."""
NO_AMOUNT = {
    ("admin/orders/order/edit.html", "preview.order.total_amount"): "a hidden field, read by the page itself",
    ("admin/orders/product/bulk_edit.html", "row.price"): "a field of a form",
    ("dashboard/changed.html", "change.refunded|signed"): "orders",
    ("dashboard/explain.html", "entry.amount|signed"): "orders or customers; money in the branch beside it",
    ("dashboard/explain.html", "opened.explanation.total|count"): "the same",
    ("dashboard/upload.html", "order.total"): "the same",
    ("reports/_export_job.html", "line.difference"): "a text that money() has written",
    ("reports/_export_job.html", "progress.total"): "rows",
}
"""What is called as an amount in a template and needs no filter, and why."""


def texts_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and name of each amount that a text has as it is."""
    for node in ast.walk(tree):
        values: list[ast.expr] = [node.value] if isinstance(node, ast.FormattedValue) else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            values = [keyword.value for keyword in node.keywords]
        for value in values:
            name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
            if name in AMOUNTS:
                yield value.lineno, ast.unparse(value)


def test_no_text_in_python_has_an_amount_as_it_is() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for app in ("customers", "orders", "dashboard", "reports", "dealport")
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts and not any(str(path.relative_to(ROOT)).startswith(one) for one in NO_MONEY)
        for line, name in texts_of(ast.parse(path.read_text()))
    ]
    assert found == [], "write it with in_currency, coded_text or money_text"


def test_no_template_has_an_amount_without_a_filter_that_knows_its_currency() -> None:
    found = set()
    for path in (ROOT / "templates").rglob("*.*"):
        for node in get_template(str(path.relative_to(ROOT / "templates"))).template.nodelist.get_nodes_by_type(
            VariableNode
        ):
            expression = node.filter_expression
            is_amount = isinstance(expression.var, Variable) and (expression.var.lookups or ("",))[-1] in AMOUNTS
            if is_amount and not {function.__name__ for function, _ in expression.filters} & {"money", "signed_money"}:
                found.add((str(path.relative_to(ROOT / "templates")), str(expression.token)))
    assert found == set(NO_AMOUNT)
