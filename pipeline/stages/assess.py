"""compare and assess: losses of the dubbed film against the film, and quality measures of each dub, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.engines.protocols import SpeechDetector
from pipeline.ffmpeg import ffprobe, stream_comparison
from pipeline.runner import stage
from pipeline.settings import DefaultTrack
from pipeline.values.media import DubTrack, Film, Source
from pipeline.values.notes import Note
from pipeline.values.timeline import Placement, Span


@dataclass(frozen=True, slots=True)
class LineReport:
    """Quality measures of one dubbed line. All times in seconds, points from the start of the film."""

    number: int
    language: str
    speaker: str | None
    slot_start: float
    slot_end: float
    latest_end: float
    start: float
    seconds: float
    rate: float  # 1.0 is the voice's natural pace
    stretch: float
    lateness: float  # from the source line's start to the dubbed one's
    overlap: float  # seconds during which another line of this speaker sounds
    covered: float  # fraction of the source span in which the dub speaks, 0..1


@dataclass(frozen=True, slots=True)
class Report:
    """Quality report of one dub. Loudness in LUFS, true peak in dBTP, durations in seconds."""

    language: str
    lines: tuple[LineReport, ...]
    loudness: float
    original_loudness: float
    true_peak: float
    coverage: float  # fraction of all source spans in which the dub speaks, 0..1
    max_lateness: float  # the largest distance of a line from its source's start, early or late
    overlaps: int  # lines that sound while another of the same speaker does
    max_stretch: float
    streams_kept: bool
    duration_difference: float  # of the dubbed film to the film
    round_trip_wer: float | None = None  # word error rate of the dub recognised and translated back; None: not measured
    notes: tuple[Note, ...] = ()  # for the users; `dub` adds them


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of a dubbed film with its film. `losses`: in words. `duration_difference`: seconds it is longer."""

    losses: tuple[str, ...]
    duration_difference: float


@stage(version=2)
def compare(source: Source, film: Film, dubbed: Source, *, default_track: DefaultTrack = DefaultTrack.ORIGINAL) -> Comparison:
    """Compare a dubbed film with its film. Reads both files whole: once a film, whatever the number of its dubs.

    `default_track`: of the mux; the film's tracks lose their default where it is the dub.
    """
    found = ffprobe.probe_film(dubbed.path)
    return Comparison(
        losses=stream_comparison.find_losses(source.content, film, dubbed.path, found, default_track=default_track),
        duration_difference=round(found.duration - film.duration, 6),
    )


@stage(version=2)
def assess(comparison: Comparison, track: DubTrack, placements: tuple[Placement, ...], detector: SpeechDetector) -> Report:
    """Measure a finished dub. Speech is detected in its voices alone."""
    speech = detector.detect(track.speech)
    lines = tuple(_assess_line(placement, placements, speech) for placement in placements)
    spoken = sum(line.covered * placement.line.span.duration for line, placement in zip(lines, placements, strict=True))
    return Report(
        language=track.language,
        lines=lines,
        loudness=track.loudness,
        original_loudness=track.original_loudness,
        true_peak=track.true_peak,
        coverage=spoken / sum(placement.line.span.duration for placement in placements),
        max_lateness=max(abs(line.lateness) for line in lines),
        overlaps=sum(line.overlap > MIN_AUDIBLE_OVERLAP_S for line in lines),
        max_stretch=max(line.stretch for line in lines),
        streams_kept=not comparison.losses,
        duration_difference=comparison.duration_difference,
    )


MIN_AUDIBLE_OVERLAP_S = 0.001  # s; less overlap is rounding


def _assess_line(placement: Placement, placements: Sequence[Placement], speech: Sequence[Span]) -> LineReport:
    line, slot = placement.line, placement.slot
    others = (other for other in placements if other is not placement and other.line.segment.speaker == line.segment.speaker)
    return LineReport(
        number=line.number,
        language=line.language,
        speaker=line.segment.speaker,
        slot_start=slot.span.start,
        slot_end=slot.span.end,
        latest_end=slot.latest_end,
        start=placement.start,
        seconds=placement.seconds,
        rate=placement.rate,
        stretch=placement.stretch,
        lateness=placement.lateness,
        overlap=sum(placement.span.overlap(other.span) for other in others),
        covered=sum(line.span.overlap(span) for span in speech) / line.span.duration,
    )
