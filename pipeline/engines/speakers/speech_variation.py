"""Variations of synthesized speech: other renditions of a text, for synthesizers that have them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from pipeline.engines.protocols import SynthesizedSpeech, Synthesizer
from pipeline.engines.speakers.speech_pronunciation import note_unread_ipa, prepare_text
from pipeline.errors import EngineError
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Voice

SAMPLE_RATES_HZ = range(4_000, 192_001)
MAX_TAKE_S = 300.0  # s; no line of a film lasts as long: the synthesizer does not end


class VaryingSynthesizer(Synthesizer, Protocol):
    """Synthesizer that has several renditions of a text, for a take that was not understood. Engines of one's own need not have them."""

    varies: bool  # True; an engine without this attribute is never given a `variation`

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None, variation: int = 0) -> SynthesizedSpeech:
        """Synthesize `text` as `Synthesizer.speak` does. `variation`: 1, 2, … another prosody or random seed each; 0: the usual one."""
        ...


def can_vary(synthesizer: Synthesizer) -> bool:
    """True if a synthesizer has several renditions of a text (`VaryingSynthesizer`)."""
    return bool(getattr(synthesizer, "varies", False))


def can_tell_faults(synthesizer: Synthesizer) -> bool:
    """True if a synthesizer tells the faults of its takes (`SynthesizedSpeech.faults`) by `tells_faults = True`."""
    return bool(getattr(synthesizer, "tells_faults", False))


def speak_variation(
    synthesizer: Synthesizer,
    text: str,
    voice: Voice,
    *,
    language: str,
    seconds: float | None,
    variation: int = 0,
    pronunciations: Sequence[Pronunciation] = (),
) -> SynthesizedSpeech:
    """Synthesize a variation of a text; the usual rendition where the synthesizer has no other.

    `pronunciations`: of terms of the text, by IPA or respelled as the synthesizer can. EngineError where its answer is no audio.
    """
    spoken, given = prepare_text(synthesizer, text, pronunciations)
    options: dict[str, Any] = {**given, "variation": variation} if variation and can_vary(synthesizer) else {**given}
    speech = require_audio(synthesizer.speak(spoken, voice, language=language, seconds=seconds, **options), synthesizer)
    return note_unread_ipa(speech, synthesizer, text, pronunciations) if pronunciations else speech


def require_audio(speech: SynthesizedSpeech, synthesizer: Synthesizer) -> SynthesizedSpeech:
    """The speech, scaled to a peak of 1.0 where it is beyond. EngineError for what is no mono audio of a usable length and rate."""
    wave, name = np.asarray(speech.wave), synthesizer.fingerprint.partition(";")[0]
    if speech.sample_rate not in SAMPLE_RATES_HZ:
        raise EngineError(
            name, f"its sample rate is {speech.sample_rate} Hz; audio has {SAMPLE_RATES_HZ[0]} to {SAMPLE_RATES_HZ[-1]}"
        )
    if wave.ndim != 1 or not np.issubdtype(wave.dtype, np.floating):
        raise EngineError(
            name, f"its audio is {wave.dtype} in the shape {wave.shape}; mono samples are float32 in the shape (samples,)"
        )
    if not 0 < len(wave) <= MAX_TAKE_S * speech.sample_rate:
        raise EngineError(
            name, f"it spoke for {len(wave) / speech.sample_rate:g} s; a line has more than none and at most {MAX_TAKE_S:g}"
        )
    peak = float(np.abs(wave).max())
    if not np.isfinite(peak):
        raise EngineError(name, "there are samples in its audio that are no numbers")
    return replace(speech, wave=(wave / peak).astype(np.float32)) if peak > 1.0 else speech
