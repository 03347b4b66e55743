"""Speech synthesis by a server: any with OpenAI's `POST /v1/audio/speech` (vLLM-Omni, Kokoro-FastAPI, openedai-speech, LocalAI).

A take is checked as it arrives: an answer that is silent, or cannot be the text by its duration, is requested again.
"""

import base64
import io
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pipeline.engines.cloning import speech_defects
from pipeline.engines.cloning.duration_estimate import estimate_seconds
from pipeline.engines.cloning.reference_clip import read_reference_clip
from pipeline.engines.openai_api.known_servers import KnownServers
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.engines.speakers.lru_cache import LruCache
from pipeline.engines.speech_api.server_voices import (
    NAME_PREFIX,
    ServerVoice,
    assign_voices,
    parse_configured_voices,
    sort_voices,
)
from pipeline.engines.speech_api.speech_client import SpeechClient
from pipeline.engines.speech_api.speech_request import ENGINE, SpeechOptions, SpeechRequest
from pipeline.engines.speech_api.speech_takes import DURATION_TOLERANCE, CheckedTake, SpeechTakes
from pipeline.errors import EngineError, LanguageError
from pipeline.models.model_hub import Hub
from pipeline.text import languages
from pipeline.text.languages import parse_tags
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import Artifact
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Speaker, Voice

URL = "http://127.0.0.1:8880/v1"  # Kokoro-FastAPI's own
CLONE_NAME = "clone"
MAX_LINE_CHARS = 2_000  # a line has 200
REFERENCE_RATE_HZ, MAX_REFERENCE_S, MAX_CACHED_REFERENCES = 24_000, 15.0, 64
VERSION = 1  # of this engine's requests and its processing of the answers
SPEED_NOTE = "The speech server does not change its pace as requested: lines are stretched to their time instead"


class SpeechApiSynthesizer:
    """Synthesizer on a server. Speaks at the natural pace, or at 0.8 to 1.4 of it for a requested duration."""

    requirements = EngineRequirements(licence="Apache-2.0; the model's own licence holds for what the server runs")
    languages: frozenset[str] | None = None
    casts_choice = True
    inflects = False
    varies = True
    tells_faults = True
    has_unknown_voices = True  # a server does not tell which of its voices are clones

    def __init__(
        self,
        model: str = "",
        *,
        revision: str | None = None,
        url: str = URL,
        api_key: str | None = None,
        voices: Sequence[str] = (),
        languages: str | Sequence[str] | None = None,
        hub: Hub | None = None,
        attempts: int = 3,
        timeout: float = 120.0,
        tries: int = 4,
        concurrency: int = 4,
        sleep: Callable[[float], None] = time.sleep,
        **options: Any,
    ) -> None:
        """`model`: "" for the first that the server lists; `revision`: of the model as it is served. `voices`: names, with `:low` or
        `:high` for the register; empty: all that the server lists. `languages`: BCP 47; None: any. `hub`: whose cache keeps the
        server's model and voices for the time that it is away. `attempts`: takes of a line,
        where they seem wrong; `timeout`: seconds for one answer; `tries`: for one request. `options`: fields of `SpeechOptions`.
        EngineError if URL, key or an option cannot be used.
        """
        if attempts < 1 or concurrency < 1:
            raise EngineError(ENGINE, "attempts and concurrency must be at least 1; mend the profile")
        try:
            self._options = SpeechOptions(**options)
        except TypeError as error:
            raise EngineError(ENGINE, f"an option is unknown ({error}); mend the profile") from error
        self._client = SpeechClient(
            url, model, self._options, api_key=api_key, timeout=timeout, tries=tries, sleep=sleep, known=KnownServers.of(hub)
        )
        self._takes = SpeechTakes(self._client, attempts)
        self._configured, self._attempts, self._revision = parse_configured_voices(voices), attempts, revision
        if languages is not None:
            self.languages = parse_tags(languages)
        self.concurrency, self.clones = concurrency, bool(self._options.reference_field)
        self._references: LruCache[str, str] = LruCache(MAX_CACHED_REFERENCES)
        self._listed: tuple[ServerVoice, ...] | None = None
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """Model as the server tells it, and options. The URL is not part of it: the same model elsewhere gives the same answers.

        Voices are not either: the name of the one that speaks is in each request.
        """
        revision = f"@{self._revision}" if self._revision else ""
        return f"{ENGINE};{self._client.describe_model()}{revision};version={VERSION};{self._options.describe()};attempts={self._attempts}"

    @property
    def is_provisional(self) -> bool:
        """True while the server is away and its last known model stands for it in the fingerprint."""
        return self._client.is_provisional

    def cast(self, speakers: Sequence[Speaker], *, language: str, voices: Sequence[str] = ()) -> tuple[Voice, ...]:
        """Cast one voice per speaker: of the speaker's register where the voices' are known, distinct while the supply lasts.

        `speech-api:clone` where voices are cloned and the server has none of its own. EngineError where there is no voice at all.
        """
        offered = self._list_offered(language)
        chosen = [each for each in offered if _format_name(each) in voices]
        if not offered and self.clones:
            return tuple(Voice(speaker.label, NAME_PREFIX + CLONE_NAME) for speaker in speakers)
        if not offered:
            raise EngineError(
                ENGINE,
                f"the speech server lists no voice that speaks {languages.get_english_name(language)} ({language}); "
                "name its voices in SPEECH_API_VOICES, such as nova:high,onyx:low",
            )
        cast = assign_voices(speakers, chosen or offered)
        return tuple(Voice(speaker.label, _format_name(each)) for speaker, each in zip(speakers, cast, strict=True))

    def voices(self, *, language: str) -> tuple[str, ...]:
        """Names of the voices for a language: those known to be low first, then the high ones. While the server is away: as it last
        listed them.
        """
        return tuple(_format_name(each) for each in sort_voices(self._list_offered(language, self._client.list_known_voices)))

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None, variation: int = 0) -> SynthesizedSpeech:
        """Synthesize at the natural pace, or as near to `seconds` as the server can. EngineError if nothing is said.

        `variation`: the seeds of another rendition, where the server takes a seed; else the same request, made again.
        """
        tag = self._require_language(language)
        words = self._require_text(text)
        request = self._build_request(words, voice, tag, seed=variation * self._attempts)
        cloned = True if request.reference else None  # a voice by its name may be anybody's clone: servers do not tell
        expected = estimate_seconds(words, languages.base_language(tag))
        if seconds is not None and self._options.duration_field:
            take = self._takes.make_take(replace(request, seconds=seconds), seconds)
            return self._finish(take, cloned, rate=expected / take.seconds)
        natural = self._takes.make_take(request, expected)
        if seconds is None:
            return self._finish(natural, cloned, rate=1.0)
        take = self._takes.approach_duration(request, natural, seconds)
        is_at_own_pace = take is natural and abs(natural.seconds / seconds - 1.0) > DURATION_TOLERANCE
        note = (Note(SPEED_NOTE),) if is_at_own_pace and self._takes.is_pace_fixed(natural.seconds / seconds) else ()
        return self._finish(take, cloned, rate=natural.seconds / take.seconds, notes=note)

    def _finish(self, take: CheckedTake, cloned: bool | None, *, rate: float, notes: tuple[Note, ...] = ()) -> SynthesizedSpeech:
        faults = ", ".join(take.verdict.faults)
        told = (Note(f"The speech server's take seems wrong at each attempt ({faults})", Severity.WARNING),) if faults else ()
        wave = speech_defects.normalize_level(take.wave, take.sample_rate)
        return SynthesizedSpeech(wave, take.sample_rate, rate, (*told, *notes), take.verdict.faults, cloned)

    def _build_request(self, text: str, voice: Voice, language: str, *, seed: int) -> SpeechRequest:
        """The request at the natural pace: a clone of the voice's clip where there is one, else a voice by its name."""
        if voice.reference is not None and self.clones:
            clip = voice.reference
            return SpeechRequest(
                text, language, reference=self._references.get(clip.digest, lambda: _encode_clip(clip)), seed=seed
            )
        name = voice.name.removeprefix(NAME_PREFIX)
        if name in {"", voice.name}:
            raise EngineError(ENGINE, f"{voice.name!r} is not a voice of this engine; cast the film again")
        if name == CLONE_NAME:
            raise EngineError(
                ENGINE,
                f"{voice.speaker} has no reference clip to clone, and the server lists no voice; name some in SPEECH_API_VOICES",
            )
        return SpeechRequest(text, language, voice=name, seed=seed)

    def _list_offered(self, language: str, fetch: Callable[[], tuple[ServerVoice, ...]] | None = None) -> tuple[ServerVoice, ...]:
        """The voices for a language: those of the settings, else those that the server lists, fetched once."""
        tag = self._require_language(language)
        with self._lock:
            listed = self._listed or self._configured or (fetch or self._client.list_voices)()
            if fetch is None:
                self._listed = listed
        return tuple(each for each in listed if each.can_speak(tag))

    def _require_language(self, language: str) -> str:
        tag = languages.require_tag(language)
        if not languages.is_among(tag, self.languages):
            raise LanguageError(
                f"speech-api is not to speak {languages.get_english_name(tag)} ({tag}) by the profile; choose another synthesizer"
            )
        return tag

    def _require_text(self, text: str) -> str:
        words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        if len(words) > MAX_LINE_CHARS:
            raise EngineError(
                ENGINE, f"a line of {len(words)} characters is too long, over {MAX_LINE_CHARS}; cut {words[:40]!r}… into several"
            )
        if not any(letter.isalnum() for letter in words):
            raise EngineError(ENGINE, f"nothing in {text[:60]!r} can be spoken; leave the line out")
        return words


def _encode_clip(clip: Artifact) -> str:
    """A reference clip as a 16-bit WAV file in Base64, at most 15 s."""
    import soundfile

    wave = read_reference_clip(clip, REFERENCE_RATE_HZ, longest=MAX_REFERENCE_S, engine=ENGINE)
    file = io.BytesIO()
    soundfile.write(file, wave, REFERENCE_RATE_HZ, format="WAV", subtype="PCM_16")
    return base64.b64encode(file.getvalue()).decode("ascii")


def _format_name(voice: ServerVoice) -> str:
    return NAME_PREFIX + voice.name
