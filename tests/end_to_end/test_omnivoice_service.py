"""OmniVoice in a service, in the environment that is its own, before espeak in a list: a film goes in over HTTP.

Its weights are tiny and random, so nobody could follow the dub; all code is what large weights run through.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from real_service import Running, real_service

from evaluation.sample.film import make_sample_film
from serve.engines.engine_interpreter import find_environment_folder
from serve.profile_loader import PROFILES_FOLDER

pytestmark = [pytest.mark.models, pytest.mark.timeout(600)]

SUPPORT = Path(__file__).parents[1] / "support"
MAKE_MODEL = "import pathlib, sys; sys.path.insert(0, sys.argv[1]); import tiny_omnivoice as made; made.tiny_omnivoice(pathlib.Path(sys.argv[2]))"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The draft profile, spoken by OmniVoice."""
    python = find_environment_folder("omnivoice") / "bin" / "python"
    if not python.exists():
        pytest.skip(f"there is no {python}: run SYNTHESIZER=omnivoice ./dubarr setup")
    home = tmp_path_factory.mktemp("omnivoice")
    model = home / "models" / "my-omnivoice"
    subprocess.run([python, "-P", "-c", MAKE_MODEL, SUPPORT, model], check=True, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    profile = yaml.safe_load((PROFILES_FOLDER / "draft.yaml").read_text())
    options = {"model": "my-omnivoice", "device": "cpu", "steps": 2, "attempts": 2}
    profile["synthesizer"] = {"engine": ["omnivoice", "espeak"], "options": {"omnivoice": options}, "num_cpus": 0.2}
    (home / "own.yaml").write_text(yaml.safe_dump(profile))
    given = {"PROFILE": str(home / "own.yaml"), "MODELS_DIR": str(home / "models"), "HF_HUB_OFFLINE": "1"}
    with real_service(home, **given, VERIFY_TAKES="off") as found:
        yield found


def answers(running: Running, task_id: int, stage: str) -> list[Any]:
    rows = running.client.query(
        f"SELECT answer FROM cache JOIN cache_uses USING (key) WHERE stage = '{stage}' AND task_id = {task_id} ORDER BY key"
    ).to_pylist()
    return [json.loads(row["answer"]) for row in rows]


def test_a_film_is_spoken_in_its_speakers_voices_though_the_engine_is_killed_in_the_middle(
    service: Running, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sample = make_sample_film(tmp_path_factory.mktemp("sample"), subtitles=False)
    film = service.library / "film.mkv"
    cut = ["-t", "14", "-map", "0:v", "-map", "0:a:0", "-c:v", "copy", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", sample, *cut, film], check=True)
    task_id = service.client.submit_path(film, target_langs=("es",), source_lang="en")["id"]
    service.until(task_id, lambda task: any(run["name"] == "voice" for run in task["stages"]))
    deadline = time.monotonic() + 240
    while service.client.health()["engine_statuses"]["tts"] != "READY":
        assert time.monotonic() < deadline, "the synthesizer never came up"
        time.sleep(0.1)
    (pid,) = service.pids("dubarr:tts")
    os.kill(pid, signal.SIGKILL)
    task = service.done(task_id)
    assert task["attempts"] == 1

    executed = service.executed(task_id)
    takes = answers(service, task_id, "synthesize")
    assert executed["synthesize", "es"] == len(takes) > 0, "a line was synthesised twice"
    assert all(executed[stage, ""] == 1 for stage in ("diarize", "refer", "mux"))
    (voices,) = answers(service, task_id, "voice")
    cloned = [voice for voice in voices if voice["reference"]]
    assert cloned and all(voice["transcript"] for voice in cloned), "pocketsphinx recognised each clip"
    notes = " ".join(note["text"] for note in service.client.report(task_id)["es"]["notes"])
    assert "voice of the model's own" not in notes
