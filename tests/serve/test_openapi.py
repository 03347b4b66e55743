"""The OpenAPI description is true: answers to generated requests have the statuses and bodies that it promises."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from in_process_service import AUTH, Served, basic, served
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from pipeline.values.tasks import DubRequest
from serve.http.routes.resumable.tus_headers import PART_TYPE

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
schemathesis.serializer.alias(PART_TYPE, "application/octet-stream")
GATE = {"host": "localhost"} | basic(*AUTH)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("openapi")) as service:
        service.store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",)))
        yield service


def test_every_answer_is_as_described(running: Served) -> None:
    description = schemathesis.openapi.from_asgi("/openapi.json", running.client.app, headers=GATE)
    tried = 0
    for each in description.get_all_operations():
        operation = each.ok()

        @settings(
            max_examples=6,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def conforms(case: schemathesis.Case) -> None:
            case.call_and_validate(headers=GATE, checks=CHECKS)

        conforms()
        tried += 1
    assert tried == 74
