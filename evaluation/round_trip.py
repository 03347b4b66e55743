"""Round-trip word error rate: synthetic speech recognised by Whisper, whose own errors are in the figure."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from evaluation.metrics import WordErrors, count_word_errors
from pipeline.audio.take_windows import join_takes
from pipeline.engines.protocols import SynthesizedSpeech, Wave
from pipeline.errors import LanguageError
from pipeline.values.media import SPEECH_RATE_HZ

RECOGNIZER_MODEL = "whisper-base"  # of the catalogue
WINDOW_S = 27.0  # s of speech that Whisper hears at once: its cost is by the window
BEAM = 5


class TakeRecognizer(Protocol):
    """A speech recogniser for takes, such as `RoundTripRecognizer`."""

    def transcribe_takes(self, takes: Sequence[SynthesizedSpeech], language: str) -> str:
        """The text of the takes, one after the other."""
        ...


def count_round_trip_errors(
    recognizer: TakeRecognizer, takes: Sequence[SynthesizedSpeech], texts: Sequence[str], language: str
) -> WordErrors:
    """Word errors in all takes together. `texts`: of each of them."""
    return count_word_errors(" ".join(texts), recognizer.transcribe_takes(takes, language))


class RoundTripRecognizer:
    """Whisper in CTranslate2 with a given language."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        from faster_whisper import WhisperModel

        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)

    def transcribe_takes(self, takes: Sequence[SynthesizedSpeech], language: str) -> str:
        """The text of the takes, one after the other. LanguageError for a language that Whisper does not know."""
        if language not in self._model.supported_languages:
            raise LanguageError(f"Whisper does not recognise {language}; a round trip in it cannot be measured")
        return " ".join(self._text(window, language) for window in pack_windows(takes))

    def _text(self, wave: Wave, language: str) -> str:
        segments, _ = self._model.transcribe(wave, language=language, beam_size=BEAM, condition_on_previous_text=False)
        return " ".join(segment.text for segment in segments)


def pack_windows(takes: Sequence[SynthesizedSpeech]) -> list[Wave]:
    """The takes at 16 kHz with silence between them, in waves of at most 27 s where a take allows."""
    import soxr

    packed: list[list[Wave]] = [[]]
    for take in takes:
        wave = soxr.resample(take.wave, take.sample_rate, SPEECH_RATE_HZ)
        window = join_takes(packed[-1])
        if packed[-1] and len(window) + len(wave) > WINDOW_S * SPEECH_RATE_HZ:
            packed.append([])
        packed[-1].append(wave)
    return [join_takes(waves) for waves in packed]
