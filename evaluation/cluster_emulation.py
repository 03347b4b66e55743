"""Emulation of a cluster: Ray actors of known delay in place of engines, to validate the queueing model.

Ray's scheduling, calls and waiting are real; the work is sleep, so neither a card nor a model is needed.
"""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from evaluation.queueing_model import Route, Servers, SimulationResult

PLACEMENT_LIMIT_S = 60.0  # s within which all actors must have found their place


def emulate_cluster(
    route: Route,
    servers: Servers,
    *,
    workers: int,
    films: int,
    shares: Mapping[str, float] | None = None,
    placed: float = PLACEMENT_LIMIT_S,
) -> SimulationResult:
    """Send `films` films through actors of a Ray that runs already.

    `shares`: station → what each of its replicas takes of a card. Such a replica is an actor of its own, which Ray must find
    a place for; the others share one. RayError (GetTimeoutError) where the cards have no room within `placed` seconds.
    """
    import ray

    given, kind = shares or {}, ray.remote(_SleepingEngine)
    alone = {
        name: [kind.options(num_cpus=0, num_gpus=given[name]).remote() for _ in range(servers[name])]
        for name in given
        if name in servers
    }
    hall = kind.options(num_cpus=0).remote()
    actors = {name: alone.get(name, [hall] * count) for name, count in servers.items()}
    everybody = [hall, *(actor for group in alone.values() for actor in group)]
    try:
        ray.get([actor.work.remote(0.0) for actor in everybody], timeout=placed)
        with ThreadPoolExecutor(1) as thread:  # a notebook's own thread has an event loop already
            finished, busy = thread.submit(asyncio.run, _Emulation(route, actors).run(workers, films)).result()
        return SimulationResult(tuple(finished), busy, servers)
    finally:
        for actor in everybody:
            ray.kill(actor)


class _SleepingEngine:
    """An engine whose work is a sleep."""

    async def work(self, seconds: float) -> float:
        """Seconds that it really took."""
        begun = time.perf_counter()
        await asyncio.sleep(seconds)
        return time.perf_counter() - begun


@dataclass
class _Emulation:
    """The state of one: which servers of a station are free, and what was done. `actors`: as often as they have servers."""

    route: Route
    actors: Mapping[str, list[Any]]
    free: dict[str, asyncio.Queue[Any]] = field(default_factory=dict)
    busy: dict[str, float] = field(default_factory=dict)

    async def run(self, workers: int, films: int) -> tuple[list[float], dict[str, float]]:
        """Finish times of the films, seconds from the start, and seconds that the actors of each station worked."""
        for name, group in self.actors.items():
            self.free[name], self.busy[name] = asyncio.Queue(), 0.0
            for actor in group:
                self.free[name].put_nowait(actor)
        left, begun = iter(range(films)), time.perf_counter()
        finished = [0.0] * films

        async def worker() -> None:
            for film in left:  # each takes the next one that nobody has
                for visit in self.route:
                    await asyncio.gather(*(self._call(visit.station, visit.seconds) for _ in range(visit.calls)))
                finished[film] = time.perf_counter() - begun

        await asyncio.gather(*(worker() for _ in range(workers)))
        return finished, self.busy

    async def _call(self, station: str, seconds: float) -> None:
        actor = await self.free[station].get()
        try:
            took = await actor.work.remote(seconds)
            self.busy[station] += took  # in a line of its own: the sum is read after the waiting, not before it
        finally:
            self.free[station].put_nowait(actor)
