"""Client of a speech endpoint: a request and its decoded audio, in what the server accepts; the list of its voices."""

import json
import logging
import re
import threading
from collections.abc import Callable

from pipeline.engines.openai_api.api_client import ApiClient, Refusal, ServerNames
from pipeline.engines.openai_api.http_client import Body, NoResponse, Response
from pipeline.engines.openai_api.known_servers import KnownServers
from pipeline.engines.protocols import Wave
from pipeline.engines.speech_api.server_voices import ServerVoice, format_voice, parse_listed_voices
from pipeline.engines.speech_api.speech_audio import decode_speech
from pipeline.engines.speech_api.speech_request import ENGINE, REQUEST_COMPLAINT, SpeechDialect, SpeechOptions, SpeechRequest
from pipeline.errors import EngineError

log = logging.getLogger(__name__)

NAMES = ServerNames(
    ENGINE,
    "the speech server",
    "SPEECH_API_URL",
    "SPEECH_API_KEY",
    "SYNTHESIZER_MODEL",
    example="http://127.0.0.1:8880/v1",
    task="text-to-speech",
)
BYTES_PER_S = 192_000  # of 16-bit stereo at 48 kHz
MAX_AUDIO_BYTES = 64 << 20
MAX_DURATION_FACTOR, MAX_DURATION_GRACE_S = 4.0, 10.0  # times the expected duration, plus this: more is never read
LIST_TIMEOUT_S = 10.0


class SpeechClient:
    """A speech model on a server. Connects at the first request. Thread-safe."""

    def __init__(
        self,
        url: str,
        model: str,
        options: SpeechOptions,
        *,
        api_key: str | None,
        timeout: float,
        tries: int,
        sleep: Callable[[float], None],
        known: KnownServers | None = None,
    ) -> None:
        """`model`: "" for the first that the server lists; `known`: keeps it. EngineError if URL or key cannot be used."""
        self._api = ApiClient(
            NAMES, url, model, api_key=api_key, timeout=timeout, tries=tries, sleep=sleep, refusals=REQUEST_COMPLAINT, known=known
        )
        self._options, self._timeout = options, timeout
        self._known, self._subject = known or KnownServers(), ("voices", url, model)
        self._dialect = SpeechDialect(options.format, faster=options.speed, slower=options.speed)
        self._lock = threading.Lock()

    def accepts_speed(self, speed: float) -> bool:
        """False where the options say so, or the server refused such a speed."""
        return self._dialect.accepts_speed(speed)

    @property
    def is_provisional(self) -> bool:
        """True while the server is away and its last known model stands for it."""
        return self._api.is_provisional

    def describe_model(self) -> str:
        """The model for the fingerprint: its name, and the weights behind it where the server tells them. EngineError."""
        card = self._api.fetch_card()
        return f"{card.name}({card.root})" if card.root else card.name

    def synthesize(self, request: SpeechRequest, expected: float) -> tuple[Wave, int]:
        """The audio of a request, as it came: mono wave, and its rate in Hz. EngineError if the server fails or refuses.

        `expected`: seconds; an answer of several times as much is given up while it is read.
        """
        longest = MAX_DURATION_FACTOR * expected + MAX_DURATION_GRACE_S
        dialect, model = self._dialect, self._api.model
        while True:
            body = Body(request.make_body(model, self._options, dialect))

            def decode(response: Response, form: SpeechDialect = dialect) -> tuple[Wave, int]:
                return decode_speech(response, form.format, self._options.pcm_rate)

            try:
                found = self._api.request(
                    "POST", "/audio/speech", decode, body=body, max_bytes=min(MAX_AUDIO_BYTES, round(longest * BYTES_PER_S))
                )
            except Refusal as refusal:
                dialect = self._find_simpler_dialect(dialect, refusal, request.speed)
                continue
            with self._lock:
                self._dialect = self._dialect.merge(dialect)
            return found

    def list_voices(self) -> tuple[ServerVoice, ...]:
        """The voices that the server lists; empty where it has no list. EngineError if it fails."""
        try:
            listed = self._api.request("GET", "/audio/voices", _parse_list, timeout=min(self._timeout, LIST_TIMEOUT_S))
        except Refusal as refusal:
            if refusal.status in {400, 404, 405, 422, 501}:
                return ()
            raise self._api.describe_refusal(refusal) from refusal
        voices = parse_listed_voices(listed)
        self._known.write([format_voice(each) for each in voices], *self._subject)
        return voices

    def list_known_voices(self) -> tuple[ServerVoice, ...]:
        """The voices that the server lists, or while it is away those that it last listed. EngineError where none are known."""
        try:
            return self.list_voices()
        except EngineError as error:
            listed = None if isinstance(error.__cause__, Refusal) else self._known.read(*self._subject)
            if listed is None:
                raise
            log.warning("%s; its voices are those that it last listed", error)
            return parse_listed_voices(listed)

    def _find_simpler_dialect(self, dialect: SpeechDialect, refusal: Refusal, speed: float) -> SpeechDialect:
        """The dialect to try after a refusal. EngineError if no other request would be accepted."""
        if refusal.status == 413 or re.search(r"too long|max(imum)? length", refusal.complaint, re.IGNORECASE):
            raise EngineError(
                ENGINE, f"{self._api.name} cannot take so long a line ({refusal.complaint}); divide the line"
            ) from refusal
        simpler = dialect.find_simpler(refusal.complaint, speed) if refusal.is_about_form else None
        if simpler is None:
            raise self._api.describe_refusal(refusal) from refusal
        log.info(
            "%s=%s refused with HTTP %d (%s); asking as %s", ENGINE, self._api.name, refusal.status, refusal.complaint, simpler
        )
        return simpler


def _parse_list(response: Response) -> object:
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError) as error:
        raise NoResponse("its list of voices is not JSON") from error
