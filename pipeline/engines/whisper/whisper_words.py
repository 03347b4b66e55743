"""Words from what Whisper wrote and an aligner timed: each with a span of its own, whatever was left without a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from pipeline.values.timeline import Span, Word

LEAST = 0.02  # seconds; the alignment's own step
PAUSE = 0.3  # seconds between characters, after which a clause ends
LONGEST_CLAUSE = 5.0  # seconds
STOPS = frozenset("、，。！？；：,.!?;:…།")
JOINERS = frozenset("\u200c\u200d")  # Persian and Indic spelling needs them inside words
ALLOWED = 223  # tokens of a prompt: half of Whisper's context, less one that opens it


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a character of a script without spaces, as an aligner timed it. Seconds; None where it could not."""

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float | None = None

    def later(self, seconds: float) -> "Token":
        """The same on an axis that begins earlier."""
        if self.start is None or self.end is None:
            return self
        return replace(self, start=self.start + seconds, end=self.end + seconds)


def clean_text(text: str) -> str:
    """Decoded text on one line and without control characters and broken bytes (U+FFFD)."""
    return " ".join("".join(letter if _readable(letter) else " " for letter in text).split())


def _readable(letter: str) -> bool:
    return letter in JOINERS or (letter.isprintable() and letter != "\ufffd")


def split_tokens(text: str, *, spaced: bool) -> tuple[Token, ...]:
    """The words of a text, or its characters; no times yet."""
    return tuple(Token(part) for part in (text.split() if spaced else "".join(text.split())))


def match_tokens(tokens: Sequence[Token], found: Sequence[Token]) -> tuple[Token, ...] | None:
    """The tokens with the times that were found for them; None where what was found tells of another text.

    The library takes a word apart where it sees the end of a sentence inside: `What?!` comes as `What?!` and `!`.
    """
    timed: list[Token] = []
    for piece in found:
        n = len(timed)
        if n < len(tokens) and tokens[n].text.startswith(piece.text):
            timed.append(replace(piece, text=tokens[n].text))
        elif timed and timed[-1].text.endswith(piece.text):
            ends = [end for end in (timed[-1].end, piece.end) if end is not None]
            timed[-1] = replace(timed[-1], end=max(ends, default=None))
        else:
            return None
    return tuple(timed) if len(timed) == len(tokens) else None


def place_words(tokens: Sequence[Token], span: Span) -> tuple[Word, ...]:
    """The tokens as words: in order, inside the span, none empty, none over its neighbour.

    Runs without a time share the room between their neighbours in proportion to their length.
    """
    starts, ends = [0.0] * len(tokens), [0.0] * len(tokens)
    before, waiting = span.start, list[int]()

    def spread(until: float) -> None:
        room, whole = max(0.0, until - before), sum(len(tokens[n].text) for n in waiting)
        at = before
        for n in waiting:
            starts[n], at = at, at + room * len(tokens[n].text) / whole
            ends[n] = at
        waiting.clear()

    for n, token in enumerate(tokens):
        start, end = max(before, token.start or 0.0), min(span.end, token.end or 0.0)
        if token.start is None or start >= end:
            waiting.append(n)
            continue
        spread(start)
        starts[n], ends[n], before = start, end, end
    spread(span.end)
    _part(starts, ends, span)
    return tuple(
        Word(Span(start, end), token.text, token.confidence)
        for token, start, end in zip(tokens, starts, ends, strict=True)
        if start < end  # a span of a few float steps has no room for all
    )


def _part(starts: list[float], ends: list[float], span: Span) -> None:
    """Give each its least time, in place: neighbours make way, first to the right, then back to the left."""
    least = min(LEAST, span.duration / (2 * max(1, len(starts))))
    at = span.start
    for n in range(len(starts)):
        starts[n] = max(starts[n], at)
        at = ends[n] = max(ends[n], starts[n] + least)
    at = span.end
    for n in reversed(range(len(starts))):
        ends[n] = min(ends[n], at)
        at = starts[n] = max(span.start, min(starts[n], ends[n] - least))


def join_clauses(characters: Sequence[Word]) -> tuple[Word, ...]:
    """Characters of a script without spaces, joined up to a stop, a pause, or five seconds.

    Words are joined by spaces later on, which a reader of Chinese expects between clauses at most.
    """
    groups: list[list[Word]] = []
    for character in characters:
        last = groups[-1] if groups else None
        if last is None or (_is_clause_end(last, character) and character.text not in STOPS):
            groups.append([character])
        else:
            last.append(character)
    return tuple(_clause(group) for group in groups)


def _is_clause_end(clause: Sequence[Word], after: Word) -> bool:
    last = clause[-1]
    return (
        last.text in STOPS or after.span.start - last.span.end >= PAUSE or after.span.end - clause[0].span.start > LONGEST_CLAUSE
    )


def _clause(group: Sequence[Word]) -> Word:
    known = [word.confidence for word in group if word.confidence is not None]
    whole = replace(group[0], text="".join(word.text for word in group), span=group[0].span.hull(group[-1].span))
    return replace(whole, confidence=fmean(known) if known else None)


def truncate_prompt(prompt: str, tokens_in: Callable[[str], int]) -> str:
    """As much of a prompt, from its beginning, as Whisper takes; it would itself keep the end and cut through a name.

    `|` goes: between angle brackets it makes commands of the decoder's.
    """
    words = prompt.replace("|", " ").split()
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens_in(" " + " ".join(words[:middle])) <= ALLOWED else (low, middle - 1)
    return " ".join(words[:low]).rstrip(",;:")
