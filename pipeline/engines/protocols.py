"""The roles that engines play. One protocol per role; nothing inherits from them.

An engine is built once and called from several threads at a time only if it says `concurrency > 1`. Its `fingerprint`
names model, revision and decoding options: everything that changes an answer. Waves are float32 in -1..1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.media import SPEECH_RATE, Artifact, Stems
from pipeline.timeline import Diarization, Line, Segment, Span, Speaker, Voice, Word

Wave = NDArray[np.float32]  # (samples,) mono, or (samples, channels) where said

Role = Literal["separator", "transcriber", "diarizer", "translator", "synthesizer"]


class Engine(Protocol):
    """What all engines have in common."""

    fingerprint: str
    concurrency: int  # calls that may run at once, over all replicas


class Separator(Engine, Protocol):
    """Takes speech and background apart. The embedded default is none: `separate` then passes the original on."""

    def separate(self, audio: Artifact, *, workdir: str) -> Stems: ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech of one speaker to recognise: `span` of the 16 kHz mono WAV `audio`."""

    audio: Artifact
    span: Span


class Transcriber(Engine, Protocol):
    """Speech to words with times. `longest_utterance`: seconds it likes to get at once (15 for pocketsphinx)."""

    longest_utterance: float

    def transcribe(self, utterance: Utterance, *, language: str) -> tuple[Word, ...]:
        """Words in order, times from the start of the film. Empty where nothing was understood."""
        ...


class Diarizer(Engine, Protocol):
    """Who spoke when. Also the voice-activity detector: no speech gives no turns."""

    def diarize(self, speech: Artifact, *, speakers: int | None) -> Diarization:
        """Turns over a 16 kHz mono WAV. `speakers`: how many there are, where somebody knows."""
        ...


class Translator(Engine, Protocol):
    """Text to text. `rephrases`: whether it can say a line in fewer words."""

    rephrases: bool

    def translate(self, segments: Sequence[Segment], *, source: str, target: str) -> tuple[str, ...]:
        """One text per segment, in order. Languages are BCP 47."""
        ...

    def rephrase(self, line: Line, seconds: float) -> str:
        """The line in other words, speakable in `seconds`. Called only where `rephrases`."""
        ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a synthesizer answers: mono `wave` at `sample_rate` Hz, trimmed; `rate` 1.0 is the voice's natural pace."""

    wave: Wave
    sample_rate: int
    rate: float


class Synthesizer(Engine, Protocol):
    """Text to speech."""

    def cast(self, speakers: Sequence[Speaker], *, language: str) -> tuple[Voice, ...]:
        """One voice per speaker, in order: distinct while the supply lasts, pitch register kept."""
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
    "Diarizer",
    "Engine",
    "Engines",
    "Role",
    "Separator",
    "SpeechDetector",
    "Spoken",
    "Synthesizer",
    "Transcriber",
    "Translator",
    "Utterance",
    "Wave",
]
