"""Queueing model of the service: throughput of films over N workers and the engines' replicas, by discrete-event simulation.

A film visits stations, an engine with its replicas or the worker's own core, one stage after the other. A stage is so many
equal calls; they wait in line where all servers of the station are busy. A worker takes the next film when its last is done:
the one that came first, and one that may wait only where no other does.
The model leaves out what the machine shares: memory, the bus, cores that two engines would both like to have.
"""

import heapq
import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.values.tasks import StageRun, StageStatus

WORKER = "worker"  # the station of stages that no engine does
# Stage → the role whose engine does it.
STATIONS = {
    "separate": "separator",
    "separate_rest": "separator",
    "diarize": "diarizer",
    "identify": "transcriber",
    "transcribe": "transcriber",
    "align": "aligner",
    "study": "translator",
    "translate": "translator",
    "rephrase": "translator",
    "voice": "synthesizer",
    "estimate_duration": "synthesizer",
    "synthesize": "synthesizer",
    "recognize_takes": "transcriber",
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
class QueuedFilm:
    """One film in the queue: its way, when it came (s from the start), and whether it may wait until nobody else's does."""

    route: Route
    at: float = 0.0
    bulk: bool = False


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """The result of a simulation. `finished`: seconds from the start, film by film; `busy`: station → seconds its servers worked."""

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
        """Utilization of a station, 0..1."""
        return self.busy.get(station, 0.0) / (self.servers[station] * self.seconds)


@dataclass(frozen=True, slots=True)
class Bound:
    """Upper bound of the throughput: the rate of the bottleneck. `station`: its name, or "workers"."""

    films_per_hour: float
    station: str


def build_route(runs: Iterable[StageRun], at_once: Servers) -> Route:
    """A film's way as it was measured. `at_once`: how many calls each station answered at once at that time.

    Stages from the cache cost nothing and are left out; of several attempts the last that worked counts.
    """
    worked = {(run.name, run.language): run for run in runs if run.status is StageStatus.DONE and run.executed}
    return tuple(_build_visit(run, at_once) for run in sorted(worked.values(), key=lambda run: run.started_at))


def _build_visit(run: StageRun, at_once: Servers) -> Visit:
    role = STATIONS.get(run.name, WORKER)
    station = role if role in at_once else WORKER  # nobody plays it: without a separator, the worker copies
    calls = run.executed if station != WORKER else 1
    side_by_side = min(calls, at_once.get(station, 1))
    return Visit(run.name, station, run.seconds * side_by_side / calls, calls)


def speed_up_stations(route: Route, factors: Mapping[str, float]) -> Route:
    """The same way with stations that are so many times as fast."""
    return tuple(replace(visit, seconds=visit.seconds / factors.get(visit.station, 1.0)) for visit in route)


def merge_stations(route: Route, stations: Iterable[str], name: str) -> Route:
    """The same way where several stations are one, for instance the engines that share a card: its servers are theirs."""
    joined = frozenset(stations)
    return tuple(replace(visit, station=name) if visit.station in joined else visit for visit in route)


def compute_demand(route: Route) -> dict[str, float]:
    """Station → seconds of its servers that one film takes."""
    return {station: sum(visit.work for visit in route if visit.station == station) for station in _list_stations(route)}


def compute_solo_seconds(route: Route, servers: Servers) -> float:
    """Seconds that a film takes where no other is in its way."""
    return sum(visit.seconds * math.ceil(visit.calls / servers[visit.station]) for visit in route)


def compute_bound(route: Route, servers: Servers, *, workers: int) -> Bound:
    """The highest rate there can be: no station works more than all the time, no worker has more than one film."""
    rates = {station: servers[station] / work for station, work in compute_demand(route).items() if work > 0.0}
    rates["workers"] = workers / compute_solo_seconds(route, servers)
    least = min(rates, key=lambda name: rates[name])
    return Bound(3600.0 * rates[least], least)


def relieve_bottlenecks(route: Route, servers: Servers, *, workers: int, steps: int) -> Iterator[tuple[Servers, int, Bound]]:
    """One more where it is narrowest, step by step: the servers, the workers, and what is the bound then."""
    now, many = dict(servers), workers
    for _ in range(steps):
        narrowest = compute_bound(route, now, workers=many)
        yield dict(now), many, narrowest
        if narrowest.station == "workers":
            many += 1
            now[WORKER] = now.get(WORKER, 0) + 1  # a worker brings its core along
        else:
            now[narrowest.station] += 1


def _list_stations(route: Route) -> tuple[str, ...]:
    return tuple(dict.fromkeys(visit.station for visit in route))


# --- played through ---


def simulate(route: Route, servers: Servers, *, workers: int, films: int) -> SimulationResult:
    """Play `films` equal films through, all of them queued from the start."""
    return simulate_queue([QueuedFilm(route)] * films, servers, workers=workers)


def simulate_queue(turns: Sequence[QueuedFilm], servers: Servers, *, workers: int) -> SimulationResult:
    """Play films through. Deterministic: who came first is served first, and bulk where nobody else waits for a worker."""
    stations = {station for turn in turns for station in _list_stations(turn.route)}
    if workers < 1 or not turns or not all(turn.route for turn in turns) or any(servers.get(name, 0) < 1 for name in stations):
        raise ValueError("a simulation needs a film, its route, a worker, and a server at every station of the route")
    return _Simulation(turns, servers, workers).run()


@dataclass(slots=True)
class _Dub:
    """A film at work and how far it is: `visit` is the stage, `open` its calls that are not answered."""

    film: int
    visit: int = -1
    open: int = 0


class _Simulation:
    """The state of one simulation: who waits where, and what ends when."""

    def __init__(self, turns: Sequence[QueuedFilm], servers: Servers, workers: int) -> None:
        self._turns, self._servers, self._idle = turns, servers, workers
        self._waiting: dict[str, deque[tuple[_Dub, float]]] = {station: deque() for station in servers}
        self._free = dict(servers)
        self._coming = deque(sorted(range(len(turns)), key=lambda film: (turns[film].at, film)))
        self._queue: list[tuple[bool, int, int]] = []  # a heap: bulk last, then in the order in which they came, the film
        self._ends: list[tuple[float, int, _Dub, str]] = []  # a heap: time, order, whose call, where
        self._order = 0
        self._finished = [0.0] * len(turns)
        self._busy = dict.fromkeys(servers, 0.0)

    def run(self) -> SimulationResult:
        """Until the last film is done."""
        while self._ends or self._coming:
            if self._coming and (not self._ends or self._turns[self._coming[0]].at <= self._ends[0][0]):
                self._admit(self._turns[self._coming[0]].at)
            else:
                self._answer(*heapq.heappop(self._ends))
        return SimulationResult(tuple(self._finished), self._busy, self._servers)

    def _admit(self, now: float) -> None:
        while self._coming and self._turns[self._coming[0]].at <= now:
            film = self._coming.popleft()
            self._order += 1
            heapq.heappush(self._queue, (self._turns[film].bulk, self._order, film))
        self._start_films(now)

    def _answer(self, now: float, _order: int, dub: _Dub, station: str) -> None:
        self._free[station] += 1
        self._serve(station, now)
        dub.open -= 1
        if dub.open == 0:
            self._start_visit(dub, now)

    def _start_films(self, now: float) -> None:
        while self._idle and self._queue:
            self._idle -= 1
            self._start_visit(_Dub(heapq.heappop(self._queue)[-1]), now)

    def _start_visit(self, dub: _Dub, now: float) -> None:
        dub.visit += 1
        route = self._turns[dub.film].route
        if dub.visit == len(route):
            self._finished[dub.film] = now
            self._idle += 1
            self._start_films(now)
            return
        visit = route[dub.visit]
        dub.open = visit.calls
        self._waiting[visit.station].extend([(dub, visit.seconds)] * visit.calls)
        self._serve(visit.station, now)

    def _serve(self, station: str, now: float) -> None:
        while self._free[station] and self._waiting[station]:
            dub, seconds = self._waiting[station].popleft()
            self._free[station] -= 1
            self._order += 1
            self._busy[station] += seconds
            heapq.heappush(self._ends, (now + seconds, self._order, dub, station))
