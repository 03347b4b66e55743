"""The roles that engines play. One protocol per role; nothing inherits from them.

An engine is built once and called from several threads at a time only if it says `concurrency > 1`. Its `fingerprint`
names model, revision and decoding options: everything that changes an answer. Waves are float32 in -1..1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.text.languages import Guess
from pipeline.values.film_context import Brief
from pipeline.values.media import SPEECH_RATE, Artifact
from pipeline.values.notes import Note
from pipeline.values.timeline import Diarization, Line, Segment, Span, Speaker, Voice, Word

Wave = NDArray[np.float32]  # (samples,) mono, or (samples, channels) where said

Role = Literal["separator", "transcriber", "diarizer", "translator", "synthesizer"]


@dataclass(frozen=True, slots=True)
class About:
    """What a class in the registry says of itself without being built.

    `licence`: of the code, then of the default weights. `extra`: what of pyproject.toml installs it, "" where nothing is
    missing. `modules`: what must be importable. `model`: the default, "" where the weights come inside a package.
    `vram`: GB of a card that the default model takes at its default options, CUDA's own 0.5 included; 0.0 on a CPU.
    `page`: where a model's conditions must be accepted first, "" where there are none.
    `models`: names in the catalogue of weights that the engine loads by default; `./dubarr setup` fetches them.
    """

    licence: str
    extra: str = ""
    modules: tuple[str, ...] = ()
    model: str = ""
    vram: float = 0.0
    page: str = ""
    models: tuple[str, ...] = ()


class Engine(Protocol):
    """What all engines have in common. An engine that can lose its device also has `check()`, which raises EngineLost.

    A list of engines has `fingerprints` as well (`pipeline.engines.lists.engine_lists`): a language, or `source→target`, to the
    fingerprint of those that answer for it.
    """

    fingerprint: str
    concurrency: int  # calls that may run at once, over all replicas


@dataclass(frozen=True, slots=True)
class Separation:
    """Speech and all else, FLAC at the rate, channels and length of what was separated; together they give it again."""

    speech: Artifact
    background: Artifact


class Separator(Engine, Protocol):
    """Takes speech and background apart. The embedded default is none: `separate` then passes the original on."""

    def separate(self, audio: Artifact, *, workdir: str) -> Separation:
        """`audio`: a 48 kHz FLAC file of one or two channels, hours long."""
        ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech of one speaker to recognise: `span` of the 16 kHz mono WAV `audio`."""

    audio: Artifact
    span: Span


class Transcriber(Engine, Protocol):
    """Speech to words with times. `longest_utterance`: seconds it likes to get at once (15 for pocketsphinx).

    `across_speakers`: whether an utterance may hold several speakers and the pauses between them. `languages`: BCP 47, None for
    any; an engine that knows one language alone cannot tell which language is spoken, and is not asked.
    """

    longest_utterance: float
    across_speakers: bool
    languages: frozenset[str] | None

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        """Words in order, times from the start of the film. Empty where nothing was understood.

        `prompt`: names and terms that may be said, for engines that can be told.
        """
        ...

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        """The languages that may be spoken, the likeliest first, with their probabilities; empty where it cannot be told."""
        ...


class Diarizer(Engine, Protocol):
    """Who spoke when. Also the voice-activity detector: no speech gives no turns."""

    def diarize(self, speech: Artifact, *, speakers: int | None) -> Diarization:
        """Turns over a 16 kHz mono WAV. `speakers`: how many there are, where somebody knows."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive segments to translate, with those around them for their meaning, and what is known of the film."""

    segments: tuple[Segment, ...]
    before: tuple[Segment, ...] = ()
    after: tuple[Segment, ...] = ()
    brief: Brief = field(default_factory=Brief)


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost a language model. `seconds`: of waiting for it, summed over its calls."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Translated:
    """One text per segment of a passage, in order; None for one that the engine could not translate.

    `notes`: what people are told of it on the dub, with the numbers of the segments.
    """

    texts: tuple[str | None, ...]
    usage: Usage = field(default_factory=Usage)
    notes: tuple[Note, ...] = ()


class Translator(Engine, Protocol):
    """Text to text; languages are BCP 47. `rephrases`: whether it can say a line in fewer words.

    `lines_at_once`: how many segments a passage may hold; None: the whole film.
    """

    rephrases: bool
    lines_at_once: int | None

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> Brief:
        """What the whole film tells for the translation of its lines; an empty brief from engines that need none."""
        ...

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        """One text per segment of the passage. EngineError where the engine cannot be asked at all."""
        ...

    def rephrase(self, line: Line, seconds: float) -> str:
        """The line in other words, speakable in `seconds`. Called only where `rephrases`."""
        ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a synthesizer answers: mono `wave` at `sample_rate` Hz, trimmed; `rate` 1.0 is the voice's natural pace.

    `notes`: what people are told of it on the dub; the line's number is added to them.
    """

    wave: Wave
    sample_rate: int
    rate: float
    notes: tuple[Note, ...] = ()


class Synthesizer(Engine, Protocol):
    """Text to speech. `clones`: whether it wants a reference clip with each voice, and takes its timbre from it."""

    clones: bool

    def cast(self, speakers: Sequence[Speaker], *, language: str) -> tuple[Voice, ...]:
        """One voice per speaker, in order: distinct while the supply lasts, pitch register kept."""
        ...

    def voices(self, *, language: str) -> tuple[str, ...]:
        """Names of voices that people can choose from, as `Voice.name` may hold them, the best first."""
        ...

    def seconds(self, text: str, voice: Voice, *, language: str) -> float | None:
        """How long `text` lasts at the voice's natural pace, in seconds, told without speaking it; None where that cannot be told.

        An engine of one's own may lack this method: see `pipeline.engines.speakers.speech_duration`.
        """
        ...

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> Spoken:
        """Speak `text`; with `seconds`, at the rate that comes nearest to lasting so long within what sounds natural."""
        ...


class SpeechDetector(Engine, Protocol):
    """Voice activity detection, in process wherever it is needed: inside diarizers, and to assess a dub."""

    def detect(self, audio: Artifact) -> tuple[Span, ...]:
        """Where there is speech in a WAV or FLAC file of any rate and channel count, in order, unpadded."""
        ...


@dataclass(frozen=True, slots=True)
class Engines:
    """The five roles of one dub."""

    transcriber: Transcriber
    diarizer: Diarizer
    translator: Translator
    synthesizer: Synthesizer
    separator: Separator | None = None


__all__ = [
    "SPEECH_RATE",
    "About",
    "Diarizer",
    "Engine",
    "Engines",
    "Passage",
    "Role",
    "Separation",
    "Separator",
    "SpeechDetector",
    "Spoken",
    "Synthesizer",
    "Transcriber",
    "Translated",
    "Translator",
    "Usage",
    "Utterance",
    "Wave",
]
