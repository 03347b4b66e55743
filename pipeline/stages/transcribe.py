"""transcribe: speech recognition, one utterance at a time, so that the runner caches them and runs them in parallel.

It comes after diarization: for recognisers that adapt to a speaker, an utterance holds one speaker, and as much of them
as the engine takes at once; for those that do not, it is a window of the film, cut where nobody speaks.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.engines.protocols import Transcriber, Utterance
from pipeline.engines.speakers import audio_input
from pipeline.runner import stage
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Span, Turn, Word

MAX_PAUSE_S = 1.0  # seconds; shorter pauses stay inside an utterance
QUIET_WINDOW_SAMPLES = SPEECH_RATE_HZ // 10  # samples: 0.1 s, over which we look for a place to cut


@stage(version=1)
def transcribe(utterance: Utterance, transcriber: Transcriber, *, language: str, prompt: str = "") -> tuple[Word, ...]:
    """The words of one utterance, in order, with times from the start of the film; empty where none were understood."""
    return transcriber.transcribe(utterance, language=language, prompt=prompt)


def cut_utterances(speech: Artifact, turns: tuple[Turn, ...], transcriber: Transcriber) -> tuple[Utterance, ...]:
    """Utterances to recognise: neighbouring turns, together up to the transcriber's `longest_utterance`.

    They are one speaker's, without a long pause, unless it takes whole windows of the film. A longer turn is cut where it
    is quietest; only then the file is read.
    """
    longest = transcriber.longest_utterance
    pieces = [piece for turn in sorted(turns, key=lambda turn: turn.span) for piece in _cut_turn(speech, turn, longest)]
    return tuple(Utterance(speech, span) for span in _merge_turns(pieces, longest, across_speakers=transcriber.across_speakers))


def _merge_turns(pieces: Sequence[Turn], longest: float, *, across_speakers: bool) -> Iterator[Span]:
    """Spans over neighbouring turns that belong together."""
    held: Turn | None = None
    for piece in pieces:
        if held is None:
            held = piece
            continue
        whole = held.span.hull(piece.span)
        one_voice = held.speaker == piece.speaker and piece.span.start - held.span.end < MAX_PAUSE_S
        if (across_speakers or one_voice) and whole.duration <= longest:
            held = Turn(whole, piece.speaker)
        elif across_speakers and piece.span.start < held.span.end:  # they speak at once: no speech may be recognised twice
            rest = Span(held.span.end, piece.span.end) if piece.span.end > held.span.end else None
            yield held.span
            held = Turn(rest, piece.speaker) if rest else None
        else:
            yield held.span
            held = piece
    if held is not None:
        yield held.span


def _cut_turn(speech: Artifact, turn: Turn, longest: float) -> Iterator[Turn]:
    """The turn, cut into pieces of at most `longest` seconds."""
    rest = turn.span
    while rest.duration > longest:
        cut = _find_quietest_moment(speech, Span(rest.start + longest / 2, rest.start + longest))
        yield Turn(Span(rest.start, cut), turn.speaker)
        rest = Span(cut, rest.end)
    yield Turn(rest, turn.speaker)


def _find_quietest_moment(speech: Artifact, span: Span) -> float:
    """The middle of the quietest tenth of a second, in seconds from the start of the film."""
    wave = audio_input.read_excerpt(speech.path, span)
    frames = wave[: len(wave) // QUIET_WINDOW_SAMPLES * QUIET_WINDOW_SAMPLES].reshape(
        -1, QUIET_WINDOW_SAMPLES
    )  # (tenths, samples)
    if not len(frames):
        return span.end
    return span.start + (int(np.argmin(np.square(frames).sum(axis=1))) + 0.5) * QUIET_WINDOW_SAMPLES / SPEECH_RATE_HZ
