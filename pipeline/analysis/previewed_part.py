"""Previewed part of a film whose rest is dubbed now: its lines, speakers and stems stay, and the rest is analyzed around it."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.analysis.preview_window import is_inside
from pipeline.dub_values import FilmAnalysis, PreviewedPart
from pipeline.stages.read_subtitles import Subtitles
from pipeline.stages.separate import SeparatedPart
from pipeline.values.notes import Note
from pipeline.values.preview import format_time
from pipeline.values.timeline import Diarization, Segment, Span, Speaker, Turn


def describe_stems(part: PreviewedPart) -> SeparatedPart | None:
    """The stems of the part, where it was separated."""
    stems = part.analysis.stems
    return SeparatedPart(stems, part.offset, part.span) if stems.background and stems.voices else None


def diarize_rest(whole: Diarization, part: PreviewedPart) -> Diarization:
    """The turns outside the part. A speaker who is heard in the part has the label of the preview, found by time; all speakers of
    both are listed, by speaking time.
    """
    labels = _match_speakers(whole.turns, _list_turns(part))
    taken = {speaker.label for speaker in part.analysis.diarization.speakers}
    numbers = (f"S{number}" for number in range(1, 10_000))
    fresh = (label for label in numbers if label not in taken)
    for speaker in whole.speakers:
        if speaker.label not in labels:
            labels[speaker.label] = next(fresh)
    turns = tuple(Turn(span, labels[turn.speaker]) for turn in whole.turns for span in _exclude(turn.span, part.span))
    return Diarization(turns, _list_speakers(whole, part, labels))


def _list_turns(part: PreviewedPart) -> tuple[Turn, ...]:
    """The turns of the part, at their times in the film."""
    return tuple(Turn(_move(turn.span, part.offset), turn.speaker) for turn in part.analysis.diarization.turns)


def _match_speakers(whole: Sequence[Turn], known: Sequence[Turn]) -> dict[str, str]:
    """Label in the film → label in the preview, of those who speak at the same time for longest; each at most once."""
    shared: dict[tuple[str, str], float] = {}
    for turn in whole:
        for other in known:
            if seconds := turn.span.overlap(other.span):
                pair = (turn.speaker, other.speaker)
                shared[pair] = shared.get(pair, 0.0) + seconds
    labels: dict[str, str] = {}
    for label, name in sorted(shared, key=lambda pair: (-shared[pair], pair)):
        if label not in labels and name not in labels.values():
            labels[label] = name
    return labels


def _exclude(span: Span, part: Span) -> tuple[Span, ...]:
    """The parts of a span before and after the previewed part."""
    edges = ((span.start, min(span.end, part.start)), (max(span.start, part.end), span.end))
    return tuple(Span(start, end) for start, end in edges if start < end)


def _list_speakers(whole: Diarization, part: PreviewedPart, labels: dict[str, str]) -> tuple[Speaker, ...]:
    found = [replace(speaker, label=labels[speaker.label]) for speaker in whole.speakers]
    heard = {speaker.label for speaker in found}
    found += [speaker for speaker in part.analysis.diarization.speakers if speaker.label not in heard]
    return tuple(sorted(found, key=lambda speaker: (-speaker.seconds, speaker.label)))


def exclude_subtitles(texts: Sequence[Subtitles], part: PreviewedPart) -> tuple[Subtitles, ...]:
    """The subtitles without the cues of the part; those that have no other are left out."""
    rest = (replace(text, cues=tuple(cue for cue in text.cues if not is_inside(cue, part.span))) for text in texts)
    return tuple(text for text in rest if text.cues)


def join_part(rest: FilmAnalysis, part: PreviewedPart) -> FilmAnalysis:
    """The analysis of the whole film, of the rest and the part."""
    own = {clip.speaker: clip for clip in rest.clips} | {clip.speaker: clip for clip in part.analysis.clips}
    turns = tuple(sorted((*rest.diarization.turns, *_list_turns(part)), key=lambda turn: turn.span))
    start, end = format_time(part.span.start), format_time(part.span.end)
    note = Note(f"The lines from {start} to {end} are those of the preview; the rest of the film was dubbed around them")
    return replace(
        rest,
        segments=join_segments(rest.segments, part.analysis.segments, part.offset),
        diarization=Diarization(turns, rest.diarization.speakers),
        clips=tuple(own.values()),
        notes=(*rest.notes, note),
        previewed=part,
        rest=replace(rest, clips=tuple(own.values())),
    )


def join_segments(rest: Sequence[Segment], part: Sequence[Segment], offset: float) -> tuple[Segment, ...]:
    """The segments of the rest and of the part, in order of time, numbered anew."""
    moved = [replace(segment, span=_move(segment.span, offset)) for segment in part]
    ordered = sorted((*rest, *moved), key=lambda segment: segment.span)
    return tuple(replace(segment, number=number) for number, segment in enumerate(ordered, 1))


def _move(span: Span, offset: float) -> Span:
    return Span(span.start + offset, span.end + offset)
