"""Checks of takes: what a recogniser understood of each dubbed line (the round trip), and the pooled word error rate of a dub."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Intelligibility(StrEnum):
    """Verdict on a take: understood, doubtful (to be listened to), or not understood."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class TakeCheck:
    """Round trip of one line. `heard`: recognised text; `word_errors`: of it against the `words` that were spoken.

    `homophone_errors`: the same where words that are pronounced alike count as equal; None where pronunciations are not known.
    `takes`: syntheses of the line that were compared, 1 where the first was kept.
    """

    number: int
    heard: str
    word_errors: int
    words: int
    takes: int = 1
    verdict: Intelligibility = Intelligibility.GOOD
    homophone_errors: int | None = None

    @property
    def wer(self) -> float:
        """Word error rate: 0 at best; over 1 where more was recognised than was spoken."""
        return self.word_errors / max(1, self.words)

    @property
    def homophone_wer(self) -> float | None:
        """Homophone-tolerant word error rate."""
        return None if self.homophone_errors is None else self.homophone_errors / max(1, self.words)


def pool_word_error_rate(checks: Iterable[TakeCheck]) -> float | None:
    """Word error rate over the words of all lines; None where no line was checked."""
    every = tuple(checks)
    words = sum(check.words for check in every)
    return sum(check.word_errors for check in every) / words if words else None


def pool_homophone_error_rate(checks: Iterable[TakeCheck]) -> float | None:
    """Homophone-tolerant word error rate over the words of all lines; None where it is not known of every line."""
    every = tuple(checks)
    known = [check.homophone_errors for check in every if check.homophone_errors is not None]
    words = sum(check.words for check in every)
    return sum(known) / words if words and len(known) == len(every) else None
