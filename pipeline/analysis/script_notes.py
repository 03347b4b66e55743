"""Notes on the lines of a dub for the users: on their translation and their takes, on lines that keep the original audio."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.analysis.original_sounds import describe_original_sounds
from pipeline.values.notes import Note, Severity, merge_notes
from pipeline.values.timeline import Line, Take, TextSource


def collect_notes(
    every: Sequence[Line], translation: Iterable[Note], lines: Sequence[Line], takes: Sequence[Take]
) -> tuple[Note, ...]:
    """Notes on a dub for the users: on its translation, on lines without one, on its takes."""
    untranslated = tuple(line.number for line in every if line.source is TextSource.NONE)
    missing = Note("Not translated, so that the original is heard there", Severity.WARNING, untranslated)
    take_notes = (replace(note, lines=(line.number,)) for line, take in zip(lines, takes, strict=True) for note in take.notes)
    merged = merge_notes(take_notes, dub_lines=[line.number for line in lines])
    notes = (*([missing] if untranslated else []), *translation, *merged, *describe_original_sounds(every))
    return merge_notes(notes, dub_lines=[line.number for line in every])
