"""Unrecognised speech: detected speech for which the recogniser found no words. Whisper leaves out sentences between two voices."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from pipeline.recognition.turn_index import TurnIndex
from pipeline.recognition.word_speakers import is_sentence_end
from pipeline.values.notes import MAX_LISTED_LINES, Note, Severity
from pipeline.values.preview import format_time
from pipeline.values.timeline import Span, Turn, Word, merge_spans

MIN_SPEECH_S = 0.6  # seconds of speech without words that count: shorter is a breath, or inexact times
WORD_EDGE_S = 0.3  # seconds around a word that count as its own: its times, and edges of turns, are no more exact
MAX_WORD_S = 5.0  # seconds; of a word that began further before a turn nothing is said in it
MAX_STRAY_WORDS = 3  # of a sentence's beginning that lie in the turn before, because the words said there were left out


def find_stray_words(words: Sequence[Word], voices: TurnIndex) -> frozenset[int]:
    """Places in `words` (in order of time) of sentence beginnings that another speaker's turn continues.

    Where Whisper leaves out a sentence, it gives the first words of the next one the time of what it left out.
    """
    speakers = [voices.find_speaker(word.span) for word in words]
    stray: set[int] = set()
    for last in range(len(words) - 1):
        if speakers[last] == speakers[last + 1] or is_sentence_end(words[last].text):
            continue
        first = last
        while first and speakers[first - 1] == speakers[last] and not is_sentence_end(words[first - 1].text):
            first -= 1
        if last - first < MAX_STRAY_WORDS:
            stray.update(range(first, last + 1))
    return frozenset(stray)


def find_unrecognized_speech(turns: Sequence[Turn], words: Sequence[Word]) -> tuple[Turn, ...]:
    """The parts of turns, at least `MIN_SPEECH_S` long, in which there is no word, in order."""
    spans = sorted(word.span for word in words)
    starts = [span.start for span in spans]
    found = list[Turn]()
    for turn in turns:
        near = spans[bisect_left(starts, turn.span.start - MAX_WORD_S) : bisect_left(starts, turn.span.end)]
        covered = merge_spans([_widen(span) if span.overlap(turn.span) > span.duration / 2 else span for span in near])
        found += (Turn(part, turn.speaker) for part in _subtract(turn.span, covered) if part.duration >= MIN_SPEECH_S)
    return tuple(sorted(found, key=lambda turn: turn.span))


def _widen(span: Span) -> Span:
    return Span(max(0.0, span.start - WORD_EDGE_S), span.end + WORD_EDGE_S)


def _subtract(span: Span, covered: Sequence[Span]) -> Iterator[Span]:
    """The parts of a span outside the covered ones, which are in order and apart."""
    at = span.start
    for each in covered:
        if each.end <= at:
            continue
        if each.start >= span.end:
            break
        if each.start > at:
            yield Span(at, each.start)
        at = each.end
    if at < span.end:
        yield Span(at, span.end)


def describe_unrecognized_speech(spans: Sequence[Span]) -> tuple[Note, ...]:
    """The warning on speech without words, with its times; none where there is none."""
    if not spans:
        return ()
    seconds = max(1, round(sum(span.duration for span in spans)))
    listed = ", ".join(format_time(span.start) for span in spans[:MAX_LISTED_LINES])
    more = f" and {len(spans) - MAX_LISTED_LINES} more" if len(spans) > MAX_LISTED_LINES else ""
    subject = "1 stretch of speech" if len(spans) == 1 else f"{len(spans)} stretches of speech"
    verbs = "was not understood and keeps" if len(spans) == 1 else "were not understood and keep"
    return (Note(f"{subject} ({seconds} s) {verbs} the original audio: {listed}{more}", Severity.WARNING),)
