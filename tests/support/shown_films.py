"""Films with several tracks to watch and hear, and what comes out of them: tones tell the tracks apart, brightness the time."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from in_process_service import Served
from numpy.typing import NDArray

from pipeline.values.tasks import DubRequest, LineRow, SpeakerRow, Task

RATE = 48_000  # Hz
DUB_TONES = {"original": 440, "es": 880, "ca": 1320}  # Hz


def run(*args: object) -> bytes:
    return subprocess.run([str(arg) for arg in args], check=True, capture_output=True).stdout


def film_with(path: Path, tones: Sequence[int], *, seconds: float = 6.0, tags: Sequence[str] = ()) -> Path:
    """Black for the first half, white for the second; one track per tone, which is silent in the first quarter."""
    path.write_bytes(_made(path.suffix, tuple(tones), seconds, tuple(tags)))
    return path


@cache
def _made(suffix: str, tones: tuple[int, ...], seconds: float, tags: tuple[str, ...]) -> bytes:
    sources = []
    for colour in ("black", "white"):
        sources += ["-f", "lavfi", "-i", f"color={colour}:s=161x91:r=24000/1001:d={seconds / 2}"]
    for tone in tones:
        sources += ["-f", "lavfi", "-i", f"aevalsrc='0.3*sin(2*PI*{tone}*t)*gte(t,{seconds / 4})':d={seconds}:s={RATE}"]
    maps = [part for n in range(len(tones)) for part in ("-map", f"{n + 2}:a")]
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "500", "-c:a", "mp2" if suffix == ".ts" else "flac")
    graph = ("-filter_complex", "[0][1]concat[v]", "-map", "[v]")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"film{suffix}"
        run("ffmpeg", "-v", "error", *sources, *graph, *maps, *codecs, *tags, path)
        return path.read_bytes()


def noisy_film(path: Path, *, seconds: float) -> Path:
    """So much to see that it fills every buffer on its way: whoever makes it is at work until somebody took it."""
    picture = f"testsrc2=s=320x180:r=10:d={seconds},noise=alls=60:allf=t"
    run(
        "ffmpeg",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        picture,
        "-f",
        "lavfi",
        "-i",
        f"sine=d={seconds}",
        "-c:v",
        "mpeg4",
        "-q:v",
        8,
        path,
    )
    return path


def finished_dub(service: Served, name: str = "film.mkv") -> Task:
    """A film dubbed into Spanish and Catalan, each track with a tone of its own."""
    film = film_with(service.library / name, [440], tags=("-metadata:s:a:0", "language=eng"))
    stat = film.stat()
    service.store.tasks.submit(DubRequest(film, stat.st_size, stat.st_mtime_ns, ("es", "ca"), "en", 6.0))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim is not None
    task, lease = claim
    tags = [part for n, code in enumerate(("eng", "spa", "cat")) for part in (f"-metadata:s:a:{n}", f"language={code}")]
    for n, title in enumerate(("Dubarr – Español", "Dubarr – Català"), 1):
        tags += [f"-metadata:s:a:{n}", f"title={title}"]
    output = service.settings.data_dir / "dubs" / str(task.id) / name
    output.parent.mkdir(parents=True)
    film_with(output, list(DUB_TONES.values()), tags=tags)
    take = service.settings.artifacts / "synthesize-1-abc" / "3.wav"
    take.parent.mkdir(parents=True)
    run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=660:d=0.5", take)
    for language in task.target_langs:
        service.store.lines.replace_lines(lease, language, [line(1, language, 2.0, 3.0), line(2, language, 4.0, 4.5, audio="")])
    speakers = [
        SpeakerRow(label, 2.0, None, None, (), "x", clip) for label, clip in (("S1", None), ("S2", "synthesize-1-abc/3.wav"))
    ]
    service.store.lines.put_speakers(lease, speakers)
    service.store.leases.finish(lease, output)
    return service.store.tasks.get(task.id)


def line(number: int, language: str, start: float, end: float, *, audio: str = "synthesize-1-abc/3.wav") -> LineRow:
    """A line of S1 that comes half a second late, and lasts half a second."""
    words = (f"said {number} <b> & more", f"{language} {number}", "translation")
    return LineRow(number, language, "S1", start, end, end, *words, start + 0.5, 0.5, 1.0, 1.0, audio)


def streams(path: Path) -> list[dict[str, Any]]:
    """What ffprobe says of a file's streams."""
    return list(json.loads(run("ffprobe", "-v", "error", "-show_streams", "-of", "json", path))["streams"])


def samples(path: Path) -> NDArray[np.float64]:
    """The sound of a file, mono at 48 kHz."""
    pcm = run("ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-f", "s16le", "-ac", "1", "-ar", RATE, "-")
    return np.frombuffer(pcm, np.int16) / 32768.0


def pitch(wave: NDArray[np.float64]) -> float:
    """Hz of the loudest tone."""
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return float(np.argmax(spectrum)) * RATE / len(wave)


def onset(wave: NDArray[np.float64]) -> float:
    """Seconds until the sound begins."""
    return float(np.argmax(np.abs(wave) > 0.05)) / RATE


def white_from(path: Path) -> float:
    """Seconds until the picture is white."""
    told = run("ffprobe", "-v", "error", "-show_entries", "frame=pts_time:frame_tags=lavfi.signalstats.YAVG", "-of", "csv=p=0",
               "-f", "lavfi", f"movie={path},signalstats").decode()  # fmt: skip
    frames = [tuple(map(float, row.strip(",").split(","))) for row in told.split()]
    return next(time for time, brightness, *_ in frames if brightness > 128)
