"""Speech in a hundred languages to words, on a CPU and without torch: Whisper by faster-whisper and CTranslate2.

Each window is decoded once, by beam search at temperature 0: sampling, the usual way out of a failed decoding, never gives
the same answer twice. Whisper's own time stamps are left out: with them it ends a window early, and a model of this size makes
more mistakes; words get their times from its attention.
"""

import importlib.metadata
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.engines.protocols import Utterance, Wave
from pipeline.engines.speakers.vad_silero import SileroDetector
from pipeline.engines.whisper import whisper_words, word_times
from pipeline.engines.whisper.hallucination_filter import (
    DENSEST,
    DecodedSegment,
    compression_ratio,
    peak_level,
    remove_hallucinated_words,
)
from pipeline.engines.whisper.speech_excerpt import SpeechExcerpt, extract_speech
from pipeline.engines.whisper.whisper_languages import LANGUAGES, UNSPACED, average_votes
from pipeline.engines.whisper.whisper_models import SETTING, require_known, whisper_folder
from pipeline.errors import EngineError
from pipeline.models.model_hub import Hub
from pipeline.models.model_identity import identify_weights
from pipeline.text.languages import Guess
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Span, Word

if TYPE_CHECKING:
    from faster_whisper import BatchedInferencePipeline

ENGINE = "whisper"
DEFAULT = "base"
WINDOW = 30 * SPEECH_RATE_HZ  # samples that Whisper hears at once
SHORTEST = SPEECH_RATE_HZ // 20  # samples: 50 ms, in which nobody says a word
LONGEST_REPEAT = 4  # tokens that a second decoding may not write twice, where the first wrote a loop
RULES = 1  # of excerpt, guards and words: raised when the same decoding comes to other words
PACKAGES = ("faster-whisper", "ctranslate2")


@dataclass(frozen=True, slots=True)
class DecodedWindow:
    """Decoded text of one window, in words of the window's own time. `logprob`, `no_speech`: of the whole of it."""

    words: tuple[Any, ...]  # faster_whisper.transcribe.Word
    text: str
    logprob: float
    no_speech: float


class WhisperTranscriber:
    """Transcriber over one Whisper model in CTranslate2's format.

    `workers`: windows that are decoded at the same time, each by `threads` threads; the weights are loaded once.
    """

    requirements = EngineRequirements(
        licence="MIT; weights MIT", extra="embedded", modules=("faster_whisper",), model=DEFAULT, models=(f"whisper-{DEFAULT}",)
    )
    languages: frozenset[str] = LANGUAGES
    across_speakers = True
    longest_utterance = 28.0  # seconds: with what surrounds speech it stays within the 30 that Whisper hears at once
    fingerprint: str
    concurrency: int

    def __init__(
        self,
        model: str = DEFAULT,
        *,
        revision: str | None = None,
        hub: Hub | None = None,
        beam_size: int = 5,
        compute_type: str = "int8",
        workers: int = 2,
        threads: int = 1,
    ) -> None:
        folder = whisper_folder(model, hub or Hub(), engine=ENGINE, revision=revision)
        self._pipeline = _load_pipeline(folder, compute_type=compute_type, cpu_threads=threads, num_workers=workers)
        self._beam_size = beam_size
        self._detector = SileroDetector()
        if not self._pipeline.model.model.is_multilingual:
            self.languages = frozenset({"en"})
        self.concurrency = workers
        # Workers and threads make answers faster, not other.
        self.fingerprint = (
            f"{' '.join(f'{name} {importlib.metadata.version(name)}' for name in PACKAGES)} "
            f"{model.rpartition('/')[2]}@{identify_weights(folder)} {compute_type} beam={beam_size} rules={RULES} {self._detector.fingerprint}"
        )

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        """Words in order, times from the start of the film; empty where nothing was said.

        LanguageError for a language that the model never learned.
        """
        code = require_known(language, self._pipeline.model)
        excerpt = extract_speech(utterance, self._detector)
        if len(excerpt.wave) < SHORTEST:
            return ()
        told = whisper_words.truncate_prompt(prompt, self._tokens_in)
        decoded = self._decode(excerpt.wave, code, told)
        if compression_ratio(decoded.text) > DENSEST:
            decoded = self._decode(excerpt.wave, code, told, no_repeat_ngram_size=LONGEST_REPEAT)
        spaced = code not in UNSPACED
        words = _place_words(decoded, excerpt, spaced=spaced)
        if not words:
            return ()
        said = remove_hallucinated_words(
            words,
            _join_window(decoded, words, excerpt),
            level_of=lambda span: peak_level(excerpt.samples_of(span)),
            prompt=told,
            spaced=spaced,
            engine=ENGINE,
        )
        clipped = word_times.clip_to_span(word_times.clip_to_speech(said, excerpt.speech), utterance.span)
        return clipped if spaced else whisper_words.join_clauses(clipped)

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        """The languages of its speech, the likeliest first; empty where nobody speaks, and of a model of English alone."""
        wave = extract_speech(utterance, self._detector).wave[:WINDOW]
        model = self._pipeline.model
        if len(wave) < SHORTEST or not model.model.is_multilingual:
            return ()
        try:
            _, _, votes = model.detect_language(wave)
        except RuntimeError as error:
            raise _decoding_error(error) from error
        return average_votes([dict(votes)])

    def _tokens_in(self, text: str) -> int:
        return len(self._pipeline.model.hf_tokenizer.encode(text, add_special_tokens=False).ids)

    def _decode(self, wave: Wave, code: str, prompt: str, **options: Any) -> DecodedWindow:
        try:
            segments, _ = self._pipeline.transcribe(
                wave,
                language=code,
                beam_size=self._beam_size,
                temperature=0.0,
                initial_prompt=prompt or None,
                word_timestamps=True,
                without_timestamps=True,
                vad_filter=False,
                clip_timestamps=[{"start": 0.0, "end": len(wave) / SPEECH_RATE_HZ}],
                batch_size=1,
                **options,
            )
            found = list(segments)
        except RuntimeError as error:
            raise _decoding_error(error) from error
        return DecodedWindow(
            tuple(word for segment in found for word in segment.words or ()),
            " ".join(segment.text.strip() for segment in found),
            min((segment.avg_logprob for segment in found), default=0.0),
            max((segment.no_speech_prob for segment in found), default=1.0),
        )


def _load_pipeline(folder: Path, **options: Any) -> "BatchedInferencePipeline":
    """The model behind the pipeline that decodes a window once. EngineError where it cannot be read."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    try:
        return BatchedInferencePipeline(WhisperModel(str(folder), device="cpu", local_files_only=True, **options))
    except (RuntimeError, ValueError) as error:
        raise EngineError(
            ENGINE, f"{folder.name} cannot be loaded as {options['compute_type']} ({error}); check {SETTING} and compute_type"
        ) from error


def _decoding_error(error: RuntimeError) -> EngineError:
    return EngineError(ENGINE, f"it failed ({str(error).partition(chr(10))[0]}); try the task again")


def _place_words(decoded: DecodedWindow, excerpt: SpeechExcerpt, *, spaced: bool) -> tuple[Word, ...]:
    """The words on the film's axis, in order; none empty, none over its neighbour."""
    words, at = list[Word](), 0.0
    for each in decoded.words:
        text = whisper_words.clean_text(each.word)
        span = excerpt.film_span(float(each.start), float(each.end))
        if not text or span is None:
            continue
        start = max(at, span.start)
        word = Word(Span(start, max(span.end, start + whisper_words.LEAST)), text, min(1.0, float(each.probability)))
        at = word.span.end
        if words and spaced and not each.word[0].isspace():  # "self" and "-substantial"
            words[-1] = _one_word(words[-1], word)
        else:
            words.append(word)
    return tuple(words)


def _one_word(first: Word, second: Word) -> Word:
    known = [confidence for confidence in (first.confidence, second.confidence) if confidence is not None]
    return Word(first.span.hull(second.span), first.text + second.text, min(known, default=None))


def _join_window(decoded: DecodedWindow, words: Sequence[Word], excerpt: SpeechExcerpt) -> DecodedSegment:
    """The window as one text."""
    span = words[0].span.hull(words[-1].span)
    return DecodedSegment(span, decoded.text, decoded.logprob, peak_level(excerpt.wave), decoded.no_speech)
