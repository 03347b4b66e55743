"""Rows of the store for a finished dub: lines, speakers, and cost of the translation."""

from dataclasses import asdict, replace
from pathlib import Path

from pipeline.assessment.line_risk import LineRisk
from pipeline.assessment.report_risks import estimate_risks
from pipeline.cache.cache_codec import AnswerCodec
from pipeline.dub_values import Dub, FilmAnalysis
from pipeline.engines.protocols import Engines
from pipeline.prosody.delivery import Delivery
from pipeline.values.dub_report import Report
from pipeline.values.tasks import DubPart, LineRow, SpeakerRow, TranslationRow
from pipeline.values.timeline import Line, TextSource, Voice


def make_line_rows(dub: Dub, report: Report, artifacts: Path) -> tuple[LineRow, ...]:
    """Make the rows of a dub's lines, including those that keep the original audio, with their risks by its report."""
    dubbed = (
        replace(
            _make_line_row(placed.line),
            latest_end=placed.slot.latest_end,
            dub_start=placed.start,
            dub_seconds=placed.seconds,
            rate=placed.rate,
            stretch=placed.stretch,
            audio=str(placed.audio.path.relative_to(artifacts)),
        )
        for placed in dub.placements
    )
    rows = sorted((*dubbed, *map(_make_line_row, dub.undubbed)), key=lambda row: (row.start, row.end, row.number))
    risks = estimate_risks(asdict(report))
    return tuple(
        replace(row, subtitled=dub.subtitled, risk=found.risk, reasons=found.reasons)
        for row in rows
        for found in [risks.get(row.number, LineRisk(0.0))]
    )


def _make_line_row(line: Line) -> LineRow:
    """Make the row of a line without a take. The source text of a line from a subtitle is its own text."""
    return LineRow(
        number=line.number,
        language=line.language,
        speaker=line.segment.speaker,
        start=line.span.start,
        end=line.span.end,
        latest_end=line.span.end,
        source_text=line.segment.text,
        text=line.text,
        text_source=str(line.source),
        dub_start=line.span.start,
        dub_seconds=0.0,
        rate=1.0,
        stretch=1.0,
        audio="",
        confidence=line.segment.confidence,
    )


def format_speech(dub: Dub, artifacts: Path) -> tuple[dict[str, str], dict[int, str]]:
    """Format a dub's voices (by speaker label) and its lines' deliveries (by number) as JSON; a neutral delivery is left out."""
    voices, deliveries = AnswerCodec(Voice, artifacts), AnswerCodec(Delivery, artifacts)
    return (
        {label: voices.format_answer(voice) for label, voice in dub.voices.items()},
        {number: deliveries.format_answer(delivery) for number, delivery in dub.deliveries.items() if delivery != Delivery()},
    )


def list_dub_files(dub: Dub, analysis: FilmAnalysis, artifacts: Path) -> dict[DubPart, str]:
    """List the audio files of a dub: part → path, relative to the artifacts folder."""
    files = {DubPart.MIX: dub.track.audio, DubPart.VOICES: dub.track.speech, DubPart.BACKGROUND: analysis.stems.background}
    if parts := analysis.stems.background_stems:
        files |= {DubPart.MUSIC: parts.music, DubPart.EFFECTS: parts.effects}
    return {part: str(file.path.relative_to(artifacts)) for part, file in files.items() if file is not None}


def make_speaker_rows(analysis: FilmAnalysis, engines: Engines, artifacts: Path) -> tuple[SpeakerRow, ...]:
    """Make the rows of a film's speakers."""
    clips = {clip.speaker: str(clip.audio.path.relative_to(artifacts)) for clip in analysis.clips}
    starts = [(segment.speaker, segment.span.start) for segment in analysis.segments]
    return tuple(
        SpeakerRow(
            label=speaker.label,
            seconds=speaker.seconds,
            pitch=speaker.pitch,
            formants=speaker.formants,
            embedding=speaker.embedding,
            engine=engines.diarizer.fingerprint,
            clip=clips.get(speaker.label),
            first_start=min((start for label, start in starts if label == speaker.label), default=None),
        )
        for speaker in analysis.diarization.speakers
    )


def make_translation_row(dub: Dub, engines: Engines) -> TranslationRow:
    """Make the row of a translation's cost: tokens and seconds."""
    return TranslationRow(
        engine=engines.translator.fingerprint,
        lines=len(dub.placements) + len(dub.undubbed),
        untranslated=sum(line.source is TextSource.NONE for line in dub.undubbed),
        prompt_tokens=dub.usage.prompt_tokens,
        completion_tokens=dub.usage.completion_tokens,
        seconds=dub.usage.seconds,
    )
