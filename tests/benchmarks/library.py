"""What `./dubarr library` costs a film beyond its dub; with --kill, with a kill -9 of the command in the middle.

    .venv/bin/python tests/benchmarks/library.py [FILMS] [--kill] [--distinct]

Short films of a sentence with Spanish subtitles, so that a dub is diarizing, speaking, mixing and muxing. They are one film under many
names, so all but the first are answered from the cache as far as that goes; --distinct makes every one another film.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parents[1]
sys.path[:0] = [str(HERE.parent), str(HERE / "support")]
os.environ.setdefault("RAY_AUTH_MODE", "disabled")

from real_service import Running, real_service  # noqa: E402 -- its folder is named above

from evaluation.sample.sample_script import SCENES  # noqa: E402
from evaluation.sample.speech import make_short_film  # noqa: E402

LINES = "1\n00:00:00,300 --> 00:00:01,500\nHola.\n\n2\n00:00:01,800 --> 00:00:02,900\nMe voy.\n"
SECONDS = 3.2


def films_in(folder: Path, films: int, *, distinct: bool) -> None:
    """Films of one content under many names; where they are to differ, by an element that players leave out."""
    first = folder / "film-000.mkv"
    with tempfile.TemporaryDirectory() as temporary:
        spoken = make_short_film(Path(temporary) / "spoken.mkv", SCENES[0].sentences[:1])
        words = Path(temporary) / "words.srt"
        words.write_text(LINES)
        inputs = [
            "-ss",
            "1.4",
            "-t",
            str(SECONDS),
            "-i",
            str(spoken),
            "-i",
            str(words),
            "-map",
            "0:v",
            "-map",
            "0:a:0",
            "-map",
            "1:s",
        ]
        coding = ["-s", "128x72", "-r", "12", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-c:s", "srt"]
        tags = ["-metadata:s:a:0", "language=eng", "-metadata:s:s:0", "language=spa"]
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *inputs, *coding, *tags, str(first)], check=True)
    for number in range(1, films):
        film = folder / f"film-{number:03}.mkv"
        if distinct:
            film.write_bytes(first.read_bytes() + b"\xec\x90" + secrets.token_bytes(16))  # EBML Void of 16 bytes
        else:
            film.hardlink_to(first)


def rows_in(report: Path) -> int:
    """Films that the report calls DONE."""
    from pipeline.library.report import read_report

    return sum(status == "DONE" for status in read_report(report)["status"].to_pylist()) if report.is_dir() else 0


def dubbed_until(running: Running, report: Path, *, enough: int) -> float:
    """Run the command until so many films are in the report, then end it at once; seconds that it took."""
    command = [sys.executable, "-P", "-m", "cli", "library", str(running.library), "--to", "es", "--report", str(report)]
    environment = {**os.environ, **running.environment, "PYTHONPATH": str(HERE.parent)}
    begun = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    while process.poll() is None and (looked := rows_in(report)) < enough:
        time.sleep(1.0 if looked else 0.2)
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    code = process.wait()
    assert code in {0, -signal.SIGKILL}, f"the command ended with {code}"
    return time.monotonic() - begun


def main(films: int, *, kill: bool, distinct: bool) -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as temporary, real_service(Path(temporary)) as running:
        films_in(running.library, films, distinct=distinct)
        report = Path(temporary) / "report"
        first = dubbed_until(running, report, enough=films * 2 // 5) if kill else 0.0
        at_kill = rows_in(report)
        second = dubbed_until(running, report, enough=films + 1)
        sums = running.client.query(
            "SELECT count(*) AS tasks, sum(attempts) AS attempts, count(*) FILTER (status = 'DONE') AS done, "
            "sum(epoch(finished_at - started_at)) AS seconds, epoch(max(finished_at) - min(created_at)) AS span FROM tasks"
        ).to_pylist()[0]
        assert (sums["tasks"], sums["done"], rows_in(report)) == (films, films, films), sums
    wall = first + second
    content = "each another" if distinct else "one content under many names"
    print(f"{films} films of {SECONDS:g} s, {content}; " + (f"killed after {at_kill}" if kill else "not killed"))
    parts = f" (to the kill {first:.1f}, after it {second:.1f})" if kill else ""
    print(f"wall {wall:.1f} s{parts}: {wall / films:.3f} s a film")
    print(f"the dubs' own times {sums['seconds']:.1f} s: {sums['seconds'] / films:.3f} s a film")
    print(f"overhead {1000 * (wall - sums['seconds']) / films:.0f} ms a film, the start-up of each run included")
    print(f"from the first offer to the last dub {sums['span']:.1f} s; repeated {sums['attempts'] - films:.0f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", type=int, nargs="?", default=200)
    parser.add_argument("--distinct", action="store_true")
    parser.add_argument("--kill", action="store_true")
    given = parser.parse_args()
    main(given.films, kill=given.kill, distinct=given.distinct)
