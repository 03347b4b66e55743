"""How many films an hour would go through N nodes, from the stages of films that were dubbed; and whether that is so.

    .venv/bin/python -m tests.benchmarks.simulate 12 13 --profile gpu-24g    # tasks of the running service
    .venv/bin/python -m tests.benchmarks.simulate --stages stages.json       # what GET /api/tasks/12/stages answered, or a list of such
    .venv/bin/python -m tests.benchmarks.simulate --check                    # against the real service on logical clusters, minutes

A film that had the service to itself tells best: what a stage waited for others counts as its work. Engines that the profile
gives a share of a card share each node's cards, one call at a time; all else shares each node's CPUs.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]
sys.path[:0] = [str(HERE.parent), str(HERE / "support")]

from logical_cluster import Dubs, dubbed_on, workers  # noqa: E402 -- its folder is named above
from timed_engines import LINES  # noqa: E402

from dashboard.notebook import parse_stage_runs as runs_of  # noqa: E402
from evaluation.queueing_model import (  # noqa: E402
    WORKER,
    QueuedFilm,
    Route,
    SimulationResult,
    Visit,
    build_route,
    compute_bound,
    compute_demand,
    merge_stations,
    simulate_queue,
)
from serve.profile import Profile  # noqa: E402
from serve.profile_loader import read_profile  # noqa: E402

CARD = "card"
WITHIN = 0.1  # of what was predicted
SCALE, BUSY = 0.9, 0.9  # of the ideal; of the time
LONG = 100  # films for each worker or node, so that start and end hardly count


@dataclass(frozen=True, slots=True)
class Node:
    """What each node has. `workers`: films in flight for each."""

    cards: int
    cpus: int
    workers: int

    def servers(self, nodes: int) -> dict[str, int]:
        """What so many of them have."""
        return {CARD: self.cards * nodes, WORKER: self.cpus * nodes}


def route_on(profile: Profile, stages: Sequence[dict[str, Any]]) -> Route:
    """A film's way over cards and CPUs, as it was measured with a profile."""
    roles = profile.roles()
    route = build_route(runs_of(list(stages)), {name: role.working * role.calls for name, role in roles.items()})
    on_card = [name for name, role in roles.items() if role.num_gpus]
    if profile.language_model:
        on_card.append("translator")
    return merge_stations(merge_stations(route, on_card, CARD), [name for name in roles if name not in on_card], WORKER)


def predicted(routes: Sequence[Route], node: Node, *, nodes: int) -> SimulationResult:
    """Films by turns over these ways, so many that start and end hardly count."""
    many = node.workers * nodes
    turns = [QueuedFilm(routes[film % len(routes)]) for film in range(LONG * many)]
    return simulate_queue(turns, node.servers(nodes), workers=many)


def narrowest(routes: Iterable[Route], node: Node, *, nodes: int) -> str:
    """What has most to do of all: cards, CPUs or workers."""
    whole = tuple(visit for route in routes for visit in route)
    return compute_bound(whole, node.servers(nodes), workers=node.workers * nodes).station


def table(routes: Sequence[Route], node: Node, numbers: Sequence[int]) -> Iterable[str]:
    """One line for each number of nodes."""
    yield "| nodes | films/hour | × of one node | cards busy | CPUs busy | narrowest |\n| ---: | ---: | ---: | ---: | ---: | --- |"
    one = predicted(routes, node, nodes=1).films_per_hour
    for nodes in numbers:
        played = predicted(routes, node, nodes=nodes)
        rate, use = played.films_per_hour, [f"{played.use(name):.0%}" for name in (CARD, WORKER)]
        least = narrowest(routes, node, nodes=nodes)
        yield f"| {nodes} | {rate:.1f} | {rate / one:.2f} | {use[0]} | {use[1]} | {'CPU' if least == WORKER else least} |"


def measured_routes(profile: Profile, tasks: Sequence[int], file: Path | None) -> list[Route]:
    """The ways of tasks of the running service, or of a file of stages."""
    if file:
        told = json.loads(file.read_text())
        films = told if isinstance(told, list) and told and "stages" in told[0] else [told]
        stages = [film["stages"] if isinstance(film, dict) else film for film in films]
    else:
        from serve.client.client import connect

        with connect() as client:
            stages = [client.stages(task) for task in tasks]
    return [route for each in stages if (route := route_on(profile, each))]


# --- held against the real service ---


@dataclass(frozen=True, slots=True)
class Measured:
    """What a logical cluster did. `whole`: films an hour from the first film's start to the last one's end. `steady`: the same
    between the moment when every card works and the one when the first card is done for good; `busy`: of the cards, in that time.
    """

    whole: float
    steady: float
    busy: float
    rise: float  # s before the steady time
    seconds: float  # of the steady time
    fall: float  # s after it


def measured(dubs: Dubs) -> Measured:
    """From the notes of the engines and the times of the tasks."""
    cards: dict[tuple[str, ...], list[tuple[float, float]]] = {}
    for call in dubs.calls:
        cards.setdefault((call["node"], *call["cards"]), []).append((call["start"], call["end"]))
    assert len(cards) == dubs.nodes, f"{len(cards)} cards worked, not {dubs.nodes}"
    begun, ended = [min(card)[0] for card in cards.values()], [max(end for _, end in card) for card in cards.values()]
    since, until = max(begun), min(ended)
    calls = [call for card in cards.values() for call in card]
    work = sum(max(0.0, min(end, until) - max(start, since)) for start, end in calls)
    each = sum(end - start for start, end in calls) / len(dubs.tasks)  # s of a card that a film took
    start = min(datetime.fromisoformat(task["started_at"]) for task in dubs.tasks)
    end = max(datetime.fromisoformat(task["finished_at"]) for task in dubs.tasks)
    return Measured(
        whole=3600.0 * len(dubs.tasks) / (end - start).total_seconds(),
        steady=3600.0 * work / each / (until - since),
        busy=work / len(cards) / (until - since),
        rise=since - min(begun),
        seconds=until - since,
        fall=max(ended) - until,
    )


def given_routes(dubs: Dubs) -> list[Route]:
    """The films' ways with the cards' time as it was given and the rest as it was measured."""
    done = [[run for run in runs if run["status"] == "DONE" and run["executed"]] for runs in dubs.runs]
    between = min(_took(task) - sum(run["seconds"] for run in runs) for task, runs in zip(dubs.tasks, done, strict=True))
    asked = {"voice": Visit("voice", CARD, 0.0), "synthesize": Visit("synthesize", CARD, dubs.delay, calls=LINES)}
    # The film's last question to the synthesizer, for the voices it has, waits in line too.
    last = (Visit("between stages", WORKER, max(0.0, between)), Visit("offers", CARD, 0.0))
    return [(*(asked.get(run["name"], Visit(run["name"], WORKER, run["seconds"])) for run in film), *last) for film in done]


def _took(task: dict[str, Any]) -> float:
    return (datetime.fromisoformat(task["finished_at"]) - datetime.fromisoformat(task["started_at"])).total_seconds()


def check(nodes: int, *, films: int, delay: float) -> bool:
    """The service on one node and on so many, `films` for each; whether it does what was predicted. Prints."""
    seen: dict[int, Measured] = {}
    routes: list[Route] = []
    print("nodes  films  films/hour: steady, simulated   whole, simulated   cards busy   rise + steady + fall, s", flush=True)
    held = True
    for many in (1, nodes):
        with tempfile.TemporaryDirectory() as folder:
            dubs = dubbed_on(many, Path(folder), films=films * many, delay=delay)
        routes = routes or given_routes(dubs)  # of the one node: what is predicted is the other
        was = seen[many] = measured(dubs)
        steady, whole = (simulated(routes, many, films=each).films_per_hour for each in (LONG * many, films * many))
        held = held and abs(was.steady / steady - 1) < WITHIN and abs(was.whole / whole - 1) < WITHIN
        print(
            f"{many:5}  {films * many:5}  {was.steady:18.1f} {steady:10.1f} {was.whole:8.1f} {whole:10.1f} {was.busy:12.1%}"
            f"   {was.rise:.0f} + {was.seconds:.0f} + {was.fall:.0f}",
            flush=True,
        )
    ratio = seen[nodes].steady / seen[1].steady
    beside = compute_demand(routes[0])[WORKER]
    print(
        f"{nodes} nodes do {ratio:.2f} × what one does; a film takes {LINES * delay:g} s of a card and {beside:.1f} s beside it"
    )
    return held and ratio >= SCALE * nodes and seen[nodes].busy >= BUSY


def simulated(routes: Sequence[Route], nodes: int, *, films: int) -> SimulationResult:
    """What the simulator says of the same. The nodes are logical: all of them mix and mux on the cores of this one machine."""
    turns = [QueuedFilm(routes[film % len(routes)]) for film in range(films)]
    return simulate_queue(turns, {CARD: nodes, WORKER: os.cpu_count() or 1}, workers=workers(nodes))


def main(argv: Sequence[str] | None = None) -> int:
    """Predict, or check; prints. 0 where all is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", type=int, nargs="*", help="tasks of the running service, each a way that films take by turns")
    parser.add_argument("--stages", type=Path, help="a JSON file of stages instead")
    parser.add_argument("--profile", default="gpu-24g", help="the profile they were dubbed with (%(default)s)")
    parser.add_argument("--cards", type=int, default=1, help="of each node (%(default)s)")
    parser.add_argument("--cpus", type=int, default=4, help="of each node (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="films in flight for each node (%(default)s)")
    parser.add_argument("--nodes", type=int, nargs="*", default=[1, 2, 4, 8], help="how many (1 2 4 8)")
    parser.add_argument("--check", action="store_true", help="hold the simulator against the real service on the last of --nodes")
    parser.add_argument("--films", type=int, default=2, help="for each node, where checked (%(default)s)")
    parser.add_argument("--speak", type=float, default=6.0, help=f"s that each of {LINES} lines keeps a card (%(default)s)")
    given = parser.parse_args(argv)
    if given.check:
        return 0 if check(given.nodes[-1], films=given.films, delay=given.speak) else 1
    if bool(given.tasks) == bool(given.stages):
        parser.error("give tasks of the running service, or --stages FILE")
    routes = measured_routes(read_profile(given.profile), given.tasks, given.stages)
    if not routes:
        parser.error("nothing was made in them: every stage came from the cache; purge the task, and dub it again")
    node = Node(given.cards, given.cpus, given.workers)
    print("\n".join(table(routes, node, given.nodes)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
