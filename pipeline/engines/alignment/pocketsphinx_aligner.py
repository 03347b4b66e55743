"""Forced alignment by pocketsphinx on a CPU, English only, with its packaged acoustic model and dictionary."""

import importlib.metadata
import logging
import math
import re
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from pipeline.engines.alignment.aligned_words import place_tokens, split_words
from pipeline.engines.alignment.letter_sounds import guess_phones
from pipeline.engines.alignment.pocketsphinx_decoding import FRAME_S, DecodedWord, decode_words
from pipeline.engines.protocols import Utterance, Wave
from pipeline.engines.speakers import audio_input
from pipeline.engines.whisper.whisper_words import Token
from pipeline.text import languages
from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Word

if TYPE_CHECKING:
    from pocketsphinx import Decoder

log = logging.getLogger(__name__)

WORD_PART = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*'?")  # letters, and apostrophes inside: don't, o'clock
APOSTROPHES = str.maketrans("\u2019\u2018\u02bc", "'''")
MAX_WORDS = 200  # of an utterance of 30 s: nobody says more, and the search grows with them
MAX_LETTERS = 40  # of a word
MAX_ADDED_WORDS = 20_000  # to the dictionary, after which it is read again: 10 MB
RULES_VERSION = 1  # raised when the same decoding gives other words
# Logarithm of the acoustic likelihood per frame at which a word is as likely right as wrong, and its spread: measured.
EVEN_LOG_LIKELIHOOD, LOG_LIKELIHOOD_SCALE = -3.0, 0.5
MIN_CONFIDENCE = 0.5  # mean over the words, below which the text is not what is said


class PocketsphinxAligner:
    """Aligner over one decoder; Serve runs several processes of it.

    Numbers and abbreviations are aligned as they are said. A word that the dictionary lacks is aligned by a pronunciation
    guessed from its letters; one without a letter is interpolated.
    """

    requirements = EngineRequirements(licence="BSD-2-Clause", extra="embedded", modules=("pocketsphinx",))
    languages: ClassVar[frozenset[str]] = frozenset({"en"})
    fingerprint: str
    concurrency = 1

    def __init__(self) -> None:
        self._decoder = _load_decoder()
        self._added: set[str] = set()
        self._turn = threading.Lock()  # a decoder holds one utterance at a time
        self.fingerprint = f"pocketsphinx {importlib.metadata.version('pocketsphinx')} en-us align rules={RULES_VERSION}"

    def align(self, utterance: Utterance, text: str, *, language: str) -> tuple[Word, ...]:
        """Align the words of an English text; empty for another language, or where the text is not what is said."""
        tokens = split_words(text, language=language)
        if not languages.is_among(language, self.languages) or not 0 < len(tokens) <= MAX_WORDS:
            return ()
        wave = audio_input.read_excerpt(utterance.audio.path, utterance.span)
        if not wave.any():
            return ()
        with self._turn:
            spoken = [tuple(self._pronounce(token)) for token in tokens]
            found = self._align_words([word for words in spoken for word in words], wave)
        timed = _join_parts(tokens, spoken, found, utterance.span.start)
        return place_tokens(timed, utterance.span) if _is_credible(timed) else ()

    def _pronounce(self, token: str) -> Iterator[str]:
        """Words of the dictionary that are said for a token; those that it lacks are added to it."""
        for part in WORD_PART.findall(verbalize(token.translate(APOSTROPHES), "en").lower()):
            if len(part) <= MAX_LETTERS and (self._decoder.lookup_word(part) or self._add_word(part)):
                yield part

    def _add_word(self, word: str) -> bool:
        """Add a word with phones guessed from its spelling; False if it has none."""
        if not (phones := guess_phones(word)):
            return False
        self._added.add(word)
        self._decoder.add_word(word, phones, True)
        return True

    def _align_words(self, words: Sequence[str], wave: Wave) -> tuple[DecodedWord, ...]:
        """Times of the words in the wave, one for each; none if they cannot be aligned to it."""
        if not words or len(wave) < len(words) * FRAME_S * SPEECH_RATE_HZ:
            return ()
        try:
            self._decoder.set_align_text(" ".join(words))
        except RuntimeError as error:
            log.warning("engine=pocketsphinx-align cannot align %.80s: %s", " ".join(words), error)
            return ()
        found = decode_words(self._decoder, wave)
        if len(self._added) > MAX_ADDED_WORDS:
            self._decoder, self._added = _load_decoder(), set()
        return found if [word.text for word in found] == list(words) else ()


def _load_decoder() -> "Decoder":
    from pocketsphinx import Decoder

    return Decoder(samprate=float(SPEECH_RATE_HZ), loglevel="FATAL", lm=None)


def _join_parts(
    tokens: Sequence[str], spoken: Sequence[Sequence[str]], found: Sequence[DecodedWord], start: float
) -> tuple[Token, ...]:
    """The tokens with the times of what is said for each, from the start of the film; without any where nothing was found."""
    joined, rest = list[Token](), iter(found)
    for token, words in zip(tokens, spoken, strict=True):
        parts = [part for _ in words if (part := next(rest, None)) is not None]
        if parts:
            joined.append(Token(token, start + parts[0].start, start + parts[-1].end, rate_confidence(parts)))
        else:
            joined.append(Token(token))
    return tuple(joined)


def rate_confidence(parts: Sequence[DecodedWord]) -> float:
    """Confidence 0..1 that a word is said where it was found, by its acoustic likelihood per frame."""
    frames = sum(part.end - part.start for part in parts) / FRAME_S
    mean = sum(math.log(part.likelihood) for part in parts) / frames
    return 1.0 / (1.0 + math.exp((EVEN_LOG_LIKELIHOOD - mean) / LOG_LIKELIHOOD_SCALE))


def _is_credible(tokens: Sequence[Token]) -> bool:
    """True if the words fit the speech on average: any text can be forced upon any speech."""
    known = [token.confidence for token in tokens if token.confidence is not None]
    return bool(known) and sum(known) / len(known) >= MIN_CONFIDENCE
