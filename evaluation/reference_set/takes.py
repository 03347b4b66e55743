"""Takes of the reference set: its lines spoken by Kokoro's English voices, each synthesised once and kept for other films."""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.reference_set.scripts import Script, ScriptLine
from pipeline.engines.kokoro.duration_control import Rates
from pipeline.engines.kokoro.kokoro_model import SAMPLE_RATE_HZ, KokoroModel, Packs
from pipeline.engines.kokoro.phonemes import to_phonemes
from pipeline.engines.kokoro.utterance_synthesis import UtteranceSynthesizer
from pipeline.engines.synthesizer_kokoro import choose_accent
from pipeline.models.model_identity import identify_weights
from pipeline.values.timeline import Span

Wave = NDArray[np.float32]  # (samples,) at 24 kHz, nominally -1..1

TAKES_VERSION = 1  # bump when a line would be spoken in another way
THREADS = 2  # lines at a time: the graphs run in one thread each
PACES = (0.92, 1.0, 1.08, 0.97, 1.04)  # of the voice's natural pace, line by line: people do not speak evenly
ANY_RATE = Rates(0.5, 2.0)


@dataclass(frozen=True, slots=True)
class SourceTake:
    """A spoken line without silence around it. `speech`: spans of its parts, seconds from its start; pauses lie between them."""

    wave: Wave
    speech: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self.wave) / SAMPLE_RATE_HZ


class LineSpeaker:
    """Speaks the lines of scripts. `folder`: where parts that were spoken before are kept."""

    def __init__(self, model: Path, folder: Path) -> None:
        self._utterances = UtteranceSynthesizer(KokoroModel(model))
        self._folder = folder
        self.fingerprint = f"kokoro;model={identify_weights(model)};takes={TAKES_VERSION}"

    def speak_script(self, script: Script, on_line: Callable[[], None]) -> tuple[SourceTake, ...]:
        """A take of each line. `on_line` is called after each. EngineError where nothing is said."""
        self._folder.mkdir(parents=True, exist_ok=True)

        def speak(numbered: tuple[int, ScriptLine]) -> SourceTake:
            number, line = numbered
            pace = PACES[number % len(PACES)]
            waves = [self._speak_part(part, script.voices[line.speaker], pace) for part in line.parts]
            on_line()
            return join_parts(waves, line.pauses_s)

        with ThreadPoolExecutor(THREADS, thread_name_prefix="takes") as pool:
            return tuple(pool.map(speak, enumerate(script.lines)))

    def _speak_part(self, text: str, voice: str, pace: float) -> Wave:
        import soundfile

        identity = "\n".join((self.fingerprint, text, voice, str(pace)))
        path = self._folder / f"{hashlib.blake2b(identity.encode(), digest_size=12).hexdigest()}.flac"
        if not path.exists():
            packs = Packs(voice, voice)
            symbols = to_phonemes(text, choose_accent("en", packs))
            seconds = self._utterances.predict_duration(symbols, packs) / pace
            made = path.with_suffix(".part")
            soundfile.write(made, self._utterances.speak(symbols, packs, seconds, ANY_RATE).wave, SAMPLE_RATE_HZ, format="FLAC")
            made.replace(path)
        return np.asarray(soundfile.read(path, dtype="float32")[0])


def join_parts(waves: Iterable[Wave], pauses_s: Iterable[float]) -> SourceTake:
    """The parts of a line with its pauses between them."""
    pieces: list[Wave] = []
    speech: list[Span] = []
    samples, pauses = 0, iter(pauses_s)
    for wave in waves:
        pieces.append(wave)
        speech.append(Span(samples / SAMPLE_RATE_HZ, (samples + len(wave)) / SAMPLE_RATE_HZ))
        silence = np.zeros(round(next(pauses, 0.0) * SAMPLE_RATE_HZ), np.float32)
        pieces.append(silence)
        samples += len(wave) + len(silence)
    return SourceTake(np.concatenate(pieces), tuple(speech))
