"""What engines do to a service: one hangs, one crashes over a film, one takes its time when nobody wants it any more."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import yaml
from in_process_service import make_film
from real_service import Running, real_service

from pipeline.store.store import Store

pytestmark = pytest.mark.slow

ENGINES = {
    "transcriber": "KnownTranscriber",
    "diarizer": "KnownDiarizer",
    "translator": "KnownTranslator",
    "synthesizer": "MoodySynthesizer",
}

PITCHES = count(220, 20)  # Hz


@pytest.fixture(scope="module")
def mood(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mood") / "mood"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, mood: Path) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("moody")
    profile = {role: {"engine": f"faulty_engines:{name}", "num_cpus": 0.2, "limit": 4} for role, name in ENGINES.items()}
    (home / "moody.yaml").write_text(yaml.safe_dump(profile | {"worker": {"num_cpus": 0.3}}))
    patch = pytest.MonkeyPatch()
    patch.setenv("MOOD", str(mood))
    patch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "support"))
    try:
        with real_service(home, PROFILE=str(home / "moody.yaml"), DUBARR_HOME=str(home)) as found:
            yield found
    finally:
        patch.undo()


def make(path: Path) -> Path:
    """A film that sounds like no other."""
    return make_film(path, seconds=9.0, pitch=next(PITCHES))


@pytest.fixture
def film(service: Running, request: pytest.FixtureRequest) -> Path:
    return make(service.library / f"{request.node.name}.mkv")


def offer(service: Running, film: Path) -> int:
    return int(service.client.submit_path(film, target_langs=["es"])["id"])


def test_an_engine_that_hangs_is_replaced_and_the_film_goes_on(service: Running, film: Path, mood: Path) -> None:
    before = service.pids("ServeReplica:dubarr:tts")
    mood.write_text("hang")
    done = service.done(offer(service, film))
    assert done["attempts"] == 1 and not mood.exists()
    assert service.pids("ServeReplica:dubarr:tts") != before
    assert service.executed(done["id"])["synthesize", "es"] == 2


def test_a_film_over_which_its_engine_crashes_each_time_is_quarantined_and_the_queue_goes_on(
    service: Running, film: Path, mood: Path
) -> None:
    mood.write_text("crash")
    task = service.ended(offer(service, film))
    mood.unlink()
    assert task["status"] == "ERROR" and "its replica died 3 times in the same call" in task["error"]
    service.done(offer(service, make(film.with_name(f"after {film.name}"))))
    assert service.client.task(task["id"])["status"] == "ERROR", "it waits for people"
    service.client.retry(task["id"])
    service.done(task["id"])


def test_a_cancelled_film_lets_go_of_its_worker_while_the_engine_works_on(service: Running, film: Path, mood: Path) -> None:
    mood.write_text("slow")
    task = offer(service, film)
    service.until(task, lambda state: state["progress"]["stage"] == "synthesize")
    following = offer(service, make(film.with_name(f"after {film.name}")))
    service.client.cancel(task)
    began = service.until(following, lambda state: state["status"] == "PROCESSING")
    cancelled = service.client.task(task)
    mood.unlink()
    assert cancelled["status"] == "CANCELLED" and cancelled["error"].startswith("cancelled at synthesize")
    print("the next film began", began["started_at"], "after a cancellation at", cancelled["finished_at"])
    service.done(following)


def test_a_backup_of_the_service_at_work_holds_what_was_acknowledged(service: Running, film: Path, tmp_path: Path) -> None:
    acknowledged = []
    for n in range(10):
        copy = film.with_name(f"{n} {film.name}")
        shutil.copy(film, copy)
        acknowledged.append(offer(service, copy))
    made = Path(service.client.backup()["path"])
    restored = Store(Path(shutil.copy(made, tmp_path / "restored.duckdb")))
    assert {task.id for task in restored.tasks.list_newest(limit=1000)[0]} >= set(acknowledged)
    restored.close()
    for task in acknowledged:
        service.done(task)


def test_a_redeployment_takes_up_new_settings_and_loses_nothing_of_the_films_at_work(
    service: Running, film: Path, mood: Path
) -> None:
    """The film at work is handed over in the middle of a stage; one offered meanwhile and one queued are dubbed by the new release."""
    parts = ["ServeReplica:dubarr:tts", "ServeReplica:dubarr:worker", "ServeReplica:dubarr:ingress", "ray::StoreActor"]
    before = {title: service.pids(title) for title in [*parts, "gcs_server --", "ray::ServeController"]}
    mood.write_text("slow")
    at_work, queued = offer(service, film), offer(service, make(film.with_name(f"queued {film.name}")))
    service.until(at_work, lambda state: state["progress"]["stage"] == "synthesize")
    heard = service.executed(at_work)
    settings = service.settings.data_dir.parent / ".env"
    settings.write_text("TARGET_LANGS=ca\n")
    root = str(Path(__file__).parents[2])
    environment = {
        **os.environ,
        "PYTHONPATH": root,
        "DATA_DIR": str(service.settings.data_dir),
    }  # all else it takes from the service
    command = [sys.executable, "-P", "-m", "cli", "redeploy"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as redeploying:
        deadline = time.monotonic() + 120
        while service.pids("ServeReplica:dubarr:worker") == before["ServeReplica:dubarr:worker"]:
            assert redeploying.poll() is None and time.monotonic() < deadline, redeploying.communicate()
            time.sleep(0.1)
        mood.unlink()
        said = redeploying.communicate(timeout=180)[1]
    settings.unlink()
    assert redeploying.returncode == 0, said
    after = {title: service.pids(title) for title in before}
    assert not any(set(before[title]) & set(after[title]) for title in parts), "these are new"
    assert all(before[title] == after[title] for title in before if title not in parts), "and these went on"
    newly = service.client.submit_path(make(film.with_name(f"new {film.name}")))
    assert newly["target_langs"] == ["ca"], "the settings of now"
    for task in (at_work, queued, newly["id"]):
        service.done(task)
        assert service.executed(task)["mux", ""] == 1
    done = service.executed(at_work)  # an attempt that was handed over is recorded by the one who took it up
    assert {stage: done[stage] for stage in heard if stage[0] != "synthesize"} == dict.fromkeys(
        (stage for stage in heard if stage[0] != "synthesize"), 0
    ), "what was finished is not done again"
    assert service.client.task(at_work)["attempts"] == 1
