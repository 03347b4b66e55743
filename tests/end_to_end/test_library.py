"""`./dubarr library` against the real service: killed in the middle, started again, nothing done twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from real_service import PATIENCE, Running

from cli.sample_speech import short_film
from cli.script import SCENES
from pipeline.library_report import read

FILMS = 6
LINES = "1\n00:00:01,700 --> 00:00:03,500\nHola a todos.\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def shelf(running: Running) -> Path:
    """Films of one sentence with Spanish subtitles beside them, one that speaks Spanish, and one that nobody can dub."""
    folder = running.library / "bulk"
    first = short_film(folder / "film-0.mkv", SCENES[0].sentences[:1])
    (folder / "film-0.es.srt").write_text(LINES)
    for number in range(1, FILMS):
        (folder / f"film-{number}.mkv").hardlink_to(first)
        (folder / f"film-{number}.es.srt").write_text(LINES)
    short_film(folder / "lago.mkv", SCENES[0].sentences[:1], spoken="spa")
    (folder / "broken.mkv").write_text("a download that went wrong")
    return folder


def command(running: Running, shelf: Path, report: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-P", "-m", "cli", "library", str(shelf), "--to", "es", "--at-once", "2", "--report", str(report)]
    environment = {**os.environ, **running.environment, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def done_in(report: Path) -> list[str]:
    """The names of the films that a report calls DONE."""
    rows = read(report).to_pylist() if report.is_dir() else []
    return [Path(row["path"]).name for row in rows if row["status"] == "DONE"]


@pytest.mark.slow
def test_a_library_survives_the_end_of_its_command_and_nothing_is_done_twice(running: Running, shelf: Path, tmp_path: Path):
    report = tmp_path / "report"
    with command(running, shelf, report) as killed:
        deadline = time.monotonic() + PATIENCE
        while len(done_in(report)) < 2:
            assert killed.poll() is None and time.monotonic() < deadline, killed.communicate()
            time.sleep(0.05)
        killed.send_signal(signal.SIGKILL)
    survived = set(done_in(report))
    assert 2 <= len(survived) < FILMS, "the kill is in the middle"

    with command(running, shelf, report) as second:
        out, err = second.communicate(timeout=PATIENCE)
    assert (second.returncode, out) == (0, f"{report}\n"), err
    assert f"{FILMS - len(survived)} films dubbed" in err and "1 no film" in err and "1 speaks it already" in err
    assert sorted(done_in(report)) == [f"film-{number}.mkv" for number in range(FILMS)], "a row each, and none twice"

    tasks = running.client.tasks(search=str(shelf))
    assert {(task["status"], task["attempts"], task["priority"]) for task in tasks} == {("DONE", 1, "bulk")}
    assert len(tasks) == FILMS

    with command(running, shelf, report) as third:
        _, err = third.communicate(timeout=PATIENCE)
    assert third.returncode == 0 and f"0 films dubbed (0.0 h), 0 failed; left alone: {FILMS} dubbed before" in err
    assert running.client.tasks(search=str(shelf)) == tasks
