"""The speech of an utterance with its long pauses taken out: Whisper writes sentences of its own where nobody speaks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.engines.protocols import Utterance, Wave
from pipeline.engines.speakers import audio_input
from pipeline.engines.speakers.vad_silero import SileroDetector
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Span, merge_spans

PAD = 0.25  # seconds of what surrounds speech that are kept with it: the detector cuts close
LONGEST_PAUSE = 1.0  # seconds between padded speech; longer pauses are left out
CONTEXT = 0.5  # seconds around an utterance that the detector hears with it
INTO_SPEECH = 0.15  # seconds that a word must reach into a piece to lie in it: nearly as far as its speech begins
AT_BORDER = 0.1  # seconds by which detected speech may pass the utterance's end before it counts as the neighbour's


@dataclass(frozen=True, slots=True)
class SpeechExcerpt:
    """`wave`: 16 kHz mono, the `pieces` of the film one after the other. `speech`: where somebody speaks in the utterance."""

    wave: Wave
    pieces: tuple[Span, ...]  # seconds from the start of the film, as all spans here
    speech: tuple[Span, ...]

    def film_span(self, start: float, end: float) -> Span | None:
        """An interval of the wave, in seconds, on the film's axis; None for an empty one.

        It stays in one piece: that of its end, because a word after a pause is stretched back into it.
        """
        before, found = 0.0, None
        for piece in self.pieces:
            shift = piece.start - before
            first, last = max(piece.start, start + shift), min(piece.end, end + shift)
            if first < last and (found is None or last - first > INTO_SPEECH):
                found = Span(first, last)
            before += piece.duration
        return found

    def samples_of(self, span: Span) -> Wave:
        """The samples of a span of the film, as far as they were kept."""
        before, parts = 0.0, [np.zeros(0, np.float32)]
        for piece in self.pieces:
            if cut := piece.intersection(span):
                start = before + cut.start - piece.start
                parts.append(self.wave[round(start * SPEECH_RATE_HZ) : round((start + cut.duration) * SPEECH_RATE_HZ)])
            before += piece.duration
        return np.concatenate(parts)


def read_utterance(utterance: Utterance, *, around: float = 0.0) -> Wave:
    """The samples of an utterance and of `around` seconds on each side, none of them infinite or louder than full scale."""
    span = Span(max(0.0, utterance.span.start - around), utterance.span.end + around)
    wave = audio_input.read_excerpt(utterance.audio.path, span)
    return np.clip(np.nan_to_num(wave, posinf=1.0, neginf=-1.0), -1.0, 1.0)


def extract_speech(utterance: Utterance, detector: SileroDetector) -> SpeechExcerpt:
    """The speech of an utterance; nothing in it where nobody speaks."""
    begins = max(0.0, utterance.span.start - CONTEXT)
    wave = read_utterance(utterance, around=CONTEXT)
    found = [Span(span.start + begins, span.end + begins) for span in detector.detect_in(wave)] if wave.any() else []
    speech = tuple(cut for span in found if (cut := span.intersection(utterance.span)))
    end = begins + len(wave) / SPEECH_RATE_HZ
    pieces = merge_spans(tuple(padded for span in found if (padded := _pad_span(span, utterance.span, end))), gap=LONGEST_PAUSE)
    parts = [
        wave[round((piece.start - begins) * SPEECH_RATE_HZ) : round((piece.end - begins) * SPEECH_RATE_HZ)] for piece in pieces
    ]
    return SpeechExcerpt(np.concatenate(parts) if parts else np.zeros(0, np.float32), pieces, speech)


def _pad_span(span: Span, utterance: Span, end: float) -> Span | None:
    """Speech with a little around it, but nothing of what is said in the neighbouring utterance. `end`: of the audio."""
    inside = span.intersection(utterance)
    if inside is None:
        return None
    start = utterance.start if span.start < utterance.start - AT_BORDER else max(0.0, inside.start - PAD)
    until = utterance.end if span.end > utterance.end + AT_BORDER else min(end, inside.end + PAD)
    return Span(start, until)


def shift_spans(spans: Sequence[Span], seconds: float) -> tuple[Span, ...]:
    """The spans on an axis that begins `seconds` earlier."""
    return tuple(Span(span.start + seconds, span.end + seconds) for span in spans)
