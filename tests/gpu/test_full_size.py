"""The production engines at their real size on a real card, with random weights: speed does not depend on what they know.

Each measures its real-time factor and what it takes of the card at its peak, and prints both; the shares in
`serve/profiles/` come from these figures. `FIGURES` names a file that they are added to, a JSON line each.
"""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.engines.protocols import Role, Utterance
from pipeline.engines.registry import engine_builder, engine_classes
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span, Voice

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(900)]

SECONDS = 300.0  # of sound, for the engines that listen
LOOK = 0.05  # s between two looks at the card


@dataclass
class Card:
    """What the card holds, by the driver: CUDA's own context and other libraries' memory count too."""

    before: int = 0
    peak: int = 0

    @property
    def gigabytes(self) -> float:
        return (self.peak - self.before) / 1e9


def used() -> int:
    """Bytes in use on the first card."""
    asked = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=0"]
    return int(subprocess.check_output(asked, text=True)) << 20


@contextmanager
def card() -> Iterator[Card]:
    """Watch the card's memory."""
    seen, over = Card(used()), threading.Event()

    def watch() -> None:
        while not over.wait(LOOK):
            seen.peak = max(seen.peak, used())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def measured(role: Role, name: str, work: Callable[[], float]) -> None:
    """Do the work twice, the second time for the clock; tell the figures; hold the engine to what it says of itself."""
    with card() as seen:
        work()
        began = time.perf_counter()
        seconds = work()
        spent = time.perf_counter() - began
    figures = {"engine": name, "real_time_factor": round(spent / seconds, 4), "peak_gb": round(seen.gigabytes, 2)}
    print(json.dumps(figures))
    if path := os.environ.get("FIGURES"):
        with Path(path).open("a") as file:
            file.write(json.dumps(figures) + "\n")
    estimate = engine_classes.find_class(role, name).requirements.vram  # type: ignore[attr-defined]  # every production engine has it
    assert seen.gigabytes <= estimate, f"{name} takes more of the card than it says: mend its `about` and the profiles' shares"


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory, recordings: Path) -> Artifact:
    """Five minutes of a real voice, 16 kHz mono."""
    wave, rate = soundfile.read(recordings / "jfk.flac", dtype="float32")
    path = tmp_path_factory.mktemp("speech") / "speech.wav"
    assert rate == 16_000
    soundfile.write(path, np.resize(wave, round(SECONDS * rate)), rate)
    return Artifact.of(path)


def test_whisperx(speech: Artifact, tmp_path: Path) -> None:
    from tiny_wav2vec2 import tiny_wav2vec2
    from tiny_whisper import tiny_whisper

    model, aligner = tiny_whisper(tmp_path / "whisper", full=True), tiny_wav2vec2(tmp_path / "aligner", full=True)
    options = {"compute_type": "float16", "aligners": {"en": str(aligner)}}
    engine = engine_builder.build_engine("transcriber", "whisperx", model=str(model), device="cuda", **options)

    def work() -> float:
        engine.transcribe(Utterance(speech, Span(0.0, SECONDS)), language="en")
        return SECONDS

    measured("transcriber", "whisperx", work)


def test_pyannote(speech: Artifact, tmp_path: Path) -> None:
    from tiny_pyannote import tiny_pyannote

    engine = engine_builder.build_engine(
        "diarizer", "pyannote", model=str(tiny_pyannote(tmp_path / "pyannote", full=True)), device="cuda"
    )

    def work() -> float:
        engine.diarize(speech, speakers=None)
        return SECONDS

    measured("diarizer", "pyannote", work)


def test_demucs(tmp_path: Path) -> None:
    from tiny_demucs import tiny_demucs

    noise = np.random.default_rng(0).standard_normal((round(SECONDS * 48_000), 2)).astype(np.float32) * np.float32(0.1)
    soundfile.write(tmp_path / "film.flac", noise, 48_000, subtype="PCM_16")
    engine = engine_builder.build_engine(
        "separator", "demucs", model=str(tiny_demucs(tmp_path / "demucs", full=True)), device="cuda"
    )
    audio = Artifact.of(tmp_path / "film.flac")

    def work() -> float:
        (tmp_path / "out").mkdir(exist_ok=True)
        engine.separate(audio, workdir=str(tmp_path / "out"))
        return SECONDS

    measured("separator", "demucs", work)


def test_xtts(speech: Artifact, tmp_path: Path) -> None:
    from tiny_xtts import tiny_xtts

    model = tiny_xtts(tmp_path / "xtts", full=True)
    engine = engine_builder.build_engine("synthesizer", "xtts", model=str(model), device="cuda", own_weights=True, attempts=1)
    wave, rate = soundfile.read(speech.path, frames=10 * 16_000)
    soundfile.write(tmp_path / "clip.flac", wave, rate)
    voice = Voice("S1", "xtts:clone", None, Artifact.of(tmp_path / "clip.flac"))

    def work() -> float:
        spoken = [
            engine.speak(f"Line {n}: ask not what your country can do for you.", voice, language="en", seconds=None)
            for n in range(5)
        ]
        return sum(len(each.wave) / each.sample_rate for each in spoken)

    measured("synthesizer", "xtts", work)
