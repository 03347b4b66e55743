"""Preview window: the part of an excerpt whose lines are dubbed. It begins and ends in a pause, so that the lines in it are those
of a dub of the whole film.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.dub_values import PreviewWindow
from pipeline.errors import StageError
from pipeline.stages.read_subtitles import Subtitles
from pipeline.values.notes import Note
from pipeline.values.preview import PreviewRange, format_time
from pipeline.values.timeline import Cue, Diarization, Span, Speaker, Turn, merge_spans

MIN_PAUSE_S = 1.0  # s without speech, in which a window begins or ends
MAX_MOVE_S = 12.0  # s from the wanted time at which a pause is looked for
PAUSE_EDGE_S = 0.25  # s of a pause that are left to the speech beside it


def choose_window(turns: Sequence[Turn], wanted: Span, duration: float) -> PreviewWindow:
    """The window nearest to the wanted span that begins and ends in pauses of at least `MIN_PAUSE_S`, else in shorter ones."""
    speech = merge_spans([turn.span for turn in turns])
    pauses = _list_pauses(speech, duration)
    start, starts_clean = _move_into_pause(wanted.start, pauses)
    end, ends_clean = _move_into_pause(wanted.end, [pause for pause in pauses if pause.end > start + MIN_PAUSE_S])
    if end <= start:
        start, end, starts_clean = wanted.start, max(wanted.end, wanted.start + MIN_PAUSE_S), False
    return PreviewWindow(Span(start, min(end, max(duration, start + MIN_PAUSE_S))), starts_clean and ends_clean)


def _list_pauses(speech: Sequence[Span], duration: float) -> list[Span]:
    edges = [Span(0.0, 1e-6), *speech]
    pauses = [Span(before.end, after.start) for before, after in pairwise(edges) if after.start > before.end]
    last = max((span.end for span in speech), default=0.0)
    return [*pauses, *([Span(last, duration)] if duration > last else [])]


def _move_into_pause(at: float, pauses: Sequence[Span]) -> tuple[float, bool]:
    """The time nearest to `at` in a pause, and whether the pause is long enough; `at` itself where none is near."""
    for shortest in (MIN_PAUSE_S, 0.1):
        near = [_clamp(at, pause) for pause in pauses if pause.duration >= shortest]
        near = [time for time in near if abs(time - at) <= MAX_MOVE_S]
        if near:
            return min(near, key=lambda time: abs(time - at)), shortest == MIN_PAUSE_S
    return at, False


def _clamp(at: float, pause: Span) -> float:
    edge = min(PAUSE_EDGE_S, pause.duration / 2)
    return min(max(at, pause.start + edge), pause.end - edge)


def limit_to_window(diarization: Diarization, window: Span) -> Diarization:
    """The turns inside the window, and the speakers who are heard there. StageError where nobody is."""
    cut = ((turn.span.intersection(window), turn.speaker) for turn in diarization.turns)
    turns = tuple(Turn(span, speaker) for span, speaker in cut if span)
    if not turns:
        raise StageError("preview", "nobody speaks in this part of the film; choose other times")
    return Diarization(turns, _measure_speakers(diarization, turns))


def _measure_speakers(diarization: Diarization, turns: Sequence[Turn]) -> tuple[Speaker, ...]:
    seconds: dict[str, float] = {}
    for turn in turns:
        seconds[turn.speaker] = seconds.get(turn.speaker, 0.0) + turn.span.duration
    heard = [replace(speaker, seconds=seconds[speaker.label]) for speaker in diarization.speakers if speaker.label in seconds]
    return tuple(sorted(heard, key=lambda speaker: -speaker.seconds))


def is_inside(cue: Cue, window: Span) -> bool:
    """True if the middle of a cue lies in the window."""
    return window.start <= (cue.span.start + cue.span.end) / 2 < window.end


def limit_subtitles(texts: Sequence[Subtitles], window: Span) -> tuple[Subtitles, ...]:
    """The subtitles with the cues inside the window; those that have none are left out."""
    limited = (replace(text, cues=tuple(cue for cue in text.cues if is_inside(cue, window))) for text in texts)
    return tuple(text for text in limited if text.cues)


def describe_preview(preview: PreviewRange, window: PreviewWindow, offset: float) -> tuple[Note, ...]:
    """The notes on a preview: its part of the film, and the origin of its times."""
    start, end = format_time(window.span.start + offset), format_time(window.span.end + offset)
    ends = "it begins and ends in a pause" if window.is_clean else "without a pause near, its first or last line may be cut"
    return (
        Note(
            f"Preview of {preview}; the rest is not dubbed. Its lines are those from {start} to {end} of the film ({ends}); its times "
            f"count from the beginning of the preview's file, which is {format_time(offset)} of the film"
        ),
    )
