"""Speech recognition by faster-whisper on a CPU, in a hundred languages and without torch: Whisper in CTranslate2.

Each window is decoded once, by beam search at temperature 0: sampling, the usual fallback after a failed decoding, is not
deterministic. Whisper's own time stamps are left out: with them it ends a window early, and a model of this size makes
more mistakes; words get their times from its attention.
"""

import importlib.metadata
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.engines.protocols import Utterance, Wave
from pipeline.engines.speakers.vad_silero import SileroDetector
from pipeline.engines.whisper import whisper_words
from pipeline.engines.whisper.decoded_window import DecodedWindow, DecodedWord, find_spoken_words
from pipeline.engines.whisper.speech_excerpt import extract_speech
from pipeline.engines.whisper.text_loops import MAX_COMPRESSION_RATIO, compute_compression_ratio
from pipeline.engines.whisper.whisper_languages import LANGUAGES, UNSPACED, average_votes
from pipeline.engines.whisper.whisper_models import SETTING, fetch_whisper_folder, require_language_code
from pipeline.errors import EngineError
from pipeline.models.model_hub import Hub
from pipeline.models.model_identity import identify_weights
from pipeline.text.languages import Guess
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Word

if TYPE_CHECKING:
    from faster_whisper import BatchedInferencePipeline

ENGINE = "whisper"
DEFAULT_MODEL = "base"
WINDOW_SAMPLES = 30 * SPEECH_RATE_HZ  # of audio that Whisper decodes at once
MIN_SAMPLES = SPEECH_RATE_HZ // 20  # 50 ms, shorter than any word
NO_REPEAT_TOKENS = 4  # of a phrase that a second decoding may not repeat, after the first gave a loop
RULES_VERSION = 1  # of excerpt, hallucination filter and word rules: raised when the same decoding gives other words
PACKAGES = ("faster-whisper", "ctranslate2")


class WhisperTranscriber:
    """Transcriber over one Whisper model in CTranslate2's format.

    `workers`: windows that are decoded at the same time, each by `threads` threads; the weights are loaded once.
    """

    requirements = EngineRequirements(
        licence="MIT; weights MIT",
        extra="embedded",
        modules=("faster_whisper",),
        model=DEFAULT_MODEL,
        models=(f"whisper-{DEFAULT_MODEL}",),
    )
    languages: frozenset[str] = LANGUAGES
    across_speakers = True
    longest_utterance = 28.0  # seconds: with padding it stays within the 30 that Whisper decodes at once
    fingerprint: str
    concurrency: int

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        revision: str | None = None,
        hub: Hub | None = None,
        beam_size: int = 5,
        compute_type: str = "int8",
        workers: int = 2,
        threads: int = 1,
    ) -> None:
        folder = fetch_whisper_folder(model, hub or Hub(), engine=ENGINE, revision=revision)
        self._pipeline = _load_pipeline(folder, compute_type=compute_type, cpu_threads=threads, num_workers=workers)
        self._beam_size = beam_size
        self._detector = SileroDetector()
        if not self._pipeline.model.model.is_multilingual:
            self.languages = frozenset({"en"})
        self.concurrency = workers
        # Without workers and threads: they change the speed, not the answers.
        self.fingerprint = (
            f"{' '.join(f'{name} {importlib.metadata.version(name)}' for name in PACKAGES)} "
            f"{model.rpartition('/')[2]}@{identify_weights(folder)} {compute_type} beam={beam_size} rules={RULES_VERSION} {self._detector.fingerprint}"
        )

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        """Words in order, times from the start of the film; empty if there is no speech.

        LanguageError for a language that the model does not support.
        """
        code = require_language_code(language, self._pipeline.model)
        excerpt = extract_speech(utterance, self._detector)
        if len(excerpt.wave) < MIN_SAMPLES:
            return ()
        prompt = whisper_words.truncate_prompt(prompt, self._count_tokens)
        decoded = self._decode(excerpt.wave, code, prompt)
        if compute_compression_ratio(decoded.text) > MAX_COMPRESSION_RATIO:
            decoded = self._decode(excerpt.wave, code, prompt, no_repeat_ngram_size=NO_REPEAT_TOKENS)
        return find_spoken_words(decoded, excerpt, utterance.span, prompt=prompt, spaced=code not in UNSPACED, engine=ENGINE)

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        """Identify the language of the speech, the likeliest first; empty without speech, and for a model of English only."""
        wave = extract_speech(utterance, self._detector).wave[:WINDOW_SAMPLES]
        model = self._pipeline.model
        if len(wave) < MIN_SAMPLES or not model.model.is_multilingual:
            return ()
        try:
            _, _, votes = model.detect_language(wave)
        except RuntimeError as error:
            raise _build_decoding_error(error) from error
        return average_votes([dict(votes)])

    def _count_tokens(self, text: str) -> int:
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
            raise _build_decoding_error(error) from error
        return DecodedWindow(
            tuple(
                DecodedWord(word.word, float(word.start), float(word.end), float(word.probability))
                for segment in found
                for word in segment.words or ()
            ),
            " ".join(segment.text.strip() for segment in found),
            min((segment.avg_logprob for segment in found), default=0.0),
            max((segment.no_speech_prob for segment in found), default=1.0),
        )


def _load_pipeline(folder: Path, **options: Any) -> "BatchedInferencePipeline":
    """Load the model with the pipeline that decodes each window once. EngineError if it cannot be read."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    try:
        return BatchedInferencePipeline(WhisperModel(str(folder), device="cpu", local_files_only=True, **options))
    except (RuntimeError, ValueError) as error:
        raise EngineError(
            ENGINE, f"{folder.name} cannot be loaded as {options['compute_type']} ({error}); check {SETTING} and compute_type"
        ) from error


def _build_decoding_error(error: RuntimeError) -> EngineError:
    return EngineError(ENGINE, f"it failed ({str(error).partition(chr(10))[0]}); try the task again")
