"""Problem details (RFC 9457): every error of the service has all members, whoever answers, and shows no query."""

import json
from collections.abc import Callable

import httpx
import pytest
from in_process_service import Served
from problem_details import read_problem
from starlette.testclient import WebSocketDenialResponse

from serve.http.middleware.body_limit import MAX_BODY_BYTES
from serve.http.problem import MEMBERS, ProblemKind, build_problem

Send = Callable[[httpx.Client], httpx.Response]


@pytest.mark.parametrize(
    ("kind", "status", "send"),
    [
        ("not-found", 404, lambda client: client.get("/api/tasks/12345")),
        ("invalid-request", 422, lambda client: client.get("/api/tasks/x")),
        ("about:blank", 404, lambda client: client.get("/api/nowhere")),
        ("about:blank", 405, lambda client: client.put("/api/tasks")),
        ("query-refused", 400, lambda client: client.post("/api/query", json={"sql": "drop table tasks"})),
        ("film-not-found", 404, lambda client: client.post("/webhook", json={"path": "/tv/none.mkv"})),
        ("film-refused", 403, lambda client: client.post("/webhook", json={"path": "/etc/passwd"})),
        ("bad-request", 400, lambda client: client.post("/upload", files={"file": ("a.mkv", b"")}, data={"speakers": "many"})),
        ("invalid-request", 422, lambda client: client.post("/webhook", content=b"{")),
        ("payload-too-large", 413, lambda client: client.post("/webhook", content=b" " * (MAX_BODY_BYTES + 1))),
        ("values-refused", 422, lambda client: client.patch("/api/settings", json={"settings": {"DUCK": "x"}})),
        ("cross-site-request", 403, lambda client: client.post("/retry/1", headers={"origin": "http://evil.example"})),
        ("host-not-allowed", 421, lambda client: client.get("/api/tasks", headers={"host": "evil.example"})),
        ("authentication-required", 401, lambda client: client.get("/api/tasks", auth=("dubarr", "wrong"))),
    ],
)
def test_each_refusal_is_a_problem_of_its_kind(service: Served, kind: str, status: int, send: Send) -> None:
    answer = send(service.client)
    assert (answer.status_code, read_problem(answer)) == (status, kind), answer.text


def test_an_unexpected_error_is_a_problem_that_tells_nothing_of_it(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ValueError("the secret of the house")

    service.client.app.state.context.store.tasks.get = fail  # type: ignore[attr-defined]
    service.client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    answer = service.client.get("/api/tasks/1")
    assert (answer.status_code, read_problem(answer)) == (500, "internal-error")
    assert "secret" not in answer.text


def test_the_query_is_not_repeated_for_it_may_hold_a_secret(service: Served) -> None:
    service.client.auth = None
    answer = service.client.post("/webhook?apikey=hunter2", json={})
    assert answer.status_code == 401 and answer.json()["instance"] == "/webhook" and "hunter2" not in answer.text


def test_a_refused_websocket_is_told_its_problem(service: Served) -> None:
    service.client.auth = None
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        service.client.websocket_connect("/ws/logs", headers={"host": "localhost"}),
    ):
        pass
    assert refused.value.status_code == 401
    assert json.loads(refused.value.content)["type"] == "/problems/authentication-required"


def test_a_path_is_a_uri_and_extensions_never_replace_a_member_of_the_standard() -> None:
    problem = build_problem(ProblemKind.NOT_FOUND, "none", '/a b/ñ\x00"<\ud800', {"status": "QUEUED", "number": 7})
    assert problem["instance"] == "/a%20b/%C3%B1%00%22%3C%3F"
    assert (problem["status"], problem["number"]) == (404, 7)
    assert set(problem) == {*MEMBERS, "number"}


def test_every_error_in_the_description_is_a_problem(service: Served) -> None:
    description = service.client.get("/openapi.json").json()
    assert description["components"]["schemas"]["Problem"]["required"] == list(MEMBERS)
    seen = 0
    del description["paths"]["/readyz"]  # a probe answers with its checks, whatever they say
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and "range" not in answer["description"]:  # of a file: the framework answers
                    seen += 1
                    (schema,) = answer["content"].values()
                    assert list(answer["content"]) == ["application/problem+json"], (method, path, status)
                    assert "#/components/schemas/Problem" in json.dumps(schema), (method, path, status)
    assert seen > 150
