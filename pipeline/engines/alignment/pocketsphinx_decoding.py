"""Decoding by pocketsphinx, and the words of its answer: shared by recognition and forced alignment."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.engines.protocols import Wave
from pipeline.errors import EngineError

if TYPE_CHECKING:
    from pocketsphinx import Decoder

FRAME_S = 0.01
ALTERNATIVE_SUFFIX = re.compile(r"\(\d+\)$")  # read(2): the second pronunciation of a word
FILLER_WORD = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")  # silence, noise, breath
MIN_LIKELIHOOD = 1e-300  # of a word's frames; a word of some seconds underflows


@dataclass(frozen=True, slots=True)
class DecodedWord:
    """A word as the decoder found it, without fillers. `start`, `end`: seconds from the wave's start; `posterior`: 0..1.

    `likelihood`: acoustic likelihood relative to the best model of each frame, the product over its frames.
    """

    text: str
    start: float
    end: float
    posterior: float
    likelihood: float


def decode_words(decoder: "Decoder", wave: Wave) -> tuple[DecodedWord, ...]:
    """Decode a mono wave at 16 kHz by the decoder's current search; empty where nothing was found. EngineError."""
    try:
        decoder.reinit_feat()  # else its noise floor depends on earlier calls, and answers are not deterministic
        decoder.start_utt()
        decoder.process_raw(to_pcm(wave), full_utt=True)  # cepstral means over all of it
        decoder.end_utt()
    except RuntimeError as error:
        raise EngineError("pocketsphinx", f"the decoder failed ({error}); try the task again") from error
    return tuple(_read_words(decoder))


def _read_words(decoder: "Decoder") -> Iterator[DecodedWord]:
    if decoder.hyp() is None:
        return
    for segment in decoder.seg():
        text = ALTERNATIVE_SUFFIX.sub("", segment.word)
        if not FILLER_WORD.fullmatch(text):
            end = (segment.end_frame + 1) * FRAME_S
            posterior = min(1.0, float(segment.prob))  # rounding takes it over 1
            likelihood = max(MIN_LIKELIHOOD, float(segment.ascore))
            yield DecodedWord(text, segment.start_frame * FRAME_S, end, posterior, likelihood)


def to_pcm(wave: Wave) -> bytes:
    """Convert a wave to 16-bit samples."""
    return (np.clip(wave, -1.0, 1.0) * 32767).astype("<i2").tobytes()
