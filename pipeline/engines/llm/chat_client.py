"""Client of chat completions: one question, one answer, with simpler requests for simpler servers."""

import json
import logging
import re
import threading
import time
from collections.abc import Callable

from pipeline.engines.llm.chat_dialect import FORMAT_COMPLAINT, OVERFLOW_COMPLAINT, Dialect, Question
from pipeline.engines.llm.chat_response import Answer, parse_completion
from pipeline.engines.openai_api.api_client import ApiClient, Refusal, ServerNames
from pipeline.engines.openai_api.api_response import ModelCard
from pipeline.engines.openai_api.http_client import Body
from pipeline.engines.protocols import Usage
from pipeline.errors import EngineError

log = logging.getLogger(__name__)

NAMES = ServerNames("llm", "the language model", "LLM_URL", "LLM_API_KEY", "TRANSLATOR_MODEL")
REQUEST_COMPLAINT = re.compile(f"{FORMAT_COMPLAINT.pattern}|{OVERFLOW_COMPLAINT.pattern}", re.IGNORECASE)


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
        self._api = ApiClient(
            NAMES, url, model, api_key=api_key, timeout=timeout, tries=tries, sleep=sleep, refusals=REQUEST_COMPLAINT
        )
        self._dialect = Dialect()
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        """The model's name; fetched from the server if none was given."""
        return self._api.model

    def fetch_card(self) -> ModelCard:
        """The model as the server lists it, fetched once. EngineError without a response, or if no model is given nor listed."""
        return self._api.fetch_card()

    def ask(self, question: Question) -> Answer:
        """The model's answer. ContextOverflow if it does not fit the window; EngineError if the server fails or refuses."""
        dialect, begun, model = self._dialect, time.monotonic(), self.model
        while True:
            body = json.dumps(dialect.make_request(question, model), ensure_ascii=False).encode("utf-8", "replace")
            try:
                answer = self._api.request(
                    "POST", "/chat/completions", lambda response: parse_completion(response.body), body=Body(body)
                )
            except Refusal as refusal:
                dialect = self._find_simpler_dialect(dialect, refusal, question, model)
                continue
            with self._lock:
                self._dialect = self._dialect.merge(dialect)  # only now: the refusal may have had another reason
            usage = Usage(answer.usage.prompt_tokens, answer.usage.completion_tokens, time.monotonic() - begun)
            return Answer(answer.text, answer.complete, answer.has_reasoned, usage)

    def _find_simpler_dialect(self, dialect: Dialect, refusal: Refusal, question: Question, model: str) -> Dialect:
        """The dialect to try after a refusal. ContextOverflow or EngineError if no other request would be accepted."""
        if refusal.status == 413 or OVERFLOW_COMPLAINT.search(refusal.complaint):
            raise ContextOverflow(
                "llm", f"{model} cannot take so long a text ({refusal.complaint}); set window lower"
            ) from refusal
        has_schema = question.schema is not None
        simpler = dialect.find_simpler(refusal.complaint, has_schema=has_schema) if refusal.is_about_form else None
        if simpler is None:
            raise self._api.describe_refusal(refusal) from refusal
        log.info("llm=%s refused with HTTP %d (%s); asking as %s", model, refusal.status, refusal.complaint, simpler)
        return simpler
