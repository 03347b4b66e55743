"""Notes on a film that is, or may be, truncated."""

from collections.abc import Iterable, Iterator, Sequence

from pipeline.ffmpeg.truncation.stated_duration import format_time
from pipeline.values.media import Film
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Cue

MIN_OVERHANG_S = 1.0  # by which a subtitle's line begins after the film's end


def describe_truncation(film: Film, subtitles: Iterable[tuple[str, Sequence[Cue]]]) -> Iterator[Note]:
    """Warnings where the film's file is cut off, and where one of the subtitles beside or in it (name, cues) goes on
    after its end: MPEG-TS states no duration."""
    if cut := film.truncation:
        yield Note(f"The film ends at {format_time(cut.end)} of {format_time(cut.stated)}: its file is cut off", Severity.WARNING)
    for name, cues in subtitles:
        late = [cue for cue in cues if cue.span.start >= film.duration + MIN_OVERHANG_S]
        if late:
            yield Note(
                f"{len(late)} of {len(cues)} lines of {name} begin after the film's end: it ends at {format_time(film.duration)}, they "
                f"go on to {format_time(late[-1].span.start)}; the film may be cut off, or they belong to another cut",
                Severity.WARNING,
            )
            return  # the others say the same
