"""Variations of synthesized speech: other renditions of a text, for synthesizers that have them."""

from typing import cast

from pipeline.engines.protocols import SynthesizedSpeech, Synthesizer, VaryingSynthesizer
from pipeline.values.timeline import Voice


def can_vary(synthesizer: Synthesizer) -> bool:
    """True if a synthesizer has several renditions of a text (`VaryingSynthesizer`)."""
    return bool(getattr(synthesizer, "varies", False))


def speak_variation(
    synthesizer: Synthesizer, text: str, voice: Voice, *, language: str, seconds: float | None, variation: int
) -> SynthesizedSpeech:
    """Synthesize a variation of a text; the usual rendition where the synthesizer has no other."""
    if variation and can_vary(synthesizer):
        varying = cast(VaryingSynthesizer, synthesizer)
        return varying.speak(text, voice, language=language, seconds=seconds, variation=variation)
    return synthesizer.speak(text, voice, language=language, seconds=seconds)
