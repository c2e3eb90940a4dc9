"""The authorisation matrix, walked over every operation of the OpenAPI document."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.test import Client, TestCase, override_settings
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from dealport import health
from tests.authorisation.matrix import IDENTITIES, MATRIX, PAGES, Row
from tests.authorisation.world import Identity, StoreIds, World, build_world, fingerprint
from tests.dealport.document import Operation, operations

OPERATIONS = {operation.name: operation for operation in operations()}


def ask(operation: Operation, row: Row, ids: StoreIds, who: Identity) -> Any:
    path = operation.path.replace("{id}", str(getattr(ids, row.object or "store")))
    content = None if row.body is None else row.body(ids, who)
    if content and any(isinstance(value, UploadedFile) for value in content.values()):
        sent, content_type = encode_multipart(BOUNDARY, content), MULTIPART_CONTENT
    else:
        sent = b"" if content is None else json.dumps(content).encode()
        content_type = "application/json" if sent else ""
    return Client().generic(
        operation.method,
        path,
        sent,
        content_type,
        headers=dict(who.headers),
        query_params=row.query(ids, who),
    )


def words(answer: Any) -> dict[str, Any]:
    """Return an error's body but for the id of the request."""
    body = json.loads(answer.content)
    assert set(body) >= {"status", "message", "code", "requestId"}
    assert body["status"] == "error"
    del body["requestId"]
    return dict(body)


def without_logins(tables: list[tuple[Any, ...]], row: Row) -> list[tuple[Any, ...]]:
    """Return the fingerprint without what changes where a refusal ends a login: its token, its account's state."""
    logins = ("customers_refreshtoken", "customers_staleaccount", "customers_user")
    return [table for table in tables if not (row.ends_login and table[0] in logins)]


def test_every_operation_has_an_entry_and_every_entry_an_operation() -> None:
    assert set(MATRIX) == set(OPERATIONS)
    for name, row in MATRIX.items():
        has_object = "{id}" in OPERATIONS[name].path
        assert tuple(row.statuses) == IDENTITIES
        assert has_object == bool(row.object)
        for statuses in row.statuses.values():
            assert len(statuses) == 3 if has_object else len(statuses) in (1, 3)
            assert {str(status) for status in statuses} <= set(OPERATIONS[name].description["responses"])


@override_settings(DEALPORT_ANONYMOUS_REQUESTS=100_000)
class Walk(TestCase):
    """Each person tries every operation and every page; the world is made once and put back after each try."""

    world: World
    before: list[tuple[Any, ...]]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = build_world()
        cls.before = fingerprint()

    def setUp(self) -> None:
        # without asking servers, which takes its time
        self.enterContext(mock.patch.object(health, "run_checks", lambda: {"database": health.Result()}))

    def test_a_super_admin_may_do_what_the_matrix_says_and_nothing_more(self) -> None:
        self.walk("super_admin")

    def test_an_admin_may_do_what_the_matrix_says_and_nothing_more(self) -> None:
        self.walk("admin")

    def test_staff_of_store_1_may_do_what_the_matrix_says_and_nothing_more(self) -> None:
        self.walk("staff_1")

    def test_staff_of_store_2_may_do_what_the_matrix_says_and_nothing_more(self) -> None:
        self.walk("staff_2")

    def test_a_user_without_a_store_may_do_what_the_matrix_says_and_nothing_more(self) -> None:
        self.walk("user")

    def test_a_disabled_account_may_do_what_the_matrix_says_and_nothing_more(self) -> None:
        self.walk("disabled")

    def test_a_stranger_may_do_what_the_matrix_says_and_nothing_more(self) -> None:
        self.walk("anonymous")

    def walk(self, identity: str) -> None:
        """Try everything as somebody."""
        for name in OPERATIONS:
            with self.subTest(operation=name):
                self.try_operation(name, identity)
        who, client = self.world.people[identity], Client()
        if who.user is not None:
            client.force_login(who.user)
        before = fingerprint()
        for page in PAGES:
            with self.subTest(page=page):
                self.open_page(page, identity, client, before)

    def try_operation(self, name: str, identity: str) -> None:
        """Try one operation on own, foreign and missing objects."""
        assert name in MATRIX, "has no entry in the authorisation matrix"
        operation, row, who = OPERATIONS[name], MATRIX[name], self.world.people[identity]
        changes = operation.method != "GET"
        refusals = []
        with transaction.atomic():
            for ids, expected in zip(self.world.objects(identity), row.statuses[identity], strict=False):
                with transaction.atomic():
                    answer = ask(operation, row, ids, who)
                    assert answer.status_code == expected, answer.content[:500]
                    if changes and expected < 400:
                        transaction.set_rollback(True)
                if expected >= 400:
                    refusals.append(words(answer))
            assert without_logins(fingerprint(), row) == without_logins(self.before, row)
            transaction.set_rollback(True)
        # whoever may not see an object does not learn whether there is one
        assert refusals[1:] == refusals[:-1]

    def open_page(self, page: str, identity: str, client: Client, before: list[tuple[Any, ...]]) -> None:
        """Open one page with a session, which changes no row."""
        with transaction.atomic():
            for ids, expected in zip(self.world.objects(identity), PAGES[page][identity], strict=False):
                assert client.get(page.format(**vars(ids))).status_code == expected
            assert fingerprint() == before
            transaction.set_rollback(True)
