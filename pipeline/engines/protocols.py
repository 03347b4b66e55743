"""Engine protocols (ports), one per role; nothing inherits from them.

An engine is built once, and called from several threads at a time only if its `concurrency` is above 1. Its `fingerprint`
names model, revision and decoding options: everything that changes an answer. Waves are float32 in -1..1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.text.languages import Guess
from pipeline.values.film_context import FilmContext
from pipeline.values.media import Artifact, Separation
from pipeline.values.notes import Note
from pipeline.values.timeline import Diarization, Line, Segment, Span, Speaker, Voice, Word

Wave = NDArray[np.float32]  # (samples,) mono, or (samples, channels) where said

Role = Literal["separator", "transcriber", "aligner", "diarizer", "translator", "synthesizer"]


class Engine(Protocol):
    """Common properties of all engines. An engine that can lose its device also has `check()`, which raises EngineLost.

    A list of engines also has `fingerprints` (`pipeline.engines.fallback.list_members`): by language, or `source→target`, the
    fingerprint of the engines that answer for it.
    """

    @property
    def fingerprint(self) -> str:
        """Cache identity: model, revision and decoding options, all that changes an answer."""
        ...

    @property
    def concurrency(self) -> int:
        """Calls that may run at once, over all replicas."""
        ...


class Separator(Engine, Protocol):
    """Source separation into speech and background. Without a separator the stage `separate` passes the original audio on.

    One that separates the background into music and effects too also has `separates_effects = True`.
    """

    def separate(self, audio: Artifact, *, workdir: str) -> Separation:
        """`audio`: a 48 kHz FLAC file of one or two channels, hours long."""
        ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """Input of speech recognition: `span` of the 16 kHz mono WAV `audio`, in which one speaker speaks."""

    audio: Artifact
    span: Span


class Transcriber(Engine, Protocol):
    """Speech recognition with word times, and spoken language identification."""

    @property
    def longest_utterance(self) -> float:
        """Preferred upper limit of an utterance, in seconds (15 for pocketsphinx)."""
        ...

    @property
    def across_speakers(self) -> bool:
        """True if an utterance may hold several speakers and the pauses between them."""
        ...

    @property
    def languages(self) -> frozenset[str] | None:
        """Recognised languages, BCP 47; None: any. `identify` of an engine with a single language is not called."""
        ...

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        """Recognise words, in order, with times from the start of the film. Empty if nothing was recognised.

        `prompt`: names and terms that may be said, for engines that take a prompt.
        """
        ...

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        """Identify the spoken language: candidates with probabilities, the likeliest first; empty where none is certain."""
        ...


class Aligner(Engine, Protocol):
    """Forced alignment: times of the words of a known text in its speech."""

    @property
    def languages(self) -> frozenset[str] | None:
        """Languages whose speech it can align, BCP 47; None: any."""
        ...

    def align(self, utterance: Utterance, text: str, *, language: str) -> tuple[Word, ...]:
        """Align `text`: its words (`alignment.aligned_words.split_words`) in order, times from the start of the film.

        One for each, within the utterance of up to 30 s. Confidence is in 0..1, None where the engine gives none; 0.0: a word that was
        not found, its time interpolated. Empty where the text cannot be aligned: it is not said there, or the language has no model.
        """
        ...


class Diarizer(Engine, Protocol):
    """Speaker diarization, and voice activity detection with it: no speech gives no turns."""

    def diarize(self, speech: Artifact, *, speakers: int | None) -> Diarization:
        """Find speaker turns in a 16 kHz mono WAV. `speakers`: their number, None if unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """Translation request: consecutive segments, the segments around them as context, and the film's context."""

    segments: tuple[Segment, ...]
    before: tuple[Segment, ...] = ()
    after: tuple[Segment, ...] = ()
    brief: FilmContext = field(default_factory=FilmContext)


@dataclass(frozen=True, slots=True)
class Usage:
    """Token usage of a language model's answer. `seconds`: of waiting for it, summed over its calls."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        seconds = self.seconds + other.seconds
        return Usage(self.prompt_tokens + other.prompt_tokens, self.completion_tokens + other.completion_tokens, seconds)


@dataclass(frozen=True, slots=True)
class Translated:
    """Translation of a passage: one text per segment, in order; None for one that the engine could not translate.

    `notes`: notes for people on the dub, with the numbers of the segments. `untranslated`: for each text the words of it that the
    engine left as they were, names aside; empty from an engine that does not tell.
    """

    texts: tuple[str | None, ...]
    usage: Usage = field(default_factory=Usage)
    notes: tuple[Note, ...] = ()
    untranslated: tuple[tuple[str, ...], ...] = ()


class Translator(Engine, Protocol):
    """Machine translation; languages are BCP 47."""

    @property
    def rephrases(self) -> bool:
        """True if `rephrase` can shorten a line."""
        ...

    @property
    def lines_at_once(self) -> int | None:
        """Segments that a passage may hold; None: the whole film."""
        ...

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> FilmContext:
        """Summarise the whole film as context for its lines; an empty brief from engines that need none."""
        ...

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        """Translate each segment of the passage. EngineError if the engine cannot be reached at all."""
        ...

    def rephrase(self, line: Line, shares: Sequence[float], *, source: str) -> tuple[str, ...]:
        """Shorter wordings of a line: one for each share (0..1) of the time that its present text takes to say. `source`: of its segment.

        They come in one call, the longest first; fewer or none where the engine finds none. Called only where `rephrases`.
        """
        ...


@dataclass(frozen=True, slots=True)
class SynthesizedSpeech:
    """Synthesized speech: mono `wave` at `sample_rate` Hz, trimmed; `rate` 1.0 is the voice's natural pace.

    `notes`: notes for people on the dub; the line's number is added to them. `faults`: of the best take that the engine has, such as
    "too long"; in a list of engines the next one is asked then. `cloned`: True if it has the timbre of the voice's reference clip; None:
    the engine does not tell.
    """

    wave: Wave
    sample_rate: int
    rate: float
    notes: tuple[Note, ...] = ()
    faults: tuple[str, ...] = ()
    cloned: bool | None = None


class Synthesizer(Engine, Protocol):
    """Text to speech. One that follows `Voice.inflection` also has `inflects = True`; the others never get one."""

    @property
    def clones(self) -> bool:
        """True if it needs a reference clip with each voice and clones its timbre."""
        ...

    def cast(self, speakers: Sequence[Speaker], *, language: str) -> tuple[Voice, ...]:
        """Cast one voice per speaker, in order: distinct while the supply lasts, pitch register kept."""
        ...

    def voices(self, *, language: str) -> tuple[str, ...]:
        """Names of voices that people can choose from, as `Voice.name` may hold them, the best first."""
        ...

    def seconds(self, text: str, voice: Voice, *, language: str) -> float | None:
        """Duration of `text` at the voice's natural pace, in seconds, without synthesis; None if it is unpredictable.

        An engine of one's own may lack this method: see `pipeline.engines.speakers.speech_duration`.
        """
        ...

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
        """Synthesize `text`; with `seconds`, at the natural-sounding rate that comes nearest to that duration."""
        ...


class SpeechDetector(Engine, Protocol):
    """Voice activity detection, always in process: inside diarizers, and to assess a dub."""

    def detect(self, audio: Artifact) -> tuple[Span, ...]:
        """Find spans of speech in a WAV or FLAC file of any rate and channel count, in order, unpadded."""
        ...


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of one dub, by role."""

    transcriber: Transcriber
    diarizer: Diarizer
    translator: Translator
    synthesizer: Synthesizer
    separator: Separator | None = None
    aligner: Aligner | None = None
