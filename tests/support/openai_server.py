"""A real HTTP server that speaks the OpenAI protocol, with a translator of your own behind it and faults on request.

with OpenAiServer(translate, behave=lambda request: Act.FENCED) as server:
    LlmTranslator(url=server.url)
"""

import codecs
import hashlib
import json
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TOKEN = 3.5  # characters of one, in this server's counting
BACKSLASH = "\\"
REFUSAL = "I'm sorry, but I can't assist with that request."


class Act(StrEnum):
    """What the server does with a request."""

    HONEST = "honest"
    # the words of the answer
    FENCED = "fenced"  # prose and a code fence around the JSON, as where a schema is ignored
    THINKING = "thinking"
    SINGLE_QUOTES = "single quotes"
    LIST = "list of entries"
    NUMBERED = "numbered lines"
    EXTRA = "ids nobody asked for"
    # what is wrong with it
    BROKEN_JSON = "broken JSON"
    MISSING = "missing lines"
    TRUNCATED = "truncated"
    REFUSING = "refusing"
    SHIFTED = "shifted"
    REPEATED = "repeated"
    ECHO = "echo"
    EMPTY = "empty"
    # the protocol
    REJECTING = "rejecting json_schema"
    REJECTING_ALL = "rejecting response_format"
    CONFUSED = "500 for json_schema"  # as llama-cpp-python
    TOO_MANY = "429"
    ERROR = "500"
    HANG = "hang"
    DRIBBLE = "dribble"
    RESET = "reset"
    NO_JSON = "no JSON in the body"


WORDED = (Act.FENCED, Act.THINKING, Act.SINGLE_QUOTES, Act.LIST, Act.NUMBERED, Act.EXTRA)
WRONG = (Act.BROKEN_JSON, Act.MISSING, Act.TRUNCATED, Act.REFUSING, Act.SHIFTED, Act.REPEATED, Act.ECHO, Act.EMPTY)
TRANSPORT = (Act.TOO_MANY, Act.ERROR, Act.HANG, Act.RESET, Act.NO_JSON)

Translate = Callable[[list[str], str, str], list[str]]


def rot13(texts: list[str], source: str, target: str) -> list[str]:
    """A translation that keeps length, numbers and punctuation, and that anybody can check."""
    return [codecs.encode(text, "rot13") for text in texts]


@dataclass(frozen=True)
class Request:
    """A chat completion that was asked for."""

    body: dict[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document in the user's message."""
        return json.loads(self.body["messages"][-1]["content"])

    @property
    def system(self) -> str:
        return self.body["messages"][0]["content"]

    @property
    def task(self) -> str:
        return self.document.get("task", "translate")

    @property
    def compact(self) -> bool:
        """Whether the document is the lines themselves, by their ids."""
        return "task" not in self.document

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What is to be translated."""
        document = self.document
        if self.compact:
            return [{"id": name, "text": text} for name, text in document.items()]
        return document["lines"] if "lines" in document else [{"id": "1", "text": document["line"]}]

    @property
    def plain(self) -> bool:
        """Whether the answer is to be a text rather than JSON."""
        return "line" in self.document and self.task == "translate"

    @property
    def form(self) -> str:
        return self.body.get("response_format", {}).get("type", "")

    @property
    def limit(self) -> int:
        return self.body.get("max_completion_tokens") or self.body["max_tokens"]


Behave = Callable[[Request], Act]


def honest(request: Request) -> Act:
    return Act.HONEST


@dataclass
class Hostile:
    """Every fault there is, in about half of the requests, by seed; but no line is wronged more than three times."""

    seed: int
    wronged: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    acts: Counter[Act] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Request) -> Act:
        name = hashlib.blake2b(json.dumps(request.body, sort_keys=True).encode(), digest_size=8).hexdigest()
        with self.lock:
            times = self.seen[name]
            self.seen[name] += 1
            dice = hashlib.blake2b(f"{self.seed} {name} {times}".encode(), digest_size=4).digest()
            act = self._thrown(dice, times, request)
            self.acts[act] += 1
            return act

    def _thrown(self, dice: bytes, times: int, request: Request) -> Act:
        if dice[0] < 40 and times < 2:
            return TRANSPORT[dice[1] % len(TRANSPORT)]
        # A plain question has no id to tell one "Yes." from another: those it leaves alone.
        keys = [line["text"] if len(line["text"]) > 20 else f"{line['id']} {line['text']}" for line in request.lines]
        if dice[0] < 150 and (not request.plain or len(keys[0]) > 20) and all(self.wronged[key] < 3 for key in keys):
            self.wronged.update(keys)
            return WRONG[dice[1] % len(WRONG)]
        return WORDED[dice[1] % len(WORDED)] if dice[0] < 220 else Act.HONEST


class OpenAiServer:
    """Listens on loopback between `with` and its end. `requests`: what was asked, in order; `url`: for the client."""

    def __init__(
        self,
        translate: Translate = rot13,
        *,
        behave: Behave = honest,
        model: str = "tiny-model",
        window: int | None = None,
        key: str | None = None,
        rejects: Sequence[str] = (),
        retry_after: str = "0",
    ) -> None:
        """`window`: tokens, offered with the model and kept to. `rejects`: fields of the body that it answers with 400."""
        self.translate, self.behave, self.model, self.window, self.key = translate, behave, model, window, key
        self.rejects, self.retry_after = rejects, retry_after
        self.requests: list[Request] = []
        self.listings = 0
        self.released = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _Conversation)
        self._http.owner = self
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()

    def answered(self, request: Request, act: Act) -> tuple[str, bool]:
        """The text of the answer, and whether it is whole."""
        text = self._written(request, act)
        limit = int(request.limit * TOKEN)
        if act is Act.TRUNCATED:
            limit = min(limit, int(len(text) * 0.6))
        return text[:limit], len(text) <= limit

    def _written(self, request: Request, act: Act) -> str:
        document = request.document
        match request.task:
            case "study":
                return json.dumps(_brief(document, self.translate), ensure_ascii=False)
            case "condense":
                return json.dumps({"synopsis": f"Whole: {len(document['notes'])} parts.", "address": "tú throughout"})
            case "shorten":
                wordings = {name: _cut(document["line"], each["characters"]) for name, each in document["budgets"].items()}
                return json.dumps(wordings, ensure_ascii=False)
            case "improve":
                lines = {line["id"]: line["draft"].replace(".", "!") for line in document["lines"]}
                return json.dumps({"critique": "Dull.", "lines": lines}, ensure_ascii=False)
        texts = self.translate([line["text"] for line in request.lines], document.get("from", ""), document.get("to", ""))
        names = [line["id"] for line in request.lines]
        return written(dict(zip(names, texts, strict=True)), request, act)


def written(texts: dict[str, str], request: Request, act: Act) -> str:
    """Translations as the act has them."""
    names, plain = list(texts), request.plain
    if act is Act.EMPTY:
        return ""
    if act is Act.REFUSING:
        return REFUSAL if plain or len(names) < 3 else json.dumps(dict.fromkeys(names, REFUSAL))
    if plain:
        text = texts[names[0]]
        match act:
            case Act.THINKING:
                return f"<think>What could {text[::-1]} be?</think>\n{text}"
            case Act.FENCED:
                return f"Here is the translation:\n\n{text}"
            case Act.MISSING | Act.BROKEN_JSON:
                return ""
        return text
    match act:
        case Act.MISSING:
            texts = {name: text for name, text in texts.items() if hash_of(text) % 3}
        case Act.EXTRA:
            texts = {"0": "?", **texts, str(int(names[-1]) + 1): "Extra.", "note": "7. natural"}
        case Act.SHIFTED if len(names) >= 20:
            texts = dict(zip(names, [*list(texts.values())[1:], "Fin."], strict=True))
        case Act.REPEATED:
            for one, other in zip(names[::3], names[1::3], strict=False):
                if sum(letter.isalpha() for letter in texts[one]) >= 20:
                    texts[other] = texts[one]
        case Act.ECHO if len(names) >= 3:
            texts = {line["id"]: line["text"] for line in request.lines}
    whole = json.dumps(texts, ensure_ascii=False, indent=None if act is Act.HONEST else 1)
    match act:
        case Act.FENCED:
            return f"Of course! Here are the {len(names)} lines:\n```json\n{whole}\n```\nI hope [this] helps {{you}}!"
        case Act.THINKING:
            return f"<think>Let me see {{'{names[0]}': 'draft'}}, [2] …</think>\n\n{whole}"
        case Act.SINGLE_QUOTES:
            return "{" + ", ".join(f"'{name}': '{text.replace(BACKSLASH, 2 * BACKSLASH)}'" for name, text in texts.items()) + ",}"
        case Act.LIST:
            return json.dumps([{"id": int(name), "text": text} for name, text in texts.items()])
        case Act.NUMBERED:
            return "\n".join(f"{name}. {text}" for name, text in texts.items())
        case Act.BROKEN_JSON:
            return whole.replace(": ", " ", len(names) // 2 + 1)
    return whole


def hash_of(text: str) -> int:
    """A number that is the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=2).digest())


def _brief(document: dict[str, Any], translate: Translate) -> dict[str, Any]:
    """Notes on a part: everybody who speaks, every name within a line, and a few inventions."""
    labels = list(dict.fromkeys(line.partition(": ")[0] for line in document["lines"]))
    names = dict.fromkeys(word for line in document["lines"] for word in re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}", line))
    genders = ("female", "male", "unknown")
    return {
        "synopsis": f"{len(document['lines'])} lines.",
        "characters": [
            {"speaker": label, "name": f"Name {label}", "gender": genders[hash_of(label) % 3], "manner": "curt"}
            for label in [*labels, "S99"]
        ],
        "terms": [
            {"source": name, "target": translate([name], document["from"], document["to"])[0]} for name in [*names, "Atlantis"]
        ],
        "address": "tú",
    }


def _cut(text: str, characters: int) -> str:
    words = text.split()
    while len(words) > 1 and len(" ".join(words)) > characters:
        words.pop()
    return " ".join(words)


def strict(schema: dict[str, Any]) -> bool:
    """Whether a schema keeps the rules of strict structured outputs: every object closed, every property required."""
    if schema.get("type") == "array":
        return strict(schema["items"])
    if schema.get("type") != "object":
        return True
    closed = schema.get("additionalProperties") is False and set(schema["required"]) == set(schema["properties"])
    return closed and all(strict(part) for part in schema["properties"].values())


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: OpenAiServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that give up are what some tests are about."""


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Silent."""

    def do_GET(self) -> None:
        owner = self.server.owner
        owner.listings += 1
        if not self._let_in():
            return
        if self.path != "/v1/models":
            self._send(404, {"error": {"message": f"no {self.path}", "type": "invalid_request_error"}})
            return
        window = {"max_model_len": owner.window} if owner.window else {}
        models = [{"id": name, "object": "model", "created": 0, "owned_by": "tests", **window} for name in (owner.model, "other")]
        self._send(200, {"object": "list", "data": models})

    def do_POST(self) -> None:
        owner = self.server.owner
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._let_in():
            return
        request = Request(body)
        owner.requests.append(request)
        if complaint := self._complaint(request):
            self._fail(400, complaint)
            return
        act = owner.behave(request)
        match act:
            case Act.TOO_MANY:
                self._send(429, {"error": {"message": "slow down", "type": "rate_limit"}}, {"Retry-After": owner.retry_after})
            case Act.ERROR:
                self._fail(500, "something broke")
            case Act.HANG:
                owner.released.wait(30)
            case Act.DRIBBLE:
                self._dribble()
            case Act.RESET:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
            case Act.NO_JSON:
                self._send(200, "<html>a proxy's page</html>")
            case Act.REJECTING if request.form == "json_schema":
                self._fail(400, "unsupported value")
            case Act.CONFUSED if request.form == "json_schema":
                self._fail(500, "1 validation error: body.response_format.type: Input should be 'text' or 'json_object'")
            case Act.REJECTING_ALL if request.form:
                self._fail(400, "unsupported value")
            case _:
                self._complete(request, *owner.answered(request, act))

    def _complaint(self, request: Request) -> str | None:
        """What a real server would refuse."""
        owner = self.server.owner
        if request.body["model"] not in {owner.model, "other"}:
            return f"The model {request.body['model']} does not exist."
        for name in owner.rejects:
            if name in request.body:
                return f"Unsupported parameter: '{name}'." + (" Use 'max_completion_tokens'." if name == "max_tokens" else "")
        if request.form == "json_schema" and not strict(request.body["response_format"]["json_schema"]["schema"]):
            return "Invalid schema for response_format"
        needed = self._prompt_tokens(request) + request.limit
        if owner.window and needed > owner.window:
            return f"This model's maximum context length is {owner.window} tokens. However, you requested {needed} tokens."
        return None

    def _complete(self, request: Request, text: str, whole: bool) -> None:
        prompt, completion = self._prompt_tokens(request), round(len(text) / TOKEN)
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop" if whole else "length"}
        self._send(
            200,
            {
                "id": f"chatcmpl-{len(self.server.owner.requests)}",
                "object": "chat.completion",
                "created": 0,
                "model": request.body["model"],
                "choices": [choice],
                "usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion},
            },
        )

    def _prompt_tokens(self, request: Request) -> int:
        return round(sum(len(message["content"]) for message in request.body["messages"]) / TOKEN)

    def _let_in(self) -> bool:
        key = self.server.owner.key
        if key is None or self.headers.get("Authorization") == f"Bearer {key}":
            return True
        self._fail(401, f"Incorrect API key provided: {self.headers.get('Authorization')}")
        return False

    def _dribble(self) -> None:
        """A byte now and then: never silent for long, never done."""
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.server.owner.released.wait(0.02):
            self.wfile.write(b" ")
            self.wfile.flush()

    def _fail(self, status: int, message: str) -> None:
        self._send(status, {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}})

    def _send(self, status: int, body: dict[str, Any] | str, headers: dict[str, str] | None = None) -> None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
