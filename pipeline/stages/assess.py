"""compare and assess: losses of the dubbed film against the film, and quality measures of each dub, line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pipeline.assessment.background_level import compute_background_changes, measure_frame_powers
from pipeline.assessment.line_timing import (
    HEARD_OVERLAP_S,
    measure_source_rate,
    measure_speaker_overlaps,
    measure_syllable_rate,
    summarize_pace,
    summarize_timing,
)
from pipeline.assessment.speech_overlap import clip_spans, measure_early_end, measure_line_overlap
from pipeline.assessment.voice_similarity import MIN_TAKE_S, Likeness, compare_voices, summarize_voices
from pipeline.audio.voice_track import read_take
from pipeline.engines.protocols import SpeechDetector
from pipeline.engines.speakers.voice_embedder import VoiceEmbedder
from pipeline.ffmpeg import ffprobe, stream_comparison
from pipeline.runner import stage
from pipeline.settings import DefaultTrack
from pipeline.values.dub_report import LeftOutLine, LineReport, Report
from pipeline.values.media import SPEECH_RATE_HZ, DubTrack, Film, Source, Stems
from pipeline.values.timeline import Line, Placement, Span, Voice


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of a dubbed film with its film. `losses`: in words. `duration_difference`: seconds it is longer."""

    losses: tuple[str, ...]
    duration_difference: float


@dataclass(frozen=True, slots=True)
class FinishedDub:
    """A dub to be assessed, with the film that it was made of. `source_language`: of the lines' source text; None where they
    are subtitles in the dub's own language. `left_out`: lines that keep the original audio. `is_recognized`: the text was recognised
    from the speech, not read from subtitles.
    """

    track: DubTrack
    placements: tuple[Placement, ...]
    film: Film
    stems: Stems
    voices: tuple[Voice, ...] = ()
    source_language: str | None = None
    left_out: tuple[Line, ...] = ()
    is_recognized: bool = True


@dataclass(frozen=True, slots=True)
class AssessmentEngines:
    """Engines that listen to a dub, in process. Without an `embedder` the likeness of voices is not measured."""

    detector: SpeechDetector
    embedder: VoiceEmbedder | None = None


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


@stage(version=6)
def assess(comparison: Comparison, dub: FinishedDub, engines: AssessmentEngines) -> Report:
    """Measure a finished dub. Speech is detected in the source's speech and in the dub's voices alone."""
    lines = measure_lines(dub, engines)
    track, timing = dub.track, summarize_timing(lines)
    changes = [line.background_change for line in lines if line.background_change is not None]
    return Report(
        language=track.language,
        lines=lines,
        loudness=track.loudness,
        original_loudness=track.original_loudness,
        true_peak=track.true_peak,
        coverage=_measure_coverage(lines, dub.left_out),
        max_lateness=max(abs(line.lateness) for line in lines),
        overlaps=sum(line.overlap > HEARD_OVERLAP_S for line in lines),
        max_stretch=max(line.stretch for line in lines),
        streams_kept=not comparison.losses,
        duration_difference=comparison.duration_difference,
        losses=comparison.losses,
        timing=timing,
        pace=summarize_pace(lines),
        voices=summarize_voices(lines),
        background_change=float(np.median(changes)) if changes else None,
        left_out=tuple(
            LeftOutLine(line.number, line.span.start, line.span.end, line.segment.text, str(line.source)) for line in dub.left_out
        ),
        is_recognized=dub.is_recognized,
    )


def _measure_coverage(lines: Sequence[LineReport], left_out: Sequence[Line]) -> float:
    """Fraction of the time of all lines in which the dub speaks; a left-out line is not covered."""
    seconds = sum(map(_get_slot_seconds, lines)) + sum(line.span.duration for line in left_out)
    return sum(line.covered * _get_slot_seconds(line) for line in lines) / seconds


def _get_slot_seconds(line: LineReport) -> float:
    return line.slot_end - line.slot_start


@dataclass(frozen=True, slots=True)
class _Measures:
    """Measures of all lines that are taken in one pass over a dub; mappings are by the line's number."""

    source_speech: tuple[Span, ...]
    dub_speech: tuple[Span, ...]
    overlaps: Mapping[int, float] = field(default_factory=dict)
    likeness: Mapping[int, Likeness] = field(default_factory=dict)


def measure_lines(dub: FinishedDub, engines: AssessmentEngines) -> tuple[LineReport, ...]:
    """Measures of every line, in order."""
    measures = _Measures(
        engines.detector.detect(dub.stems.speech),
        engines.detector.detect(dub.track.speech),
        measure_speaker_overlaps(dub.placements),
        _measure_likeness(dub, engines.embedder) if engines.embedder else {},
    )
    lines = [_measure_line(placement, dub.source_language, measures) for placement in dub.placements]
    if dub.stems.background is None:  # the original lies under the dub, voices and all: nothing to compare
        return tuple(lines)
    powers = measure_frame_powers(dub.film, dub.track, dub.stems.background)
    changes = compute_background_changes(powers, [placement.span for placement in dub.placements])
    return tuple(replace(line, background_change=change) for line, change in zip(lines, changes, strict=True))


def _measure_line(placement: Placement, source_language: str | None, measures: _Measures) -> LineReport:
    line, slot, likeness = placement.line, placement.slot, measures.likeness.get(placement.line.number)
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
        overlap=measures.overlaps[line.number],
        covered=sum(part.duration for part in clip_spans(measures.dub_speech, line.span)) / line.span.duration,
        speech_overlap=measure_line_overlap(line.span, placement.span, measures.source_speech, measures.dub_speech),
        fill=placement.seconds / line.span.duration,
        speaks_on=measure_early_end(line.span, placement.span, measures.source_speech, measures.dub_speech),
        syllables_per_second=measure_syllable_rate(line.text, line.language, placement.seconds),
        source_syllables_per_second=measure_source_rate(line, source_language),
        voice_similarity=likeness.own if likeness else None,
        nearest_voice_similarity=likeness.nearest if likeness else None,
        confidence=line.segment.confidence,
        text_source=str(line.source),
        untranslated=line.untranslated,
    )


def _measure_likeness(dub: FinishedDub, embedder: VoiceEmbedder) -> Mapping[int, Likeness]:
    """Line number → likeness of its take, of takes long enough to tell."""
    names = {voice.speaker: voice.speaker if voice.reference else voice.name for voice in dub.voices}
    long = [placement for placement in dub.placements if placement.seconds >= MIN_TAKE_S]
    if not long:
        return {}
    embeddings = embedder.embed(read_take(placement.audio, SPEECH_RATE_HZ) for placement in long)
    voices = [names.get(speaker := placement.line.segment.speaker or "", speaker) for placement in long]
    found = zip(long, compare_voices(embeddings, voices), strict=True)
    return {placement.line.number: likeness for placement, likeness in found if likeness}
