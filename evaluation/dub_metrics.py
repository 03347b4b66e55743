"""Metrics of a finished dub: round-trip word error rate by voice, chrF against a reference translation, duration fit of its lines."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evaluation import metrics
from evaluation.metrics import WordErrors
from evaluation.round_trip import TakeRecognizer, count_round_trip_errors
from evaluation.sample.sample_script import SPANISH
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.text.subtitles.subtitle_reader import read_subtitle_file
from pipeline.values.tasks import LineRow

SAMPLE_LANGUAGE = "es"  # of the sample's reference translation


@dataclass(frozen=True, slots=True)
class VoicedLine:
    """A dubbed line: the name of its voice, its text and its take."""

    voice: str
    text: str
    take: SynthesizedSpeech


@dataclass(frozen=True, slots=True)
class DurationFit:
    """Timing of a dub's lines. Times in seconds; `mean_stretch`: spoken time over played time, at least 1.

    `mean_rate`: speaking rate over the voice's natural pace. `max_start_offset_s`: the largest distance of a line's start from
    its source's. `overrun_s`: time that lines last beyond their slots, all together.
    """

    lines: int
    mean_rate: float
    mean_stretch: float
    max_start_offset_s: float
    overrun_s: float


@dataclass(frozen=True, slots=True)
class DubScores:
    """The metrics of one dub. `voices`: word errors of the round trip; `chrf`: None without a reference."""

    language: str
    voices: dict[str, WordErrors]
    chrf: float | None
    fit: DurationFit

    def to_json(self) -> dict[str, Any]:
        """As JSON. `wer`: errors over words, 0 at best; `margin`: half of its 95 % interval."""
        voices = {name: {"wer": errors.rate, "margin": errors.margin, **asdict(errors)} for name, errors in self.voices.items()}
        return {"language": self.language, "voices": voices, "chrf": self.chrf, "duration_fit": asdict(self.fit)}


def score_voices(lines: Iterable[VoicedLine], recognizer: TakeRecognizer, language: str) -> dict[str, WordErrors]:
    """Voice → word errors of the round trip of its lines, in order of appearance. Voices whose lines have no words are left out."""
    groups: dict[str, list[VoicedLine]] = {}
    for line in lines:
        if metrics.normalize_text(line.text):
            groups.setdefault(line.voice, []).append(line)
    return {
        voice: count_round_trip_errors(recognizer, [line.take for line in group], [line.text for line in group], language)
        for voice, group in groups.items()
    }


def measure_duration_fit(rows: Sequence[LineRow]) -> DurationFit:
    """The timing of a dub's lines. ValueError where none has a take."""
    spoken = [row for row in rows if row.dub_seconds > 0.0]
    if not spoken:
        raise ValueError("a dub without takes has no timing")
    return DurationFit(
        lines=len(spoken),
        mean_rate=sum(row.rate for row in spoken) / len(spoken),
        mean_stretch=sum(row.stretch for row in spoken) / len(spoken),
        max_start_offset_s=max(abs(row.dub_start - row.start) for row in spoken),
        overrun_s=sum(max(0.0, row.dub_start + row.dub_seconds - row.latest_end) for row in spoken),
    )


def score_translation(reference: Iterable[str], rows: Iterable[LineRow]) -> float:
    """chrF++ of a dub's text against a reference, 0..100. Both are compared as one text: their lines may be cut differently."""
    return metrics.compute_chrf([" ".join(reference)], [" ".join(row.text for row in rows)])


def load_references(subtitles: Path | None, *, language: str, is_sample: bool) -> dict[str, list[str]]:
    """Language → lines of its reference translation, from subtitles or the sample's script; FilmError for no subtitles."""
    if subtitles:
        return {language: [cue.text for cue in read_subtitle_file(subtitles).cues]}
    return {SAMPLE_LANGUAGE: list(SPANISH)} if is_sample else {}
