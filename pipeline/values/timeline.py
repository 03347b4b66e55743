"""Timeline of a film as values: spans, words, cues, turns, segments, lines, takes and placements. Times are in seconds."""

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from pipeline.values.inflection import Inflection
from pipeline.values.media import IDENTITY_UNLESS_DEFAULT, NOT_IDENTITY, Artifact
from pipeline.values.notes import Note


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """An interval [start, end), seconds from the start of the film. Never empty, never negative."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, not {self.start} to {self.end}")

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start

    def overlap(self, other: "Span") -> float:
        """Seconds that both spans share; 0.0 where they only touch or lie apart."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))

    def intersection(self, other: "Span") -> "Span | None":
        """The shared interval, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def hull(self, other: "Span") -> "Span":
        """The smallest span that holds both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


def merge_spans(spans: "list[Span] | tuple[Span, ...]", *, gap: float = 0.0) -> tuple[Span, ...]:
    """Union of spans, in order; spans at most `gap` seconds apart are merged into one."""
    union: list[Span] = []
    for span in sorted(spans):
        if union and span.start - union[-1].end <= gap:
            union[-1] = union[-1].hull(span)
        else:
            union.append(span)
    return tuple(union)


@dataclass(frozen=True, slots=True)
class Word:
    """One aligned token. `confidence` is the engine's posterior in 0..1, None where it gives none."""

    span: Span
    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle cue, markup removed. `text` may hold several lines."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Turn of a speaker, no text."""

    span: Span
    speaker: str


class Register(StrEnum):
    """The pitch register of a speaker's voice, which casting must keep."""

    LOW = "low"  # most men
    HIGH = "high"  # most women and children


@dataclass(frozen=True, slots=True)
class Speaker:
    """An identity in this film. `pitch`: median F0 in Hz, None where too little voiced speech was found.

    `formants`: median spacing of the formants in Hz, which indicates the length of the vocal tract; None where not measured.
    `embedding`: the voice as a vector of length 1 in the diarizer's own space; empty where it gives none.
    """

    label: str
    seconds: float
    pitch: float | None
    formants: float | None = None
    embedding: tuple[float, ...] = ()

    @property
    def register(self) -> Register | None:
        """Low or high, by pitch against 155 Hz, the midpoint between typical male (115) and female (205) on a log scale.

        Pitch alone takes a man who shouts for a woman (JFK's oratory has 250 Hz), so formant spacing weighs in
        against 1,080 Hz, midpoint of 1,005 and 1,165; the weight is the ratio of the information of each, over its spread.
        """
        if self.pitch is None:
            return None
        height = math.log(self.pitch / 155.0)
        if self.formants is not None:
            height += 5.5 * math.log(self.formants / 1080.0)
        return Register.LOW if height < 0.0 else Register.HIGH


@dataclass(frozen=True, slots=True)
class Diarization:
    """The turns of a film in order of time, and the speakers in order of speaking time."""

    turns: tuple[Turn, ...]
    speakers: tuple[Speaker, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of speech by one speaker, the unit we translate and voice. `number` counts from 1 in a film."""

    number: int
    span: Span
    text: str
    speaker: str | None  # diarizer label, None where no turn covers it
    confidence: float | None = field(default=None, metadata=IDENTITY_UNLESS_DEFAULT)  # of its recognised words, 0..1


class TextSource(StrEnum):
    """Source of a line's text."""

    SPEECH = "speech"  # recognised by the transcriber
    SUBTITLE = "subtitle"  # a subtitle track or sidecar of the film
    TRANSLATION = "translation"  # machine translation
    EDIT = "edit"  # a person
    SKIP = "skip"  # an edit: the original audio is kept there
    ORIGINAL = "original"  # laughter, a sigh or a hum without words: the original audio is kept there
    NONE = "none"  # the translator failed; the original audio is kept there
    ADDED = "added"  # a line that a person added; no dub has it yet


@dataclass(frozen=True, slots=True)
class Line:
    """A translated segment: `text` in `language` (BCP 47). `untranslated`: words of it that were left as they were."""

    segment: Segment
    text: str
    language: str
    source: TextSource = TextSource.TRANSLATION
    untranslated: tuple[str, ...] = field(default=(), metadata=IDENTITY_UNLESS_DEFAULT)

    @property
    def number(self) -> int:
        """The segment's number, which identifies the line within one film and language."""
        return self.segment.number

    @property
    def span(self) -> Span:
        return self.segment.span

    def with_text(self, text: str) -> Self:
        """Copy of the line with another text, with the untranslated words that this has too."""
        return replace(self, text=text, untranslated=tuple(word for word in self.untranslated if word in text))


@dataclass(frozen=True, slots=True)
class Slot:
    """The time a line may take: its own span, plus the silence it may borrow up to `latest_end` (seconds)."""

    span: Span
    latest_end: float

    def __post_init__(self) -> None:
        if self.latest_end < self.span.end:
            raise ValueError(f"a slot cannot end at {self.latest_end}, before its span does ({self.span.end})")


@dataclass(frozen=True, slots=True)
class Clip:
    """Clean speech of one speaker, mono, to be cloned by a synthesizer. `transcript`: its words, None: unknown."""

    speaker: str
    audio: Artifact
    transcript: str | None = field(default=None, metadata=IDENTITY_UNLESS_DEFAULT)


@dataclass(frozen=True, slots=True)
class KnownVoice:
    """A speaker of another film of the series: `embedding` in the same diarizer's space, `clip`: the reference clip there."""

    embedding: tuple[float, ...]
    clip: Artifact


@dataclass(frozen=True, slots=True)
class Voice:
    """Voice of a synthesizer for one speaker. `name`: the engine's own. `reference`: the clip to clone; `transcript`: its words, None:
    unknown. `inflection`: of one line, for an engine that can shift pitch; None: its own.
    """

    speaker: str
    name: str
    pitch: float | None = None  # Hz, of the synthetic voice; None where the engine clones
    reference: Artifact | None = None
    inflection: Inflection | None = field(default=None, metadata=IDENTITY_UNLESS_DEFAULT)
    transcript: str | None = field(default=None, metadata=IDENTITY_UNLESS_DEFAULT)


@dataclass(frozen=True, slots=True)
class Take:
    """One synthesis of a line: mono audio without leading or trailing silence. `seconds`: spoken time. `rate`: how much faster than the
    voice's natural pace it speaks (1.0 natural). `cloned`: True if it has the timbre of the voice's clip; None: not told.
    """

    audio: Artifact
    seconds: float
    rate: float
    notes: tuple[Note, ...] = field(default=(), metadata=NOT_IDENTITY)  # for the report
    cloned: bool | None = field(default=None, metadata=NOT_IDENTITY)  # for the watermark


@dataclass(frozen=True, slots=True)
class Placement:
    """A line's take on the time axis, ready to mix: `audio` starts at `start` and lasts `seconds`.

    `stretch`: spoken time of the take over the time it is given (1.0 untouched, never over 1.25).
    """

    line: Line
    slot: Slot
    audio: Artifact
    start: float
    seconds: float
    rate: float
    stretch: float

    @property
    def span(self) -> Span:
        """Span of the line in the dub."""
        return Span(self.start, self.start + self.seconds)

    @property
    def lateness(self) -> float:
        """Seconds from the source line's start to the dubbed one's."""
        return self.start - self.line.span.start
