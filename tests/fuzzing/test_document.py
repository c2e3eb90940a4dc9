"""Schemathesis over the served OpenAPI document: values that fit it and values that do not, from every identity.

Nothing may be a 5xx, leave the described statuses, headers and shapes, or accept what the document forbids. The same
requests each time and few of each kind, generated once for everybody, which takes longer than sending them: a super
admin sends an operation both kinds of values, everybody else one kind in turn (THOROUGH=1: both); a disabled account
and a stranger, whom operations refuse unread, the simplest one. `make fuzz` sends many.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import TestCase, override_settings
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from tests.authorisation.matrix import MATRIX
from tests.authorisation.world import World, build_world
from tests.thorough import in_turn

RULES = Path(__file__).with_name("schemathesis.toml")


EACH_BY_ITSELF = {"syncOrders": ("results", "result"), "saveProducts": ("rows", "outcome")}
"""Operations that refuse orders or rows each by itself, in an answer of 200: where it says so."""


@schemathesis.check
def what_does_not_fit_is_refused(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> bool | None:
    """Expect a refusal of the request, or of a part of it where parts are refused each by itself."""
    name = case.operation.definition.raw["operationId"]
    if name in EACH_BY_ITSELF and response.status_code == 200:
        parts, result = EACH_BY_ITSELF[name]
        if "refused" in {part[result] for part in response.json()["data"][parts]}:
            return None
    return checks.negative_data_rejection(ctx, response, case)


CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    what_does_not_fit_is_refused,
]

OPERATIONS: list[Any] = []
"""What the document describes; the same for everybody, and read once."""
CASES: dict[tuple[str, GenerationMode], list[Any]] = {}
"""The requests to each operation, with values that fit it or do not; the simplest one comes first."""
EXAMPLES = 3

RUN = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@override_settings(DEALPORT_ANONYMOUS_REQUESTS=10_000_000, DEALPORT_ACCOUNT_REQUESTS=10_000_000)
class Fuzz(TestCase):
    """Everybody sends generated requests to every operation."""

    world: World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = build_world()

    def setUp(self) -> None:
        # as Django's own test client does: the test's transaction lives in this connection
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
            self.addCleanup(signal.connect, close_old_connections)

    def test_a_super_admin_gets_what_the_document_says(self) -> None:
        self.send_everything("super_admin", examples=EXAMPLES)

    def test_an_admin_gets_what_the_document_says(self) -> None:
        self.send_everything("admin", examples=2)

    def test_staff_get_what_the_document_says(self) -> None:
        self.send_everything("staff_1", examples=EXAMPLES)

    def test_a_user_without_a_store_gets_what_the_document_says(self) -> None:
        self.send_everything("user", examples=2)

    def test_a_disabled_account_gets_what_the_document_says(self) -> None:
        self.send_everything("disabled", examples=1)

    def test_a_stranger_gets_what_the_document_says(self) -> None:
        self.send_everything("anonymous", examples=1)

    def send_everything(self, identity: str, *, examples: int) -> None:
        """Send values that fit and values that do not to every operation."""
        headers = {**self.world.people[identity].headers, "Accept-Encoding": "identity"}
        for place, operation in enumerate(self.operations(), list(self.world.people).index(identity)):
            for mode in GenerationMode if identity == "super_admin" else in_turn(list(GenerationMode), place):
                with self.subTest(operation=operation.label, mode=mode.value):
                    self.send(operation, mode, headers, examples)

    def operations(self) -> list[Any]:
        """Return what the document describes, as it is served to staff."""
        if not OPERATIONS:
            staff = {**self.world.people["staff_1"].headers, "Accept": "application/json"}
            rules = SchemathesisConfig.from_path(RULES)
            wsgi = get_wsgi_application()
            document = schemathesis.openapi.from_wsgi("/api/schema", wsgi, headers=staff, config=rules)
            found = [found.ok() for found in document.get_all_operations()]
            OPERATIONS.extend(operation for operation in found if not operation.path.startswith("/health"))
        return OPERATIONS

    def send(self, operation: Any, mode: GenerationMode, headers: dict[str, str], examples: int) -> None:
        """Send a few generated requests to the caller's own objects, each of them undone."""
        for case in self.cases(operation, mode)[:examples]:
            with transaction.atomic():
                response = case.call(headers=headers)
                transaction.set_rollback(True)
            case.validate_response(response, checks=CHECKS)

    def cases(self, operation: Any, mode: GenerationMode) -> list[Any]:
        """Return the generated requests to an operation."""
        row = MATRIX[operation.definition.raw["operationId"]]
        own = {"id": getattr(self.world.store_1, row.object)} if row.object else None
        has_more = operation.body or operation.query
        fixed = {"path_parameters": own} if own and (mode is GenerationMode.POSITIVE or has_more) else {}
        found = CASES.setdefault((operation.label, mode), [])

        @settings(RUN, max_examples=EXAMPLES)
        @given(case=operation.as_strategy(mode, **fixed))
        def generate(case: Any) -> None:
            found.append(case)

        if not found:
            generate()
        return found
