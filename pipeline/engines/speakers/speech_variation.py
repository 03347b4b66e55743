"""Variations of synthesized speech: other renditions of a text, for synthesizers that have them."""

from collections.abc import Sequence
from typing import Any, Protocol

from pipeline.engines.protocols import SynthesizedSpeech, Synthesizer
from pipeline.engines.speakers.speech_pronunciation import note_unread_ipa, prepare_text
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Voice


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

    `pronunciations`: of terms of the text, by IPA or respelled as the synthesizer can.
    """
    spoken, given = prepare_text(synthesizer, text, pronunciations)
    options: dict[str, Any] = {**given, "variation": variation} if variation and can_vary(synthesizer) else {**given}
    speech = synthesizer.speak(spoken, voice, language=language, seconds=seconds, **options)
    return note_unread_ipa(speech, synthesizer, text, pronunciations) if pronunciations else speech
