"""Deterministic fakes that implement the ports. They live here alone; what ships is real."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from pipeline.engines.alignment.aligned_words import place_tokens
from pipeline.engines.protocols import Passage, SynthesizedSpeech, Translated, Usage, Utterance
from pipeline.engines.whisper.whisper_words import Token
from pipeline.runner import Runner
from pipeline.store.store import Store
from pipeline.text.languages import Guess
from pipeline.values.film_context import FilmContext
from pipeline.values.media import Artifact, BackgroundStems, Separation
from pipeline.values.tasks import DubRequest, Lease, Progress, Task
from pipeline.values.timeline import Diarization, Line, Segment, Span, Speaker, Turn, Voice, Word


def wish(path: Path, *target_langs: str, size: int = 1, mtime_ns: int = 1) -> DubRequest:
    """A wish for a film that nobody looks into."""
    return DubRequest(path, size, mtime_ns, target_langs or ("es",))


def claimed(store: Store, path: Path = Path("/films/a.mkv")) -> tuple[Task, Lease]:
    """A task and its lease."""
    store.tasks.submit(wish(path))
    claim = store.leases.claim_next_task(f"test/{path}", 60.0)  # a worker of its own: each has one task
    assert claim is not None
    return claim


@dataclass
class Reports:
    """Remembers what a runner reported."""

    heard: list[Progress] = field(default_factory=list)

    def __call__(self, progress: Progress) -> None:
        self.heard.append(progress)


def runner(store: Store, lease: Lease, folder: Path, *, attempt: int = 1, cancelled: threading.Event | None = None) -> Runner:
    """A runner over a real store."""
    return Runner(store.stages, lease, attempt, folder, Reports(), cancelled or threading.Event())


@dataclass
class FakeSeparator:
    """Speech of a half, music of a quarter and effects of an eighth of each sample, and what rounding leaves to the music; or the music
    and effects together. `separated`: seconds of each call.
    """

    separates_effects: bool = True
    fingerprint: str = "fake-separator"
    concurrency: int = 1
    separated: list[float] = field(default_factory=list)

    def separate(self, audio: Artifact, *, workdir: str) -> Separation:
        wave, rate = soundfile.read(audio.path, dtype="int16", always_2d=True)
        self.separated.append(len(wave) / rate)
        speech, effects = wave // 2, wave // 8
        stems = {"voices": speech, "background": wave - speech, "music": wave - speech - effects, "effects": effects}
        names = list(stems)[: 4 if self.separates_effects else 2]
        for name in names:
            soundfile.write(Path(workdir) / f"{name}.flac", stems[name], rate, subtype="PCM_16")
        voices, background, *parts = (Artifact.of(Path(workdir) / f"{name}.flac") for name in names)
        return Separation(voices, background, BackgroundStems(*parts) if parts else None)


@dataclass
class FakeTranscriber:
    """Understands one word per second of speech."""

    fingerprint: str = "fake-transcriber"
    concurrency: int = 2
    longest_utterance: float = 15.0
    languages: frozenset[str] = frozenset({"en"})
    across_speakers: bool = False
    hears: str | None = "en"
    calls: list[Utterance] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        return (Guess(self.hears, 1.0),) if self.hears else ()

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        self.calls.append(utterance)
        self.prompts.append(prompt)
        seconds = range(int(utterance.span.duration))
        return tuple(Word(Span(utterance.span.start + n, utterance.span.start + n + 0.9), "word") for n in seconds)


@dataclass
class FakeAligner:
    """Finds the words of a text where it is told (word → start), each 0.2 s long; others are interpolated."""

    starts: dict[str, float] = field(default_factory=dict)
    fingerprint: str = "fake-aligner"
    concurrency: int = 1
    languages: frozenset[str] = frozenset({"en"})
    calls: list[str] = field(default_factory=list)

    def align(self, utterance: Utterance, text: str, *, language: str) -> tuple[Word, ...]:
        self.calls.append(text)
        known = {word: start for word, start in self.starts.items() if utterance.span.start <= start < utterance.span.end}
        tokens = [
            Token(word, known.get(word), known[word] + 0.2 if word in known else None, 0.9 if word in known else None)
            for word in text.split()
        ]
        return place_tokens(tokens, utterance.span)


@dataclass
class FakeDiarizer:
    """Hears the turns it is told."""

    turns: tuple[Turn, ...] = (Turn(Span(1.0, 4.0), "S1"), Turn(Span(5.0, 8.0), "S2"))
    fingerprint: str = "fake-diarizer"
    concurrency: int = 1
    calls: int = 0

    def diarize(self, speech: Artifact, *, speakers: int | None) -> Diarization:
        self.calls += 1
        labels = sorted({turn.speaker for turn in self.turns})
        return Diarization(self.turns, tuple(Speaker(label, 3.0, 110.0 + 90.0 * n) for n, label in enumerate(labels)))


@dataclass
class FakeTranslator:
    """Puts the target language before the text; rephrases to the first half where it may. Cannot say what `refuses` holds."""

    rephrases: bool = False
    lines_at_once: int | None = None
    fingerprint: str = "fake-translator"
    concurrency: int = 1
    brief: FilmContext = field(default_factory=FilmContext)
    refuses: frozenset[str] = frozenset()
    calls: list[str] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> FilmContext:
        return self.brief

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        self.calls.append(target)
        self.passages.append(passage)
        texts = (None if segment.text in self.refuses else f"{target} {segment.text}" for segment in passage.segments)
        return Translated(tuple(texts), Usage(10, len(passage.segments), 0.5))

    def rephrase(self, line: Line, shares: Sequence[float], *, source: str) -> tuple[str, ...]:
        return (line.text[: len(line.text) // 2],)


DECAY_SAMPLES = 400  # at the end of a tone, which does not sound cut off then: 25 ms


@dataclass
class FakeSynthesizer:
    """A tone, a tenth of a second per character at its natural pace, up to twice as fast on request."""

    fingerprint: str = "fake-synthesizer"
    concurrency: int = 2
    clones: bool = False
    calls: list[str] = field(default_factory=list)

    def cast(self, speakers: Sequence[Speaker], *, language: str) -> tuple[Voice, ...]:
        return tuple(Voice(speaker.label, f"{language}-{speaker.label}", speaker.pitch) for speaker in speakers)

    def voices(self, *, language: str) -> tuple[str, ...]:
        return (f"{language}-low", f"{language}-high")

    def seconds(self, text: str, voice: Voice, *, language: str) -> float | None:
        return 0.1 * len(text)

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
        self.calls.append(text)
        natural = 0.1 * len(text)
        rate = min(2.0, max(1.0, natural / seconds)) if seconds else 1.0
        samples = np.arange(max(1, round(natural / rate * 16_000)), dtype=np.float32)
        height = 0.1 + 0.001 * (sum(voice.name.encode()) % 10)  # every voice has its own
        wave = (0.2 * np.sin(samples * height)).astype(np.float32)
        wave[-DECAY_SAMPLES:] *= 0.2
        return SynthesizedSpeech(wave, 16_000, rate)


@dataclass
class FakeDetector:
    """Hears speech where it is told."""

    spans: tuple[Span, ...] = (Span(1.0, 4.0), Span(5.0, 8.0))
    fingerprint: str = "fake-detector"
    concurrency: int = 1

    def detect(self, audio: Artifact) -> tuple[Span, ...]:
        return self.spans
