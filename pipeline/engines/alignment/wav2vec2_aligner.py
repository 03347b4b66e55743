"""Forced alignment by wav2vec2 models, one per language, through the whisperx library. On a GPU or a CPU."""

import importlib.metadata
import threading
from collections.abc import Mapping

from pipeline.engines.alignment.aligned_words import place_tokens
from pipeline.engines.alignment.wav2vec2_models import LANGUAGES, MAX_LOADED_MODELS, Aligners
from pipeline.engines.protocols import Utterance
from pipeline.engines.speakers.audio_input import read_excerpt
from pipeline.engines.torch import torch_device
from pipeline.engines.whisper.whisper_languages import to_tag, to_whisper_code
from pipeline.errors import EngineError, LanguageError
from pipeline.models.model_hub import Hub
from pipeline.text import languages
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Word

ENGINE = "wav2vec2"
PACKAGES = ("whisperx", "torch")
RULES_VERSION = 1  # raised when the same model's answer gives other words
MIN_SAMPLES = SPEECH_RATE_HZ // 20  # 50 ms, shorter than any word


class Wav2vec2Aligner:
    """Aligner over the models of the languages that are asked for, of which two stay loaded."""

    requirements = EngineRequirements(
        licence="BSD-2-Clause; the models' own, of some CC-BY-NC-4.0", extra="asr", modules=("whisperx",), vram=3.0
    )
    languages: frozenset[str] | None = LANGUAGES
    fingerprint: str
    concurrency = 1

    def __init__(
        self,
        model: str = "",
        *,
        revision: str | None = None,
        device: str = "auto",
        aligners: Mapping[str, str] | None = None,
        hub: Hub | None = None,
    ) -> None:
        """`model`: one for every language; "": the library's own for each. `aligners`: language → model, before both; "": none."""
        self._device = torch_device.choose_device(device)
        named = {to_whisper_code(tag): name for tag, name in (aligners or {}).items()}
        self._aligners = Aligners(self._device, hub or Hub(), named, ENGINE, model, revision)
        own = {to_tag(code) for code, name in named.items() if name}
        off = {to_tag(code) for code, name in named.items() if not name}
        self.languages = None if model else (LANGUAGES | own) - off
        self._turn = threading.Lock()  # models are loaded and evicted by turns
        self.fingerprint = (
            f"{' '.join(f'{name} {importlib.metadata.version(name)}' for name in PACKAGES)} wav2vec2 "
            f"aligners={self._aligners.compute_fingerprint()} rules={RULES_VERSION}"
        )

    def align(self, utterance: Utterance, text: str, *, language: str) -> tuple[Word, ...]:
        """Align the words of a text; empty for a language without a model, or where the text does not fit the speech.

        ModelMissing if a model cannot be fetched; EngineError, EngineLost if the device fails.
        """
        if not text.split() or not languages.is_among(language, self.languages):
            return ()
        try:
            code = to_whisper_code(language)
        except LanguageError:  # the library's text rules are by Whisper's codes
            return ()
        wave = read_excerpt(utterance.audio.path, utterance.span)
        if len(wave) < MIN_SAMPLES or not wave.any():
            return ()
        with self._turn:
            try:  # if memory is full, the models of other languages are evicted
                tokens = torch_device.halve_batch_until_it_fits(
                    lambda keep: self._aligners.time_tokens(text, code, wave, keep=keep), MAX_LOADED_MODELS, engine=ENGINE
                )
            except RuntimeError as error:
                raise EngineError(ENGINE, f"it failed ({torch_device.first_line(error)}); try the task again") from error
        return place_tokens([token.shift(utterance.span.start) for token in tokens], utterance.span)

    def check(self) -> None:
        """EngineLost if the device no longer answers."""
        torch_device.check_device(self._device)
