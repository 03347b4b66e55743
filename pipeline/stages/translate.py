"""translate: the lines of the film in another language, passage by passage; study and rephrase beside it."""

import logging
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from pipeline.engines.protocols import Passage, Translator, Usage
from pipeline.errors import StageError
from pipeline.runner import stage
from pipeline.text.number_notation import convert_notation
from pipeline.values.film_context import FilmContext, Term
from pipeline.values.notes import Note
from pipeline.values.timeline import Line, Segment, TextSource

log = logging.getLogger(__name__)

CONTEXT_SEGMENTS = 8  # segments before and after a passage that the translator sees too


@dataclass(frozen=True, slots=True)
class Overlong:
    """A line that must be said in less time: `shares` (0..1) of what its voice needs for its present text, the largest first."""

    line: Line
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Translation:
    """Lines of one language in order, with the usage that they cost and the notes on them."""

    lines: tuple[Line, ...]
    usage: Usage = field(default_factory=Usage)
    notes: tuple[Note, ...] = ()


@stage(version=1)
def study(segments: tuple[Segment, ...], translator: Translator, *, source: str, target: str) -> FilmContext:
    """Context for the translation, from the whole film: synopsis, characters, terms, forms of address."""
    return translator.study(segments, source=source, target=target)


def add_terms(brief: FilmContext, terms: Iterable[Term]) -> FilmContext:
    """The brief, with settled terms before its own; where both translate a term, the settled one counts."""
    settled = tuple(terms)
    taken = {term.source.casefold() for term in settled}
    own = tuple(term for term in brief.terms if term.source.casefold() not in taken)
    return FilmContext(brief.synopsis, brief.characters, settled + own, brief.address)


def split_into_passages(segments: Sequence[Segment], brief: FilmContext, *, lines_at_once: int | None) -> tuple[Passage, ...]:
    """The film in passages of at most `lines_at_once` lines, each with the lines around it; None: one passage."""
    if lines_at_once is None:
        return (Passage(tuple(segments), brief=brief),)
    return tuple(
        Passage(
            tuple(segments[start : start + lines_at_once]),
            tuple(segments[max(0, start - CONTEXT_SEGMENTS) : start]),
            tuple(segments[start + lines_at_once : start + lines_at_once + CONTEXT_SEGMENTS]),
            brief,
        )
        for start in range(0, len(segments), lines_at_once)
    )


def correct_segments(segments: Sequence[Segment], texts: Mapping[int, str], brief: FilmContext) -> tuple[Passage, ...]:
    """The segments whose transcript is corrected (`texts`: number → source text), each a passage between its neighbours.

    The neighbours stand as they were transcribed, so that the next correction does not change this passage's cache key.
    """
    return tuple(
        Passage(
            (replace(segment, text=texts[segment.number]),),
            tuple(segments[max(0, at - CONTEXT_SEGMENTS) : at]),
            tuple(segments[at + 1 : at + 1 + CONTEXT_SEGMENTS]),
            brief,
        )
        for at, segment in enumerate(segments)
        if segment.number in texts
    )


def place_segments(segments: Sequence[Segment], added: Iterable[Segment], brief: FilmContext) -> tuple[Passage, ...]:
    """Added segments, each a passage between the film's segments around it, as these were transcribed."""
    starts = [segment.span.start for segment in segments]
    return tuple(
        Passage(
            (segment,),
            tuple(segments[max(0, at - CONTEXT_SEGMENTS) : at]),
            tuple(segments[at : at + CONTEXT_SEGMENTS]),
            brief,
        )
        for segment in added
        for at in [bisect_left(starts, segment.span.start)]
    )


@stage(version=3)
def translate(passage: Passage, translator: Translator, *, source: str, target: str) -> Translation:
    """One line per segment, in order; without text where the translator could not. StageError for another number of texts."""
    answer = translator.translate(passage, source=source, target=target)
    if len(answer.texts) != len(passage.segments):
        raise StageError(
            "translate",
            f"the translator answered {len(answer.texts)} texts for {len(passage.segments)} segments; try another engine",
        )
    rows = zip_longest(passage.segments, answer.texts, answer.untranslated)
    lines = tuple(_build_line(segment, text, target, left or ()) for segment, text, left in rows)
    return Translation(lines, answer.usage, answer.notes)


def _build_line(segment: Segment, text: str | None, target: str, untranslated: tuple[str, ...]) -> Line:
    if text is None or not text.strip():
        return Line(segment, "", target, TextSource.NONE)
    return Line(segment, text.strip(), target, untranslated=untranslated)


def join_translations(parts: Iterable[Translation]) -> Translation:
    """The passages' translations as one. Lines that could not be translated are logged."""
    lines: tuple[Line, ...] = ()
    usage = Usage()
    notes: tuple[Note, ...] = ()
    for part in parts:
        lines, usage, notes = lines + part.lines, usage + part.usage, notes + part.notes
    lost = [str(line.number) for line in lines if line.source is TextSource.NONE]
    if lost:
        log.warning(
            "translate: %d of %d lines were not translated and stay in the original: %s", len(lost), len(lines), ", ".join(lost)
        )
    return Translation(lines, usage, notes)


def convert_numbers(translation: Translation, source: str) -> Translation:
    """The translation with numbers and dates in the target language's notation. `source`: BCP 47 of the segments."""
    lines = (
        line.with_text(convert_notation(line.text, line.segment.text, source_language=source, target_language=line.language))
        for line in translation.lines
    )
    return replace(translation, lines=tuple(lines))


@stage(version=2)
def rephrase(overlong: Overlong, translator: Translator, *, source: str) -> tuple[Line, ...]:
    """The line in fewer words, in the wordings that the engine finds; none that is not shorter. Only for engines that rephrase."""
    texts = (text.strip() for text in translator.rephrase(overlong.line, overlong.shares, source=source))
    shorter = dict.fromkeys(text for text in texts if 0 < len(text) < len(overlong.line.text))
    return tuple(overlong.line.with_text(text) for text in shorter)
