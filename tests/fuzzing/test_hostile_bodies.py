"""The short form of what `make fuzz` does with hostile bodies: 64 KB to every operation, as a super admin.

An operation gets a third of them, the next one the next third; THOROUGH=1 sends all.
"""

from __future__ import annotations

import time
from unittest import mock

from django.db import transaction
from django.test import Client, TestCase, override_settings

from dealport import health
from tests.authorisation.world import World, build_world
from tests.dealport.document import document, operations
from tests.fuzzing.hostile import MOST_SECONDS, form_of, requests
from tests.thorough import a_third

SIZE = 64_000


@override_settings(DEALPORT_ANONYMOUS_REQUESTS=10_000_000, DEALPORT_ACCOUNT_REQUESTS=10_000_000)
class Hostile(TestCase):
    """Everybody's worst bodies."""

    world: World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = build_world()

    def test_no_body_costs_more_than_two_seconds_or_ends_in_a_5xx(self) -> None:
        headers = dict(self.world.people["super_admin"].headers)
        client = Client(raise_request_exception=False)
        self.enterContext(mock.patch.object(health, "run_checks", lambda: {"database": health.Result()}))
        faults = []
        for place, operation in enumerate(operations()):
            path = operation.path.replace("{id}", "1")
            for shape, body, kind in a_third(requests(operation.description, document(), SIZE), place):
                began = time.thread_time()
                with transaction.atomic():
                    answer = client.generic(operation.method, path, body, kind, headers=headers)
                    transaction.set_rollback(True)
                seconds = time.thread_time() - began
                size = 0 if answer.streaming else len(answer.content)
                refusal_is_long = answer.status_code >= 400 and size > 20_000
                if answer.status_code >= 500 or seconds > MOST_SECONDS or refusal_is_long:
                    faults.append((operation.name, shape, answer.status_code, round(seconds, 2), size))
        assert faults == []

    def test_every_operation_that_takes_a_file_gets_forms(self) -> None:
        takes = {one.name: form_of(one.description, document()) for one in operations()}
        assert len([fields for fields in takes.values() if any(fields.values())]) >= 5
