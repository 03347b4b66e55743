"""Speech excerpt of an utterance, without its long pauses: Whisper hallucinates text in silence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.engines.protocols import Utterance, Wave
from pipeline.engines.speakers import audio_input
from pipeline.engines.speakers.vad_silero import SileroDetector
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Span, merge_spans

PADDING_S = 0.25  # kept around speech: the detector cuts close
MAX_PAUSE_S = 1.0  # between padded speech; longer pauses are left out
CONTEXT_S = 0.5  # around an utterance, for the detector
MIN_REACH_S = 0.15  # of a word into a piece that it lies in: nearly the padding before speech
MAX_OVERHANG_S = 0.1  # of detected speech over the utterance's end, before it counts as the neighbour's


@dataclass(frozen=True, slots=True)
class SpeechExcerpt:
    """Concatenated speech of an utterance. `wave`: 16 kHz mono, the `pieces` of the film in order. `speech`: spans of detected speech."""

    wave: Wave
    pieces: tuple[Span, ...]  # seconds from the start of the film, as all spans here
    speech: tuple[Span, ...]

    def map_to_film(self, start: float, end: float) -> Span | None:
        """Map an interval of the wave, in seconds, to the film's time; None for an empty one.

        The result lies in one piece, that of its end, because Whisper stretches a word after a pause back into it.
        """
        before, found = 0.0, None
        for piece in self.pieces:
            shift = piece.start - before
            first, last = max(piece.start, start + shift), min(piece.end, end + shift)
            if first < last and (found is None or last - first > MIN_REACH_S):
                found = Span(first, last)
            before += piece.duration
        return found

    def read_samples(self, span: Span) -> Wave:
        """The kept samples of a span of the film."""
        before, parts = 0.0, [np.zeros(0, np.float32)]
        for piece in self.pieces:
            if cut := piece.intersection(span):
                start = before + cut.start - piece.start
                parts.append(self.wave[round(start * SPEECH_RATE_HZ) : round((start + cut.duration) * SPEECH_RATE_HZ)])
            before += piece.duration
        return np.concatenate(parts)


def read_utterance(utterance: Utterance, *, around: float = 0.0) -> Wave:
    """Read the samples of an utterance, with `around` seconds on each side, finite and clipped to full scale."""
    span = Span(max(0.0, utterance.span.start - around), utterance.span.end + around)
    wave = audio_input.read_excerpt(utterance.audio.path, span)
    return np.clip(np.nan_to_num(wave, posinf=1.0, neginf=-1.0), -1.0, 1.0)


def extract_speech(utterance: Utterance, detector: SileroDetector) -> SpeechExcerpt:
    """Extract the speech of an utterance; an empty excerpt if there is none."""
    begins = max(0.0, utterance.span.start - CONTEXT_S)
    wave = read_utterance(utterance, around=CONTEXT_S)
    found = [Span(span.start + begins, span.end + begins) for span in detector.detect_in(wave)] if wave.any() else []
    speech = tuple(cut for span in found if (cut := span.intersection(utterance.span)))
    end = begins + len(wave) / SPEECH_RATE_HZ
    pieces = merge_spans(tuple(padded for span in found if (padded := _pad_span(span, utterance.span, end))), gap=MAX_PAUSE_S)
    parts = [
        wave[round((piece.start - begins) * SPEECH_RATE_HZ) : round((piece.end - begins) * SPEECH_RATE_HZ)] for piece in pieces
    ]
    return SpeechExcerpt(np.concatenate(parts) if parts else np.zeros(0, np.float32), pieces, speech)


def _pad_span(span: Span, utterance: Span, end: float) -> Span | None:
    """A span of speech with padding, but without the neighbouring utterance's speech. `end`: of the audio; None if outside."""
    inside = span.intersection(utterance)
    if inside is None:
        return None
    start = utterance.start if span.start < utterance.start - MAX_OVERHANG_S else max(0.0, inside.start - PADDING_S)
    until = utterance.end if span.end > utterance.end + MAX_OVERHANG_S else min(end, inside.end + PADDING_S)
    return Span(start, until)


def shift_spans(spans: Sequence[Span], seconds: float) -> tuple[Span, ...]:
    """Shift spans to a time axis that begins `seconds` earlier."""
    return tuple(Span(span.start + seconds, span.end + seconds) for span in spans)
