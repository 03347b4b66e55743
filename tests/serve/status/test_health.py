"""Health check: of the worker by its heartbeats, of the engines by the states of their deployments."""

from dataclasses import dataclass

import pytest
from ray.serve._private.common import DeploymentStatus as RayDeploymentStatus

from pipeline.values.tasks import Health
from serve.profile import EngineProfile, Profile
from serve.status.health import (
    HEALTH_TTL_S,
    MAX_HEALTH_AGE_S,
    STATUS_OF_SERVE_STATE,
    cache_health_check,
    map_engine_status,
    map_engine_statuses,
)
from serve.status.system_status import DeploymentStatus
from serve.status.ttl_cache import TtlCache
from serve.store.worker_heartbeats import HEARTBEAT_TIMEOUT_S

ANY = EngineProfile(engine="any")
PLAIN = Profile(transcriber=ANY, diarizer=ANY, translator=ANY, synthesizer=ANY)
ALL_HEALTHY = dict.fromkeys(
    ("whisper", "diarization", "llm", "tts", "separation", "worker", "ingress"), DeploymentStatus("HEALTHY")
)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Signs:
    """The store, as far as health asks it."""

    silence: float | None = 0.0
    asked: int = 0

    def count_workers(self) -> int:
        return 3

    def get_worker_silence(self) -> float | None:
        self.asked += 1
        return self.silence


def check(signs: Signs, clock: Clock, statuses: dict[str, str] | None = None) -> TtlCache[Health]:
    return cache_health_check(signs, lambda: dict(statuses or {}), clock, lambda refresh: refresh())  # type: ignore[arg-type]  # a fake


@pytest.mark.parametrize(
    ("silence", "alive"),
    [(None, False), (0.0, True), (HEARTBEAT_TIMEOUT_S - 0.1, True), (HEARTBEAT_TIMEOUT_S, False), (3_600.0, False)],
)
def test_the_worker_lives_while_it_gives_signs(silence: float | None, alive: bool) -> None:
    assert check(Signs(silence), Clock())().worker_alive is alive


def test_nobody_waits_for_health_to_be_found_out_but_the_first_in_a_while() -> None:
    signs, clock, begun = Signs(), Clock(), []
    ask = cache_health_check(signs, dict, clock, begun.append)  # type: ignore[arg-type]  # a fake
    assert ask().worker_alive
    signs.silence = None
    clock.now += HEALTH_TTL_S + 0.01
    assert [ask().worker_alive for _ in range(3)] == [True] * 3
    (refresh,) = begun
    refresh()
    assert not ask().worker_alive
    signs.silence = 0.0
    clock.now += MAX_HEALTH_AGE_S + 0.01
    assert ask().worker_alive, "an answer that old is told to nobody"


def test_the_engines_are_as_they_are_said_to_be() -> None:
    assert check(Signs(), Clock(), {"tts": "LOADING"})().engine_statuses == {"tts": "LOADING"}


def test_a_health_answer_is_kept_for_a_moment_and_no_longer() -> None:
    signs, clock = Signs(), Clock()
    ask = check(signs, clock)
    for _ in range(100):
        assert ask().worker_alive
    assert signs.asked == 1
    signs.silence = None
    clock.now += HEALTH_TTL_S + 0.01
    assert not ask().worker_alive
    assert signs.asked == 2


def test_the_first_answer_is_asked_for_even_when_the_machine_has_just_started() -> None:
    signs = Signs()
    check(signs, Clock(now=0.0))()
    assert signs.asked == 1


def test_the_four_engines_are_always_named_and_the_rest_of_the_service_is_not() -> None:
    assert map_engine_statuses(PLAIN, {}) == {"whisper": "OFF", "diarization": "OFF", "llm": "OFF", "tts": "OFF"}
    assert map_engine_statuses(PLAIN, ALL_HEALTHY) == {"whisper": "READY", "diarization": "READY", "llm": "READY", "tts": "READY"}


def test_separation_is_named_where_the_profile_has_it() -> None:
    separating = PLAIN.model_copy(update={"separator": ANY})
    assert map_engine_statuses(separating, ALL_HEALTHY)["separation"] == "READY"
    assert map_engine_statuses(separating, {})["separation"] == "OFF"


def test_alignment_is_named_where_the_profile_has_it() -> None:
    aligning = PLAIN.model_copy(update={"aligner": ANY})
    assert map_engine_statuses(aligning, ALL_HEALTHY | {"alignment": ALL_HEALTHY["whisper"]})["alignment"] == "READY"
    assert map_engine_statuses(aligning, {})["alignment"] == "OFF"


@pytest.mark.parametrize(
    ("deployed", "ours"),
    [
        (DeploymentStatus("HEALTHY"), "READY"),
        (DeploymentStatus("HEALTHY", running=0), "IDLE"),
        (DeploymentStatus("HEALTHY", running=0, starting=1), "LOADING"),
        (DeploymentStatus("UPDATING"), "LOADING"),
        (DeploymentStatus("UPSCALING", running=1, starting=1), "READY"),
        (DeploymentStatus("UPSCALING", running=0, starting=0), "LOADING"),
        (DeploymentStatus("UPSCALING", running=0, starting=1), "LOADING"),
        (DeploymentStatus("DOWNSCALING", running=1), "READY"),
        (DeploymentStatus("DOWNSCALING", running=0), "IDLE"),
        (DeploymentStatus("UNHEALTHY"), "ERROR"),
        (DeploymentStatus("DEPLOY_FAILED", running=0), "ERROR"),
        (DeploymentStatus("A_WORD_OF_TOMORROW"), "ERROR"),
        (DeploymentStatus("HEALTHY", trouble="the model is gated"), "ERROR"),
    ],
)
def test_an_engine_is_in_our_words_as_serve_and_its_replica_say(deployed: DeploymentStatus, ours: str) -> None:
    assert map_engine_status(deployed) == ours
    assert map_engine_statuses(PLAIN, ALL_HEALTHY | {"tts": deployed})["tts"] == ours


def test_every_word_that_we_know_is_one_that_serve_uses() -> None:
    assert STATUS_OF_SERVE_STATE.keys() == {status.value for status in RayDeploymentStatus} - {"UNHEALTHY", "DEPLOY_FAILED"}


def test_the_number_of_workers_is_that_of_recent_heartbeats() -> None:
    assert check(Signs(0.0), Clock())().workers == 3
