"""Speech recognition by a server: any with OpenAI's `POST /v1/audio/transcriptions` (vLLM, Speaches, whisper.cpp, LocalAI, hosted).

A window goes out without its long pauses. What comes back is checked as Whisper's own text is: most servers run that model.
"""

import time
from collections.abc import Callable, Sequence

from pipeline.engines.openai_api.known_servers import KnownServers
from pipeline.engines.protocols import Utterance
from pipeline.engines.speakers.vad_silero import SileroDetector
from pipeline.engines.transcription_api.transcription_client import ENGINE, TranscriptionClient
from pipeline.engines.whisper.decoded_window import find_spoken_words
from pipeline.engines.whisper.speech_excerpt import extract_speech
from pipeline.engines.whisper.whisper_languages import CODES, UNSPACED, WHISPER_CODES
from pipeline.errors import EngineError, LanguageError
from pipeline.models.model_hub import Hub
from pipeline.text import languages
from pipeline.text.languages import Guess, parse_tags
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Word

URL = "http://127.0.0.1:8000/v1"
MIN_SAMPLES = SPEECH_RATE_HZ // 20  # 50 ms, shorter than any word
MAX_PROMPT_CHARS = 600  # Whisper takes 223 tokens, and keeps the end of a longer prompt
VERSION = 1  # of this engine's requests and its processing of the answers


class TranscriptionApiTranscriber:
    """Transcriber on a server. Word times as it gives them; words of a segment or text without times share its time, unsure."""

    requirements = EngineRequirements(licence="Apache-2.0; the model's own licence holds for what the server runs")
    languages: frozenset[str] | None = None
    across_speakers = True

    def __init__(
        self,
        model: str = "",
        *,
        revision: str | None = None,
        url: str = URL,
        api_key: str | None = None,
        languages: str | Sequence[str] | None = None,
        hub: Hub | None = None,
        identifies: bool = True,
        longest_utterance: float = 28.0,
        timeout: float = 120.0,
        tries: int = 4,
        concurrency: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`model`: "" for the first that the server lists; `revision`: of the model as it is served. `languages`: BCP 47; None: any.
        `hub`: whose cache keeps the server's model for the time that it is away. `identifies`: the server tells the language of what it is sent (some take English for granted). `longest_utterance`: seconds;
        28 are one window of Whisper. `timeout`: seconds for one answer; `tries`: for one request.
        EngineError if URL, key or an option cannot be used.
        """
        if concurrency < 1 or not 5.0 <= longest_utterance <= 600.0:
            raise EngineError(ENGINE, "concurrency must be at least 1, and longest_utterance 5 to 600 s; mend the profile")
        self._client = TranscriptionClient(
            url, model, api_key=api_key, timeout=timeout, tries=tries, sleep=sleep, known=KnownServers.of(hub)
        )
        self._detector = SileroDetector()
        if languages is not None:
            self.languages = parse_tags(languages)
        self._revision, self._identifies = revision, identifies
        self.longest_utterance, self.concurrency = longest_utterance, concurrency

    @property
    def fingerprint(self) -> str:
        """Model as the server tells it, and rules. The URL is not part of it: the same model elsewhere gives the same answers."""
        revision = f"@{self._revision}" if self._revision else ""
        return f"{ENGINE};{self._client.describe_model()}{revision};version={VERSION};{self._detector.fingerprint}"

    @property
    def is_provisional(self) -> bool:
        """True while the server is away and its last known model stands for it in the fingerprint."""
        return self._client.is_provisional

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        """Words in order, times from the start of the film; empty if there is no speech. EngineError if the server fails."""
        code = self._require_code(language)
        excerpt = extract_speech(utterance, self._detector)
        if len(excerpt.wave) < MIN_SAMPLES:
            return ()
        prompt = _truncate_prompt(prompt)
        transcript = self._client.transcribe(excerpt.wave, language=code, prompt=prompt)
        spaced = code not in UNSPACED
        decoded = transcript.to_window(len(excerpt.wave) / SPEECH_RATE_HZ, spaced=spaced)
        return find_spoken_words(decoded, excerpt, utterance.span, prompt=prompt, spaced=spaced, engine=ENGINE)

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        """The language as the server tells it, with certainty unless it gives a probability; empty without speech or a language."""
        if not self._identifies:
            return ()
        wave = extract_speech(utterance, self._detector).wave
        if len(wave) < MIN_SAMPLES:
            return ()
        transcript = self._client.transcribe(wave)
        if not transcript.text or (tag := transcript.tag) is None:
            return ()
        probability = transcript.language_probability
        return (Guess(tag, 1.0 if probability is None else probability),)

    def _require_code(self, language: str) -> str:
        """The code that servers know a language by. LanguageError for one that is not to be recognised."""
        tag = languages.require_tag(language)
        if not languages.is_among(tag, self.languages):
            raise LanguageError(
                f"transcription-api is not to recognise {languages.get_english_name(tag)} ({tag}) by the profile; "
                "choose another transcriber, or put subtitles beside the film"
            )
        base = languages.base_language(tag)
        code = WHISPER_CODES.get(base, base)
        return code if code in CODES else base


def _truncate_prompt(prompt: str) -> str:
    """A prompt of whole words within the limit, on one line."""
    words = " ".join(prompt.split())
    return words if len(words) <= MAX_PROMPT_CHARS else words[:MAX_PROMPT_CHARS].rpartition(" ")[0].rstrip(",;:")
