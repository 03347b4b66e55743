"""A synthesizer that hangs, crashes or sleeps as the file `MOOD` says: faults of real engines, for tests of retries and restarts."""

import os
import time
from pathlib import Path
from typing import Any

from fakes import FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator

from pipeline.engines.protocols import SynthesizedSpeech, Utterance
from pipeline.values.timeline import Voice, Word


def mood() -> Path:
    """Holds "hang" (once, which takes the file away), "crash" or "slow" (each time); without it all is well."""
    return Path(os.environ["MOOD"])


class MoodySynthesizer(FakeSynthesizer):
    languages = frozenset({"es", "ca"})

    def __init__(self, **_: Any) -> None:
        super().__init__(fingerprint="moody")

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
        match mood().read_text() if mood().exists() else "":
            case "hang":
                mood().unlink()
                time.sleep(600)
            case "crash":
                os._exit(1)
            case "slow":
                time.sleep(600)
        return super().speak(text, voice, language=language, seconds=seconds)


class KnownTranscriber(FakeTranscriber):
    """Hears the name of the sound: what one film says, another does not."""

    def __init__(self, **_: Any) -> None:
        super().__init__()

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        return (Word(utterance.span, f"{utterance.audio.digest[:8]}."),)


class KnownDiarizer(FakeDiarizer):
    def __init__(self, **_: Any) -> None:
        super().__init__()


class KnownTranslator(FakeTranslator):
    @staticmethod
    def pairs() -> None:
        return None

    def __init__(self, **_: Any) -> None:
        super().__init__()
