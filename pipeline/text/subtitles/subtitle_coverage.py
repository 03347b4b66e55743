"""Coverage of a film by a subtitle: full dialogue, or its signs, its foreign parts, or another cut alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.values.timeline import Cue, Span, merge_spans

MAX_CHARACTERS_PER_S = 50.0  # of film: fast talk has 25, and nobody reads faster
MIN_CUES_PER_MINUTE = 1.5  # of film: forced subtitles have fewer than one
MIN_FRACTION_INSIDE = 0.9  # of the cues: those of a longer cut begin after the film's end
MIN_FRACTION_SHOWN, MIN_FRACTION_SPANNED = 0.08, 0.35  # of the film: with a cue on screen; from the first cue to the last
MIN_SPEECH_COVERED = 0.5  # of the speech, by a sparse subtitle of a film in which little is said
MIN_SPEECH_COVERED_DENSE = 0.35  # of the speech: fewer, and its cues are signs or another film's
MAX_SILENT_S, MAX_SILENT_SHARE = 60.0, 0.25  # of speech in a row without a cue: more, and a part of the subtitle is missing
NEAR_CUE_S = 2.0  # from a cue, within which speech is not without one


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share in 0..1 of the film's speech under a cue; whether the cues are dense enough for a film's dialogue; the longest speech in
    a row without a cue, in seconds and as a share of all speech.
    """

    speech: float
    is_dense: bool
    missing_s: float = 0.0
    missing_share: float = 0.0

    @property
    def lacks_part(self) -> bool:
        """True where a long part of the film has speech and no cues: one of two discs, half a download."""
        return self.missing_s >= MAX_SILENT_S and self.missing_share > MAX_SILENT_SHARE

    @property
    def is_full(self) -> bool:
        """True for a subtitle of the film's whole dialogue."""
        return not self.lacks_part and self.speech >= (MIN_SPEECH_COVERED_DENSE if self.is_dense else MIN_SPEECH_COVERED)


def measure_coverage(cues: Sequence[Cue], speech: Sequence[Span], duration: float) -> Coverage:
    """Coverage of a film of `duration` seconds. `speech`: its spans, in order, as a diarizer found them."""
    shown = merge_spans([cue.span for cue in cues])
    spoken = sum(span.duration for span in speech)
    covered = sum(overlap_all(span, shown) for span in speech)
    missing = measure_longest_missing(shown, speech)
    return Coverage(
        covered / spoken if spoken else 0.0,
        is_dense(tuple(cues), duration),
        missing,
        missing / spoken if spoken else 0.0,
    )


def can_cover(cues: Sequence[Cue], speech: Sequence[Span]) -> bool:
    """True if the cues last long enough for the film's dialogue, at whatever shift: signs and forced subtitles do not."""
    return sum(cue.span.duration for cue in cues) >= MIN_SPEECH_COVERED_DENSE * sum(span.duration for span in speech)


def measure_longest_missing(shown: Sequence[Span], speech: Sequence[Span]) -> float:
    """Seconds of the longest speech in a row without a cue. `shown`: the times with a cue, `speech`: both in order."""
    longest = current = 0.0
    following = 0
    for span in speech:
        while following < len(shown) and shown[following].end < span.start - NEAR_CUE_S:
            following += 1
        is_near = following < len(shown) and shown[following].start <= span.end + NEAR_CUE_S
        current = 0.0 if is_near else current + span.duration
        longest = max(longest, current)
    return longest


def overlap_all(span: Span, others: Sequence[Span]) -> float:
    """Seconds that a span shares with any of the others, which do not overlap each other."""
    return sum(span.overlap(other) for other in others)


def is_dense(cues: tuple[Cue, ...], duration: float) -> bool:
    """True if the cues are as many as a film's dialogue needs.

    A full subtitle shows 8 to 20 cues a minute over half of the film; forced ones fewer than one a minute, over 1 or 2 %.
    """
    inside = tuple(cue for cue in cues if cue.span.start < duration)
    if not inside or len(inside) < MIN_CUES_PER_MINUTE * duration / 60 or not is_possible(cues, duration):
        return False
    shown = sum(span.duration for span in merge_spans([cue.span for cue in inside]))
    reach = max(cue.span.end for cue in inside) - min(cue.span.start for cue in inside)
    return shown >= MIN_FRACTION_SHOWN * duration and reach >= MIN_FRACTION_SPANNED * duration


def is_possible(cues: tuple[Cue, ...], duration: float) -> bool:
    """True if the cues can be said in a film of `duration` seconds: letters, inside it, no faster than anybody talks."""
    inside = tuple(cue for cue in cues if cue.span.start < duration)
    if len(inside) < MIN_FRACTION_INSIDE * len(cues):
        return False
    if sum(len(cue.text) for cue in inside) > MAX_CHARACTERS_PER_S * duration:
        return False
    return any(character.isalpha() for cue in inside for character in cue.text)
