"""Preview of a minute of an hour's film, then the whole film: seconds of the preview, and what the whole dub computes and reuses.

    python tests/benchmarks/preview.py [--minutes 60] [--without-subtitles] [--only-preview]

The film repeats recorded speech; the engines are the embedded ones, in this process.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "support")]

from pipeline.engines.protocols import Engines  # noqa: E402 -- its folder is named above
from pipeline.engines.registry.engine_builder import build_detector, build_engine  # noqa: E402
from pipeline.settings import Settings  # noqa: E402
from pipeline.store.store import Store  # noqa: E402
from pipeline.values.preview import PreviewRange  # noqa: E402
from pipeline.values.tasks import DubRequest, Task  # noqa: E402
from serve.worker.task_execution import TaskExecution, WorkerEngines  # noqa: E402

SPEECH = Path(__file__).parents[2] / "evaluation" / "sample"
PAUSE_S = 1.6  # s between two recordings


def make_film(folder: Path, recordings: list[tuple[Path, str]], minutes: float, *, subtitles: bool) -> Path:
    """A film of recorded sentences over a test picture, with their texts as subtitles."""
    import numpy as np
    import soundfile

    rate, parts, cues, at, number = 48_000, [], [], 0.0, 0
    import soxr

    waves = []
    for path, text in recordings:
        wave, own = soundfile.read(path, dtype="float32", always_2d=True)
        waves.append((soxr.resample(wave.mean(axis=1), own, rate), text))
    while at < minutes * 60:
        wave, text = waves[number % len(waves)]
        silence = np.zeros(round(PAUSE_S * rate), np.float32)
        parts += [wave, silence]
        cues.append((at, at + len(wave) / rate, f"{text}"))
        at += (len(wave) + len(silence)) / rate
        number += 1
    rng = np.random.default_rng(7)
    sound = np.concatenate(parts)
    sound += 0.002 * rng.standard_normal(len(sound), dtype=np.float32)
    soundfile.write(folder / "sound.flac", sound, rate, subtype="PCM_16")
    film = folder / "film.mkv"
    size = ["-f", "lavfi", "-i", f"testsrc2=s=320x180:r=12:d={at:.3f}", "-i", folder / "sound.flac"]
    codecs = [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-g",
        "48",
        "-c:a",
        "aac",
        "-metadata:s:a:0",
        "language=eng",
        "-shortest",
    ]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *size, *codecs, film], check=True)
    if subtitles:
        lines = (f"{n}\n{clock(start)} --> {clock(end)}\n{text}\n\n" for n, (start, end, text) in enumerate(cues, 1))
        (folder / "film.en.srt").write_text("".join(lines), "utf-8")
    return film


def clock(seconds: float) -> str:
    """A time in SubRip."""
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02},{whole % 1000:03}"


def dub(store: Store, settings: Settings, tools: WorkerEngines) -> tuple[Task, float]:
    """Dub the next task; the seconds it took."""
    execution, begun = TaskExecution(settings, store, tools), time.monotonic()  # type: ignore[arg-type]  # no heartbeats here
    claimed = store.leases.claim_next_task("benchmark", 36_000.0)
    assert claimed
    task, lease = claimed
    dubbed = execution.run_dub(task, lease, threading.Event())
    execution.save_results(dubbed, lease)
    store.leases.finish(lease, dubbed.output.path)
    seconds = time.monotonic() - begun
    for run in store.stages.list_runs(task.id):
        if run.attempt == task.attempts:
            print(f"  {run.name:18} {run.seconds:7.1f} s  computed {run.executed:5}  reused {run.reused:5}")
    return store.tasks.get(task.id), seconds


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--at", type=float, default=None)
    parser.add_argument("--without-subtitles", action="store_true")
    parser.add_argument("--only-preview", action="store_true")
    parser.add_argument("--texts", type=Path, default=Path(os.environ.get("LIBRISPEECH_TEXTS", "")))
    parser.add_argument("recordings", nargs="+", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = [
            "Printing in the only sense with which we are at present concerned differs from most arts and crafts.",
            "It is certain that the old books are beautiful, and nobody denies that.",
            "We went home before the rain began, and the house was quiet.",
        ]
        recordings = [(path, texts[n % len(texts)]) for n, path in enumerate(args.recordings)]
        film = make_film(folder, recordings, args.minutes, subtitles=not args.without_subtitles)
        settings = Settings(
            data_dir=folder / "data", videos_dir=folder / "videos", logs_dir=folder / "logs", library_roots=(folder,)
        )
        engines = Engines(
            build_engine("transcriber", "whisper", model="base"),
            build_engine("diarizer", "ge2e"),
            build_engine("translator", "bergamot"),
            build_engine("synthesizer", "kokoro"),
            build_engine("separator", "deepfilternet"),
        )
        tools = WorkerEngines(engines, build_detector())
        store = Store(settings.database)
        at = args.minutes * 30 if args.at is None else args.at
        stat = film.stat()
        request = DubRequest(film, stat.st_size, stat.st_mtime_ns, ("pt",), "en", preview=PreviewRange(at, at + 60.0))
        store.tasks.submit(request)
        print(f"preview of {request.preview} of {args.minutes:g} min")
        task, seconds = dub(store, settings, tools)
        print(f"preview: {seconds:.1f} s: {task.output}")
        for notes in store.lines.list_notes([task.id])[task.id]:
            print("  note:", notes.note.text)
        preview_lines = store.lines.list_lines(task.id)
        print("  lines", len(preview_lines), preview_lines[:2])
        if not args.only_preview:
            store.tasks.submit(replace(request, preview=None))
            task, seconds = dub(store, settings, tools)
            print(f"whole: {seconds:.1f} s: {task.output}")
            whole = {line.audio: line for line in store.lines.list_lines(task.id)}
            kept = [line for line in preview_lines if line.audio in whole]
            print(f"  takes of the preview in the whole dub: {len(kept)} of {len(preview_lines)}")
        store.close()


if __name__ == "__main__":
    main()
