"""segment: recognised words or subtitle cues, with the diarization, as the segments that are translated and voiced."""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from pipeline.recognition.turn_index import TurnIndex
from pipeline.recognition.word_confidence import join_confidences, pool_confidence
from pipeline.recognition.word_speakers import assign_speakers, is_sentence_end
from pipeline.runner import stage
from pipeline.values.timeline import Cue, Diarization, Segment, Span, Word

log = logging.getLogger(__name__)

MIN_PAUSE_S = 0.5  # seconds of silence after which a new segment begins
MAX_SEGMENT_S = 10.0  # seconds; longer segments drift from the picture
MIN_FOREIGN_TURN_S = 0.3  # seconds of somebody else's turn at a cue's edge that do not count: cues are timed by hand
MAX_SENTENCE_GAP_S = 0.6  # seconds between two cues of one sentence
MAX_CHARACTERS_PER_S = 25.0  # characters a second; nobody speaks faster, so less time means that speech was overheard
MIN_SEGMENT_S = 0.3  # seconds; a segment with less time of its own joins the one before

MAX_SEGMENT_CHARACTERS = 2_000  # of cues that become one segment: ten times what anybody says in 10 s

UNFINISHED_MARKS = ",;:-–— "  # at the end of recognised words, where a pause cuts a sentence
TRAILING_MARKS = ("..", "…", ",", "-", "–", "—")
CONTINUATION_DOTS = re.compile(r"^(\.{2,}|…)\s*")
DIALOGUE_DASH = re.compile(r"^\s*[-–—‐]\s*")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A segment without its number."""

    span: Span
    text: str
    speaker: str | None
    begins_dialogue_line: bool = False  # a dash stands before it: another speaker than before
    confidence: float | None = None  # of its recognised words


@stage(version=4)
def segment_words(words: tuple[Word, ...], diarization: Diarization) -> tuple[Segment, ...]:
    """Recognised words as sentences: cut at changes of speaker, pauses and full stops, at most 10 s long."""
    voices = TurnIndex(diarization.turns)
    ordered = sorted(words, key=lambda word: word.span)
    drafts = [
        _Draft(
            Span(group[0].span.start, max(word.span.end for word in group)),
            _build_sentence(group),
            speaker,
            confidence=pool_confidence(group),
        )
        for run, speaker in _split_runs(ordered, assign_speakers(ordered, voices))
        for group in _split_long_run(run)
    ]
    return number_segments(drafts)


@stage(version=3)
def segment_cues(cues: tuple[Cue, ...], diarization: Diarization) -> tuple[Segment, ...]:
    """Subtitle cues as segments: tightened to the speech under them, one speaker each, sentences made whole."""
    voices = TurnIndex(diarization.turns)
    ordered = sorted(cues, key=lambda cue: cue.span)
    drafts = [
        replace(_tighten_cue(part, voices), begins_dialogue_line=number > 0)
        for cue in ordered
        for number, part in enumerate(_split_dialogue(cue, voices))
    ]
    return number_segments(_merge_sentences(drafts))


def _split_runs(words: Sequence[Word], speakers: Sequence[str | None]) -> Iterator[tuple[list[Word], str | None]]:
    """Words of one speaker without a pause or a full stop in between, with the speaker."""
    run: list[Word] = []
    before: str | None = None
    for word, speaker in zip(words, speakers, strict=True):
        paused = run and word.span.start - run[-1].span.end >= MIN_PAUSE_S
        if run and (speaker != before or paused or is_sentence_end(run[-1].text)):
            yield run, before
            run = []
        run.append(word)
        before = speaker
    if run:
        yield run, before


def _split_long_run(run: list[Word]) -> Iterator[list[Word]]:
    """The run, halved at its longest pause until nothing lasts over 10 s; the middle one where pauses are equal."""
    if len(run) < 2 or run[-1].span.end - run[0].span.start <= MAX_SEGMENT_S:
        yield run
        return
    pauses = [after.span.start - before.span.end for before, after in pairwise(run)]
    middle = len(pauses) / 2
    cut = 1 + max(range(len(pauses)), key=lambda n: (round(pauses[n], 2), -abs(n + 0.5 - middle)))
    yield from _split_long_run(run[:cut])
    yield from _split_long_run(run[cut:])


def _build_sentence(words: Sequence[Word]) -> str:
    """With a capital and a full stop: recognisers give neither, and translators need both."""
    text = " ".join(word.text for word in words)
    return text[:1].upper() + (text[1:] if is_sentence_end(text) else f"{text[1:].rstrip(UNFINISHED_MARKS)}.")


def _split_dialogue(cue: Cue, voices: TurnIndex) -> Iterator[Cue]:
    """A cue whose lines begin with dashes is a dialogue: one cue per dash, cut where the speaker changes."""
    parts: list[str] = []
    for line in cue.text.splitlines():
        if DIALOGUE_DASH.match(line) or not parts:
            parts.append(line)
        else:
            parts[-1] += " " + line
    texts = [DIALOGUE_DASH.sub("", part).strip() for part in parts]
    texts = [text for text in texts if text]
    edges = _compute_edges(cue.span, texts, voices)
    return (Cue(Span(start, end), text) for text, (start, end) in zip(texts, pairwise(edges), strict=True))


def _compute_edges(span: Span, texts: Sequence[str], voices: TurnIndex) -> list[float]:
    """Start of each text and end of the last, in seconds: by length of text, moved to a change of speaker that is near.

    Two texts are cut at a change wherever it is, because a change there must be.
    """
    turns = [turn for turn in voices.find_turns(span) if turn.span.duration >= MIN_FOREIGN_TURN_S]
    changes = [(before.span.end + after.span.start) / 2 for before, after in pairwise(turns) if before.speaker != after.speaker]
    reach = span.duration / (2 if len(texts) == 2 else 4)
    edges, lengths = [span.start], list(accumulate(map(len, texts)))
    for length in lengths[:-1]:
        guess = span.start + span.duration * length / lengths[-1]
        near = [at for at in changes if abs(at - guess) < reach and at > edges[-1]]
        edges.append(min(near, key=lambda at: abs(at - guess)) if near else max(guess, edges[-1] + 1e-3))
    return [*edges, span.end] if texts else []


def _tighten_cue(cue: Cue, voices: TurnIndex) -> _Draft:
    """A cue of one speaker, cut to the speech under it; in its own span where that would be too short for its text."""
    text = " ".join(cue.text.split())
    speaker = voices.find_speaker(cue.span)
    turns = voices.find_turns(cue.span)
    own = [turn.span for turn in turns if turn.speaker == speaker]
    anybody = [turn.span for turn in turns if turn.speaker == speaker or turn.span.duration >= MIN_FOREIGN_TURN_S]
    for spans in (own, anybody):  # the others' too where the diarizer may have mistaken one voice for two
        if spans and spans[-1].end - spans[0].start >= len(text) / MAX_CHARACTERS_PER_S:
            return _Draft(Span(spans[0].start, spans[-1].end), text, speaker)
    return _Draft(cue.span, text, speaker)


def _merge_sentences(drafts: Iterable[_Draft]) -> Iterator[_Draft]:
    """Neighbours that are one sentence of one speaker become one, up to 10 s."""
    held: _Draft | None = None
    for part in sorted(drafts, key=lambda part: part.span):
        if held and _is_continued(held, part):
            held = _Draft(held.span.hull(part.span), _join_texts(held.text, part.text), held.speaker)
            continue
        if held:
            yield held
        held = part
    if held:
        yield held


def _is_continued(one: _Draft, other: _Draft) -> bool:
    if other.begins_dialogue_line:
        return False
    near = one.speaker == other.speaker and other.span.start - one.span.end <= MAX_SENTENCE_GAP_S
    if not near or one.span.hull(other.span).duration > MAX_SEGMENT_S or len(one.text) + len(other.text) > MAX_SEGMENT_CHARACTERS:
        return False
    if one.text.endswith(TRAILING_MARKS):
        return other.text[:1].islower() or bool(CONTINUATION_DOTS.match(other.text))
    return not is_sentence_end(one.text) and not one.text.endswith((":", ";"))


def _join_texts(one: str, other: str) -> str:
    """Two parts of a sentence, without the dots that only said that it goes on."""
    if CONTINUATION_DOTS.match(other):
        return f"{one.rstrip('.…')} {CONTINUATION_DOTS.sub('', other)}"
    return f"{one} {other}"


def number_segments(drafts: Iterable[_Draft]) -> tuple[Segment, ...]:
    """Segments in order of time; one speaker's never overlap: the later begins where the earlier ends, or joins it."""
    done: list[_Draft] = []
    left_out = 0
    latest: dict[str | None, int] = {}  # speaker → their last segment's place in `done`
    for part in sorted(drafts, key=lambda part: part.span):
        at = latest.get(part.speaker)
        begins = max(part.span.start, done[at].span.end) if at is not None else part.span.start
        if at is not None and begins > part.span.start and part.span.end - begins < MIN_SEGMENT_S:
            before = done[at]
            if len(before.text) + len(part.text) > MAX_SEGMENT_CHARACTERS:
                left_out += 1
                continue
            whole = Span(before.span.start, max(before.span.end, part.span.end))
            confidence = join_confidences(before.confidence, part.confidence)
            done[at] = _Draft(whole, f"{before.text} {part.text}", part.speaker, confidence=confidence)
        else:
            latest[part.speaker] = len(done)
            done.append(_Draft(Span(begins, part.span.end), part.text, part.speaker, confidence=part.confidence))
    if left_out:
        log.warning("segment: %d texts were left out: over %d characters at the same time", left_out, MAX_SEGMENT_CHARACTERS)
    ordered = sorted(done, key=lambda part: part.span)
    return tuple(Segment(number, part.span, part.text, part.speaker, part.confidence) for number, part in enumerate(ordered, 1))
