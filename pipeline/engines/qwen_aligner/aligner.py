"""Forced alignment by a Qwen3 forced aligner, in eleven languages: the words of a known text found in its speech. Deterministic."""

import importlib.metadata
import logging
import unicodedata

from pipeline.engines.alignment.aligned_words import place_tokens, split_words
from pipeline.engines.protocols import Utterance
from pipeline.engines.qwen_aligner.aligner_languages import LANGUAGES, find_name, find_tags
from pipeline.engines.qwen_aligner.aligner_model import ENGINE, QwenAlignerModel
from pipeline.engines.qwen_aligner.unit_times import build_units, is_kept, time_words
from pipeline.engines.torch import torch_device
from pipeline.engines.whisper.speech_excerpt import read_utterance
from pipeline.errors import EngineError
from pipeline.models.model_hub import Hub
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Span, Word

log = logging.getLogger(__name__)

DEFAULT_MODEL = "Qwen/Qwen3-ForcedAligner-0.6B"
MAX_AUDIO_S = 300.0  # s of an utterance, as the model's makers say
MIN_SAMPLES = SPEECH_RATE_HZ // 20  # 50 ms, shorter than any word
MAX_CHARS_PER_S = 40.0  # of a text: more cannot be what is said; the time of an alignment grows with their square
MIN_COUNTED_S = 1.0  # s: what a short utterance counts for, whose bounds are rough
RULES_VERSION = 1  # of the mapping from units to words: raised when the same answer of the model gives other words


class QwenAligner:
    """Aligner over one model. It gives no confidence but 0.0 for words whose times are interpolated."""

    requirements = EngineRequirements(
        licence="Apache-2.0 (qwen-asr), MIT (nagisa, for Japanese), GPL-3.0 (soynlp, for Korean); weights: see the model's card",
        extra="qwen-aligner",
        modules=("qwen_asr",),
        model=DEFAULT_MODEL,
        vram=4.0,
    )
    languages: frozenset[str] = LANGUAGES
    concurrency = 1
    fingerprint: str

    def __init__(
        self, model: str = DEFAULT_MODEL, *, revision: str | None = None, device: str = "auto", hub: Hub | None = None
    ) -> None:
        """Load a model from a directory, MODELS_DIR or the hub. ModelMissing, EngineError."""
        folder = (hub or Hub()).fetch_folder(model, engine=ENGINE, setting="ALIGNER_MODEL", revision=revision)
        self._model = QwenAlignerModel(folder, device=device)
        if self._model.language_names is not None:
            self.languages = find_tags(self._model.language_names)
        version = importlib.metadata.version("qwen-asr")
        self.fingerprint = f"qwen-asr={version};model={self._model.digest};{self._model.precision};rules={RULES_VERSION}"

    def check(self) -> None:
        """EngineLost if the GPU no longer answers."""
        torch_device.check_device(self._model.device)

    def align(self, utterance: Utterance, text: str, *, language: str) -> tuple[Word, ...]:
        """Align the words of `text`, times from the start of the film.

        Empty for silence, a language that the model does not know, a text without letters, and one that is too long to be said in this time.
        EngineError for an utterance over 300 s, and where the model fails. LanguageError for a tag that is none.
        """
        if utterance.span.duration > MAX_AUDIO_S:
            raise EngineError(
                ENGINE, f"an utterance of {utterance.span.duration:.0f} s is over {MAX_AUDIO_S:.0f} s; align it in parts"
            )
        name = find_name(language, self.languages)
        if name is None or not any(map(is_kept, text)):
            return ()
        wave = read_utterance(utterance)
        seconds = len(wave) / SPEECH_RATE_HZ
        if len(wave) < MIN_SAMPLES or not wave.any():
            return ()
        if len(text) > MAX_CHARS_PER_S * max(seconds, MIN_COUNTED_S):
            log.warning("engine=%s %d characters cannot be said in %.1f s: %.60r", ENGINE, len(text), seconds, text)
            return ()
        found, step = self._model.align(wave, unicodedata.normalize("NFC", text), name), self._model.step_s
        units = build_units(*found, until=seconds + step, step=step)
        tokens = time_words(split_words(text, language=language), units)
        begins = utterance.span.start
        heard = Span(begins, min(utterance.span.end, begins + seconds))
        return place_tokens([token.shift(begins) for token in tokens], heard)
