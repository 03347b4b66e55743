"""Speech recognition by pocketsphinx on a CPU, English only, with its packaged model.

About one word in four is wrong on real speech, so a film's subtitles are preferred.
"""

import importlib.metadata
import re
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from pipeline.engines.alignment.pocketsphinx_decoding import DecodedWord, decode_words
from pipeline.engines.protocols import Utterance
from pipeline.engines.speakers import audio_input
from pipeline.errors import LanguageError
from pipeline.text import languages
from pipeline.text.languages import Guess
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Span, Word

if TYPE_CHECKING:
    pass

LOWERCASE_I = re.compile(r"^i(?=$|')")  # the model spells all in lower case
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
            return tuple(_place_words(decode_words(self._decoder, wave), utterance.span))

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        """Always empty: the model has English only, so it cannot identify languages."""
        return ()


def _place_words(found: Iterable[DecodedWord], span: Span) -> Iterator[Word]:
    for word in found:
        start, end = span.start + word.start, min(span.end, span.start + word.end)
        if word.posterior >= MIN_CONFIDENCE and start < end:
            yield Word(Span(start, end), LOWERCASE_I.sub("I", word.text), word.posterior)
