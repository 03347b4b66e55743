"""`./dubarr hostile`: hostile uploads and webhooks against a running service, and whether it stays healthy."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import console
from tools.endurance.footprint import measure_footprints
from tools.endurance.invariants import Claim
from tools.endurance.trial import PASSWORD, USER, Trial, start_trial_service
from tools.hostile.file_tree import list_changes, snapshot_tree
from tools.hostile.hostile_requests import HostileClient, Outcome

if TYPE_CHECKING:
    import httpx

WARM_UP = 300  # requests after which what is loaded late is loaded
AT_ONCE = 4  # requests
REQUEST_LIMIT_S = 120.0
QUEUE_LIMIT_S = 1200.0  # until every accepted film has ended
SETTLE_S = 8.0
MAX_GROWTH = 0.10  # of the memory of ingress, store and worker
WATCHED_KINDS = ("ingress", "store", "worker")
SHOWN = 20


@click.command()
@click.option("--count", default=2000, show_default=True, type=click.IntRange(min=2 * WARM_UP), help="Requests to send.")
@click.option("--seed", default=1, show_default=True, help="Another seed sends other requests; the same one the same.")
def hostile(count: int, seed: int) -> int:
    """Send hostile uploads and webhooks, and see that nothing gives way.

    Starts a service of its own in a temporary folder. Ends with 0 if every request was answered 4xx or became a task that ended
    with a film or an error that says why, nothing was written outside the service's folders, and memory came back within 10 %.
    """
    from tools.endurance.chaos import print_results

    began = time.monotonic()
    with start_trial_service() as trial:
        claims = attack(trial, count, seed)
    print_results((), claims)
    console.say(f"{count} requests, seed {seed}, {time.monotonic() - began:.0f} s")
    return 0 if all(claim.holds for claim in claims) else 1


def attack(trial: Trial, count: int, seed: int) -> tuple[Claim, ...]:
    """Send the requests, and check what must hold after them."""
    import httpx

    settings = trial.settings
    ours = [settings.data_dir, settings.videos_dir, settings.logs_dir, trial.library]
    ours += [path for path in trial.home.iterdir() if path.is_dir() and path.name.startswith(("ray", "left", "session"))]
    roots = {trial.home: ours, Path("/etc"): []}
    with httpx.Client(base_url=settings.url, auth=(USER, PASSWORD), timeout=REQUEST_LIMIT_S, trust_env=False) as client:
        sender = HostileClient(client, trial.library, seed)
        outcomes = list(send_all(sender, range(WARM_UP)))
        wait_for_queue(client)
        before, memory = {root: snapshot_tree(root, left_out) for root, left_out in roots.items()}, measure_memory(trial)
        outcomes += send_all(sender, range(WARM_UP, count))
        ended = wait_for_queue(client)
        time.sleep(SETTLE_S)
        grown = measure_memory(trial)
        changed = [path for root, left_out in roots.items() for path in list_changes(before[root], snapshot_tree(root, left_out))]
        tasks = {task["id"]: task for task in list_tasks(client)}
        health = client.get("/health").json()
    show_outcomes(outcomes, tasks)
    return (
        Claim(
            "every request is answered below 500", tuple(str(each) for each in outcomes if each.status >= 500 or each.status == 0)
        ),
        Claim("every refusal says why", tuple(str(each) for each in outcomes if 400 <= each.status < 500 and not each.detail)),
        Claim("every accepted film ends, with a film or an error that says why", tuple(describe_unended(tasks, ended=ended))),
        Claim("the service is healthy", () if health["worker_alive"] else (str(health),)),
        Claim("nothing is written outside the service's folders", tuple(changed[:SHOWN])),
        Claim("refused uploads leave nothing", tuple(list_leftovers(settings.videos_dir, tasks))),
        Claim(f"memory is back within {MAX_GROWTH:.0%}", tuple(describe_growths(memory, grown))),
    )


def send_all(sender: HostileClient, numbers: Sequence[int]) -> Iterator[Outcome]:
    """Send requests, some at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(sender.send, numbers)


def wait_for_queue(client: "httpx.Client") -> bool:
    """Wait until no film waits or is at work; False after a long time."""
    deadline = time.monotonic() + QUEUE_LIMIT_S
    while time.monotonic() < deadline:
        queue = client.get("/health").json()["queue_stats"]
        if not queue["QUEUED"] + queue["PROCESSING"]:
            return True
        time.sleep(1.0)
    return False


def list_tasks(client: "httpx.Client") -> Iterator[dict[str, object]]:
    """List all tasks, page by page."""
    for offset in range(0, 1 << 20, 500):
        page = client.get("/api/tasks", params={"limit": 500, "offset": offset}).json()["tasks"]
        yield from page
        if not page:
            return


def measure_memory(trial: Trial) -> dict[str, float]:
    """Measure the memory of the watched processes, MB."""
    found = dict.fromkeys(WATCHED_KINDS, 0.0)
    for each in measure_footprints(trial.processes()):
        if (kind := each.name.split()[0]) in WATCHED_KINDS:
            found[kind] += each.memory
    return found


def describe_growths(before: dict[str, float], after: dict[str, float]) -> Iterator[str]:
    """Describe the processes that grew too much."""
    for name, held in before.items():
        console.say(f"{name}: {held:.0f} MB, then {after.get(name, 0):.0f} MB")
        if after.get(name, 0) > held * (1 + MAX_GROWTH):
            yield f"{name}: {held:.0f} MB, then {after[name]:.0f} MB"


def describe_unended(tasks: dict[object, dict[str, object]], *, ended: bool) -> Iterator[str]:
    """Describe the tasks that have neither a film nor a reason."""
    if not ended:
        yield f"films still wait after {QUEUE_LIMIT_S:g} s"
    for task in tasks.values():
        if not (task["status"] == "DONE" or (task["status"] in {"ERROR", "SKIPPED"} and task["error"])):
            yield f"task {task['id']}: {task['status']} {task['error']!r}"


def list_leftovers(videos: Path, tasks: dict[object, dict[str, object]]) -> list[str]:
    """List the uploads that no task names."""
    queued = {str(task["path"]) for task in tasks.values()}
    whole = [str(path) for path in videos.iterdir() if path.is_file() and str(path) not in queued]
    return whole + [str(path) for path in (videos / ".uploads").glob("*.part")]


def show_outcomes(outcomes: Sequence[Outcome], tasks: dict[object, dict[str, object]]) -> None:
    """Show how many requests had which answer, and how the accepted films ended."""
    for (way, status), number in sorted(Counter((each.way, each.status) for each in outcomes).items()):
        console.say(f"{way:9} {status} {number:5}")
    console.say(f"tasks: {dict(Counter(str(task['status']) for task in tasks.values()))}")
