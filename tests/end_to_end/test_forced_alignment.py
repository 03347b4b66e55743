"""Forced alignment in a service: recognised words and subtitles of a film get the times of its speech, and its replica is killed at work."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real_service import Running, real_service

from evaluation.sample.film import make_sample_film

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ALIGNED = "Forced alignment set the times of"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with real_service(tmp_path_factory.mktemp("aligned"), ALIGNER="pocketsphinx-align") as found:
        yield found


def cut_film(running: Running, folder: Path, *, subtitles: bool) -> Path:
    """The first minute of the sample film in the service's library."""
    sample = make_sample_film(folder, subtitles=subtitles)
    film = running.library / f"{'subtitled' if subtitles else 'plain'}.mkv"
    kept = ["-map", "0:v", "-map", "0:a:0", *(["-map", "0:s"] if subtitles else [])]
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-i",
        sample,
        "-t",
        "25",
        *kept,
        "-c:v",
        "copy",
        "-c:a",
        "aac",
        "-c:s",
        "copy",
        film,
    ]
    subprocess.run(command, check=True)
    return film


def until_ready(running: Running) -> None:
    deadline = time.monotonic() + 240
    while running.client.health()["engine_statuses"].get("alignment") != "READY":
        assert time.monotonic() < deadline, "the aligner never came up"
        time.sleep(0.1)


def count_answers(running: Running, task_id: int) -> int:
    query = f"SELECT count(*) AS n FROM cache JOIN cache_uses USING (key) WHERE stage = 'align' AND task_id = {task_id}"
    return int(running.client.query(query).to_pylist()[0]["n"])


def notes(report: dict[str, Any]) -> str:
    return " | ".join(note["text"] for note in report["notes"])


def test_recognised_words_are_aligned_though_the_aligner_is_killed_at_work(
    service: Running, tmp_path_factory: pytest.TempPathFactory
) -> None:
    film = cut_film(service, tmp_path_factory.mktemp("plain"), subtitles=False)
    until_ready(service)
    (pid,) = service.pids("dubarr:alignment")
    task_id = service.client.submit_path(film, target_langs=("es",), source_lang="en")["id"]
    service.until(task_id, lambda task: any(run["name"] == "align" for run in task["stages"]))
    before = count_answers(service, task_id)
    os.kill(pid, signal.SIGKILL)
    task = service.done(task_id)
    executed = {
        name: sum(n for (stage, _), n in service.executed(task_id).items() if stage == name) for name in ("align", "transcribe")
    }
    assert task["attempts"] == 1 and executed["transcribe"] > 0
    assert before < executed["align"] == count_answers(service, task_id), "something was made twice, or nothing was left to make"
    report = service.client.report(task_id)["es"]
    assert ALIGNED in notes(report) and "recognized words" in notes(report)
    assert report["streams_kept"] and report["overlaps"] == 0


def test_subtitles_in_the_spoken_language_are_aligned(service: Running, tmp_path_factory: pytest.TempPathFactory) -> None:
    film = cut_film(service, tmp_path_factory.mktemp("subtitled"), subtitles=True)
    until_ready(service)
    task_id = service.client.submit_path(film, target_langs=("es",), source_lang="en")["id"]
    service.done(task_id)
    told = notes(service.client.report(task_id)["es"])
    assert ALIGNED in told and "subtitle lines" in told
    (engine,) = (each for each in service.client.system()["engines"] if each["role"] == "aligner")
    assert (engine["engine"], engine["deployment"]) == ("pocketsphinx-align", "alignment")
