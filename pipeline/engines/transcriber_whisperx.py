"""Speech recognition by WhisperX on a GPU, in a hundred languages: Whisper by CTranslate2, and wav2vec2 forced alignment.

Beam search at temperature 0 only: the usual fallback after a failed decoding is sampling, which is not deterministic.
"""

import importlib.metadata
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from pipeline.engines.alignment.wav2vec2_models import MAX_LOADED_MODELS, Aligners
from pipeline.engines.protocols import Utterance, Wave
from pipeline.engines.speakers.vad_silero import SileroDetector
from pipeline.engines.torch import torch_device
from pipeline.engines.whisper import whisper_words, word_times
from pipeline.engines.whisper.hallucination_filter import DecodedSegment, measure_peak_level, remove_hallucinations
from pipeline.engines.whisper.speech_excerpt import read_utterance, shift_spans
from pipeline.engines.whisper.whisper_languages import LANGUAGES, UNSPACED, average_votes, find_busiest_windows, to_whisper_code
from pipeline.engines.whisper.whisper_models import fetch_whisper_folder, require_language_code
from pipeline.engines.whisper.whisperx_pipeline import ENGINE, DecodingOptions, choose_compute_type, load_pipeline
from pipeline.errors import EngineError
from pipeline.models.model_hub import Hub
from pipeline.models.model_identity import identify_weights
from pipeline.text.languages import Guess
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Span, Word

T = TypeVar("T")

DEFAULT_MODEL = "large-v3"
WINDOW_S = 30  # of audio that Whisper decodes at once
MIN_SAMPLES = SPEECH_RATE_HZ // 20  # 50 ms, shorter than any word
IDENTIFIED_WINDOWS = 3  # of an utterance, by which its language is identified
RULES_VERSION = 2  # of the hallucination filter and the word rules: raised when the same decoding gives other words
PACKAGES = ("whisperx", "faster-whisper", "ctranslate2", "torch")


class WhisperxTranscriber:
    """Transcriber over one Whisper model."""

    requirements = EngineRequirements(
        licence="BSD-2-Clause; weights MIT, of some alignment models CC-BY-NC-4.0",
        extra="asr",
        modules=("whisperx",),
        model=DEFAULT_MODEL,
        vram=9.0,
    )
    languages: frozenset[str] = LANGUAGES
    across_speakers = True
    longest_utterance = 600.0  # seconds: 38 MB of samples
    fingerprint: str
    concurrency = 1

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        revision: str | None = None,
        device: str = "auto",
        hub: Hub | None = None,
        **options: Any,
    ) -> None:
        """`options`: fields of `DecodingOptions`."""
        chosen, hub = DecodingOptions(**options), hub or Hub()
        folder = fetch_whisper_folder(model, hub, engine=ENGINE, revision=revision)
        self._device = torch_device.choose_device(device)
        compute_type = choose_compute_type(chosen.compute_type, self._device)
        self._options, self._batch_size = chosen, chosen.batch_size
        self._pipeline = load_pipeline(
            folder,
            self._device,
            compute_type=compute_type,
            threads=chosen.threads,
            # The library requires temperatures and ignores them: it decodes at 0.
            asr_options={"beam_size": chosen.beam_size, "temperatures": [0.0]},
            vad_options={"vad_onset": chosen.vad_onset, "vad_offset": chosen.vad_offset},
        )
        if not self._pipeline.model.model.is_multilingual:
            self.languages = frozenset({"en"})
        self._aligners = Aligners(
            self._device, hub, {to_whisper_code(tag): name for tag, name in (chosen.aligners or {}).items()}
        )
        self._detector = SileroDetector()
        self._turn = threading.Lock()  # options and tokenizer are state of the pipeline
        # Without the batch size: it changes the speed, not the answers.
        self.fingerprint = (
            f"{' '.join(f'{name} {importlib.metadata.version(name)}' for name in PACKAGES)} "
            f"{model.rpartition('/')[2]}@{identify_weights(folder)} {compute_type} beam={chosen.beam_size} "
            f"vad={chosen.vad_onset}/{chosen.vad_offset} rules={RULES_VERSION} aligners={self._aligners.compute_fingerprint()} "
            f"times by {self._detector.fingerprint}"
        )

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        """Words in order, times from the start of the film; empty if there is no speech.

        LanguageError for a language that the model does not support.
        """
        code = require_language_code(language, self._pipeline.model)
        wave = read_utterance(utterance)
        if len(wave) < MIN_SAMPLES or not wave.any():
            return ()
        with self._turn:
            prompt = whisper_words.truncate_prompt(prompt, self._count_tokens)
            decoded = self._decode_speech(wave, utterance.span.start, code, prompt)
            kept = remove_hallucinations(decoded, prompt=prompt, spaced=code not in UNSPACED)
            words = [word for each in kept for word in self._align_words(each, wave, utterance.span.start, code)]
        return (
            word_times.clip_to_speech(words, shift_spans(self._detector.detect_in(wave), utterance.span.start)) if words else ()
        )

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        """Identify the language by the windows with most speech; empty without speech, and for a model of English only."""
        wave = read_utterance(utterance)
        if len(wave) < MIN_SAMPLES or not wave.any() or not self._pipeline.model.model.is_multilingual:
            return ()
        with self._turn:
            windows = find_busiest_windows(self._detect_speech(wave), len(wave) / SPEECH_RATE_HZ, count=IDENTIFIED_WINDOWS)
            return average_votes([self._score_languages(_cut_wave(wave, window.start, window.end)) for window in windows])

    def check(self) -> None:
        """EngineLost if the device no longer answers."""
        torch_device.check_device(self._device)

    def _count_tokens(self, text: str) -> int:
        return len(self._pipeline.model.hf_tokenizer.encode(text, add_special_tokens=False).ids)

    def _decode_speech(self, wave: Wave, begins: float, code: str, prompt: str) -> list[DecodedSegment]:
        """Decode each stretch of speech, in order; segments do not overlap and are not empty."""
        # The pipeline reads its options at each decoding: set each time, so that no prompt outlives its call.
        self._pipeline.options = replace(self._pipeline.options, initial_prompt=prompt or None)
        self._pipeline.call_count = 0  # after ten calls the library would warn and recommend a data set
        answer = self._within_memory(lambda batch: self._decode_batch(wave, code, batch), self._batch_size)
        segments, at, seconds = list[DecodedSegment](), 0.0, len(wave) / SPEECH_RATE_HZ
        for segment in answer["segments"]:
            start, end = max(at, float(segment["start"])), min(seconds, float(segment["end"]))
            text = whisper_words.clean_text(segment["text"])
            if text and end - start >= MIN_SAMPLES / SPEECH_RATE_HZ:
                span = Span(begins + start, begins + end)
                level = measure_peak_level(_cut_wave(wave, start, end))
                segments.append(DecodedSegment(span, text, float(segment["avg_logprob"]), level))
            at = max(at, end)
        return segments

    def _decode_batch(self, wave: Wave, code: str, batch: int) -> dict[str, Any]:
        self._batch_size = batch  # the size that fitted is where the next call begins
        return self._pipeline.transcribe(wave, batch_size=batch, language=code, task="transcribe", chunk_size=WINDOW_S)

    def _align_words(self, segment: DecodedSegment, wave: Wave, begins: float, code: str) -> tuple[Word, ...]:
        start = segment.span.start
        samples = _cut_wave(wave, start - begins, segment.span.end - begins)
        # If memory is full, the models of other languages are evicted.
        tokens = self._within_memory(
            lambda keep: self._aligners.time_tokens(segment.text, code, samples, keep=keep), MAX_LOADED_MODELS
        )
        words = whisper_words.place_words([token.shift(start) for token in tokens], segment.span)
        return whisper_words.join_clauses(words) if code in UNSPACED else words

    def _detect_speech(self, wave: Wave) -> list[Span]:
        """Speech spans, in seconds from the wave's start."""
        import torch
        from whisperx.vads.pyannote import Binarize

        film = {"waveform": torch.from_numpy(wave)[None], "sample_rate": SPEECH_RATE_HZ}  # (1, samples)
        scores = self._within_memory(lambda _: self._pipeline.vad_model(film), 1)
        spans = Binarize(onset=self._options.vad_onset, offset=self._options.vad_offset)(scores).get_timeline()
        seconds = len(wave) / SPEECH_RATE_HZ  # the network pads its last window beyond the end
        return [Span(span.start, min(span.end, seconds)) for span in spans if span.start < min(span.end, seconds)]

    def _score_languages(self, wave: Wave) -> dict[str, float]:
        """Probability of each language, by Whisper's code. `wave`: up to 30 s."""
        from whisperx.audio import N_SAMPLES, log_mel_spectrogram

        model = self._pipeline.model
        mels = model.feat_kwargs.get("feature_size") or 80  # 128 from large-v3 on
        features = log_mel_spectrogram(wave, mels, padding=N_SAMPLES - len(wave))  # (mels, frames)
        (found,) = self._within_memory(lambda _: model.model.detect_language(model.encode(features)), 1)
        return {token.strip("<|>"): probability for token, probability in found}

    @staticmethod
    def _within_memory(call: Callable[[int], T], amount: int) -> T:
        try:
            return torch_device.halve_batch_until_it_fits(call, amount, engine=ENGINE)
        except RuntimeError as error:
            raise EngineError(ENGINE, f"it failed ({torch_device.first_line(error)}); try the task again") from error


def _cut_wave(wave: Wave, start: float, end: float) -> Wave:
    """The part between two times, in seconds from the wave's start."""
    return wave[max(0, round(start * SPEECH_RATE_HZ)) : round(end * SPEECH_RATE_HZ)]
