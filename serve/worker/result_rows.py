"""What is kept of a finished dub: its lines, its speakers, and what its translation cost, as rows of the store."""

from dataclasses import replace
from pathlib import Path

from pipeline.dub import Dub, Heard
from pipeline.engines.protocols import Engines
from pipeline.values.tasks import LineRow, SpeakerRow, TranslationRow
from pipeline.values.timeline import Line, TextSource


def line_rows(dub: Dub, artifacts: Path) -> tuple[LineRow, ...]:
    """The lines of a dub as they are shown, those that were left to the original too."""
    spoken = (
        replace(
            _line_row(placed.line),
            latest_end=placed.slot.latest_end,
            dub_start=placed.start,
            dub_seconds=placed.seconds,
            rate=placed.rate,
            stretch=placed.stretch,
            audio=str(placed.audio.path.relative_to(artifacts)),
        )
        for placed in dub.placements
    )
    rows = sorted((*spoken, *map(_line_row, dub.undubbed)), key=lambda row: row.number)
    return tuple(replace(row, subtitled=dub.subtitled) for row in rows)


def _line_row(line: Line) -> LineRow:
    """A line without a take. One spoken from a subtitle has no other source text than its own."""
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
    )


def speaker_rows(heard: Heard, engines: Engines, artifacts: Path) -> tuple[SpeakerRow, ...]:
    """The speakers of a film as they are kept."""
    clips = {clip.speaker: str(clip.audio.path.relative_to(artifacts)) for clip in heard.clips}
    return tuple(
        SpeakerRow(
            label=speaker.label,
            seconds=speaker.seconds,
            pitch=speaker.pitch,
            formants=speaker.formants,
            embedding=speaker.embedding,
            engine=engines.diarizer.fingerprint,
            clip=clips.get(speaker.label),
        )
        for speaker in heard.diarization.speakers
    )


def translation_row(dub: Dub, engines: Engines) -> TranslationRow:
    """What a dub's translation cost, as it is kept."""
    return TranslationRow(
        engine=engines.translator.fingerprint,
        lines=len(dub.placements) + len(dub.undubbed),
        untranslated=sum(line.source is TextSource.NONE for line in dub.undubbed),
        prompt_tokens=dub.usage.prompt_tokens,
        completion_tokens=dub.usage.completion_tokens,
        seconds=dub.usage.seconds,
    )
