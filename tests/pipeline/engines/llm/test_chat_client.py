"""The client of the OpenAI protocol against a real server on loopback, in good and in bad health."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from openai_server import Act, OpenAiServer, Request

from pipeline.engines.llm.chat_client import ChatClient, ContextOverflow
from pipeline.engines.llm.chat_dialect import Form, Question
from pipeline.errors import EngineError

SCHEMA = {"type": "object", "properties": {"1": {"type": "string"}}, "required": ["1"], "additionalProperties": False}
DOCUMENT = {"task": "translate", "from": "en", "to": "es", "lines": [{"id": "1", "text": "Hello there."}]}
QUESTION = Question("Translate.", json.dumps(DOCUMENT), 200, SCHEMA)


class Pauses(list[float]):
    """Remembers how long a client would have slept."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def chat(server: OpenAiServer, pauses: Pauses | None = None, **options) -> ChatClient:
    return ChatClient(server.url, **({"timeout": 5.0, "tries": 4, "sleep": pauses if pauses is not None else Pauses()} | options))


def once(act: Act, times: int = 1) -> Callable[[Request], Act]:
    """The act for the first requests, honesty afterwards."""
    left = [act] * times
    return lambda request: left.pop() if left else Act.HONEST


def test_an_answer_comes_with_what_it_cost() -> None:
    with OpenAiServer() as server:
        answer = chat(server).ask(QUESTION)
    assert json.loads(answer.text) == {"1": "Uryyb gurer."}
    assert answer.complete and not answer.has_reasoned
    assert answer.usage.prompt_tokens > 20 and answer.usage.completion_tokens > 3 and answer.usage.seconds > 0.0


def test_the_same_question_is_the_same_request_down_to_seed_and_temperature() -> None:
    with OpenAiServer() as server:
        client = chat(server)
        client.ask(QUESTION)
        client.ask(QUESTION)
    one, other = server.requests
    assert one.body == other.body
    assert (one.body["temperature"], one.body["seed"], one.body["max_tokens"], one.form) == (0.0, 0, 200, "json_schema")


def test_without_a_name_the_first_listed_model_is_asked_and_listed_once() -> None:
    with OpenAiServer(model="first", window=4_096) as server:
        client = chat(server)
        assert (client.model, client.fetch_card().window) == ("first", 4_096)
        client.ask(QUESTION)
    assert server.requests[0].body["model"] == "first"
    assert server.listings == 1


def test_a_named_model_needs_no_list() -> None:
    with OpenAiServer() as server:
        chat(server, model="other").ask(QUESTION)
    assert server.listings == 0


@pytest.mark.parametrize("act", [Act.TOO_MANY, Act.ERROR, Act.RESET, Act.NO_JSON])
def test_a_passing_fault_is_tried_again(act: Act) -> None:
    pauses = Pauses()
    with OpenAiServer(behave=once(act, 3)) as server:
        assert chat(server, pauses).ask(QUESTION).text
    assert len(server.requests) == 4
    assert len(pauses) == 3


@pytest.mark.parametrize("act", [Act.HANG, Act.DRIBBLE])
def test_a_server_that_is_silent_or_never_done_is_cut_off_and_asked_again(act: Act) -> None:
    with OpenAiServer(behave=once(act)) as server:
        assert chat(server, timeout=0.5).ask(QUESTION).text
    assert len(server.requests) == 2


def test_pauses_grow_and_differ_between_questions_but_not_between_runs() -> None:
    def slept(question: Question) -> Pauses:
        pauses = Pauses()
        with OpenAiServer(behave=once(Act.ERROR, 3)) as server:
            chat(server, pauses).ask(question)
        return pauses

    one, other = slept(QUESTION), slept(Question("Translate!", QUESTION.user, 200, SCHEMA))
    assert one == slept(QUESTION) != other
    assert all(0.75 * base <= pause < 1.25 * base for pause, base in zip(one, (0.5, 1.0, 2.0), strict=True))


def test_a_servers_wish_for_patience_is_kept_within_reason() -> None:
    for wish, kept in (("7", 7.0), ("86400", 60.0), ("0", 0.0)):
        pauses = Pauses()
        with OpenAiServer(behave=once(Act.TOO_MANY), retry_after=wish) as server:
            chat(server, pauses).ask(QUESTION)
        assert pauses == [kept]


def test_after_the_last_try_the_error_says_what_to_do() -> None:
    with (
        OpenAiServer(behave=lambda request: Act.ERROR) as server,
        pytest.raises(EngineError, match=r"\(HTTP 500, something broke; tried 4×\)") as error,
    ):
        chat(server).ask(QUESTION)
    assert "LLM_URL" in str(error.value)
    assert len(server.requests) == 4


def test_a_server_that_is_not_there_is_told_by_its_address() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(EngineError, match=f"127.0.0.1:{port}.*refused.*LLM_URL"):
            ChatClient(f"http://127.0.0.1:{port}/v1", timeout=1.0, tries=2, sleep=Pauses()).ask(QUESTION)


# --- dialects ---


@pytest.mark.parametrize(("act", "form"), [(Act.REJECTING, Form.OBJECT_WITH_SCHEMA), (Act.REJECTING_ALL, Form.PLAIN)])
def test_a_server_without_schemas_is_asked_more_simply_and_once_only(act: Act, form: Form) -> None:
    with OpenAiServer(behave=lambda request: act) as server:
        client = chat(server)
        assert [json.loads(client.ask(QUESTION).text) for _ in range(3)] == [{"1": "Uryyb gurer."}] * 3
    assert len(server.requests) == 3 + form
    assert [bool(request.form) for request in server.requests[-3:]] == [form < Form.PLAIN] * 3


def test_a_schema_that_a_server_calls_an_error_of_its_own_is_given_up_at_once() -> None:
    """llama-cpp-python answers 500 where it does not know json_schema."""
    pauses = Pauses()
    with OpenAiServer(behave=lambda request: Act.CONFUSED) as server:
        assert chat(server, pauses).ask(QUESTION).text
    assert not pauses
    assert [request.form for request in server.requests] == ["json_schema", "json_object"]


@pytest.mark.parametrize(("field", "instead"), [("max_tokens", "max_completion_tokens"), ("temperature", None), ("seed", None)])
def test_a_field_that_a_server_refuses_is_left_out_or_renamed(field: str, instead: str | None) -> None:
    with OpenAiServer(rejects=[field]) as server:
        client = chat(server)
        client.ask(QUESTION)
        client.ask(QUESTION)
    assert len(server.requests) == 3
    last = server.requests[-1]
    assert field not in last.body and (instead is None or last.body[instead] == 200)
    assert last.form == "json_schema"


def test_a_refusal_for_another_reason_is_an_error_and_teaches_nothing() -> None:
    with OpenAiServer() as server:
        client = chat(server, model="unheard-of")
        with pytest.raises(EngineError, match="unheard-of does not exist"):
            client.ask(QUESTION)
        client._api._model = "other"
        client.ask(QUESTION)
    assert server.requests[-1].form == "json_schema"


def test_a_question_over_the_window_is_told_apart_from_other_refusals() -> None:
    with OpenAiServer(window=300) as server, pytest.raises(ContextOverflow, match="maximum context length is 300"):
        chat(server).ask(Question("Translate.", QUESTION.user, 400, SCHEMA))
    assert len(server.requests) == 1


def test_reasoning_is_noticed_and_a_cut_answer_too() -> None:
    with OpenAiServer(behave=lambda request: Act.THINKING) as server:
        answer = chat(server).ask(Question("Translate.", QUESTION.user, 5, SCHEMA))
    assert answer.has_reasoned and not answer.complete


# --- keys and addresses ---


def test_the_key_opens_the_server_and_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with OpenAiServer(key="sk-secret") as server:
        client = chat(server, api_key="sk-secret")
        assert client.ask(QUESTION).text
        server.key = "sk-changed"
        with pytest.raises(EngineError, match="LLM_API_KEY") as error:
            client.ask(QUESTION)
    assert "sk-secret" not in f"{error.value} {caplog.text} {client._api._endpoint!r}"
    assert "Bearer …" in str(error.value), "the server repeats the key, and that is where it would show"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://host/v1", "http://"),
        ("localhost:8001/v1", "http://"),
        ("http:///v1", "host"),
        ("http://user:pw@host/v1", "password"),
        ("http://host/v1?key=1", "query"),
        ("http://host/v 1", "spaces"),
        ("http://host/v1\r\nX: y", "spaces"),
        ("http://host:99999/v1", "ort"),
        ("", "http://"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_at_once(url: str, reason: str) -> None:
    with pytest.raises(EngineError, match=f"LLM_URL.*{reason}"):
        ChatClient(url, timeout=1.0, tries=1)


def test_a_key_that_no_header_can_carry_is_refused_at_once() -> None:
    with pytest.raises(EngineError, match="LLM_API_KEY"):
        ChatClient("http://localhost/v1", api_key="a\nb", timeout=1.0, tries=1)


def test_a_wrong_path_is_told_from_a_server_that_is_down() -> None:
    with OpenAiServer() as server, pytest.raises(EngineError, match="LLM_URL ends as in"):
        ChatClient(server.url.removesuffix("/v1"), timeout=1.0, tries=1).fetch_card()


def test_no_proxy_of_the_environment_comes_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with OpenAiServer() as server:
        assert chat(server, tries=1).ask(QUESTION).text


def raw_server(answer: bytes) -> tuple[str, threading.Thread]:
    """A server that answers one connection with these bytes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection, suppress(OSError):  # a client may have read enough
            asked = connection.recv(65_536)
            while not asked.endswith(b"}"):  # one that is closed with words unread is reset, not ended
                asked += connection.recv(65_536)
            connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/v1", thread


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", "broke off"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000, "not JSON"),
        (b'HTTP/1.1 200 OK\r\n\r\n{"choices": []}', "no chat completion"),
        (b'HTTP/1.1 200 OK\r\n\r\n{"choices": [{"message": null}]}', "no message"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b" " * ((16 << 20) + 9), "more than 16 MiB"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n", "elsewhere"),
        (b"", "broke off"),
    ],
)
def test_what_is_no_answer_is_never_taken_for_one(answer: bytes, reason: str) -> None:
    url, thread = raw_server(answer)
    with pytest.raises(EngineError, match=reason):
        ChatClient(url, "m", timeout=5.0, tries=1).ask(QUESTION)
    thread.join(5)


@pytest.mark.parametrize(
    "message",
    [
        {"content": [{"type": "text", "text": "Ho"}, {"type": "text", "text": "la."}]},
        {"content": "Hola.", "reasoning_content": "hm"},
    ],
)
def test_answers_in_parts_or_beside_reasoning_are_read(message: dict) -> None:
    body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], "usage": {"prompt_tokens": "many"}})
    url, _ = raw_server(f"HTTP/1.1 200 OK\r\n\r\n{body}".encode())
    answer = ChatClient(url, "m", timeout=5.0, tries=1).ask(QUESTION)
    assert (answer.text, answer.usage.prompt_tokens) == ("Hola.", 0)
    assert answer.has_reasoned == ("reasoning_content" in message)


def test_many_threads_share_one_client() -> None:
    def ask() -> None:
        answers.append(client.ask(QUESTION).text)

    answers: list[str] = []
    with OpenAiServer(behave=lambda request: time.sleep(0.05) or Act.REJECTING) as server:
        client = chat(server)
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [json.loads(answer) for answer in answers] == [{"1": "Uryyb gurer."}] * 8
    assert client._dialect.form is Form.OBJECT_WITH_SCHEMA
