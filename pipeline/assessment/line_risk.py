"""Risk of a line: the probability that a viewer finds it wrong, estimated from its measures, with the reasons in short words.

Each sign of a fault is a probability of its own, from 0 where the measure is as it should be to nearly 1; a line's risk is the
probability that at least one of them is right (noisy OR). It is monotone: a worse measure never lowers it. The bounds:

| sign | 0 up to | 0.5 at | most |
| --- | --- | --- | --- |
| recognition confidence of the source's words | 0.9 | 0.55 | 0.95 |
| round trip: word error rate of the take | 10 % | 50 % | 0.95; half of it where the take was judged to be understood |
| round trip: judged doubtful, bad | | | at least 0.6, at least 0.85 |
| words of the text that were not translated | none | one | 0.75 |
| rate over, under the voice's natural one | 1.15, 0.9 | | 0.5 at 1.5, 0.3 at 0.7 |
| start off the source's, early or late | 0.3 s | | 0.4 at 1.5 s |
| warnings on the line, of what is no sign above | none | | 0.15 each, up to 0.4 |
| text source: no translation | | | 1 |

A text that a person wrote has no doubt of recognition. A line that keeps the original audio by an edit, or because nothing is said
there, has no risk.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.values.take_checks import Intelligibility
from pipeline.values.timeline import TextSource

WRONG_FROM = 0.5  # probability of a sign of wrong words from which on the line's words are probably wrong
WRONG_CONFIDENCE = 0.55  # of recognition, at which that sign reaches it
NAMED_FROM = 0.1  # probability from which on a sign is named as a reason
MAX_DOUBT = 0.95  # of a measure, which is never a proof
UNDERSTOOD_SHARE = 0.5  # of the errors in a take that was judged to be understood: most are of spelling
MIN_DOUBT = {Intelligibility.DOUBTFUL: 0.6, Intelligibility.BAD: 0.85}
UNTRANSLATED_DOUBT, MAX_UNTRANSLATED_DOUBT = 0.5, 0.75  # of each word; a name that is taken for a word is no proof of a bad dub
WARNING_DOUBT, MAX_WARNINGS_DOUBT = 0.15, 0.4


class Reason(StrEnum):
    """Reason of a line's risk, in short words. A sign of wrong words that is weaker than `WRONG_FROM` has a weaker word."""

    NOT_TRANSLATED = "not translated"
    UNTRANSLATED_WORDS = "words not translated"
    NOT_UNDERSTOOD = "not understood"
    HARD_TO_UNDERSTAND = "hard to understand"
    LOW_CONFIDENCE = "low confidence"
    FAIR_CONFIDENCE = "fair confidence"
    TOO_FAST = "too fast"
    TOO_SLOW = "too slow"
    LATE = "late"
    EARLY = "early"
    WARNING = "warning"


WORD_REASONS = frozenset({Reason.NOT_TRANSLATED, Reason.UNTRANSLATED_WORDS, Reason.NOT_UNDERSTOOD, Reason.LOW_CONFIDENCE})


@dataclass(frozen=True, slots=True)
class LineMeasures:
    """Measures of a line that its risk is estimated from; None where one was not taken.

    `confidence`: of the source's recognised words, 0..1. `round_trip`: word error rate of the take, with homophones equal where that
    is known. `intelligibility`: verdict on the take. `rate`: 1.0 is the voice's natural pace. `lateness`: seconds from the source's
    start, early or late. `untranslated`: words of the text that the translator left as they were. `warnings`: on this line, of what no
    other measure tells.
    """

    text_source: str = TextSource.TRANSLATION
    confidence: float | None = None
    round_trip: float | None = None
    intelligibility: Intelligibility | None = None
    rate: float = 1.0
    lateness: float = 0.0
    untranslated: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class LineRisk:
    """Risk of a line, 0..1; `signs`: its reasons with the probability of each, the likeliest first."""

    risk: float
    signs: tuple[tuple[Reason, float], ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons in short words, the likeliest first."""
        return tuple(str(reason) for reason, _ in self.signs)

    @property
    def wrong_words(self) -> Reason | None:
        """The reason for which the line's words are probably wrong; None where they are not."""
        return next((reason for reason, _ in self.signs if reason in WORD_REASONS), None)


def estimate_risk(line: LineMeasures) -> LineRisk:
    """Risk of a line by its measures."""
    if line.text_source == TextSource.NONE:
        return LineRisk(1.0, ((Reason.NOT_TRANSLATED, 1.0),))
    if line.text_source in {TextSource.SKIP, TextSource.ORIGINAL, TextSource.ADDED}:
        return LineRisk(0.0)
    signs = sorted(_find_signs(line), key=lambda sign: -sign[1])
    risk = 1.0 - math.prod(1.0 - doubt for _, doubt in signs)
    return LineRisk(round(risk, 4), tuple(sign for sign in signs if sign[1] >= NAMED_FROM))


def _find_signs(line: LineMeasures) -> Iterable[tuple[Reason, float]]:
    if line.confidence is not None and line.text_source != TextSource.EDIT:
        doubt = min(MAX_DOUBT, _ramp(line.confidence, 0.9, 0.2))
        yield Reason.LOW_CONFIDENCE if doubt >= WRONG_FROM else Reason.FAIR_CONFIDENCE, doubt
    doubt = _doubt_round_trip(line.round_trip, line.intelligibility)
    yield Reason.NOT_UNDERSTOOD if doubt >= WRONG_FROM else Reason.HARD_TO_UNDERSTAND, doubt
    yield Reason.UNTRANSLATED_WORDS, min(MAX_UNTRANSLATED_DOUBT, 1.0 - (1.0 - UNTRANSLATED_DOUBT) ** line.untranslated)
    yield Reason.TOO_FAST, 0.5 * _ramp(line.rate, 1.15, 1.5)
    yield Reason.TOO_SLOW, 0.3 * _ramp(line.rate, 0.9, 0.7)
    yield Reason.LATE if line.lateness > 0.0 else Reason.EARLY, 0.4 * _ramp(abs(line.lateness), 0.3, 1.5)
    yield Reason.WARNING, min(MAX_WARNINGS_DOUBT, WARNING_DOUBT * line.warnings)


def _doubt_round_trip(errors: float | None, verdict: Intelligibility | None) -> float:
    doubt = 0.0 if errors is None else min(MAX_DOUBT, _ramp(errors, 0.1, 0.9))
    if verdict is Intelligibility.GOOD:
        return UNDERSTOOD_SHARE * doubt
    return max(doubt, MIN_DOUBT[verdict]) if verdict else doubt


def _ramp(value: float, good: float, bad: float) -> float:
    """0 at `good`, 1 at `bad`, linear between; whichever of the two is the larger."""
    return min(1.0, max(0.0, (value - good) / (bad - good)))


def rank_lines(risks: Sequence[tuple[int, float]]) -> tuple[int, ...]:
    """Numbers of the lines, the riskiest first; lines of equal risk in their order. `risks`: number and risk of each."""
    return tuple(number for number, _ in sorted(risks, key=lambda each: (-each[1], each[0])))
