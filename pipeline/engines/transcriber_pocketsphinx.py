"""Speech recognition by pocketsphinx on a CPU, English only, with its packaged model.

About one word in four is wrong on real speech, so a film's subtitles are preferred.
"""

import importlib.metadata
import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from pipeline.engines.protocols import Utterance, Wave
from pipeline.engines.speakers import audio_input
from pipeline.errors import EngineError, LanguageError
from pipeline.text import languages
from pipeline.text.languages import Guess
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Span, Word

if TYPE_CHECKING:
    from pocketsphinx import Decoder

FRAME_S = 0.01
ALTERNATIVE_SUFFIX = re.compile(r"\(\d+\)$")  # read(2): the second pronunciation of a word
LOWERCASE_I = re.compile(r"^i(?=$|')")  # the model spells all in lower case
FILLER_WORD = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")  # silence, noise, breath
MIN_CONFIDENCE = 0.01  # posterior under which a word is dropped: noise; a higher bar drops more right words than wrong


class PocketsphinxTranscriber:
    """Transcriber over one decoder; Serve runs several processes of it."""

    requirements = EngineRequirements(licence="BSD-2-Clause", extra="embedded", modules=("pocketsphinx",))
    languages: ClassVar[frozenset[str]] = frozenset({"en"})
    across_speakers = False  # its acoustic model adapts to the speaker
    longest_utterance = 15.0  # seconds: cepstral means need length, and the search's memory grows with it
    fingerprint: str
    concurrency = 1

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder = Decoder(samprate=float(SPEECH_RATE_HZ), loglevel="FATAL")
        self._turn = threading.Lock()  # a decoder holds one utterance at a time
        self.fingerprint = (
            f"pocketsphinx {importlib.metadata.version('pocketsphinx')} en-us full_utt confidence>={MIN_CONFIDENCE}"
        )

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        """Words in order, times from the start of the film; empty if nothing was recognised.

        LanguageError for any language but English.
        """
        if not any(languages.is_same_language(language, known) for known in self.languages):
            raise LanguageError(
                f"pocketsphinx understands English only, not {language!r}; add subtitles, or choose another transcriber"
            )
        wave = audio_input.read_excerpt(utterance.audio.path, utterance.span)
        if not wave.any():
            return ()
        with self._turn:
            return tuple(_read_words(self._decode(wave), utterance.span))

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        """Always empty: the model has English only, so it cannot identify languages."""
        return ()

    def _decode(self, wave: Wave) -> "Decoder":
        try:
            self._decoder.reinit_feat()  # else its noise floor depends on earlier calls, and answers are not deterministic
            self._decoder.start_utt()
            self._decoder.process_raw(to_pcm(wave), full_utt=True)  # cepstral means over all of it
            self._decoder.end_utt()
        except RuntimeError as error:
            raise EngineError("pocketsphinx", f"the decoder failed ({error}); try the task again") from error
        return self._decoder


def to_pcm(wave: Wave) -> bytes:
    """Convert a wave to 16-bit samples."""
    return (np.clip(wave, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def _read_words(decoder: "Decoder", span: Span) -> Iterator[Word]:
    if decoder.hyp() is None:
        return
    for segment in decoder.seg():
        text = LOWERCASE_I.sub("I", ALTERNATIVE_SUFFIX.sub("", segment.word))
        confidence = min(1.0, float(segment.prob))  # rounding takes it over 1
        if FILLER_WORD.fullmatch(text) or confidence < MIN_CONFIDENCE:
            continue
        start = span.start + segment.start_frame * FRAME_S
        end = min(span.end, span.start + (segment.end_frame + 1) * FRAME_S)
        if start < end:
            yield Word(Span(start, end), text, confidence)
