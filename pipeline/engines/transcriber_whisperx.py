"""Speech in a hundred languages to words, on a GPU: whisperx, that is Whisper by CTranslate2 and wav2vec2 alignment.

Beam search at temperature 0 only: the usual way out of a failed decoding is to sample, and then no answer comes twice.
"""

import importlib.metadata
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.engines.protocols import Utterance, Wave
from pipeline.engines.speakers.vad_silero import SileroDetector
from pipeline.engines.torch import torch_device
from pipeline.engines.whisper import whisper_words, word_times
from pipeline.engines.whisper.forced_alignment import KEPT, Aligners
from pipeline.engines.whisper.hallucination_filter import DecodedSegment, peak_level, remove_hallucinations
from pipeline.engines.whisper.speech_excerpt import read_utterance, shift_spans
from pipeline.engines.whisper.whisper_languages import LANGUAGES, UNSPACED, average_votes, find_busiest_windows, whisper_code
from pipeline.engines.whisper.whisper_models import SETTING, require_known, whisper_folder
from pipeline.errors import EngineError
from pipeline.models.model_hub import Hub
from pipeline.models.model_identity import identify_weights
from pipeline.text.languages import Guess
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.timeline import Span, Word

if TYPE_CHECKING:
    from whisperx.asr import FasterWhisperPipeline

T = TypeVar("T")

ENGINE = "whisperx"
DEFAULT = "large-v3"
CHUNK = 30  # seconds that Whisper hears at once
SHORTEST = SPEECH_RATE_HZ // 20  # samples: 50 ms, in which nobody says a word
LISTENED = 3  # windows of an utterance that tell its language
RULES = 2  # of guards and words: raised when the same decoding comes to other words
PACKAGES = ("whisperx", "faster-whisper", "ctranslate2", "torch")


class WhisperxTranscriber:
    """Transcriber over one Whisper model. `aligners`: language → wav2vec2 model, before the library's own table.

    `compute_type` auto: float16 on a GPU, int8 on a CPU. `vad_onset`, `vad_offset`: probabilities of speech.
    """

    requirements = EngineRequirements(
        licence="BSD-2-Clause; weights MIT, of some alignment models CC-BY-NC-4.0",
        extra="asr",
        modules=("whisperx",),
        model=DEFAULT,
        vram=9.0,
    )
    languages: frozenset[str] = LANGUAGES
    across_speakers = True
    longest_utterance = 600.0  # seconds: 38 MB of samples
    fingerprint: str
    concurrency = 1

    def __init__(
        self,
        model: str = DEFAULT,
        *,
        revision: str | None = None,
        device: str = "auto",
        hub: Hub | None = None,
        compute_type: str = "auto",
        batch_size: int = 8,
        beam_size: int = 5,
        aligners: Mapping[str, str] | None = None,
        vad_onset: float = 0.5,
        vad_offset: float = 0.363,
        threads: int = 4,
    ) -> None:
        hub = hub or Hub()
        folder = whisper_folder(model, hub, engine=ENGINE, revision=revision)
        self._device = torch_device.choose_device(device)
        compute_type = _compute_type(compute_type, self._device)
        self._batch_size = batch_size
        self._pipeline = _load_pipeline(
            folder,
            self._device,
            compute_type=compute_type,
            threads=threads,
            # The library asks for temperatures and ignores them: it decodes at 0.
            asr_options={"beam_size": beam_size, "temperatures": [0.0]},
            vad_options={"vad_onset": vad_onset, "vad_offset": vad_offset},
        )
        if not self._pipeline.model.model.is_multilingual:
            self.languages = frozenset({"en"})
        self._onset = vad_onset
        self._offset = vad_offset
        self._aligners = Aligners(self._device, hub, {whisper_code(tag): name for tag, name in (aligners or {}).items()})
        self._detector = SileroDetector()
        self._turn = threading.Lock()  # options and tokenizer are the pipeline's own state
        # Not the batch size: it makes answers faster, not other.
        self.fingerprint = (
            f"{' '.join(f'{name} {importlib.metadata.version(name)}' for name in PACKAGES)} "
            f"{model.rpartition('/')[2]}@{identify_weights(folder)} {compute_type} beam={beam_size} "
            f"vad={vad_onset}/{vad_offset} rules={RULES} aligners={self._aligners.fingerprint()} "
            f"times by {self._detector.fingerprint}"
        )

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        """Words in order, times from the start of the film; empty where nothing was said.

        LanguageError for a language that the model never learned.
        """
        code = require_known(language, self._pipeline.model)
        wave = read_utterance(utterance)
        if len(wave) < SHORTEST or not wave.any():
            return ()
        with self._turn:
            told = whisper_words.truncate_prompt(prompt, self._tokens_in)
            heard = self._decode_speech(wave, utterance.span.start, code, told)
            kept = remove_hallucinations(heard, prompt=told, spaced=code not in UNSPACED)
            words = [word for each in kept for word in self._words(each, wave, utterance.span.start, code)]
        return (
            word_times.clip_to_speech(words, shift_spans(self._detector.detect_in(wave), utterance.span.start)) if words else ()
        )

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        """The languages by the windows with most speech; empty where nobody speaks, and of a model that knows English alone."""
        wave = read_utterance(utterance)
        if len(wave) < SHORTEST or not wave.any() or not self._pipeline.model.model.is_multilingual:
            return ()
        with self._turn:
            windows = find_busiest_windows(self._speech(wave), len(wave) / SPEECH_RATE_HZ, count=LISTENED)
            return average_votes([self._vote(_cut_wave(wave, window.start, window.end)) for window in windows])

    def check(self) -> None:
        """EngineLost where the device no longer answers."""
        torch_device.check_device(self._device)

    def _tokens_in(self, text: str) -> int:
        return len(self._pipeline.model.hf_tokenizer.encode(text, add_special_tokens=False).ids)

    def _decode_speech(self, wave: Wave, begins: float, code: str, prompt: str) -> list[DecodedSegment]:
        """Decoded text of each stretch of speech, in order; none overlap, none is empty."""
        # Read at each decoding, and set at each, so that no prompt outlives its call.
        self._pipeline.options = replace(self._pipeline.options, initial_prompt=prompt or None)
        self._pipeline.call_count = 0  # after ten calls it would advise a data set
        answer = self._within_memory(lambda batch: self._decode(wave, code, batch), self._batch_size)
        heard, at, seconds = list[DecodedSegment](), 0.0, len(wave) / SPEECH_RATE_HZ
        for segment in answer["segments"]:
            start, end = max(at, float(segment["start"])), min(seconds, float(segment["end"]))
            text = whisper_words.clean_text(segment["text"])
            if text and end - start >= SHORTEST / SPEECH_RATE_HZ:
                span = Span(begins + start, begins + end)
                heard.append(DecodedSegment(span, text, float(segment["avg_logprob"]), peak_level(_cut_wave(wave, start, end))))
            at = max(at, end)
        return heard

    def _decode(self, wave: Wave, code: str, batch: int) -> dict[str, Any]:
        self._batch_size = batch  # what fits once is where the next call begins
        return self._pipeline.transcribe(wave, batch_size=batch, language=code, task="transcribe", chunk_size=CHUNK)

    def _words(self, heard: DecodedSegment, wave: Wave, begins: float, code: str) -> tuple[Word, ...]:
        start = heard.span.start
        samples = _cut_wave(wave, start - begins, heard.span.end - begins)
        # Full memory: the models of other languages go.
        tokens = self._within_memory(lambda keep: self._aligners.time_tokens(heard.text, code, samples, keep=keep), KEPT)
        words = whisper_words.place_words([token.later(start) for token in tokens], heard.span)
        return whisper_words.join_clauses(words) if code in UNSPACED else words

    def _speech(self, wave: Wave) -> list[Span]:
        """Speech spans, in seconds from the wave's start."""
        import torch
        from whisperx.vads.pyannote import Binarize

        film = {"waveform": torch.from_numpy(wave)[None], "sample_rate": SPEECH_RATE_HZ}  # (1, samples)
        scores = self._within_memory(lambda _: self._pipeline.vad_model(film), 1)
        spans = Binarize(onset=self._onset, offset=self._offset)(scores).get_timeline()
        seconds = len(wave) / SPEECH_RATE_HZ  # the network fills its last window up beyond it
        return [Span(span.start, min(span.end, seconds)) for span in spans if span.start < min(span.end, seconds)]

    def _vote(self, wave: Wave) -> dict[str, float]:
        """The probability of each language, by Whisper's code. `wave`: up to 30 s."""
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


def _load_pipeline(folder: Path, device: str, *, compute_type: str, **options: Any) -> "FasterWhisperPipeline":
    """Whisper behind the voice activity detector that whisperx brings along. EngineError where the model cannot be read."""
    _hush()
    import whisperx

    kind, _, index = device.partition(":")
    try:
        return whisperx.load_model(
            str(folder), kind, device_index=int(index or 0), compute_type=compute_type, local_files_only=True, **options
        )
    except (RuntimeError, ValueError) as error:
        raise EngineError(
            ENGINE,
            f"{folder.name} cannot be loaded on {device} as {compute_type} ({torch_device.first_line(error)}); "
            f"check {SETTING}, device and compute_type",
        ) from error


def _hush() -> None:
    """Keep the libraries from reporting home, and from writing to stdout: a handler of ours keeps theirs away."""
    os.environ.setdefault("PYANNOTE_METRICS_ENABLED", "0")
    theirs = logging.getLogger("whisperx")
    theirs.handlers[:] = [logging.NullHandler()]
    theirs.propagate = True
    theirs.setLevel(logging.ERROR)  # it warns of silence, which films have
    logging.getLogger("lightning.pytorch.utilities.migration").setLevel(logging.WARNING)


def _cut_wave(wave: Wave, start: float, end: float) -> Wave:
    """Between two times, in seconds from the wave's start."""
    return wave[max(0, round(start * SPEECH_RATE_HZ)) : round(end * SPEECH_RATE_HZ)]


def _compute_type(asked: str, device: str) -> str:
    return asked if asked != "auto" else "float16" if device.startswith("cuda") else "int8"
