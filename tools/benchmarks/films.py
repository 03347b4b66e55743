"""Films for benchmarks: the sample film at other lengths, modulated noise, and large uncompressed ones.

The commands of the baselines are here too: they open only files made here.
"""

import math
from pathlib import Path

from pipeline.processes import subprocesses
from pipeline.text.subtitles.subtitle_writer import format_srt
from pipeline.values.timeline import Cue, Span

ENCODER = ("-c:a", "aac", "-aac_coder", "fast", "-b:a", "192k")
FFMPEG_LIMIT_S = 300.0  # s that one command may take
LARGE_SIZE, LARGE_RATE = (640, 360), 24  # of the large film's pictures, 345,600 bytes each


def run_ffmpeg(*args: str | Path) -> None:
    """Run ffmpeg on files of our own."""
    subprocesses.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, args)], timeout=FFMPEG_LIMIT_S)


def make_noise_film(folder: Path, minutes: float) -> Path:
    """A film with a picture and a stereo track of noise that comes and goes like speech."""
    noise = "anoisesrc=c=pink:r=48000:a=0.3,tremolo=f=0.25:d=0.9,aformat=channel_layouts=stereo"
    sources = ["-f", "lavfi", "-i", "testsrc=s=320x180:r=24", "-f", "lavfi", "-i", noise]
    path = folder / "noise.mkv"
    run_ffmpeg(*sources, "-t", str(minutes * 60), "-c:v", "libx264", "-preset", "ultrafast", *ENCODER, path)
    return path


def make_large_film(folder: Path, megabytes: float) -> Path:
    """A film of uncompressed pictures, about as large as wanted."""
    width, height = LARGE_SIZE
    seconds = megabytes * 1e6 / (width * height * 1.5 * LARGE_RATE)
    picture = f"testsrc=s={width}x{height}:r={LARGE_RATE},format=yuv420p"
    sources = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo"]
    path = folder / "large.mkv"
    run_ffmpeg(*sources, "-t", f"{seconds:.3f}", "-c:v", "rawvideo", *ENCODER, path)
    return path


def repeat_film(film: Path, seconds: float, to: Path) -> Path:
    """A film's picture and sound over and over, until it lasts so long."""
    run_ffmpeg("-stream_loop", "-1", "-i", film, "-t", f"{seconds:g}", "-map", "0:v", "-map", "0:a", "-c", "copy", to)
    return to


def write_subtitles(film: Path, cues: tuple[Cue, ...], *, period: float, seconds: float, turn: int) -> Path:
    """Lay English subtitles beside a film that repeats one of `period` seconds, with its `cues`, up to `seconds`.

    Each time round the sentences stand one place further, `turn` places to begin with: no line is the same question as
    another, so none is answered from the cache.
    """
    texts = [cue.text for cue in cues]
    every = (
        Cue(Span(cue.span.start + n * period, cue.span.end + n * period), texts[(place + turn + n) % len(texts)])
        for n in range(math.ceil(seconds / period))
        for place, cue in enumerate(cues)
    )
    path = film.with_suffix(".en.srt")
    path.write_text(format_srt(cue for cue in every if cue.span.end < seconds), "utf-8")
    return path
