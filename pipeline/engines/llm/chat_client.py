"""Client of the OpenAI protocol: one question, one answer, with retries, back-off and simpler requests for simpler servers."""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from pipeline.engines.llm.chat_dialect import FORMAT_COMPLAINT, OVERFLOW_COMPLAINT, Dialect, Question
from pipeline.engines.llm.chat_response import (
    Answer,
    ModelCard,
    find_error_message,
    parse_completion,
    parse_model_cards,
    parse_retry_after,
)
from pipeline.engines.llm.http_client import Endpoint, NoResponse
from pipeline.engines.protocols import Usage
from pipeline.errors import EngineError

log = logging.getLogger(__name__)

T = TypeVar("T")

TRANSIENT_STATUSES = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})  # HTTP statuses that are worth a retry
FIRST_PAUSE_S, MAX_PAUSE_S = 0.5, 30.0  # between tries, doubled each time
MAX_RETRY_AFTER_S = 60.0  # that a server may make us wait
LIST_TIMEOUT_S = 10.0  # for the list of models: nothing is computed there


class ContextOverflow(EngineError):
    """The question and its answer do not fit the model's context window."""


class ChatClient:
    """A model on a server of the OpenAI protocol. Connects at the first question, so the server may start later. Thread-safe."""

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
        """`model`: "" for the first that the server lists. `timeout`: seconds a try. EngineError if URL or key cannot be used."""
        if api_key and not (api_key.isascii() and api_key.isprintable()):
            raise EngineError("llm", "LLM_API_KEY holds characters that no HTTP header can carry; set it to the bare key")
        try:
            self._endpoint = Endpoint.parse(url, {"Authorization": f"Bearer {api_key}"} if api_key else {})
        except ValueError as error:
            raise EngineError("llm", f"LLM_URL cannot be used: {error}; give one such as http://127.0.0.1:8001/v1") from error
        self._model, self._key, self._timeout, self._tries, self._sleep = model, api_key, timeout, max(1, tries), sleep
        self._dialect = Dialect()
        self._card: ModelCard | None = None
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """The model's name; fetched from the server if none was given."""
        return self._model or self.fetch_card().name

    def fetch_card(self) -> ModelCard:
        """The model as the server lists it, fetched once. EngineError without a response, or if no model is given nor listed."""
        with self._lock:
            if self._card is None:
                self._card = self._fetch_card()
            return self._card

    def ask(self, question: Question) -> Answer:
        """The model's answer. ContextOverflow if it does not fit the window; EngineError if the server fails or refuses."""
        dialect, begun, model = self._dialect, time.monotonic(), self.model
        while True:
            body = json.dumps(dialect.make_request(question, model), ensure_ascii=False).encode("utf-8", "replace")
            try:
                answer = self._request("POST", "/chat/completions", body, parse_completion, timeout=self._timeout)
            except _Refusal as refusal:
                dialect = self._find_simpler_dialect(dialect, refusal, question, model)
                continue
            with self._lock:
                self._dialect = self._dialect.merge(dialect)  # only now: the refusal may have had another reason
            usage = Usage(answer.usage.prompt_tokens, answer.usage.completion_tokens, time.monotonic() - begun)
            return Answer(answer.text, answer.complete, answer.has_reasoned, usage)

    def _find_simpler_dialect(self, dialect: Dialect, refusal: "_Refusal", question: Question, model: str) -> Dialect:
        """The dialect to try after a refusal. ContextOverflow or EngineError if no other request would be accepted."""
        if refusal.status == 413 or OVERFLOW_COMPLAINT.search(refusal.complaint):
            raise ContextOverflow(
                "llm", f"{model} cannot take so long a text ({refusal.complaint}); set window lower"
            ) from refusal
        has_schema = question.schema is not None
        simpler = dialect.find_simpler(refusal.complaint, has_schema=has_schema) if refusal.is_about_form else None
        if simpler is None:
            raise self._make_error(refusal) from refusal
        log.info("llm=%s refused with HTTP %d (%s); asking as %s", model, refusal.status, refusal.complaint, simpler)
        return simpler

    def _fetch_card(self) -> ModelCard:
        try:
            cards = self._request("GET", "/models", None, parse_model_cards, timeout=min(self._timeout, LIST_TIMEOUT_S))
        except _Refusal as refusal:
            if self._model and refusal.status in {404, 405, 501}:
                return ModelCard(self._model, None)  # not every server has a list
            raise self._make_error(refusal) from refusal
        if self._model:
            return next((card for card in cards if card.name == self._model), ModelCard(self._model, None))
        if not cards:
            raise EngineError("llm", f"{self._endpoint.name} lists no model; load one there, or name one in TRANSLATOR_MODEL")
        return cards[0]

    def _request(self, method: str, path: str, body: bytes | None, parse: Callable[[bytes], T], *, timeout: float) -> T:
        """The response's body, parsed; with retries.

        _Refusal for a status that a retry would not change, EngineError after the last try.
        """
        reason = ""
        for attempt in range(1, self._tries + 1):
            retry_after = None
            try:
                response = self._endpoint.request(method, path, body, timeout=timeout)
                if response.status == 200:
                    return parse(response.body)
                complaint = find_error_message(response.body, secret=self._key)
                if response.status not in TRANSIENT_STATUSES or _is_about_request(complaint):
                    raise _Refusal(response.status, complaint)
                reason = f"HTTP {response.status}, {complaint}"
                retry_after = parse_retry_after(response.headers.get("retry-after", ""))
            except NoResponse as error:
                reason = str(error)
            if attempt < self._tries:
                pause = _compute_pause(attempt, body or b"") if retry_after is None else min(retry_after, MAX_RETRY_AFTER_S)
                log.warning("llm=%s %s; try %d of %d in %.1f s", self._endpoint.name, reason, attempt + 1, self._tries, pause)
                self._sleep(pause)
        raise EngineError(
            "llm",
            f"the language model at {self._endpoint.name} gave no answer ({reason}; tried {self._tries}×); "
            "start it, or set LLM_URL to where it listens",
        )

    def _make_error(self, refusal: "_Refusal") -> EngineError:
        where, why = self._endpoint.name, f"HTTP {refusal.status}: {refusal.complaint}"
        if refusal.status in {401, 403}:
            return EngineError("llm", f"{where} rejects the API key ({why}); check LLM_API_KEY")
        if refusal.status == 404:
            return EngineError(
                "llm", f"{where} has no such model or path ({why}); check TRANSLATOR_MODEL, and that LLM_URL ends as in …/v1"
            )
        if 300 <= refusal.status < 400:
            return EngineError("llm", f"{where} redirects elsewhere ({why}); set LLM_URL to the redirect's target")
        return EngineError("llm", f"{where} refused the request ({why}); check that it speaks the OpenAI protocol")


class _Refusal(Exception):
    """A status that a retry of the same request would not change."""

    def __init__(self, status: int, complaint: str) -> None:
        super().__init__(status, complaint)
        self.status, self.complaint = status, complaint

    @property
    def is_about_form(self) -> bool:
        """True if a simpler request may be accepted."""
        transient = self.status in TRANSIENT_STATUSES
        return self.status in {400, 415, 422, 501} or (transient and FORMAT_COMPLAINT.search(self.complaint) is not None)


def _is_about_request(complaint: str) -> bool:
    """True if an error, whatever its status, is about the request itself: its format, or its length."""
    return (FORMAT_COMPLAINT.search(complaint) or OVERFLOW_COMPLAINT.search(complaint)) is not None


def _compute_pause(attempt: int, body: bytes) -> float:
    """Seconds before the next try: exponential back-off with jitter.

    The jitter comes from the request: eight that failed together do not return together, and runs can be repeated.
    """
    jitter = int.from_bytes(hashlib.blake2b(body, digest_size=2, salt=bytes([attempt % 256])).digest()) / 65_536
    return min(MAX_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (attempt - 1)) * (0.75 + jitter / 2)
