"""Lines as a viewer hears the original in them: vocalizations that stay the original's, and speakers who talk at once; with notes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.text.vocalizations import is_vocalization
from pipeline.values.notes import Note
from pipeline.values.timeline import Line, TextSource

MIN_OVERLAP_S = 0.2  # seconds; times of cues and turns are no more exact than this


def keep_vocalizations(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines; one whose source is laughter, a sigh or a hum alone keeps the original audio."""
    return tuple(replace(line, source=TextSource.ORIGINAL) if is_vocalization(line.segment.text) else line for line in lines)


def describe_original_sounds(lines: Sequence[Line]) -> tuple[Note, ...]:
    """Notes on the lines of a dub that keep the original as vocalizations, and on those in which several speakers talk at once."""
    kept = tuple(line.number for line in lines if line.source is TextSource.ORIGINAL)
    notes = [Note("Laughter, sighs and hums without words are the original's own", lines=kept)] if kept else []
    overlaps = tuple(find_overlaps(lines))
    if overlaps:
        seconds = sum(shared for _, _, shared in overlaps)
        numbers = tuple(sorted({number for one, other, _ in overlaps for number in (one, other)}))
        notes.append(
            Note(
                f"Several speakers talk at once for {seconds:.1f} s by the times of subtitles and turns, and so does the dub; "
                "voices over each other that share one turn are not detected",
                lines=numbers,
            )
        )
    return tuple(notes)


def find_overlaps(lines: Sequence[Line]) -> Iterator[tuple[int, int, float]]:
    """Pairs of lines by different speakers that overlap: both numbers, and the seconds that they share."""
    open_lines: list[Line] = []
    for line in sorted(lines, key=lambda line: line.span):
        open_lines = [other for other in open_lines if other.span.end > line.span.start]
        for other in open_lines:
            shared = other.span.overlap(line.span)
            if shared >= MIN_OVERLAP_S and other.segment.speaker != line.segment.speaker:
                yield other.number, line.number, shared
        open_lines.append(line)
