"""Client of a transcription endpoint: audio in, a transcript out, with as many times as the server gives."""

import io
import logging
import threading
from collections.abc import Callable
from enum import IntEnum

from pipeline.engines.openai_api.api_client import ApiClient, Refusal, ServerNames
from pipeline.engines.openai_api.http_client import Body
from pipeline.engines.openai_api.known_servers import KnownServers
from pipeline.engines.openai_api.multipart import FormFile, encode_form
from pipeline.engines.protocols import Wave
from pipeline.engines.transcription_api.transcript import Transcript, parse_transcript
from pipeline.values.media import SPEECH_RATE_HZ

log = logging.getLogger(__name__)

ENGINE = "transcription-api"
NAMES = ServerNames(
    ENGINE,
    "the transcription server",
    "TRANSCRIPTION_API_URL",
    "TRANSCRIPTION_API_KEY",
    "TRANSCRIBER_MODEL",
    example="http://127.0.0.1:8000/v1",
    task="automatic-speech-recognition",
)


MAX_TRANSCRIPT_BYTES = 2 << 20  # of half a minute, which has some 50 kB


class TimeDetail(IntEnum):
    """Times in a transcript, the finest first."""

    WORDS = 0
    SEGMENTS = 1  # vLLM
    NONE = 2  # a text alone: gpt-4o-transcribe


class TranscriptionClient:
    """A speech recognition model on a server. Connects at the first request. Thread-safe."""

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str | None,
        timeout: float,
        tries: int,
        sleep: Callable[[float], None],
        known: KnownServers | None = None,
    ) -> None:
        """`model`: "" for the first that the server lists; `known`: keeps it. EngineError if URL or key cannot be used."""
        self._api = ApiClient(NAMES, url, model, api_key=api_key, timeout=timeout, tries=tries, sleep=sleep, known=known)
        self._detail = TimeDetail.WORDS
        self._lock = threading.Lock()

    @property
    def is_provisional(self) -> bool:
        """True while the server is away and its last known model stands for it."""
        return self._api.is_provisional

    def describe_model(self) -> str:
        """The model for the fingerprint: its name, and the weights behind it where the server tells them. EngineError."""
        card = self._api.fetch_card()
        return f"{card.name}({card.root})" if card.root else card.name

    def transcribe(self, wave: Wave, *, language: str = "", prompt: str = "") -> Transcript:
        """The transcript of a wave at 16 kHz. `language`: a code, "" to have it identified. EngineError if the server fails or refuses."""
        detail, model = self._detail, self._api.model
        file = FormFile("file", "speech.wav", "audio/wav", _encode_wav(wave))
        while True:
            fields = [("model", model), *_list_fields(detail, language, prompt)]
            content, content_type = encode_form(fields, file)
            try:
                found = self._api.request(
                    "POST",
                    "/audio/transcriptions",
                    lambda response: parse_transcript(response.body),
                    body=Body(content, content_type),
                    max_bytes=MAX_TRANSCRIPT_BYTES,
                )
            except Refusal as refusal:
                if detail is TimeDetail.NONE or not refusal.is_about_form:
                    raise self._api.describe_refusal(refusal) from refusal
                detail = TimeDetail(detail + 1)
                continue
            self._keep_detail(detail)
            return found

    def _keep_detail(self, detail: TimeDetail) -> None:
        """Take note of the times that the server gives, once it answered: a refusal may have had another reason."""
        with self._lock:
            if detail > self._detail:
                self._detail = detail
                log.warning(
                    "%s: %s gives no times of %s; words get estimated times",
                    ENGINE, self._api.name, "words" if detail is TimeDetail.SEGMENTS else "words or segments",
                )  # fmt: skip


def _list_fields(detail: TimeDetail, language: str, prompt: str) -> list[tuple[str, str]]:
    """The form's fields beside model and file."""
    fields = [("response_format", "json" if detail is TimeDetail.NONE else "verbose_json"), ("temperature", "0")]
    if detail is TimeDetail.WORDS:
        fields += [("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment")]
    return fields + [(name, value) for name, value in (("language", language), ("prompt", prompt)) if value]


def _encode_wav(wave: Wave) -> bytes:
    """A wave as a 16-bit WAV file."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, wave, SPEECH_RATE_HZ, format="WAV", subtype="PCM_16")
    return file.getvalue()
