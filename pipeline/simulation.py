"""How fast films go through N workers and the engines' replicas: a queueing model, played through event by event.

A film visits stations, an engine with its replicas or the worker's own core, one stage after the other. A stage is so many
equal calls; they wait in line where all servers of the station are busy. A worker takes the next film when its last is done.
The model leaves out what the machine shares: memory, the bus, cores that two engines would both like to have.
"""

import heapq
import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.tasks import StageRun, StageStatus

WORKER = "worker"  # the station of stages that no engine does
# Stage → the role whose engine does it.
STATIONS = {
    "separate": "separator",
    "diarize": "diarizer",
    "identify": "transcriber",
    "transcribe": "transcriber",
    "study": "translator",
    "translate": "translator",
    "rephrase": "translator",
    "synthesize": "synthesizer",
}

Servers = Mapping[str, int]  # station → calls it answers at once


@dataclass(frozen=True, slots=True)
class Visit:
    """One stage of a film: `calls` to a station, each `seconds` long."""

    stage: str
    station: str
    seconds: float
    calls: int = 1

    def __post_init__(self) -> None:
        if self.calls < 1 or self.seconds < 0.0:
            raise ValueError(f"{self.stage} cannot make {self.calls} calls of {self.seconds} s")

    @property
    def work(self) -> float:
        """Seconds of one server for all calls."""
        return self.seconds * self.calls


Route = tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """What came of it. `finished`: seconds from the start, film by film; `busy`: station → seconds its servers worked."""

    finished: tuple[float, ...]
    busy: Mapping[str, float]
    servers: Servers

    @property
    def seconds(self) -> float:
        """Until the last film was done."""
        return max(self.finished)

    @property
    def films_per_hour(self) -> float:
        """Over all of it, the slow start and the end, when workers have nothing left, included."""
        return 3600.0 * len(self.finished) / self.seconds

    def use(self, station: str) -> float:
        """How much of a station's time was work, 0..1."""
        return self.busy.get(station, 0.0) / (self.servers[station] * self.seconds)


@dataclass(frozen=True, slots=True)
class Bound:
    """What no queue can beat: the rate of the station that has most to do. `station`: its name, or "workers"."""

    films_per_hour: float
    station: str


def route_of(runs: Iterable[StageRun], at_once: Servers) -> Route:
    """A film's way as it was measured. `at_once`: how many calls each station answered at once at that time.

    Stages from the cache cost nothing and are left out; of several attempts the last that worked counts.
    """
    worked = {(run.name, run.language): run for run in runs if run.status is StageStatus.DONE and run.executed}
    return tuple(_visit(run, at_once) for run in sorted(worked.values(), key=lambda run: run.started_at))


def _visit(run: StageRun, at_once: Servers) -> Visit:
    role = STATIONS.get(run.name, WORKER)
    station = role if role in at_once else WORKER  # nobody plays it: without a separator, the worker copies
    calls = run.executed if station != WORKER else 1
    side_by_side = min(calls, at_once.get(station, 1))
    return Visit(run.name, station, run.seconds * side_by_side / calls, calls)


def sped_up(route: Route, factors: Mapping[str, float]) -> Route:
    """The same way with stations that are so many times as fast."""
    return tuple(replace(visit, seconds=visit.seconds / factors.get(visit.station, 1.0)) for visit in route)


def demand(route: Route) -> dict[str, float]:
    """Station → seconds of its servers that one film takes."""
    return {station: sum(visit.work for visit in route if visit.station == station) for station in _stations(route)}


def alone(route: Route, servers: Servers) -> float:
    """Seconds that a film takes where no other is in its way."""
    return sum(visit.seconds * math.ceil(visit.calls / servers[visit.station]) for visit in route)


def bound(route: Route, servers: Servers, *, workers: int) -> Bound:
    """The highest rate there can be: no station works more than all the time, no worker has more than one film."""
    rates = {station: servers[station] / work for station, work in demand(route).items() if work > 0.0}
    rates["workers"] = workers / alone(route, servers)
    least = min(rates, key=lambda name: rates[name])
    return Bound(3600.0 * rates[least], least)


def grown(route: Route, servers: Servers, *, workers: int, steps: int) -> Iterator[tuple[Servers, int, Bound]]:
    """One more where it is narrowest, step by step: the servers, the workers, and what is the bound then."""
    now, many = dict(servers), workers
    for _ in range(steps):
        narrowest = bound(route, now, workers=many)
        yield dict(now), many, narrowest
        if narrowest.station == "workers":
            many += 1
            now[WORKER] = now.get(WORKER, 0) + 1  # a worker brings its core along
        else:
            now[narrowest.station] += 1


def _stations(route: Route) -> tuple[str, ...]:
    return tuple(dict.fromkeys(visit.station for visit in route))


# --- played through ---


@dataclass(slots=True)
class _Worker:
    """A worker's film and how far it is: `visit` is the stage, `open` its calls that are not answered."""

    film: int = -1
    visit: int = 0
    open: int = 0


def simulate(route: Route, servers: Servers, *, workers: int, films: int) -> Played:
    """Play `films` equal films through. Deterministic: who came first is served first."""
    if not route or workers < 1 or films < 1 or any(servers.get(station, 0) < 1 for station in _stations(route)):
        raise ValueError("a simulation needs a route, a worker, a film, and a server at every station of the route")
    return _Play(route, servers, films).through(workers)


class _Play:
    """The state of one simulation: who waits where, and what ends when."""

    def __init__(self, route: Sequence[Visit], servers: Servers, films: int) -> None:
        self._route, self._servers = route, servers
        self._waiting: dict[str, deque[tuple[_Worker, float]]] = {station: deque() for station in servers}
        self._free = dict(servers)
        self._left = deque(range(films))
        self._ends: list[tuple[float, int, _Worker, str]] = []  # a heap: time, order, whose call, where
        self._order = 0
        self._finished = [0.0] * films
        self._busy = dict.fromkeys(servers, 0.0)

    def through(self, workers: int) -> Played:
        """Until the last film is done."""
        for _ in range(workers):
            self._next_film(_Worker(), 0.0)
        while self._ends:
            now, _, worker, station = heapq.heappop(self._ends)
            self._free[station] += 1
            self._serve(station, now)
            worker.open -= 1
            if worker.open == 0:
                self._next_visit(worker, now)
        return Played(tuple(self._finished), self._busy, self._servers)

    def _next_film(self, worker: _Worker, now: float) -> None:
        if self._left:
            worker.film, worker.visit = self._left.popleft(), -1
            self._next_visit(worker, now)

    def _next_visit(self, worker: _Worker, now: float) -> None:
        worker.visit += 1
        if worker.visit == len(self._route):
            self._finished[worker.film] = now
            self._next_film(worker, now)
            return
        visit = self._route[worker.visit]
        worker.open = visit.calls
        self._waiting[visit.station].extend([(worker, visit.seconds)] * visit.calls)
        self._serve(visit.station, now)

    def _serve(self, station: str, now: float) -> None:
        while self._free[station] and self._waiting[station]:
            worker, seconds = self._waiting[station].popleft()
            self._free[station] -= 1
            self._order += 1
            self._busy[station] += seconds
            heapq.heappush(self._ends, (now + seconds, self._order, worker, station))
