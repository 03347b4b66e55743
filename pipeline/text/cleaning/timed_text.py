"""Timed texts of a subtitle file between its parser and its cues, and the counts of what cleaning removes."""

from collections import Counter
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True, order=True)
class TimedText:
    """One event as parsed. `text`: rows without markup. `style`: of ASS, "" elsewhere."""

    start_s: float
    end_s: float
    text: str
    style: str = ""

    def with_text(self, text: str) -> "TimedText":
        """The same event with other rows."""
        return replace(self, text=text)

    @property
    def rows(self) -> tuple[str, ...]:
        """Rows that hold anything."""
        return tuple(row for row in self.text.split("\n") if row.strip())


@dataclass(slots=True)
class Removals:
    """Counts of removed cues and rows by reason, in words that a person reads."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, reason: str, count: int = 1) -> None:
        """Count removals of a reason. `reason`: a plural noun, such as "credits"."""
        if count:
            self.counts[reason] += count

    def format_counts(self) -> tuple[str, ...]:
        """`3 credits`, one text a reason."""
        return tuple(f"{count} {reason}" for reason, count in self.counts.items())
