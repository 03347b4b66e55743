"""Trials of engines that need more than a table: separators on known stems, synthesizers by ear and by voice."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soxr

from evaluation.film_evaluation.stem_comparison import measure_si_sdr
from evaluation.metrics import WordErrors, count_errors_by_line
from evaluation.round_trip import TakeRecognizer
from evaluation.sample.speech import KnownStems
from pipeline.assessment.voice_similarity import compare_voices
from pipeline.engines.protocols import Separator, SynthesizedSpeech, Synthesizer
from pipeline.engines.speakers.voice_embedder import VoiceEmbedder
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Voice


@dataclass(frozen=True, slots=True)
class SpokenSentences:
    """Sentences as a synthesizer speaks them. `errors`: of a recogniser, by sentence; `own`, `nearest`: cosine of each take to the
    others of its voice, and to the nearest other voice, means; NaN where there are too few takes.
    """

    takes: tuple[SynthesizedSpeech, ...]
    errors: tuple[WordErrors, ...]
    own: float
    nearest: float


def separate_known(separator: Separator | None, stems: KnownStems) -> float:
    """SI-SDR (dB) of the speech that a separator finds in known stems; None: of the mixture itself, which is the floor."""
    if separator is None:
        return measure_si_sdr(stems.speech, stems.mixture)
    with TemporaryDirectory(dir=stems.mixture.parent) as workdir:
        found = separator.separate(Artifact.of(stems.mixture), workdir=workdir)
        return measure_si_sdr(stems.speech, found.speech.path)


def speak_sentences(
    synthesizer: Synthesizer,
    sentences: Sequence[str],
    voices: Sequence[Voice],
    recognizer: TakeRecognizer,
    embedder: VoiceEmbedder,
    *,
    language: str,
) -> SpokenSentences:
    """Speak each sentence with every voice; what is heard of them, and how alike the voices stay."""
    spoken = [
        (voice.name, text, synthesizer.speak(text, voice, language=language, seconds=None))
        for voice in voices
        for text in sentences
    ]
    takes = tuple(take for _, _, take in spoken)
    heard = recognizer.transcribe_takes(takes, language)
    waves = [soxr.resample(take.wave, take.sample_rate, SPEECH_RATE_HZ) for take in takes]
    likeness = [each for each in compare_voices(embedder.embed(waves), [name for name, _, _ in spoken]) if each is not None]
    return SpokenSentences(
        takes=takes,
        errors=count_errors_by_line([text for _, text, _ in spoken], heard),
        own=float(np.mean([each.own for each in likeness])) if likeness else float("nan"),
        nearest=_mean_known([each.nearest for each in likeness]),
    )


def _mean_known(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else float("nan")


def find_recognizer(models: Path | None) -> TakeRecognizer:
    """Whisper base, fetched first where it is not here yet. `models`: the folder of weights; None: the user's own."""
    from evaluation.round_trip import RECOGNIZER_MODEL, RoundTripRecognizer
    from pipeline.models.model_hub import Hub

    return RoundTripRecognizer(Hub(models).fetch_folder(RECOGNIZER_MODEL, engine="whisper", setting="MODELS_DIR"))
