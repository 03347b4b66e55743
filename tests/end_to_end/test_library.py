"""`./dubarr library` against the real service: the command is killed, then the Ray below it; nothing is lost, or done twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from real_service import PATIENCE, Running

from evaluation.sample.sample_script import SCENES
from evaluation.sample.speech import make_short_film
from pipeline.library.report import read_report

FILMS = 8
LINES = "1\n00:00:01,700 --> 00:00:03,500\nHola a todos.\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def shelf(running: Running) -> Path:
    """Films of one sentence with Spanish subtitles beside them, one that speaks Spanish, and one that nobody can dub."""
    folder = running.library / "bulk"
    first = make_short_film(folder / "film-0.mkv", SCENES[0].sentences[:1])
    (folder / "film-0.es.srt").write_text(LINES)
    for number in range(1, FILMS):
        (folder / f"film-{number}.mkv").hardlink_to(first)
        (folder / f"film-{number}.es.srt").write_text(LINES)
    make_short_film(folder / "lago.mkv", SCENES[0].sentences[:1], spoken="spa")
    (folder / "broken.mkv").write_text("a download that went wrong")
    return folder


def command(running: Running, shelf: Path, report: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-P", "-m", "cli", "library", str(shelf), "--to", "es", "--at-once", "2", "--report", str(report)]
    environment = {**os.environ, **running.environment, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def done_in(report: Path) -> list[str]:
    """The names of the films that a report calls DONE."""
    rows = read_report(report).to_pylist() if report.is_dir() else []
    return [Path(row["path"]).name for row in rows if row["status"] == "DONE"]


def until(holds: Callable[[], bool], running: subprocess.Popen[str]) -> None:
    """Wait for something that a command does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert running.poll() is None and time.monotonic() < deadline, running.communicate()
        time.sleep(0.05)


def until_at_work(running: Running, shelf: Path) -> int:
    """A task of the library that is in the middle of its work."""
    deadline = time.monotonic() + PATIENCE
    while not (found := [task for task in running.client.tasks(search=str(shelf)) if task["progress"]["stage"]]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(found[0]["id"])


@pytest.mark.slow
def test_a_library_survives_the_end_of_its_command_and_of_ray_and_nothing_is_done_twice(
    running: Running, shelf: Path, tmp_path: Path
):
    report = tmp_path / "report"
    with command(running, shelf, report) as killed:
        until(lambda: len(done_in(report)) >= 2, killed)
        killed.send_signal(signal.SIGKILL)
    survived = set(done_in(report))
    assert 2 <= len(survived) < FILMS, "the kill is in the middle"

    with command(running, shelf, report) as second:
        until(lambda: len(done_in(report)) > len(survived), second)
        at_work = until_at_work(running, shelf)
        finished = running.finished(at_work)
        (server,) = running.pids("gcs_server --")
        os.kill(server, signal.SIGKILL)  # all of Ray goes with it, and the supervisor starts another one
        out, err = second.communicate(timeout=PATIENCE)
    assert (second.returncode, out) == (0, f"{report}\n"), err
    assert "the service is restarting; this run resumes with it" in err
    assert f"{FILMS - len(survived)} films dubbed" in err and "1 no film" in err and "1 speaks it already" in err
    assert sorted(done_in(report)) == [f"film-{number}.mkv" for number in range(FILMS)], "a row each, and none twice"

    tasks = running.client.tasks(search=str(shelf))
    assert {(task["status"], task["priority"]) for task in tasks} == {("DONE", "bulk")}
    assert sorted(task["attempts"] for task in tasks) == [1] * (FILMS - 1) + [2], "one was at work when Ray died"
    assert len(tasks) == FILMS
    again = running.executed(at_work)
    assert {stage: again[stage] for stage in finished} == finished, "what was finished then was not done again"

    with command(running, shelf, report) as third:
        _, err = third.communicate(timeout=PATIENCE)
    assert third.returncode == 0 and f"0 films dubbed (0.0 h), 0 failed; left alone: {FILMS} dubbed before" in err
    assert running.client.tasks(search=str(shelf)) == tasks
