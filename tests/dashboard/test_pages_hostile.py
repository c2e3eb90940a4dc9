"""No parameter of any page, whatever it holds, ends in a 5xx; no error quotes what a server said.

A parameter of a page gets one of the values, the next page's the next one; THOROUGH=1 tries all with all.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client

from tests.authorisation.matrix import PAGES
from tests.authorisation.world import build_world
from tests.thorough import in_turn

pytestmark = pytest.mark.django_db

PARAMETERS = (
    "period", "year", "month", "startDate", "endDate", "basis", "metric", "page", "day", "currency", "since", "asOf",
    "store", "tenant", "from", "to", "limit", "dataset", "column", "format", "cron", "query", "next", "search", "week",
    "refresh", "status", "nothing", "row", "part", "until",
)  # fmt: skip
VALUES = ("a\0b", "9" * 5_000, "9999-12-31")
DAYS = ("99999", "0001-01-01", "9999-12-31T23:59:59-23:59", "\u0661")
DATABASE_WORDS = ("psycopg", "invalid input syntax", "DETAIL", "Traceback", "out of range for type")


def test_no_parameter_of_a_page_ends_in_a_5xx() -> None:
    world = build_world()
    client = Client(raise_request_exception=False)
    client.force_login(world.people["super_admin"].user)
    places = vars(world.store_1)  # what the addresses in PAGES name

    def addresses() -> Iterator[str]:
        pages = [page for page in PAGES if not page.startswith(("/admin/", "/api/"))]
        others = ("/reports/sql/", "/reports/exports/new/", "/store/dashboard", "/login/")
        for turn, page in enumerate([*pages, *others]):
            path = page.partition("?")[0].format(**places)
            for place, name in enumerate(PARAMETERS, turn):
                values = (*VALUES, *DAYS) if name in ("year", "day", "month", "page") else VALUES
                yield from (f"{path}?{urlencode({name: value})}" for value in in_turn(values, place))
            custom = {"period": "custom", "startDate": "0001-01-01", "endDate": "9999-12-31"}
            yield f"{path}?{urlencode(custom)}"
            yield f"{path}?" + "&".join(f"p{number}=1" for number in range(1_500))

    faults = []
    for address in addresses():
        with transaction.atomic():
            answer = client.get(address)
            quoted = answer.status_code >= 400 and any(word in answer.content.decode() for word in DATABASE_WORDS)
            if answer.status_code >= 500 or quoted:
                faults.append((answer.status_code, address[:120]))
            transaction.set_rollback(True)
    assert faults == []
