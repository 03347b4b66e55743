"""Benchmarks of mixing and muxing a dub against baselines.

The baseline of mixing is the work of any method: decode the dialogue track once and encode it once, by one ffmpeg. The
baseline of muxing is a copy of the film by one ffmpeg. Ratios compare; seconds depend on the machine.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.values.media import Artifact, Source
from pipeline.values.timeline import Line, Placement, Segment, Slot, Span
from tools.benchmarks.comparison import Comparison
from tools.benchmarks.films import ENCODER, make_noise_film, run_ffmpeg

TAKE_RATE = 24_000  # Hz, of the takes
LINE, EVERY = 2.5, 4.0  # s: a line's length, and from one start to the next
TONE, PEAK = 150.0, 0.2  # Hz, and amplitude: what the takes say


def measure_wall_s(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def create_placements(folder: Path, minutes: float) -> tuple[Placement, ...]:
    """A line every four seconds, all of them one take."""
    import numpy as np
    import soundfile

    soundfile.write(
        folder / "take.wav", PEAK * np.sin(2 * np.pi * TONE * np.arange(round(LINE * TAKE_RATE)) / TAKE_RATE), TAKE_RATE
    )
    take = Artifact.of(folder / "take.wav")
    starts = [1.0 + EVERY * n for n in range(int((minutes * 60 - EVERY - 1.0) / EVERY) + 1)]
    lines = (Line(Segment(n, Span(start, start + LINE), "words", "S1"), "words", "es") for n, start in enumerate(starts, 1))
    return tuple(Placement(line, Slot(line.span, line.span.end), take, line.span.start, LINE, 1.0, 1.0) for line in lines)


def measure_mixing(folder: Path, minutes: float) -> Iterator[Comparison]:
    """Mix and mux a film of noise of so many minutes."""
    from pipeline.stages.mixing.mix import mix
    from pipeline.stages.mux import mux
    from pipeline.stages.probe import probe
    from pipeline.stages.separate import separate

    path, placements = make_noise_film(folder, minutes), create_placements(folder, minutes)
    source = Source.of(path)
    film = probe(source)
    stems = separate(source, film, None, workdir=folder)
    mix(source, film, stems, placements[:1], workdir=folder)  # what is imported once is not measured
    begun = time.perf_counter()
    track = mix(source, film, stems, placements, workdir=folder)
    mixing = time.perf_counter() - begun
    baseline = measure_wall_s(lambda: run_ffmpeg("-i", path, "-map", "0:a:0", *ENCODER, folder / "baseline.mka"))
    yield Comparison(f"mixing {minutes:g} min of stereo", mixing, baseline, "s", "ffmpeg decodes and encodes it once")
    wanted = str(folder / "dub.mkv")
    muxing = measure_wall_s(lambda: mux(source, film, (track,), (placements,), destination=wanted, workdir=folder))
    copy = measure_wall_s(lambda: run_ffmpeg("-i", path, "-map", "0", "-c", "copy", folder / "copy.mkv"))
    yield Comparison("muxing it, verified and synced", muxing, copy, "s", "ffmpeg copies the film")
