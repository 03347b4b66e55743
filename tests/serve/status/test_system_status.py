"""The state of the system: each engine with its share and its calls, who dubs, and what is asked how often."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fakes import claimed, wish

from pipeline.store.database.database import now as utc_now
from pipeline.store.store import Store
from pipeline.values.service_status import Cluster, DiskUse, EngineState
from pipeline.values.tasks import Health, StageRun, StageStatus
from serve.profile import MODEL_CPUS, EngineProfile, LanguageModel, Profile
from serve.replica_profiles import Scaling, WorkerProfile
from serve.status.system_status import (
    HISTORY_TTL_S,
    STAGE_SPEEDS_TTL_S,
    SYSTEM_TTL_S,
    DeploymentStatus,
    ServingStatus,
    SystemCheck,
    count_workers,
    list_engine_states,
)

PROFILE = Profile(
    transcriber=EngineProfile(engine="whisperx", num_gpus=0.4, scaling=Scaling(least=0, most=3), calls=2),
    diarizer=EngineProfile(engine="ge2e"),
    translator=EngineProfile(engine="llm", calls=8),
    synthesizer=EngineProfile(engine="xtts", num_gpus=0.25, replicas=2),
    worker=WorkerProfile(films=2, num_cpus=0.5),
)
SERVING = ServingStatus(
    deployments={
        "whisper": DeploymentStatus("UPSCALING", running=1, starting=2),
        "diarization": DeploymentStatus("HEALTHY"),
        "llm": DeploymentStatus("HEALTHY", running=0, trouble="no server; start one"),
        "tts": DeploymentStatus("HEALTHY", running=2),
        "worker": DeploymentStatus("HEALTHY", running=2),
    },
    statuses={"whisper": "READY", "diarization": "READY", "llm": "ERROR", "tts": "READY"},
    cluster=Cluster(nodes=2, cpus=16.0, cpus_free=3.5, gpus=2.0, gpus_free=0.5),
)
DISK = DiskUse(Path("data"), 100, 50)


def states(serving: ServingStatus = SERVING, profile: Profile = PROFILE) -> dict[str, EngineState]:
    return {state.role: state for state in list_engine_states(profile, serving)}


def test_every_role_is_told_with_its_replicas_and_what_each_takes() -> None:
    assert states()["transcriber"] == EngineState(
        role="transcriber",
        deployment="whisper",
        engine="whisperx",
        status="READY",
        running=1,
        starting=2,
        most=3,
        num_gpus=0.4,
        num_cpus=1.0,
    )
    assert states().keys() == {"separator", "transcriber", "aligner", "diarizer", "translator", "synthesizer"}


def test_a_role_that_nobody_plays_is_off() -> None:
    assert states()["separator"] == EngineState("separator", "separation", "none", "OFF")
    assert states()["aligner"] == EngineState("aligner", "alignment", "none", "OFF")


def test_an_engines_trouble_is_told() -> None:
    assert (states()["translator"].status, states()["translator"].trouble) == ("ERROR", "no server; start one")


@pytest.mark.parametrize(("calls", "in_flight", "waiting"), [(0, 0, 0), (1, 1, 0), (2, 2, 0), (7, 2, 5)])
def test_calls_beyond_what_the_replicas_answer_at_a_time_wait(calls: int, in_flight: int, waiting: int) -> None:
    tts = states(replace(SERVING, calls={"tts": calls}))["synthesizer"]
    assert (tts.in_flight, tts.waiting) == (in_flight, waiting)


def test_all_calls_wait_for_an_engine_that_is_scaled_to_zero() -> None:
    idle = {**SERVING.deployments, "whisper": DeploymentStatus("HEALTHY", running=0)}
    whisper = states(replace(SERVING, deployments=idle, calls={"whisper": 4}))["transcriber"]
    assert (whisper.in_flight, whisper.waiting) == (0, 4)


def test_a_deployment_that_serve_does_not_know_has_no_replicas() -> None:
    assert (states(replace(SERVING, deployments={}, statuses={}))["diarizer"]) == EngineState(
        "diarizer", "diarization", "ge2e", "OFF", most=1, num_cpus=1.0
    )


def test_a_language_model_served_beside_is_told_with_its_cards() -> None:
    model = LanguageModel(model="qwen3", num_gpus=2.0, scaling=Scaling(least=1, most=4), calls=32)
    serving = replace(SERVING, model=DeploymentStatus("HEALTHY", running=1), model_status="READY", calls={"llm": 40})
    assert states(serving, PROFILE.model_copy(update={"language_model": model}))["language model"] == EngineState(
        role="language model",
        deployment="vllm",
        engine="qwen3",
        status="READY",
        running=1,
        most=4,
        num_gpus=2.0,
        num_cpus=MODEL_CPUS,
        in_flight=32,
        waiting=8,
    )


def test_the_workers_are_told() -> None:
    told = count_workers(PROFILE, SERVING, alive=True)
    assert (told.alive, told.running, told.starting, told.most, told.num_cpus) == (True, 2, 0, 2, 0.5)
    assert count_workers(PROFILE, replace(SERVING, deployments={}), alive=False).running == 0


@dataclass
class Counted:
    """Serve, as often as it is asked."""

    asked: int = 0

    def __call__(self) -> ServingStatus:
        self.asked += 1
        return SERVING


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "dubarr.duckdb")
    yield opened
    opened.close()


def test_the_whole_is_asked_once_a_second_and_the_past_more_rarely(store: Store) -> None:
    serving, now = Counted(), [0.0]
    health = Health(worker_alive=True, engine_statuses=SERVING.statuses)
    check = SystemCheck(store, PROFILE, serving, health=lambda: health, disk=lambda: DISK, clock=lambda: now[0])
    first = check()
    assert (first.cluster, first.disk, first.workers.alive, first.finished, first.pace.films) == (
        SERVING.cluster,
        DISK,
        True,
        (),
        0,
    )
    _, lease = claimed(store)
    store.leases.record_probe(lease, source_lang="en", duration=10.0, has_subtitles=False)
    store.stages.record_run(lease, StageRun("mix", "es", 1, StageStatus.DONE, utc_now(), 0.0, executed=1))
    store.leases.finish(lease, Path("/dubs/a.mkv"))
    store.tasks.submit(wish(Path("/films/b.mkv")))
    assert [check() for _ in range(50)] == [first] * 50
    assert serving.asked == 1
    now[0] += SYSTEM_TTL_S + 0.01
    second = check()
    assert (second.queue["QUEUED"], second.queue["DONE"], second.finished) == (1, 1, ())
    now[0] += HISTORY_TTL_S
    third = check()
    assert (len(third.finished), third.pace.films) == (1, 0)
    now[0] += STAGE_SPEEDS_TTL_S
    assert check().pace.films == 1
