"""Client of a server of the OpenAI protocol: requests with retries and back-off, the list of models, errors in words."""

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pipeline.engines.openai_api.api_response import ModelCard, find_error_message, parse_model_cards, parse_retry_after
from pipeline.engines.openai_api.http_client import Body, Endpoint, NoResponse, Response
from pipeline.engines.openai_api.known_servers import KnownServers
from pipeline.errors import EngineError

log = logging.getLogger(__name__)

T = TypeVar("T")

TRANSIENT_STATUSES = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})  # HTTP statuses that are worth a retry
FIRST_PAUSE_S, MAX_PAUSE_S = 0.5, 30.0  # between tries, doubled each time
MAX_RETRY_AFTER_S = 60.0  # that a server may make us wait
LIST_TIMEOUT_S = 10.0  # for the list of models: nothing is computed there
RECHECK_S = 30.0  # between looks for a server that is away, while its last known model stands for it
MAX_JSON_BYTES = 16 << 20  # of an answer in JSON, which has some kilobytes


@dataclass(frozen=True, slots=True)
class ServerNames:
    """Names for errors and logs. `engine`: as the registry has it; `server`: for people; `url`, `key`, `model`: the settings.

    `example`: of a URL. `task`: of the models that the engine needs, where a server's list tells tasks apart.
    """

    engine: str
    server: str
    url: str
    key: str
    model: str
    example: str = "http://127.0.0.1:8001/v1"
    task: str = ""


class Refusal(Exception):
    """A status that a retry of the same request would not change. `complaint`: the server's message, on one short line."""

    def __init__(self, status: int, complaint: str) -> None:
        super().__init__(status, complaint)
        self.status, self.complaint = status, complaint

    @property
    def is_about_form(self) -> bool:
        """True if a simpler request may be accepted. A transient status is a refusal only for its complaint."""
        return self.status in {400, 415, 422, 501} | TRANSIENT_STATUSES


class ApiClient:
    """A model on a server of the OpenAI protocol. Connects at the first request, so the server may start later. Thread-safe."""

    def __init__(
        self,
        names: ServerNames,
        url: str,
        model: str = "",
        *,
        api_key: str | None = None,
        timeout: float,
        tries: int,
        sleep: Callable[[float], None] = time.sleep,
        refusals: re.Pattern[str] | None = None,
        known: KnownServers | None = None,
    ) -> None:
        """`model`: "" for the first that the server lists. `timeout`: seconds a try. `refusals`: complaints that are about the
        request itself, whatever their status. `known`: keeps the model for the time that the server is away; None: it is not kept.
        EngineError if URL or key cannot be used.
        """
        if api_key and not (api_key.isascii() and api_key.isprintable()):
            raise EngineError(names.engine, f"{names.key} holds characters that no HTTP header can carry; set it to the bare key")
        try:
            self._endpoint = Endpoint.parse(url, {"Authorization": f"Bearer {api_key}"} if api_key else {})
        except ValueError as error:
            raise EngineError(names.engine, f"{names.url} cannot be used: {error}; give one such as {names.example}") from error
        self._names, self._model, self._key = names, model, api_key
        self._timeout, self._tries, self._sleep, self._refusals = timeout, max(1, tries), sleep, refusals
        self._card: ModelCard | None = None
        self._known, self._subject = known or KnownServers(), ("model", url, model)
        self._is_provisional, self._recheck_at = False, 0.0
        self._lock = threading.Lock()

    @property
    def is_provisional(self) -> bool:
        """True while the server is away and its last known model stands for it."""
        return self._is_provisional

    @property
    def name(self) -> str:
        """Host and port of the server, for messages."""
        return self._endpoint.name

    @property
    def model(self) -> str:
        """The model's name, for a request; fetched from the server if none was given.

        EngineError where the server was away and came back with another model than the last known one, by which the request was made.
        """
        if self._is_provisional:
            self._confirm_known_card()
        return self._model or self.fetch_card().name

    def fetch_card(self) -> ModelCard:
        """The model as the server lists it, fetched once; as it last listed it, while it is away.

        EngineError without a response and a known model, or if no model is given nor listed.
        """
        with self._lock:
            if self._card is None or (self._is_provisional and time.monotonic() >= self._recheck_at):
                self._card = self._find_card()
            return self._card

    def _find_card(self) -> ModelCard:
        try:
            card = self._fetch_card()
        except EngineError as error:
            told = None if isinstance(error.__cause__, Refusal) else self._known.read(*self._subject)
            if not isinstance(told, list) or len(told) != 2 or not all(isinstance(each, str) for each in told):
                raise
            if not self._is_provisional:
                log.warning("%s; until then its last known model stands for it: %s", error, told[0])
            self._is_provisional, self._recheck_at = True, time.monotonic() + RECHECK_S
            return ModelCard(told[0], {"root": told[1]})
        self._is_provisional = False
        self._known.write([card.name, card.root], *self._subject)
        return card

    def _confirm_known_card(self) -> None:
        """Fetch the model and compare it with the last known one. EngineError if the server is away, or the models differ."""
        with self._lock:
            if not self._is_provisional or self._card is None:
                return
            known, card = self._card, self._fetch_card()
            if (card.name, card.root) != (known.name, known.root):
                self._recheck_at = 0.0  # the next question for the model gets the new one
                raise EngineError(
                    self._names.engine,
                    f"{self._endpoint.name} was away, and now has {card.name} in place of {known.name}; retry the film with it",
                )
            self._card, self._is_provisional = card, False

    def request(
        self,
        method: str,
        path: str,
        parse: Callable[[Response], T],
        *,
        body: Body | None = None,
        timeout: float | None = None,
        max_bytes: int = MAX_JSON_BYTES,
    ) -> T:
        """The response, parsed, with retries; `parse` raises NoResponse for one that is worth a retry.

        Refusal for a status that a retry would not change, EngineError after the last try.
        """
        reason = ""
        for attempt in range(1, self._tries + 1):
            retry_after = None
            try:
                response = self._endpoint.request(method, path, body, timeout=timeout or self._timeout, max_bytes=max_bytes)
                if response.status == 200:
                    return parse(response)
                complaint = find_error_message(response.body, secret=self._key)
                if response.status not in TRANSIENT_STATUSES or (self._refusals and self._refusals.search(complaint)):
                    raise Refusal(response.status, complaint)
                reason = f"HTTP {response.status}, {complaint}"
                retry_after = parse_retry_after(response.headers.get("retry-after", ""))
            except NoResponse as error:
                reason = str(error)
            if attempt < self._tries:
                self._pause(attempt, body, retry_after, reason)
        raise EngineError(
            self._names.engine,
            f"{self._names.server} at {self._endpoint.name} gave no answer ({reason}; tried {self._tries}×); "
            f"start it, or set {self._names.url} to where it listens",
        )

    def describe_refusal(self, refusal: Refusal) -> EngineError:
        """The error for a refusal, with the way out."""
        names, where, why = self._names, self._endpoint.name, f"HTTP {refusal.status}: {refusal.complaint}"
        if refusal.status in {401, 403}:
            return EngineError(names.engine, f"{where} rejects the API key ({why}); check {names.key}")
        if refusal.status == 404:
            return EngineError(
                names.engine,
                f"{where} has no such model or path ({why}); check {names.model}, and that {names.url} ends as in …/v1",
            )
        if 300 <= refusal.status < 400:
            return EngineError(names.engine, f"{where} redirects elsewhere ({why}); set {names.url} to the redirect's target")
        return EngineError(names.engine, f"{where} refused the request ({why}); check that it speaks the OpenAI protocol")

    def _fetch_card(self) -> ModelCard:
        try:
            cards = self.request(
                "GET",
                "/models",
                lambda response: parse_model_cards(response.body),
                timeout=min(self._timeout, LIST_TIMEOUT_S),
            )
        except Refusal as refusal:
            if self._model and refusal.status in {404, 405, 501}:
                return ModelCard(self._model)  # not every server has a list
            raise self.describe_refusal(refusal) from refusal
        if self._model:
            return next((card for card in cards if card.name == self._model), ModelCard(self._model))
        fitting = [card for card in cards if card.fields.get("task") in {None, self._names.task}] if self._names.task else cards
        if not fitting:
            raise EngineError(
                self._names.engine, f"{self._endpoint.name} lists no model; load one there, or name one in {self._names.model}"
            )
        return fitting[0]

    def _pause(self, attempt: int, body: Body | None, retry_after: float | None, reason: str) -> None:
        """Wait before the next try."""
        pause = (
            compute_pause(attempt, body.content if body else b"") if retry_after is None else min(retry_after, MAX_RETRY_AFTER_S)
        )
        log.warning(
            "%s=%s %s; try %d of %d in %.1f s",
            self._names.engine, self._endpoint.name, reason, attempt + 1, self._tries, pause,
        )  # fmt: skip
        self._sleep(pause)


def compute_pause(attempt: int, body: bytes) -> float:
    """Seconds before the next try: exponential back-off with jitter.

    The jitter comes from the request: eight that failed together do not return together, and runs can be repeated.
    """
    jitter = int.from_bytes(hashlib.blake2b(body, digest_size=2, salt=bytes([attempt % 256])).digest()) / 65_536
    return min(MAX_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (attempt - 1)) * (0.75 + jitter / 2)
