"""OmniVoice in a service, in the environment that is its own, before espeak in a list, with a RoFormer of three stems: a film goes in
over HTTP.

Their weights are tiny, so nobody could follow the dub; all code is what large weights run through.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml
from real_service import Running, real_service
from short_film import make_short_film

from serve.engines.engine_interpreter import find_environment_folder
from serve.profile_loader import PROFILES_FOLDER

pytestmark = [pytest.mark.models, pytest.mark.timeout(600)]

SUPPORT = Path(__file__).parents[1] / "support"
MAKE_MODEL = "import pathlib, sys; sys.path.insert(0, sys.argv[1]); import tiny_omnivoice as made; made.tiny_omnivoice(pathlib.Path(sys.argv[2]))"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The draft profile, separated by audio-separator, spoken by OmniVoice."""
    from tiny_roformer import tiny_roformer

    python = find_environment_folder("omnivoice") / "bin" / "python"
    if not python.exists():
        pytest.skip(f"there is no {python}: run SYNTHESIZER=omnivoice ./dubarr setup")
    home = tmp_path_factory.mktemp("omnivoice")
    model = home / "models" / "my-omnivoice"
    subprocess.run([python, "-P", "-c", MAKE_MODEL, SUPPORT, model], check=True, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    profile = yaml.safe_load((PROFILES_FOLDER / "draft.yaml").read_text())
    options = {"model": "my-omnivoice", "device": "cpu", "steps": 2, "attempts": 2}
    tiny_roformer(home / "models" / "my-roformer", sources=("speech", "music", "sfx"), target=None, share=(0.8, 0.9, 0.05))
    profile["separator"] = {"engine": "audio-separator", "options": {"model": "my-roformer", "device": "cpu"}, "num_cpus": 0.2}
    profile["synthesizer"] = {"engine": ["omnivoice", "espeak"], "options": {"omnivoice": options}, "num_cpus": 0.2}
    (home / "own.yaml").write_text(yaml.safe_dump(profile))
    given = {"PROFILE": str(home / "own.yaml"), "MODELS_DIR": str(home / "models"), "HF_HUB_OFFLINE": "1"}
    with real_service(home, **given, VERIFY_TAKES="off") as found:
        yield found


def kill(running: Running, task_id: int, stage: str, deployment: str) -> None:
    """End an engine's replica at once after a stage has begun."""
    running.until(task_id, lambda task: any(run["name"] == stage for run in task["stages"]))
    deadline = time.monotonic() + 240
    while running.client.health()["engine_statuses"][deployment] != "READY":
        assert time.monotonic() < deadline, f"{deployment} never came up"
        time.sleep(0.1)
    (pid,) = running.pids(f"dubarr:{deployment}")
    os.kill(pid, signal.SIGKILL)


def test_a_film_is_separated_and_spoken_in_its_speakers_voices_though_each_engine_is_killed_in_the_middle(
    service: Running, tmp_path_factory: pytest.TempPathFactory
) -> None:
    film = make_short_film(service.library / "film.mkv", tmp_path_factory.mktemp("sample"))
    task_id = service.client.submit_path(film, target_langs=("es",), source_lang="en")["id"]
    kill(service, task_id, "separate", "separation")
    kill(service, task_id, "voice", "tts")
    task = service.done(task_id)
    assert task["attempts"] == 1

    executed = service.executed(task_id)
    takes = service.answers(task_id, "synthesize")
    assert executed["synthesize", "es"] == len(takes) > 0, "a line was synthesised twice"
    assert all(executed[stage, ""] == 1 for stage in ("separate", "diarize", "refer", "mux"))
    (stems,) = service.answers(task_id, "separate")
    parts = [soundfile.read(service.settings.artifacts / stems[name]["file"])[0] for name in ("voices", "background")]
    loud, soft = (np.abs(part).max() for part in parts)
    assert parts[0].shape == parts[1].shape and 0.0 < soft < loud / 2, "four fifths of the sound were to be speech"
    exported = {
        part: service.client.export(task_id, "es", part, "flac", to=service.library)
        for part in ("background", "music", "effects")
    }
    stems = {part: soundfile.read(path, dtype="int16")[0].astype(np.int32) for part, path in exported.items()}
    assert (stems["music"] + stems["effects"] == stems["background"]).all()
    assert 0 < np.abs(stems["effects"]).max() < np.abs(stems["music"]).max() / 2, "a twentieth of the sound was to be effects"
    (voices,) = service.answers(task_id, "voice")
    cloned = [voice for voice in voices if voice["reference"]]
    assert cloned and all(voice["transcript"] for voice in cloned), "pocketsphinx recognised each clip"
    notes = " ".join(note["text"] for note in service.client.report(task_id)["es"]["notes"])
    assert "voice of the model's own" not in notes
