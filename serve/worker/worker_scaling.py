"""Autoscaling of the workers by the queue: what each replica reports, and the policy that Serve's controller runs.

The wanted number is films at work plus films that wait, within the profile's bounds and the cores that are free. Serve pickles
this module by value for its controller, where nothing else of ours is imported.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

FILMS_WAITING = "films_waiting"
FILM_RUNNING = "film_running"  # 1 while the replica dubs a film
PLACES_FREE = "places_free"  # workers that the cluster's free CPUs have room for
REPORT_INTERVAL_S = 5.0
UPSCALE_DELAY_S = 5.0
DRAIN_POLL_INTERVAL_S = 0.5
RELEASE_LIMIT_S = 15.0  # s for handing a lease back


class WorkerReport:
    """Report of one replica to the autoscaler; queue and cluster are asked for at most once in `REPORT_INTERVAL_S`. Blocks."""

    def __init__(
        self,
        count_waiting: Callable[[], int],
        list_free: Callable[[], Mapping[str, float]],
        num_cpus: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count_waiting, self._list_free, self._num_cpus, self._clock = count_waiting, list_free, num_cpus, clock
        self._known: dict[str, float] = {}
        self._until = -1.0

    def __call__(self, *, is_busy: bool) -> dict[str, float]:
        """Report the films that wait, the room for workers, and whether this replica dubs a film."""
        if self._clock() > self._until:
            free = self._list_free().get("CPU", 0.0)
            places = free // self._num_cpus if self._num_cpus else float("inf")
            self._known = {FILMS_WAITING: float(self._count_waiting()), PLACES_FREE: places}
            self._until = self._clock() + REPORT_INTERVAL_S
        return self._known | {FILM_RUNNING: float(is_busy)}


def decide_worker_count(context: Any) -> tuple[int, dict[str, Any]]:
    """Autoscaling policy of Serve (`AutoscalingContext`): the wanted number of replicas. Serve keeps it within the bounds.

    One replica more than there is room for may wait for its cores: Ray's autoscaler, where there is one, adds a node for it.
    """
    waiting, places, running = (_read_latest(context, name) for name in (FILMS_WAITING, PLACES_FREE, FILM_RUNNING))
    if not waiting or not places:
        return context.target_num_replicas, {}  # nothing was reported yet
    wanted = sum(running) + max(waiting)
    room = context.current_num_replicas + max(1.0, *places)
    return int(min(wanted, room, context.capacity_adjusted_max_replicas)), {}


def build_worker_autoscaling(least: int, most: int, idle_s: float) -> dict[str, Any]:
    """Build Serve's autoscaling configuration of the workers: more at once, fewer after `idle_s` of less work."""
    return {
        "min_replicas": least,
        "max_replicas": most,
        "metrics_interval_s": REPORT_INTERVAL_S,
        "look_back_period_s": 2 * REPORT_INTERVAL_S,
        "upscale_delay_s": UPSCALE_DELAY_S,
        "downscale_delay_s": idle_s,
        "policy": {"policy_function": f"{__name__}:{decide_worker_count.__name__}"},
    }


def _read_latest(context: Any, name: str) -> list[float]:
    """The latest value of a metric from each replica that reported one."""
    series = (context.raw_metrics or {}).get(name, {}).values()
    return [values[-1].value for values in series if values]


def drain(
    is_busy: Callable[[], bool], must_release: Callable[[], bool], limit_s: float, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Drain a worker that takes no other film: wait for the end of its film, at most `limit_s`, unless it must be released.

    It must where the service stops or is replaced: the new worker resumes from the cached stages.
    """
    deadline = time.monotonic() + limit_s
    while is_busy() and not must_release() and time.monotonic() < deadline:
        sleep(DRAIN_POLL_INTERVAL_S)
