"""Placement of the engines of a profile: on cards that Ray is told of, with the shares of the profile, by engines of known delay.

Share, scaling and interpreter are those that the service gives the engines which the settings name.
"""

import json
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from timed_engines import notes

from cli.install.engine_environments import build_omnivoice_environment
from cli.install.install_steps import list_install_steps
from cli.service.process import find_free_port
from pipeline.engines.protocols import Role
from pipeline.settings import Settings
from serve.engines.engine_interpreter import find_interpreter
from serve.profile import Profile
from serve.profile_loader import PROFILES_FOLDER, load_profile

pytestmark = pytest.mark.slow

ENGINES: dict[Role, str] = {
    "separator": "timed_engines:TimedSeparator",
    "transcriber": "timed_engines:TimedTranscriber",
    "diarizer": "timed_engines:TimedDiarizer",
    "translator": "timed_engines:TimedTranslator",
    "synthesizer": "timed_engines:TimedSynthesizer",
}

# A cluster of its own in a process of its own: Serve reads its environment when it is imported.
CHILD = """
import json, os, sys, time
from pathlib import Path

cards, given = float(sys.argv[1]), json.loads(sys.argv[2])
os.environ.update(given)

from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={
    "num_cpus": 32, "num_gpus": cards, "include_dashboard": False, "object_store_memory": 200 << 20})
os.environ["RAY_ADDRESS"] = cluster.address

import ray
from pipeline import settings_loader
from serve import bootstrap
from serve.client.client import Client
from serve.llm.vllm_options import build_llm_config
from serve.profile_loader import read_profile

settings = settings_loader.load_settings(folder=Path(given["DATA_DIR"]).parent)
bootstrap.start(settings)
try:
    import threading
    from ray import serve
    bootstrap.wait_until_healthy(settings.url, limit=240, stop=threading.Event())
    model = read_profile(settings.profile).language_model
    # What vLLM would hold of the cards: the placement group of its configuration, with nothing in it.
    bundle = build_llm_config(model, python=sys.executable)["placement_group_config"]["bundle_per_worker"]
    group = ray.util.placement_group([bundle])
    ray.get(group.ready(), timeout=60)
    seen = {"most": {}, "least_free": cards}
    with Client(settings.url, "dubarr", given["API_PASS"]) as client:
        tasks = [client.submit_path(Path(film), target_langs=("es",)) for film in sys.argv[3:]]
        deadline = time.monotonic() + 300
        while any(client.task(task["id"])["status"] in ("QUEUED", "PROCESSING") for task in tasks) and time.monotonic() < deadline:
            for name, each in serve.status().applications["dubarr"].deployments.items():
                running = each.replica_states.get("RUNNING", 0)
                seen["most"][name] = max(seen["most"].get(name, 0), running)
            seen["least_free"] = min(seen["least_free"], ray.available_resources().get("GPU", 0.0))
            time.sleep(0.1)
        ended = [client.task(task["id"]) for task in tasks]
    print(json.dumps(seen | {"tasks": [[task["status"], task["error"]] for task in ended]}))
finally:
    bootstrap.halt()
    cluster.shutdown()
"""


def film(folder: Path, number: int) -> Path:
    """Sixteen seconds of picture and a hum of its own."""
    path = folder / f"film {number}.mkv"
    sources = [
        "-f",
        "lavfi",
        "-i",
        "testsrc=s=64x64:r=10:d=16.5",
        "-f",
        "lavfi",
        "-i",
        f"sine=f={200 + 10 * number}:d=16.5:r=48000",
    ]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-metadata:s:a:0", "language=eng"]
    subprocess.run(["ffmpeg", "-v", "error", *sources, *coded, path], check=True)
    return path


def write_profile(path: Path, name: str, chosen: Profile, *, delay: float, voices: int) -> None:
    """Write a shipped profile with the shares and interpreters of the chosen engines, and timed engines in their places."""
    profile = yaml.safe_load((PROFILES_FOLDER / f"{name}.yaml").read_text())
    for role, share in chosen.roles().items():
        timed = {"delay": delay} | ({"replicas": voices} if role == "synthesizer" else {})
        own = {"engine": ENGINES[role], "options": timed, "python": find_interpreter(role, share)}
        profile[role] = share.model_dump(mode="json") | own
    path.write_text(yaml.safe_dump(profile))


def run(
    folder: Path, name: str, *, cards: float, films: int, delay: float, voices: int = 1, **engines: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Dub films with the shares of a shipped profile; what was seen of the replicas, and what they noted. `voices`: replicas that
    the synthesizers wait for before they speak. `engines`: role → the engine that the settings name.
    """
    own = folder / "own.yaml"
    write_profile(own, name, load_profile(replace(Settings(profile=name), **engines)), delay=delay, voices=voices)
    noted = folder / "notes"
    noted.mkdir()
    given = {
        "DATA_DIR": str(folder / "data"),
        "VIDEOS_DIR": str(folder / "videos"),
        "LOGS_DIR": str(folder / "logs"),
        "LIBRARY_ROOTS": str(folder),
        "PORT": str(find_free_port("127.0.0.1")),
        "API_PASS": "correct horse",
        "PROFILE": str(own),
        "TIMED_ENGINES": str(noted),
        "LLM_URL": "http://127.0.0.1:9/v1",  # the timed translator asks nobody; vLLM's share is held by the test
        "RAY_AUTH_MODE": "disabled",
        "RAY_USAGE_STATS_ENABLED": "0",
        "PYTHONPATH": f"{Path(__file__).parents[2]}:{Path(__file__).parents[1] / 'support'}",
    }
    paths = [str(film(folder, number)) for number in range(films)]
    command = [sys.executable, "-c", CHILD, str(cards), json.dumps(given), *paths]
    answer = subprocess.run(
        command, env=given | {"PATH": "/usr/bin:/bin", "HOME": str(folder)}, capture_output=True, text=True, timeout=500
    )
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-4000:]
    seen = json.loads(next(line for line in answer.stdout.splitlines() if line.startswith('{"most"')))  # Ray prints there too
    assert [status for status, _ in seen["tasks"]] == ["DONE"] * films, seen["tasks"]
    return seen, list(notes(noted))


def test_the_24_gb_profile_puts_every_engine_on_one_card_and_two_films_share_it(tmp_path: Path) -> None:
    seen, noted = run(tmp_path, "gpu-24g", cards=1, films=2, delay=0.7)
    loaded = {note["role"]: note for note in noted if note["call"] == "loaded"}
    assert loaded.keys() == ENGINES.keys()
    on_card = {role for role, note in loaded.items() if note["share"]}
    assert on_card == {"transcriber", "diarizer", "synthesizer"}
    assert {tuple(loaded[role]["cards"]) for role in on_card} == {("0",)}
    assert 0.0 <= seen["least_free"] < 0.05, "all of them and the language model held the card at once"
    # One film's lines are spoken while another is still listened to: whoever works changes hands before the first is done.
    speaking = [note["what"].split(".")[1] for note in noted if note["call"] == "speak"]
    assert sum(one != other for one, other in pairwise(speaking)) > 1, f"the films took turns, one after the other: {speaking}"


def test_on_four_cards_the_voices_are_what_scales(tmp_path: Path) -> None:
    seen, noted = run(tmp_path, "multi-gpu", cards=4, films=4, delay=1.0, voices=3)
    voices = {note["pid"]: note for note in noted if note["role"] == "synthesizer" and note["call"] == "loaded"}
    assert seen["most"]["tts"] >= 3 and len(voices) >= 3
    assert {note["share"] for note in voices.values()} == {0.25}
    per_card: dict[str, float] = {}
    for note in voices.values():
        (card,) = note["cards"]
        per_card[card] = per_card.get(card, 0.0) + note["share"]
    assert all(share <= 1.0 for share in per_card.values())
    calls = [note for note in noted if note["call"] == "speak"]
    at_once = max(sum(other["start"] <= note["start"] < other["end"] for other in calls) for note in calls)
    assert at_once >= 3, "the replicas spoke one after the other"


@pytest.fixture
def omnivoice_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """OmniVoice's environment as `./dubarr setup` makes it and lays it over the service's, without its packages."""
    folder = tmp_path / "environment of omnivoice"
    monkeypatch.setenv("DUBARR_OMNIVOICE_VENV", str(folder))
    make, lay_over, *_ = list_install_steps(build_omnivoice_environment())
    subprocess.run([*make.args, "--without-pip"], check=True)
    subprocess.run(lay_over.args, check=True)
    return folder


def check_one_card(
    seen: dict[str, Any], noted: list[dict[str, Any]], *, on_card: set[str], environment: Path
) -> dict[str, float]:
    """Every engine is on its place, the synthesizer in its own environment; role → share of the card."""
    loaded = {note["role"]: note for note in noted if note["call"] == "loaded"}
    assert loaded.keys() == ENGINES.keys()
    assert {role for role, note in loaded.items() if note["share"]} == on_card
    assert {tuple(loaded[role]["cards"]) for role in on_card} == {("0",)}
    places = {role: note["environment"] for role, note in loaded.items()}
    assert places.pop("synthesizer") == str(environment)
    assert set(places.values()) == {sys.prefix}
    assert seen["least_free"] >= 0.0
    return {role: note["share"] for role, note in loaded.items()}


def test_omnivoice_and_a_roformer_schedule_with_the_others_on_a_card_of_24_gb(
    tmp_path: Path, omnivoice_environment: Path
) -> None:
    chosen = {"synthesizer": "omnivoice", "separator": "audio-separator"}
    seen, noted = run(tmp_path, "gpu-24g", cards=1, films=2, delay=0.7, **chosen)
    shares = check_one_card(seen, noted, on_card={"transcriber", "diarizer", "synthesizer"}, environment=omnivoice_environment)
    assert shares["synthesizer"] == 0.18
    assert seen["least_free"] < 0.05, "all of them and the language model held the card at once"


def test_omnivoice_and_a_roformer_schedule_with_the_others_on_a_card_of_80_gb_with_three_voices(
    tmp_path: Path, omnivoice_environment: Path
) -> None:
    chosen = {"synthesizer": "omnivoice,espeak", "separator": "audio-separator"}
    seen, noted = run(tmp_path, "gpu-80g", cards=1, films=3, delay=0.7, voices=3, **chosen)
    shares = check_one_card(
        seen, noted, on_card={"separator", "transcriber", "diarizer", "synthesizer"}, environment=omnivoice_environment
    )
    assert (shares["separator"], shares["synthesizer"]) == (0.1, 0.07)
    assert seen["most"]["tts"] == 3, "as many as XTTS has there"
    assert seen["least_free"] < 0.03, "all of them and the language model held the card at once"
