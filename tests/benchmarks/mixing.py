"""What a dub's mix and mux cost against their floors, in one run.

    .venv/bin/python tests/benchmarks/mixing.py [MINUTES]

The floor of mixing is what must be done whatever the method: decode the dialogue track once and encode it once, by one
ffmpeg. The floor of muxing is a copy of the film by one ffmpeg. Ratios compare; seconds depend on the machine.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from pipeline.media import Artifact, Source
from pipeline.stages.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.timeline import Line, Placement, Segment, Slot, Span

RATE = 24_000  # Hz, of the takes
LINE, EVERY = 2.5, 4.0  # s: a line's length, and from one start to the next
ENCODER = ["-c:a", "aac", "-aac_coder", "fast", "-b:a", "192k"]


def ffmpeg(*args: str | Path) -> None:
    """Run ffmpeg on files of our own."""
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, args)], check=True)


def seconds_of(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def film_of(folder: Path, minutes: float) -> Path:
    """A film with a picture and a stereo track of noise that comes and goes like speech."""
    noise = "anoisesrc=c=pink:r=48000:a=0.3,tremolo=f=0.25:d=0.9,aformat=channel_layouts=stereo"
    sources = ["-f", "lavfi", "-i", "testsrc=s=320x180:r=24", "-f", "lavfi", "-i", noise]
    ffmpeg(*sources, "-t", str(minutes * 60), "-c:v", "libx264", "-preset", "ultrafast", *ENCODER, folder / "film.mkv")
    return folder / "film.mkv"


def placements_of(folder: Path, minutes: float) -> tuple[Placement, ...]:
    """A line every four seconds, all of them one take."""
    tone = 0.2 * np.sin(2 * np.pi * 150 * np.arange(round(LINE * RATE)) / RATE)
    soundfile.write(folder / "take.wav", tone, RATE)
    take = Artifact.of(folder / "take.wav")
    starts = np.arange(1.0, minutes * 60 - EVERY, EVERY)
    lines = (Line(Segment(n, Span(start, start + LINE), "words", "S1"), "words", "es") for n, start in enumerate(starts, 1))
    return tuple(Placement(line, Slot(line.span, line.span.end), take, line.span.start, LINE, 1.0, 1.0) for line in lines)


def main(minutes: float) -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path, placements = film_of(folder, minutes), placements_of(folder, minutes)
        source = Source.of(path)
        film = probe(source)
        stems = separate(source, film, None, workdir=folder)
        mix(source, film, stems, placements[:1], workdir=folder)  # what is imported once is not measured
        mixing = seconds_of(lambda: mix(source, film, stems, placements, workdir=folder))
        track = mix(source, film, stems, placements, workdir=folder)
        floor = seconds_of(lambda: ffmpeg("-i", path, "-map", "0:a:0", *ENCODER, folder / "floor.mka"))
        muxing = seconds_of(
            lambda: mux(source, film, (track,), (placements,), destination=str(folder / "dub.mkv"), workdir=folder)
        )
        copy = seconds_of(lambda: ffmpeg("-i", path, "-map", "0", "-c", "copy", folder / "copy.mkv"))
    print(f"{minutes:g} min of stereo film, {len(placements)} lines")
    print(f"mix   {mixing:7.2f} s   decode + encode once {floor:7.2f} s   ratio {mixing / floor:5.2f}")
    print(
        f"mux   {muxing:7.2f} s   copy                 {copy:7.2f} s   ratio {muxing / copy:5.2f}   (mux verifies what it wrote)"
    )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
