"""synthesize: speech synthesis (TTS) of one line."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pipeline.engines.protocols import Synthesizer
from pipeline.engines.speakers.speech_duration import predict_duration
from pipeline.errors import StageError
from pipeline.runner import stage
from pipeline.values.media import Artifact
from pipeline.values.timeline import Take, Voice


@dataclass(frozen=True, slots=True)
class SynthesisRequest:
    """Text, voice and wanted duration of one line. Without the line's number: equal requests share one take in the cache."""

    IDENTITY_NAME: ClassVar[str] = "Order"  # in cache keys

    text: str
    voice: Voice
    seconds: float | None = None  # None: at the voice's natural pace

    def __post_init__(self) -> None:
        if self.seconds is not None and self.seconds <= 0.0:
            raise ValueError(f"a line cannot be said in {self.seconds} s")


def is_speakable(text: str) -> bool:
    """True if a text has a letter or a digit: `…` and `♪` have nothing to speak."""
    return any(character.isalnum() for character in text)


@stage(version=1)
def estimate_duration(order: SynthesisRequest, synthesizer: Synthesizer, *, language: str) -> float:
    """Duration of a request's text at the voice's natural pace, in seconds. StageError for a text that is not speakable."""
    _require_speakable(order)
    return predict_duration(synthesizer, order.text, order.voice, language=language)


@stage(version=1)
def synthesize(order: SynthesisRequest, synthesizer: Synthesizer, *, language: str, workdir: Path) -> Take:
    """Synthesize a request into a mono 16-bit FLAC file. StageError for a text that is not speakable."""
    import soundfile

    _require_speakable(order)
    spoken = synthesizer.speak(order.text, order.voice, language=language, seconds=order.seconds)
    path = workdir / f"take-{uuid.uuid4().hex}.flac"
    soundfile.write(path, spoken.wave, spoken.sample_rate, subtype="PCM_16", format="FLAC")
    return Take(Artifact.of(path), seconds=len(spoken.wave) / spoken.sample_rate, rate=spoken.rate, notes=spoken.notes)


def _require_speakable(order: SynthesisRequest) -> None:
    if not is_speakable(order.text):
        raise StageError("synthesize", f"{order.text[:40]!r} has nothing that can be spoken; leave the line out")
