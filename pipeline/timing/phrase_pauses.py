"""Prosodic alignment: the pauses of a source line at the matching phrase boundaries of its translation.

A pause has a position, the share of the line's speech before it; so has each boundary between phrases of the translation, by
its letters. Dynamic programming assigns pauses to boundaries in order, the long ones first of all. A clause is never split
without a punctuation mark or a conjunction (Virkar et al., "Improvements to Prosodic Alignment for Automatic Dubbing",
ICASSP 2021).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from pipeline.values.timeline import Span, merge_spans

MIN_PAUSE_S = 0.3  # s; a shorter gap in speech is part of its articulation
MAX_PAUSE_S = 3.0  # s of a pause in a take; a longer one is a gap that the detector left, or two lines in one cue
MIN_KEPT_PAUSE_S = 0.12  # s; a shorter pause is none
MAX_PAUSES = 12  # of one line
MAX_DISTANCE = 0.2  # share of a line by which a pause may move to its boundary
COMFORTABLE_RATE, FASTEST_RATE = 1.1, 1.2  # of a voice's pace: beyond the first pauses are shortened, beyond the second dropped

PHRASE_END = re.compile(r"[,;:.!?…—–][\"'”’»)\]]*(?=\s)|\s[—–-](?=\s)|[，。、！？；：]")
ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Sr|Sra|Srta|Dra|Prof|Mme|Mlle|M)\.$")  # its point ends no phrase
CONJUNCTIONS: Mapping[str, frozenset[str]] = {
    "en": frozenset({"and", "but", "or", "because", "so", "when", "while", "if", "although", "until"}),
    "es": frozenset({"y", "e", "o", "pero", "porque", "cuando", "mientras", "si", "aunque", "sino"}),
    "pt": frozenset({"e", "ou", "mas", "porque", "quando", "enquanto", "se", "embora"}),
    "ca": frozenset({"i", "o", "però", "perquè", "quan", "mentre", "si", "encara"}),
    "gl": frozenset({"e", "ou", "pero", "porque", "cando", "mentres", "se"}),
    "fr": frozenset({"et", "ou", "mais", "parce", "quand", "lorsque", "pendant", "si", "donc"}),
    "it": frozenset({"e", "ed", "o", "ma", "perché", "quando", "mentre", "se", "però"}),
    "de": frozenset({"und", "oder", "aber", "weil", "wenn", "als", "während", "sondern", "denn"}),
}
SENTENCE_MARKS = frozenset(".!?…。！？")
SENTENCE_COST, CLAUSE_COST, CONJUNCTION_COST = 0.0, 0.02, 0.08  # shares of a line that a better boundary may lie farther off


@dataclass(frozen=True, slots=True)
class SourcePause:
    """A pause of the source inside a line. `position`: share of the line's speech before it, 0..1."""

    position: float
    seconds: float


@dataclass(frozen=True, slots=True)
class PhrasePause:
    """A pause of a take: `seconds` after the first `offset` characters of its text."""

    offset: int
    seconds: float

    def __post_init__(self) -> None:
        if self.offset <= 0 or self.seconds <= 0.0:
            raise ValueError(f"no pause of {self.seconds} s can follow {self.offset} characters")


@dataclass(frozen=True, slots=True)
class _Boundary:
    """A place between two phrases. `position`: share of the text's letters before it; `cost`: of its weakness."""

    offset: int
    position: float
    cost: float


def find_pauses(spans: Sequence[Span], speech: Sequence[Span]) -> tuple[tuple[SourcePause, ...], ...]:
    """Pauses inside each of the spans, in order: gaps of at least 0.3 s in the detected speech. Speech touches both ends of each."""
    union = merge_spans(tuple(speech))
    ends = [span.end for span in union]
    return tuple(_find_line_pauses(span, union, bisect_right(ends, span.start)) for span in spans)


def _find_line_pauses(line: Span, speech: Sequence[Span], first: int) -> tuple[SourcePause, ...]:
    inside: list[Span] = []
    for n in range(first, len(speech)):
        if speech[n].start >= line.end:
            break
        if shared := speech[n].intersection(line):
            inside.append(shared)
    spoken = list(accumulate(span.duration for span in inside))
    gaps = [
        SourcePause(before / spoken[-1], after.start - span.end)
        for before, (span, after) in zip(spoken, pairwise(inside), strict=False)
        if after.start - span.end >= MIN_PAUSE_S
    ]
    longest = sorted(gaps, key=lambda pause: -pause.seconds)[:MAX_PAUSES]
    return tuple(pause for pause in gaps if pause in longest)


def place_pauses(text: str, pauses: Sequence[SourcePause], language: str) -> tuple[PhrasePause, ...]:
    """The pauses at phrase boundaries of the text, in order; one without a boundary near its position is left out."""
    boundaries = list_boundaries(text, language) if pauses else ()
    best: list[tuple[float, tuple[PhrasePause, ...]]] = [(0.0, ())] * (len(boundaries) + 1)  # after the first n boundaries
    for pause in pauses:
        seconds = round(min(pause.seconds, MAX_PAUSE_S), 2)
        placed = [(cost + seconds * MAX_DISTANCE, kept) for cost, kept in best]  # of this pause left out
        for n, boundary in enumerate(boundaries):
            distance = abs(boundary.position - pause.position) + boundary.cost
            with_it = (best[n][0] + seconds * distance, (*best[n][1], PhrasePause(boundary.offset, seconds)))
            placed[n + 1] = min(placed[n], placed[n + 1], with_it, key=lambda answer: answer[0])
        best = placed
    return best[-1][1]


def list_boundaries(text: str, language: str) -> tuple[_Boundary, ...]:
    """Boundaries between the phrases of a text, in order: after punctuation marks and before conjunctions."""
    letters = list(accumulate((character.isalnum() for character in text), initial=0))  # before each character
    found = {
        letters[offset]: _Boundary(offset, letters[offset] / letters[-1], cost)  # the last of several marks in a row
        for offset, cost in sorted({**dict(_find_conjunctions(text, language)), **dict(_find_marks(text))}.items())
        if 0 < letters[offset] < letters[-1]
    }
    return tuple(found.values())


def _find_marks(text: str) -> Iterator[tuple[int, float]]:
    for mark in PHRASE_END.finditer(text):
        if ABBREVIATION.search(text, 0, mark.end()):
            continue
        yield mark.end(), SENTENCE_COST if SENTENCE_MARKS & set(mark[0]) else CLAUSE_COST


def _find_conjunctions(text: str, language: str) -> Iterator[tuple[int, float]]:
    words = CONJUNCTIONS.get(language.partition("-")[0].lower(), frozenset())
    for word in re.finditer(r"(?<=\w)\s+(?=(\w+)\b)", text):
        if word[1].lower() in words:
            yield word.start(), CONJUNCTION_COST


def split_at_pauses(text: str, pauses: Sequence[PhrasePause]) -> tuple[str, ...]:
    """The phrases of a text: one more than there are pauses."""
    edges = [0, *(pause.offset for pause in pauses), len(text)]
    return tuple(text[start:end].strip() for start, end in pairwise(edges))


def fit_pauses(pauses: Sequence[PhrasePause], speech_s: float, seconds: float | None) -> tuple[PhrasePause, ...]:
    """The pauses that fit into a take of `seconds`, beside `speech_s` seconds of speech at the voice's natural pace.

    Where the voice would have to speak faster than is comfortable they are shortened, to 0.12 s at the least; where that is
    not enough the shortest are dropped. `seconds` None: all of them.
    """
    if seconds is None:
        return tuple(pauses)
    kept = list(pauses)
    while kept and speech_s / FASTEST_RATE + MIN_KEPT_PAUSE_S * len(kept) > seconds:
        kept.remove(min(kept, key=lambda pause: pause.seconds))
    wanted = sum(pause.seconds for pause in kept)
    room = seconds - speech_s / COMFORTABLE_RATE
    if wanted <= room:
        return tuple(kept)
    least = MIN_KEPT_PAUSE_S * len(kept)
    share = max(0.0, room - least) / (wanted - least) if wanted > least else 1.0
    return tuple(
        PhrasePause(pause.offset, MIN_KEPT_PAUSE_S + share * max(0.0, pause.seconds - MIN_KEPT_PAUSE_S)) for pause in kept
    )
