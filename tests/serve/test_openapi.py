"""The OpenAPI description is true: schemathesis finds no answer that it does not promise, and its examples work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fuzzed_api import fuzz_api, serve_over_http
from in_process_service import Served, make_film

OPERATIONS = 79
ENDLESS = 1  # of them: the stream of events, which is left out
METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
UNREADABLE = frozenset({"/problems/invalid-request", "/problems/bad-request"})  # problems of a request that is not as described


@pytest.mark.slow
def test_every_answer_is_as_described(tmp_path: Path) -> None:
    with serve_over_http(tmp_path) as (_, url):
        done = fuzz_api(url, examples=15)
    assert done.returncode == 0, done.stdout[-12_000:]
    assert f"Selected: {OPERATIONS - ENDLESS}/{OPERATIONS}" in done.stdout


@pytest.fixture
def description(service: Served) -> dict[str, Any]:
    found: dict[str, Any] = service.client.get("/openapi.json").json()
    return found


def list_operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in description["paths"].items():
        yield from ((method, path, operations[method]) for method in operations.keys() & METHODS)


def resolve(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (
        description["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    )
    return found


def test_every_operation_is_described(description: dict[str, Any]) -> None:
    assert sum(1 for _ in list_operations(description)) == OPERATIONS


def test_every_example_of_a_request_is_understood(service: Served, description: dict[str, Any]) -> None:
    (service.library / "A Show").mkdir()
    make_film(service.library / "A Show" / "e01.mkv", seconds=6)
    service.client.post("/api/tasks", json={"path": "/tv/A Show/e01.mkv", "target_langs": ["es"]})
    sent, bodies = set(), set()
    for method, path, operation in list_operations(description):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        schema = resolve(description, content["schema"]) if content else {}
        if schema.get("type") == "object":
            bodies.add(f"{method.upper()} {path}")
        for example in schema.get("examples", []):
            url = path.format(task_id=1, number=1, label="S1", upload_id="0" * 32, key_id=1, name="a", line=1)
            answer = service.client.request(method, url, json=example)
            assert str(answer.status_code) in operation["responses"], (method, path, answer.text)
            assert answer.status_code < 400 or answer.json()["type"] not in UNREADABLE, (method, path, answer.text)
            sent.add(f"{method.upper()} {path}")
    assert bodies == sent, "a body without an example"


def test_every_example_of_an_answer_has_the_form_that_it_promises(description: dict[str, Any]) -> None:
    checked = 0
    for name, schema in description["components"]["schemas"].items():
        for example in schema.get("examples", []):
            jsonschema.Draft202012Validator({**schema, "components": description["components"]}).validate(example)
            checked += 1
            assert example, name
    assert checked > 10
