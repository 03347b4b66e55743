"""Films made by ffmpeg for the tests, a few seconds long, each made once a session; a store for each test."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.store.store import Store
from pipeline.values.media import Artifact
from pipeline.values.timeline import Line, Placement, Segment, Slot, Span

SECONDS = 8.0
CHAPTERS = """;FFMETADATA1
title=A Film of Ours
comment=kept as it is
[CHAPTER]
TIMEBASE=1/1000
START=0
END=4000
title=One
[CHAPTER]
TIMEBASE=1/1000
START=4000
END=8000
title=Two
"""
SUBTITLES = "1\n00:00:01,000 --> 00:00:02,500\nGood morning.\n\n2\n00:00:05,000 --> 00:00:06,500\nGood night.\n"
PICTURE = ("-f", "lavfi", "-i", f"testsrc=s=160x90:r=25:d={SECONDS}")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25")
VOICED = ((1.0, 2.5), (5.0, 6.5))  # s, where the dialogue of our films speaks


@pytest.fixture(scope="module")
def one_torch_thread() -> Iterator[None]:
    """One thread of torch's: those of a tiny model wait for each other by spinning. Skips the test where torch is not installed."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "dubarr.duckdb")
    yield opened
    opened.close()


def run_ffmpeg(*args: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, args)], check=True)


def dialogue(rate: int = 48_000, *, level: float = 0.1) -> np.ndarray:
    """A voice-like buzz where the film speaks, over a faint hum. (samples,)"""
    seconds = np.arange(round(SECONDS * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * 150 * n * seconds) / n for n in range(1, 12)) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * seconds))
    spoken = sum(((seconds >= start) & (seconds < end)) for start, end in VOICED)
    return (level * buzz * spoken + 0.01 * np.sin(2 * np.pi * 60 * seconds)).astype(np.float32)


@pytest.fixture(scope="session")
def scratch(tmp_path_factory) -> Path:
    """A folder with what films are made of: stereo.wav, surround.wav (voice in the centre), chapters.txt, subtitles.srt."""
    folder = tmp_path_factory.mktemp("films")
    voice = dialogue()
    music = 0.02 * np.sin(2 * np.pi * 440 * np.arange(len(voice)) / 48_000)
    soundfile.write(folder / "stereo.wav", np.stack([voice + music, voice - music], axis=1), 48_000)
    silence = np.zeros_like(voice)
    soundfile.write(folder / "surround.wav", np.stack([music, -music, voice, silence, music, music], axis=1), 48_000)
    (folder / "chapters.txt").write_text(CHAPTERS)
    (folder / "subtitles.srt").write_text(SUBTITLES)
    run_ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64:d=0.04", "-frames:v", "1", folder / "cover.png")
    return folder


Making = Callable[..., Path]


@pytest.fixture(scope="session")
def make_film(scratch) -> Making:
    """Make a film: `make_film("a.mkv", "-c:a", "ac3", audio="surround.wav")`; the same call makes it once."""

    def make(name: str, *options: str, audio: str = "stereo.wav") -> Path:
        path = scratch / name
        if not path.exists():
            run_ffmpeg(*PICTURE, "-i", scratch / audio, "-map", "0:v", "-map", "1:a", *X264, *options, path)
        return path

    return make


@pytest.fixture(scope="session")
def plain_film(make_film) -> Path:
    """MP4, one stereo AAC track in English."""
    return make_film("plain.mp4", "-c:a", "aac", "-metadata:s:a:0", "language=eng")


@pytest.fixture(scope="session")
def rich_mkv(scratch) -> Path:
    """Matroska with everything: chapters, tags, two audio tracks, a subtitle, a font and a cover."""
    path = scratch / "rich.mkv"
    run_ffmpeg(
        *PICTURE, "-i", scratch / "stereo.wav", "-i", scratch / "surround.wav", "-i", scratch / "subtitles.srt",
        "-i", scratch / "chapters.txt", "-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:s", "-map_metadata", "4",
        "-map_chapters", "4", *X264, "-c:a:0", "flac", "-c:a:1", "ac3", "-c:s", "srt",
        "-metadata:s:a:0", "language=fre", "-metadata:s:a:0", "title=Version française",
        "-metadata:s:a:1", "language=eng", "-metadata:s:a:1", "title=English 5.1", "-metadata:s:s:0", "language=eng",
        "-disposition:a:0", "0", "-disposition:a:1", "default+original", "-disposition:s:0", "forced",
        "-attach", scratch / "chapters.txt", "-metadata:s:t:0", "mimetype=font/ttf", "-metadata:s:t:0", "filename=some.ttf",
        "-attach", scratch / "cover.png", "-metadata:s:t:1", "mimetype=image/png", "-metadata:s:t:1", "filename=cover.png",
        path,
    )  # fmt: skip
    return path


@pytest.fixture(scope="session")
def rich_mp4(scratch) -> Path:
    """MP4 with chapters (which appear as a data track), tags, two audio tracks and a subtitle."""
    path = scratch / "rich.mp4"
    run_ffmpeg(
        *PICTURE, "-i", scratch / "stereo.wav", "-i", scratch / "subtitles.srt", "-i", scratch / "chapters.txt",
        "-map", "0:v", "-map", "1:a", "-map", "1:a", "-map", "2:s", "-map_metadata", "3", "-map_chapters", "3", *X264,
        "-c:a", "aac", "-c:s", "mov_text", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu",
        "-metadata:s:s:0", "language=eng", path,
    )  # fmt: skip
    return path


@pytest.fixture(scope="session")
def place(tmp_path_factory) -> Callable[..., Placement]:
    """A placement of a made take: `place(1, 1.0, 2.5)` speaks from 1.0 to 2.5 s what the original says then."""

    def placed(number: int, start: float, end: float, *, at: float | None = None, speaker: str = "A", pitch: float = 220.0,
               language: str = "es", rate: int = 22_050, level: float = 0.3) -> Placement:  # fmt: skip
        seconds = np.arange(round((end - start) * rate)) / rate
        path = tmp_path_factory.mktemp("takes") / f"take-{number}.wav"
        soundfile.write(path, level * np.sin(2 * np.pi * pitch * seconds), rate)
        segment = Segment(number, Span(start, end), f"line {number}", speaker)
        line = Line(segment, f"línea {number}", language)
        begin = start if at is None else at
        return Placement(line, Slot(segment.span, end + 1.0), Artifact.of(path), begin, len(seconds) / rate, 1.0, 1.0)

    return placed
