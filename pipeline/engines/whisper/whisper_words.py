"""Words with times from Whisper's text and an aligner's tokens; tokens without a time get a share of their neighbours'."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from pipeline.values.timeline import Span, Word

MIN_WORD_S = 0.02  # the alignment's time step
CLAUSE_PAUSE_S = 0.3  # between characters, after which a clause ends
MAX_CLAUSE_S = 5.0
CLAUSE_STOPS = frozenset("、，。！？；：,.!?;:…།")
JOINERS = frozenset("\u200c\u200d")  # Persian and Indic spelling needs them inside words
MAX_PROMPT_TOKENS = 223  # half of Whisper's context, less the token that opens the prompt


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a character of a script without spaces, as an aligner timed it, in seconds; None without a time."""

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float | None = None

    def shift(self, seconds: float) -> "Token":
        """The token on a time axis that begins `seconds` earlier."""
        if self.start is None or self.end is None:
            return self
        return replace(self, start=self.start + seconds, end=self.end + seconds)


def clean_text(text: str) -> str:
    """Clean decoded text: one line, without control characters and broken bytes (U+FFFD)."""
    return " ".join("".join(letter if _is_readable(letter) else " " for letter in text).split())


def _is_readable(letter: str) -> bool:
    return letter in JOINERS or (letter.isprintable() and letter != "\ufffd")


def split_tokens(text: str, *, spaced: bool) -> tuple[Token, ...]:
    """Split a text into words, or into characters in scripts without spaces; no times yet."""
    return tuple(Token(part) for part in (text.split() if spaced else "".join(text.split())))


def match_tokens(tokens: Sequence[Token], found: Sequence[Token]) -> tuple[Token, ...] | None:
    """Match tokens with the timed tokens `found`; None if those are of another text.

    The library splits a word at the end of a sentence inside: `What?!` comes as `What?!` and `!`.
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
    """Convert tokens to words in order, inside the span, none empty, none overlapping.

    Tokens without a time share the time between their neighbours in proportion to their length.
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
    _enforce_min_duration(starts, ends, span)
    return tuple(
        Word(Span(start, end), token.text, token.confidence)
        for token, start, end in zip(tokens, starts, ends, strict=True)
        if start < end  # a span of a few float steps has no room for all
    )


def _enforce_min_duration(starts: list[float], ends: list[float], span: Span) -> None:
    """Give each word its minimum duration, in place: neighbours are moved, first to the right, then back to the left."""
    least = min(MIN_WORD_S, span.duration / (2 * max(1, len(starts))))
    at = span.start
    for n in range(len(starts)):
        starts[n] = max(starts[n], at)
        at = ends[n] = max(ends[n], starts[n] + least)
    at = span.end
    for n in reversed(range(len(starts))):
        ends[n] = min(ends[n], at)
        at = starts[n] = max(span.start, min(starts[n], ends[n] - least))


def join_clauses(characters: Sequence[Word]) -> tuple[Word, ...]:
    """Join characters of a script without spaces into clauses: up to a stop, a pause, or five seconds.

    Words are joined by spaces later, which Chinese has between clauses at most.
    """
    groups: list[list[Word]] = []
    for character in characters:
        last = groups[-1] if groups else None
        if last is None or (_is_clause_end(last, character) and character.text not in CLAUSE_STOPS):
            groups.append([character])
        else:
            last.append(character)
    return tuple(_join_characters(group) for group in groups)


def _is_clause_end(clause: Sequence[Word], after: Word) -> bool:
    last = clause[-1]
    return (
        last.text in CLAUSE_STOPS
        or after.span.start - last.span.end >= CLAUSE_PAUSE_S
        or after.span.end - clause[0].span.start > MAX_CLAUSE_S
    )


def _join_characters(group: Sequence[Word]) -> Word:
    known = [word.confidence for word in group if word.confidence is not None]
    whole = replace(group[0], text="".join(word.text for word in group), span=group[0].span.hull(group[-1].span))
    return replace(whole, confidence=fmean(known) if known else None)


def truncate_prompt(prompt: str, tokens_in: Callable[[str], int]) -> str:
    """Truncate a prompt to Whisper's limit at a word; Whisper itself would keep the end and cut through a name.

    `|` is removed: between angle brackets it makes the decoder's special tokens. `tokens_in`: counts tokens.
    """
    words = prompt.replace("|", " ").split()
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens_in(" " + " ".join(words[:middle])) <= MAX_PROMPT_TOKENS else (low, middle - 1)
    return " ".join(words[:low]).rstrip(",;:")
