"""A language model behind the OpenAI protocol: one question, one answer, through the faults that servers and networks have."""

import email.utils
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pipeline.engines.llm.chat_dialect import FORMAT, OVERFLOW, Dialect, Question
from pipeline.engines.llm.http_client import Endpoint, NoResponse, Response
from pipeline.engines.protocols import Usage
from pipeline.errors import EngineError

log = logging.getLogger(__name__)

T = TypeVar("T")

PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})  # HTTP states that may be over in a moment
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # s between tries, doubled each time
LONGEST_WISH = 60.0  # s that a server may ask us to wait
LIST_TIMEOUT = 10.0  # s for the list of models: nothing is computed there


class ContextOverflow(EngineError):
    """The question and its answer do not fit the model's context window."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the model. `complete`: it came to its own end. `has_reasoned`: it reasoned first, which takes tokens too."""

    text: str
    complete: bool
    has_reasoned: bool
    usage: Usage


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model as its server lists it. `window`: tokens of question and answer together, None where it does not say."""

    name: str
    window: int | None


class ChatClient:
    """A server's model. Asks nothing until it is asked, so that the server may start later. May be shared by threads."""

    def __init__(
        self,
        url: str,
        model: str = "",
        *,
        api_key: str | None = None,
        timeout: float,
        tries: int,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`model`: "" for the first that the server lists. EngineError where URL or key cannot be used."""
        if api_key and not (api_key.isascii() and api_key.isprintable()):
            raise EngineError("llm", "LLM_API_KEY holds characters that no HTTP header can carry; set it to the bare key")
        try:
            self._endpoint = Endpoint.of(url, {"Authorization": f"Bearer {api_key}"} if api_key else {})
        except ValueError as error:
            raise EngineError("llm", f"LLM_URL cannot be used: {error}; give one such as http://127.0.0.1:8001/v1") from error
        self._model, self._key, self._timeout, self._tries, self._sleep = model, api_key, timeout, max(1, tries), sleep
        self._dialect = Dialect()
        self._card: ModelCard | None = None
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """The model's name; asks the server where none was given."""
        return self._model or self.fetch_card().name

    def fetch_card(self) -> ModelCard:
        """What the server says of the model. EngineError where it does not answer, or lists no model and none was named."""
        with self._lock:
            if self._card is None:
                self._card = self._listed()
            return self._card

    def ask(self, question: Question) -> Answer:
        """The model's answer. ContextOverflow where it does not fit; EngineError where the server cannot be asked at all."""
        dialect, begun, model = self._dialect, time.monotonic(), self.model
        while True:
            body = json.dumps(dialect.request(question, model), ensure_ascii=False).encode("utf-8", "replace")
            try:
                answer = self._tried("POST", "/chat/completions", body, _answer, timeout=self._timeout)
            except _Refused as refused:
                if refused.status == 413 or OVERFLOW.search(refused.complaint):
                    raise ContextOverflow(
                        "llm", f"{model} cannot take so long a text ({refused.complaint}); set window lower"
                    ) from refused
                simpler = dialect.find_simpler(refused.complaint, shaped=question.schema is not None) if refused.of_form else None
                if simpler is None:
                    raise self._explained(refused) from refused
                log.info("llm=%s refused with HTTP %d (%s); asking as %s", model, refused.status, refused.complaint, simpler)
                dialect = simpler
                continue
            with self._lock:
                self._dialect = self._dialect.merge(dialect)  # only now: the refusal may have had another reason
            usage = Usage(answer.usage.prompt_tokens, answer.usage.completion_tokens, time.monotonic() - begun)
            return Answer(answer.text, answer.complete, answer.has_reasoned, usage)

    def _listed(self) -> ModelCard:
        try:
            cards = self._tried("GET", "/models", None, _cards, timeout=min(self._timeout, LIST_TIMEOUT))
        except _Refused as refused:
            if self._model and refused.status in {404, 405, 501}:
                return ModelCard(self._model, None)  # not every server has a list
            raise self._explained(refused) from refused
        if self._model:
            return next((card for card in cards if card.name == self._model), ModelCard(self._model, None))
        if not cards:
            raise EngineError("llm", f"{self._endpoint.name} lists no model; load one there, or name one in TRANSLATOR_MODEL")
        return cards[0]

    def _tried(self, method: str, path: str, body: bytes | None, read: Callable[[bytes], T], *, timeout: float) -> T:
        """What `read` makes of the answer. _Refused for an answer that another try would not change."""
        reason = ""
        for attempt in range(1, self._tries + 1):
            wish = None
            try:
                reply = self._endpoint.exchange(method, path, body, timeout=timeout)
                if reply.status == 200:
                    return read(reply.body)
                complaint = self._complaint(reply)
                if reply.status not in PASSING or FORMAT.search(complaint) or OVERFLOW.search(complaint):
                    raise _Refused(reply.status, complaint)
                reason, wish = f"HTTP {reply.status}, {complaint}", retry_after(reply.headers.get("retry-after", ""))
            except NoResponse as error:
                reason = str(error)
            if attempt < self._tries:
                pause = _pause(attempt, body or b"") if wish is None else min(wish, LONGEST_WISH)
                log.warning("llm=%s %s; try %d of %d in %.1f s", self._endpoint.name, reason, attempt + 1, self._tries, pause)
                self._sleep(pause)
        raise EngineError(
            "llm",
            f"the language model at {self._endpoint.name} gave no answer ({reason}; tried {self._tries}×); "
            "start it, or set LLM_URL to where it listens",
        )

    def _complaint(self, reply: Response) -> str:
        """What the server says is wrong: one short line, in which the key never stands."""
        text = reply.body[:20_000].decode("utf-8", "replace")
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = text
        while isinstance(found, dict | list):
            parts = found if isinstance(found, dict) else dict(enumerate(found))
            found = next((parts[name] for name in ("error", "message", "detail", "msg", 0) if name in parts), "")
            if not found:
                found = text
        words = " ".join("".join(letter if letter.isprintable() else " " for letter in str(found)).split())
        if self._key:
            words = words.replace(self._key, "…")
        return words[:300] or "it gave no reason"

    def _explained(self, refused: "_Refused") -> EngineError:
        where, why = self._endpoint.name, f"HTTP {refused.status}: {refused.complaint}"
        if refused.status in {401, 403}:
            return EngineError("llm", f"{where} does not let us in ({why}); check LLM_API_KEY")
        if refused.status == 404:
            return EngineError(
                "llm", f"{where} knows no such model or address ({why}); check TRANSLATOR_MODEL, and that LLM_URL ends as in …/v1"
            )
        if 300 <= refused.status < 400:
            return EngineError("llm", f"{where} sends us elsewhere ({why}); set LLM_URL to where it leads")
        return EngineError("llm", f"{where} refused the question ({why}); check that it speaks the OpenAI protocol")


class _Refused(Exception):
    """The server answered that it will not, and would again."""

    def __init__(self, status: int, complaint: str) -> None:
        super().__init__(status, complaint)
        self.status, self.complaint = status, complaint

    @property
    def of_form(self) -> bool:
        """Whether asking in other words may help."""
        return self.status in {400, 415, 422, 501} or (self.status in PASSING and FORMAT.search(self.complaint) is not None)


def retry_after(text: str) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or a date; None where it says nothing usable."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds == seconds else None  # NaN is not


def _pause(attempt: int, body: bytes) -> float:
    """Seconds before the next try. Each question has its own, or eight that failed together would return together."""
    spread = int.from_bytes(hashlib.blake2b(body, digest_size=2, salt=bytes([attempt % 256])).digest()) / 65_536
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1)) * (0.75 + spread / 2)


def _answer(body: bytes) -> Answer:
    """A chat completion. Unanswered for anything else."""
    found = _json(body)
    choices = found.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise NoResponse("its answer is no chat completion")
    choice = choices[0]
    message = choice.get("message")
    if not isinstance(message, dict):
        raise NoResponse("its answer holds no message")
    content = message.get("content")
    if isinstance(content, list):  # parts, as some hosted servers send them
        content = "".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    text = content if isinstance(content, str) else ""
    thought = any(message.get(name) for name in ("reasoning_content", "reasoning")) or "</think" in text or "<think" in text
    return Answer(text, choice.get("finish_reason") != "length", bool(thought), _usage(found.get("usage")))


def _usage(given: Any) -> Usage:
    counts = [given.get(name) if isinstance(given, dict) else 0 for name in ("prompt_tokens", "completion_tokens")]
    prompt, completion = (count if isinstance(count, int) and count > 0 else 0 for count in counts)
    return Usage(prompt, completion)


def _cards(body: bytes) -> tuple[ModelCard, ...]:
    listed = _json(body).get("data")
    if not isinstance(listed, list):
        raise NoResponse("its answer is no list of models")
    return tuple(
        ModelCard(card["id"], _window(card))
        for card in listed
        if isinstance(card, dict) and isinstance(card.get("id"), str) and card["id"]
    )


def _window(card: dict[str, Any]) -> int | None:
    """The context window: vLLM tells it in the card, llama.cpp in its `meta`."""
    meta = card.get("meta")
    told = card.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    return told if isinstance(told, int) and told > 0 else None


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoResponse("its answer is not JSON") from error
    if not isinstance(found, dict):
        raise NoResponse("its answer is no JSON object")
    return found
