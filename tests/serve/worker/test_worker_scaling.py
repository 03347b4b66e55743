"""Autoscaling of the workers: what a replica reports, the policy, and how one that is no longer needed ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from ray.serve.config import AutoscalingConfig

from serve.app import make_worker_deployment
from serve.replica_profiles import Scaling, WorkerProfile
from serve.worker.worker_scaling import (
    FILM_RUNNING,
    FILMS_WAITING,
    PLACES_FREE,
    RELEASE_LIMIT_S,
    REPORT_INTERVAL_S,
    WorkerReport,
    build_worker_autoscaling,
    decide_worker_count,
    drain,
)


def context(*reports: Mapping[str, float], target: int = 1, most: int = 10) -> Any:
    """Context that Serve's controller gives the policy; each value is the latest one of a replica's series."""
    names = (FILMS_WAITING, PLACES_FREE, FILM_RUNNING)
    raw = {
        name: {
            n: [SimpleNamespace(value=99.0), SimpleNamespace(value=report[name])] for n, report in enumerate(reports) if report
        }
        for name in names
    }
    return SimpleNamespace(
        raw_metrics=raw, target_num_replicas=target, current_num_replicas=len(reports), capacity_adjusted_max_replicas=most
    )


def report(waiting: float, running: float, places: float = 8.0) -> dict[str, float]:
    return {FILMS_WAITING: waiting, FILM_RUNNING: running, PLACES_FREE: places}


@pytest.mark.parametrize(
    ("reports", "wanted"),
    [
        ([report(0, 0)], 0),  # Serve keeps the least
        ([report(3, 1)], 4),
        ([report(3, 1), report(4, 1)], 6),  # the longest queue that one of them saw
        ([report(0, 1), report(0, 0), report(0, 1)], 2),
        ([report(50, 1)], 9),  # cores for eight more
        ([report(50, 1, places=0.0)], 2),  # one may wait for a core: a node may come for it
        ([report(50, 1, places=float("inf"))], 10),  # the most
    ],
)
def test_the_wanted_number_is_films_at_work_and_waiting_within_the_free_cores(
    reports: list[dict[str, float]], wanted: int
) -> None:
    assert decide_worker_count(context(*reports)) == (wanted, {})


def test_it_stays_as_it_is_until_something_was_reported() -> None:
    assert decide_worker_count(context({}, {}, target=2)) == (2, {})
    nothing = SimpleNamespace(raw_metrics=None, target_num_replicas=3)
    assert decide_worker_count(nothing) == (3, {})


def test_serve_takes_the_configuration_and_finds_the_policy() -> None:
    config = AutoscalingConfig(**build_worker_autoscaling(1, 6, 120.0))
    assert (config.min_replicas, config.max_replicas, config.downscale_delay_s) == (1, 6, 120.0)
    assert config.policy.get_policy()(context(report(3, 1))) == (4, {})  # by value: the controller imports nothing of ours


def test_queue_and_cluster_are_asked_for_at_intervals_and_the_film_each_time() -> None:
    now, asked = [0.0], []

    def count() -> int:
        asked.append(now[0])
        return 4

    told = WorkerReport(count, lambda: {"CPU": 3.5}, 1.0, lambda: now[0])
    assert told(is_busy=False) == report(4, 0, 3)
    assert told(is_busy=True) == report(4, 1, 3)
    now[0] += REPORT_INTERVAL_S + 1
    told(is_busy=True)
    assert asked == [0.0, now[0]]
    assert WorkerReport(count, dict, 0.0)(is_busy=False)[PLACES_FREE] == float("inf")


def test_a_fixed_number_of_workers_hands_its_films_back_at_once() -> None:
    fixed = make_worker_deployment(WorkerProfile(films=3))
    assert fixed.num_replicas == 3
    assert fixed._deployment_config.autoscaling_config is None
    assert fixed._deployment_config.graceful_shutdown_timeout_s == RELEASE_LIMIT_S
    following = make_worker_deployment(WorkerProfile(scaling=Scaling(least=1, most=4, idle=60), drain=1_000))
    assert following._deployment_config.autoscaling_config is not None
    assert following._deployment_config.graceful_shutdown_timeout_s == 1_000 + RELEASE_LIMIT_S


def test_scaling_to_no_worker_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="needs at least 1"):
        WorkerProfile(scaling=Scaling(least=0, most=4))
    assert WorkerProfile(scaling=Scaling(least=2, most=4)).working == 2
    assert WorkerProfile().most == WorkerProfile().working == 1


@dataclass
class Film:
    """A film that takes some looks; or the service that is replaced after some."""

    looks: int
    slept: list[float] = field(default_factory=list)

    def goes_on(self) -> bool:
        self.looks -= 1
        return self.looks >= 0

    def has_ended(self) -> bool:
        return not self.goes_on()


def test_a_worker_that_is_no_longer_needed_finishes_its_film() -> None:
    film = Film(5)
    drain(film.goes_on, lambda: False, 60.0, film.slept.append)
    assert len(film.slept) == 5


def test_it_releases_its_film_where_the_service_is_replaced_or_the_film_takes_too_long() -> None:
    film = Film(1_000)
    drain(film.goes_on, Film(3).has_ended, 60.0, film.slept.append)
    assert len(film.slept) == 3
    drain(film.goes_on, lambda: False, 0.0, film.slept.append)
    assert len(film.slept) == 3
