"""The aligners of the GPU libraries in a service: a film goes in over HTTP, and its recognised words get the times of a tiny model.

The weights are made by hand: those of Qwen3 hear nothing, those of wav2vec2 loudness; all code is what large weights run through.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from real_service import Running, real_service
from short_film import make_short_film
from tiny_wav2vec2 import tiny_wav2vec2

from serve.profile_loader import PROFILES_FOLDER

pytestmark = [pytest.mark.models, pytest.mark.timeout(600)]


def make_model(engine: str, folder: Path) -> str:
    """Name of a tiny model of an engine, made in a folder of models."""
    if engine == "wav2vec2":
        return tiny_wav2vec2(folder).name
    pytest.importorskip("qwen_asr", reason="qwen-asr is not installed; run ALIGNER=qwen3 ./dubarr setup --profile cpu-models")
    from tiny_qwen_aligner import tiny_qwen_aligner

    tiny_qwen_aligner(folder / "my-aligner")
    return "my-aligner"


@pytest.fixture(scope="module", params=["qwen3", "wav2vec2"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The draft profile, aligned by an engine of the GPU libraries."""
    home = tmp_path_factory.mktemp("aligner")
    options = {"model": make_model(request.param, home / "models"), "device": "cpu"}
    profile = yaml.safe_load((PROFILES_FOLDER / "draft.yaml").read_text())
    profile["aligner"] = {"engine": request.param, "options": options, "num_cpus": 0.2}
    (home / "own.yaml").write_text(yaml.safe_dump(profile))
    given = {"PROFILE": str(home / "own.yaml"), "MODELS_DIR": str(home / "models"), "HF_HUB_OFFLINE": "1"}
    with real_service(home, **given, VERIFY_TAKES="off") as found:
        yield found


def find_replica(running: Running) -> int:
    """The process of the aligner's replica, as soon as it is ready."""
    deadline = time.monotonic() + 240
    while running.client.health()["engine_statuses"]["alignment"] != "READY":
        assert time.monotonic() < deadline, "the aligner never came up"
        time.sleep(0.1)
    (pid,) = running.pids("dubarr:alignment")
    return pid


def test_a_films_words_are_aligned_though_the_aligner_is_killed_in_the_middle_of_its_first_call(
    service: Running, tmp_path_factory: pytest.TempPathFactory
) -> None:
    film = make_short_film(service.library / "film.mkv", tmp_path_factory.mktemp("sample"))
    replica = find_replica(service)
    task_id = service.client.submit_path(film, target_langs=("es",), source_lang="en")["id"]
    service.until(task_id, lambda task: any(run["name"] == "transcribe" for run in task["stages"]))
    os.kill(replica, signal.SIGSTOP)  # so that its first call cannot end before it is killed
    service.until(task_id, lambda task: any(run["name"] == "align" for run in task["stages"]))
    with suppress(ProcessLookupError):  # on a slow machine Serve has replaced it by then, for it answers no health check
        os.kill(replica, signal.SIGKILL)
    task = service.done(task_id)
    assert task["attempts"] == 1 and find_replica(service) != replica

    answers = service.answers(task_id, "align")
    assert service.executed(task_id)["align", ""] == len(answers) > 0, "a text was aligned twice"
    assert any(answers), "no text was found in the speech"
    notes = " ".join(note["text"] for note in service.client.report(task_id)["es"]["notes"])
    assert "Forced alignment set the times of" in notes
