"""synthesize: speech synthesis (TTS) of one line, phrase by phrase where pauses of the source are kept."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pipeline.engines.protocols import SynthesizedSpeech, Synthesizer, Wave
from pipeline.engines.speakers.speech_duration import predict_duration
from pipeline.engines.speakers.speech_variation import speak_variation
from pipeline.errors import StageError
from pipeline.runner import stage
from pipeline.timing.phrase_pauses import MIN_KEPT_PAUSE_S, PhrasePause, fit_pauses, split_at_pauses
from pipeline.values.media import IDENTITY_UNLESS_DEFAULT, Artifact
from pipeline.values.notes import Note
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Take, Voice

MAX_PAUSE_CHANGE = 1.25  # of a pause, to make up for phrases that last a little more or less than they should
LONG_PAUSE_S = 1.0  # s; dropping a pause as long is worth a note
DROPPED_PAUSE_NOTE = "A pause of a second or more is missing: the line needs its time, or has no phrase boundary there"


@dataclass(frozen=True, slots=True)
class SynthesisRequest:
    """Text, voice and wanted duration of one line. Without the line's number: equal requests share one take in the cache.

    `pauses`: those to be kept inside the line, in order; `seconds` counts them.
    `pronunciations`: of the terms that are in the text.
    """

    IDENTITY_NAME: ClassVar[str] = "Order"  # in cache keys

    text: str
    voice: Voice
    seconds: float | None = None  # None: at the voice's natural pace
    pauses: tuple[PhrasePause, ...] = field(default=(), metadata=IDENTITY_UNLESS_DEFAULT)
    variation: int = field(default=0, metadata=IDENTITY_UNLESS_DEFAULT)  # another rendition of the same text for each number
    pronunciations: tuple[Pronunciation, ...] = field(default=(), metadata=IDENTITY_UNLESS_DEFAULT)

    def __post_init__(self) -> None:
        if self.seconds is not None and self.seconds <= 0.0:
            raise ValueError(f"a line cannot be said in {self.seconds} s")
        if self.pauses and not all(map(is_speakable, split_at_pauses(self.text, self.pauses))):
            raise ValueError(f"the pauses of {self.text[:40]!r} leave a phrase without words")

    @property
    def pauses_s(self) -> float:
        """Seconds of all pauses, which the voice's rate does not change."""
        return sum(pause.seconds for pause in self.pauses)


def is_speakable(text: str) -> bool:
    """True if a text has a letter or a digit: `…` and `♪` have nothing to speak."""
    return any(character.isalnum() for character in text)


@stage(version=1)
def estimate_duration(order: SynthesisRequest, synthesizer: Synthesizer, *, language: str) -> float:
    """Duration of a request's text at the voice's natural pace, in seconds, its pauses (`pauses_s`) included.

    StageError for a text that is not speakable.
    """
    _require_speakable(order)
    return sum(_predict_phrases(order, order.pauses, synthesizer, language)) + order.pauses_s


@stage(version=1)
def synthesize(order: SynthesisRequest, synthesizer: Synthesizer, *, language: str, workdir: Path) -> Take:
    """Synthesize a request into a mono 16-bit FLAC file. StageError for a text that is not speakable."""
    import soundfile

    _require_speakable(order)
    if order.pauses:
        spoken = speak_with_pauses(order, synthesizer, language=language)
    else:
        spoken = _speak(order, order.text, synthesizer, language=language, seconds=order.seconds)
    path = workdir / f"take-{uuid.uuid4().hex}.flac"
    soundfile.write(path, spoken.wave, spoken.sample_rate, subtype="PCM_16", format="FLAC")
    seconds = len(spoken.wave) / spoken.sample_rate
    return Take(Artifact.of(path), seconds, spoken.rate, spoken.notes, spoken.cloned)


def speak_with_pauses(order: SynthesisRequest, synthesizer: Synthesizer, *, language: str) -> SynthesizedSpeech:
    """Synthesize a request phrase by phrase, joined by those of its pauses that fit into its duration; all at one rate."""
    natural_s = sum(_predict_phrases(order, order.pauses, synthesizer, language))
    pauses = fit_pauses(order.pauses, natural_s, order.seconds)
    phrases = split_at_pauses(order.text, pauses)
    natural = _predict_phrases(order, pauses, synthesizer, language)
    spoken_s = None if order.seconds is None else order.seconds - sum(pause.seconds for pause in pauses)
    spoken = [
        _speak(order, phrase, synthesizer, language=language, seconds=spoken_s and spoken_s * own / sum(natural))
        for phrase, own in zip(phrases, natural, strict=True)
    ]
    kept = {pause.offset for pause in pauses}
    dropped = any(pause.seconds >= LONG_PAUSE_S and pause.offset not in kept for pause in order.pauses)
    notes = (*(note for each in spoken for note in each.notes), *([Note(DROPPED_PAUSE_NOTE)] if dropped else []))
    return _join_phrases(spoken, [pause.seconds for pause in pauses], order.seconds, tuple(dict.fromkeys(notes)))


def _speak(
    order: SynthesisRequest, text: str, synthesizer: Synthesizer, *, language: str, seconds: float | None
) -> SynthesizedSpeech:
    """Synthesize a text with the voice, the variation and the pronunciations of a request."""
    options: dict[str, Any] = {"variation": order.variation, "pronunciations": order.pronunciations}
    return speak_variation(synthesizer, text, order.voice, language=language, seconds=seconds, **options)


def _predict_phrases(
    order: SynthesisRequest, pauses: Sequence[PhrasePause], synthesizer: Synthesizer, language: str
) -> list[float]:
    """Natural duration of each phrase of a request, in seconds."""
    return [
        predict_duration(synthesizer, phrase, order.voice, language=language, pronunciations=order.pronunciations)
        for phrase in split_at_pauses(order.text, pauses)
    ]


def _join_phrases(
    spoken: Sequence[SynthesizedSpeech], pauses: Sequence[float], seconds: float | None, notes: tuple[Note, ...]
) -> SynthesizedSpeech:
    """Phrases joined by silence. The pauses make up for what the phrases together miss of the wanted duration."""
    sample_rate = spoken[0].sample_rate
    lengths = [len(each.wave) / sample_rate for each in spoken]
    paused_s, spoken_s = sum(pauses), sum(lengths)
    change = 1.0
    if seconds is not None and pauses:
        change = min(max((seconds - spoken_s) / paused_s, 1 / MAX_PAUSE_CHANGE), MAX_PAUSE_CHANGE)
    parts: list[Wave] = [spoken[0].wave]
    for pause, each in zip(pauses, spoken[1:], strict=True):
        silence_s = max(MIN_KEPT_PAUSE_S, pause * change)
        parts += [np.zeros(round(silence_s * sample_rate), np.float32), each.wave]
    rate = sum(each.rate * length for each, length in zip(spoken, lengths, strict=True)) / spoken_s
    cloned = next((value for value in (True, None) if any(each.cloned is value for each in spoken)), False)
    return SynthesizedSpeech(np.concatenate(parts), sample_rate, rate=rate, notes=notes, cloned=cloned)


def _require_speakable(order: SynthesisRequest) -> None:
    if not is_speakable(order.text):
        raise StageError("synthesize", f"{order.text[:40]!r} has nothing that can be spoken; leave the line out")
