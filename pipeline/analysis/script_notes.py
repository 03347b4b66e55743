"""Notes on the lines of a dub for the users: on their translation and their takes, on lines that keep the original audio."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.analysis.original_sounds import describe_original_sounds
from pipeline.dub_values import DubSpec
from pipeline.runner import Runner
from pipeline.values.notes import Note, Severity, merge_notes
from pipeline.values.timeline import Line, Take, TextSource
from pipeline.values.track_selection import NO_SUBTITLES


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


def describe_recognition(lines: Sequence[Line], run: Runner, spec: DubSpec) -> tuple[Note, ...]:
    """The note on dialogue that was recognised from the speech: the engine's name, and its mean confidence, weighted by seconds."""
    engine = run.engine_names.get("transcriber")
    known = [(line.segment.confidence, line.span.duration) for line in lines if line.segment.confidence is not None]
    total = sum(seconds for _, seconds in known)
    sure = f" (mean confidence {sum(confidence * seconds for confidence, seconds in known) / total:.0%})" if total else ""
    reason = "subtitles were not used, as chosen" if spec.selection.subtitles == NO_SUBTITLES else "no subtitle was used"
    return (Note(f"The dialogue was recognised from the speech{f' by {engine}' if engine else ''}{sure}: {reason}"),)
