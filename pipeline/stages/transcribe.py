"""transcribe: speech to words, one utterance at a time, so that the runner caches and spreads them.

It comes after diarization: an utterance holds one speaker, and as much of them as the engine likes to get at once,
because recognisers adapt to what they hear.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.engines import listening
from pipeline.engines.protocols import SPEECH_RATE, Transcriber, Utterance
from pipeline.media import Artifact
from pipeline.runner import stage
from pipeline.timeline import Span, Turn, Word

PAUSE = 1.0  # seconds; shorter pauses stay inside an utterance
QUIET = SPEECH_RATE // 10  # samples: 0.1 s, over which we look for a place to cut


@stage(version=1)
def transcribe(utterance: Utterance, transcriber: Transcriber, *, language: str) -> tuple[Word, ...]:
    """The words of one utterance, in order, with times from the start of the film; empty where none were understood."""
    return transcriber.transcribe(utterance, language=language)


def utterances(speech: Artifact, turns: tuple[Turn, ...], *, longest: float) -> tuple[Utterance, ...]:
    """What to recognise: neighbouring turns of one speaker, together up to `longest` seconds.

    A longer turn is cut where it is quietest; only then the file is read.
    """
    pieces = [piece for turn in sorted(turns, key=lambda turn: turn.span) for piece in _pieces(speech, turn, longest)]
    return tuple(Utterance(speech, span) for span in _merged(pieces, longest))


def _merged(pieces: Sequence[Turn], longest: float) -> Iterator[Span]:
    """Spans over neighbours that one speaker says without a long pause and without anybody else in between."""
    held: Turn | None = None
    for piece in pieces:
        if held is None:
            held = piece
            continue
        whole = held.span.hull(piece.span)
        if held.speaker == piece.speaker and piece.span.start - held.span.end < PAUSE and whole.duration <= longest:
            held = Turn(whole, piece.speaker)
        else:
            yield held.span
            held = piece
    if held is not None:
        yield held.span


def _pieces(speech: Artifact, turn: Turn, longest: float) -> Iterator[Turn]:
    """The turn, cut into pieces of at most `longest` seconds."""
    rest = turn.span
    while rest.duration > longest:
        cut = _quietest(speech, Span(rest.start + longest / 2, rest.start + longest))
        yield Turn(Span(rest.start, cut), turn.speaker)
        rest = Span(cut, rest.end)
    yield Turn(rest, turn.speaker)


def _quietest(speech: Artifact, span: Span) -> float:
    """The middle of the quietest tenth of a second, in seconds from the start of the film."""
    wave = listening.excerpt(speech.path, span)
    frames = wave[: len(wave) // QUIET * QUIET].reshape(-1, QUIET)  # (tenths, samples)
    if not len(frames):
        return span.end
    return span.start + (int(np.argmin(np.square(frames).sum(axis=1))) + 0.5) * QUIET / SPEECH_RATE
