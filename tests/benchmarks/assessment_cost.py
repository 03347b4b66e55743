"""Cost of assessing a dub, the round trip aside: CPU and elapsed time over the film's length, by measure.

    python -P tests/benchmarks/assessment_cost.py --minutes 10

The film is made here: babble over noise, a line of 2.4 s every 4 s by five speakers, a separated background.
"""

import argparse
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from pipeline.assessment.background_level import measure_frame_powers
from pipeline.engines.registry import engine_builder
from pipeline.stages import assess as stage
from pipeline.stages.assess import AssessmentEngines, Comparison, FinishedDub
from pipeline.values.media import Artifact, DubTrack, Film, Stems, Track, TrackKind
from pipeline.values.timeline import Line, Placement, Segment, Slot, Span, Voice

RATE = 48_000
LINE_S, EVERY_S = 2.4, 4.0
AAC_DELAY = 1024  # samples by which ffmpeg's encoder comes late, as in `pipeline.ffmpeg.codecs`


def make_voice(seconds: float, pitch: float, rate: int) -> np.ndarray:
    """Babble: harmonics of a pitch, four syllables a second."""
    times = np.arange(round(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * pitch * n * times) / n for n in range(1, 16))
    return (0.05 * buzz * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * times))).astype(np.float32)


def make_dub(folder: Path, seconds: float) -> FinishedDub:
    """A dub of a film of so many seconds."""
    chance = np.random.default_rng(1)
    bed = (0.01 * chance.standard_normal((round(seconds * RATE), 2))).astype(np.float32)
    voice = np.zeros(len(bed), np.float32)
    placements = []
    for number in range(1, int(seconds / EVERY_S)):
        start, speaker = EVERY_S * number, number % 5
        take = make_voice(LINE_S, 100.0 + 30.0 * speaker, 24_000)
        path = folder / f"take-{number}.wav"
        soundfile.write(path, take, 24_000)
        voice[round(start * RATE) :][: round(LINE_S * RATE)] = make_voice(LINE_S, 100.0 + 30.0 * speaker, RATE)
        segment = Segment(number, Span(start, start + 2.5), "This is what somebody said in the film.", f"S{speaker}")
        line = Line(segment, "Esto es lo que alguien dijo en la película.", "es")
        placements.append(Placement(line, Slot(segment.span, start + 3.0), Artifact.of(path), start, LINE_S, 1.0, 1.0))
    soundfile.write(folder / "mix.wav", (bed + voice[:, None])[AAC_DELAY:], RATE)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", folder / "mix.wav", "-c:a", "aac", "-b:a", "192k", folder / "dub.mka"], check=True
    )
    soundfile.write(folder / "voice.flac", voice, RATE)
    soundfile.write(folder / "bed.flac", bed, RATE)
    soundfile.write(folder / "speech.wav", voice[::3], RATE // 3)
    audio, speech, background, source = (
        Artifact.of(folder / name) for name in ("dub.mka", "voice.flac", "bed.flac", "speech.wav")
    )
    film = Film("matroska", seconds, (Track(0, TrackKind.AUDIO, "aac", "en", channels=2),), 0, 0)
    track = DubTrack("es", audio, speech, -23.0, -2.0, -23.0)
    voices = tuple(Voice(f"S{n}", f"voice-{n}") for n in range(5))
    return FinishedDub(track, tuple(placements), film, Stems(source, background, speech), voices, "en")


def measure(name: str, film_seconds: float, run: Callable[[], object]) -> None:
    """Print what a call costs. Its child processes count once they have ended."""
    usages = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)

    def read_cpu() -> float:
        return sum(each.ru_utime + each.ru_stime for each in map(resource.getrusage, usages))

    before, begun = read_cpu(), time.monotonic()
    run()
    cpu, elapsed = read_cpu() - before, time.monotonic() - begun
    print(
        f"{name:24} {cpu:6.1f} s CPU = {cpu / film_seconds:.4f} of the film   {elapsed:6.1f} s elapsed = {elapsed / film_seconds:.4f}"
    )


def main() -> None:
    """Print the cost of each measure and of the stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    seconds = 60.0 * parser.parse_args().minutes
    with tempfile.TemporaryDirectory(prefix="dubarr-assess-") as folder:
        dub = make_dub(Path(folder), seconds)
        detector, embedder = engine_builder.build_detector(), engine_builder.build_voice_embedder()
        assert dub.stems.background
        background = dub.stems.background
        measure(
            "speech detection, twice", seconds, lambda: (detector.detect(dub.stems.speech), detector.detect(dub.track.speech))
        )
        measure("background", seconds, lambda: measure_frame_powers(dub.film, dub.track, background))
        engines = AssessmentEngines(detector, embedder)
        measure(
            "assess, all of it",
            seconds,
            lambda: print(f"background {stage.assess(Comparison((), 0.0), dub, engines).background_change:+.2f} dB of 0"),
        )


if __name__ == "__main__":
    main()
