"""Structure of a dub's lines as users edited it: added lines, deleted ones, and other times. Of values alone.

Numbers identify lines, and an added one has the highest: the order of lines is that of their spans.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline.values.edits import FILM_WIDE, AddedLine, Edit
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Line, Segment, Span, TextSource

MIN_KEPT_S = 0.1  # of speech without words beside an added line: less is the added line's own


def make_added_lines(added: Iterable[AddedLine], language: str, *, subtitled: bool) -> tuple[Line, ...]:
    """The lines that were added to a dub, without a text: that of each is an edit, or the translation of its source text.

    `subtitled`: the dub's lines are subtitles in its own language, where no line of the translated dubs belongs.
    """
    own = [line for line in added if line.language == language or (line.language == FILM_WIDE and not subtitled)]
    return tuple(
        Line(Segment(line.number, Span(line.start, line.end), line.source_text, line.speaker), "", language, TextSource.NONE)
        for line in own
    )


def split_by_number(added: Iterable[Line], taken: Collection[int]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Added lines whose number is theirs alone, and those whose number a line of the film has by now: it was analyzed anew."""
    lines = tuple(added)
    return tuple(line for line in lines if line.number not in taken), tuple(line for line in lines if line.number in taken)


def describe_lost_lines(lost: Sequence[Line]) -> tuple[Note, ...]:
    """The note on added lines that a film has no place for, because it has more lines than when they were added."""
    if not lost:
        return ()
    times = ", ".join(f"{line.span.start:.1f} s" for line in lost)
    text = f"Added lines are not in this dub, because the film was divided into lines anew; add them again, at {times}"
    return (Note(text, Severity.WARNING),)


def describe_impossible_times(lines: Iterable[Line], edits: Mapping[int, Edit]) -> tuple[Note, ...]:
    """The note on lines whose edited times became impossible, because the film was divided into lines anew: one ends before it starts."""
    lost = [line for line in lines if (edit := edits.get(line.number)) and not edit.deleted and _read_span(line, edit) is None]
    if not lost:
        return ()
    text = "Edited times are not in this dub, because the film was divided into lines anew; set start and end of the line again"
    return (Note(text, Severity.WARNING, tuple(line.number for line in lost)),)


def arrange_lines(lines: Sequence[Line], edits: Mapping[int, Edit]) -> tuple[Line, ...]:
    """The lines at the times of their edits and in order of their spans, without those that were deleted."""
    kept = [line for line in lines if not ((edit := edits.get(line.number)) and edit.deleted)]
    moved = [move_line(line, edits[line.number]) if line.number in edits else line for line in kept]
    return tuple(sorted(moved, key=lambda line: line.span))


def move_line(line: Line, edit: Edit) -> Line:
    """The line at the times of its edit. Times that became impossible, because the film was divided anew, are left out."""
    span = _read_span(line, edit)
    return line if span is None else replace(line, segment=replace(line.segment, span=span))


def _read_span(line: Line, edit: Edit) -> Span | None:
    """The span of a line with its edit; None where it would end before it starts."""
    start = line.span.start if edit.start is None else edit.start
    end = line.span.end if edit.end is None else edit.end
    return Span(start, end) if start < end else None


def list_new_spans(lines: Iterable[Line], before: Iterable[Line]) -> tuple[Span, ...]:
    """The spans of lines that have other times than before, or were not there."""
    former = {line.number: line.span for line in before}
    return tuple(line.span for line in lines if former.get(line.number) != line.span)


def subtract_spans(spans: Iterable[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """The parts of spans that no line takes now."""
    left = list(spans)
    for other in taken:
        parts = []
        for span in left:
            if not span.overlap(other):
                parts.append(span)
                continue
            pairs = ((span.start, other.start), (other.end, span.end))
            parts += [Span(start, end) for start, end in pairs if end - start >= MIN_KEPT_S]
        left = parts
    return tuple(left)
