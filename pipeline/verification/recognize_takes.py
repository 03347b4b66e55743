"""recognize_takes: speech recognition of synthesized takes, several in one window, to compare them with their text."""

import math
import uuid
from pathlib import Path

import numpy as np

from pipeline.audio.take_windows import join_takes
from pipeline.engines.protocols import Transcriber, Utterance
from pipeline.engines.speakers import audio_input
from pipeline.runner import stage
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Span


@stage(version=1)
def recognize_takes(takes: tuple[Artifact, ...], transcriber: Transcriber, *, language: str, workdir: Path) -> str:
    """The recognised text of takes, one after the other with silence between them. Without prompt: it would be heard."""
    import soundfile

    wave = join_takes([np.concatenate(list(audio_input.read_blocks(take.path))) for take in takes])
    path = workdir / f"window-{uuid.uuid4().hex}.wav"
    soundfile.write(path, wave, SPEECH_RATE_HZ, subtype="PCM_16")
    try:
        return _recognize(Artifact.of(path), len(wave) / SPEECH_RATE_HZ, transcriber, language)
    finally:
        path.unlink()


def _recognize(audio: Artifact, seconds: float, transcriber: Transcriber, language: str) -> str:
    """The text of a file; one longer than the transcriber takes at once in equal pieces."""
    pieces = math.ceil(seconds / transcriber.longest_utterance)
    spans = [Span(seconds * n / pieces, seconds * (n + 1) / pieces) for n in range(pieces)]
    return " ".join(word.text for span in spans for word in transcriber.transcribe(Utterance(audio, span), language=language))
