"""The store actor: which questions it takes, and (slow) the real actor: its answers, its errors and its death."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from fakes import wish

from pipeline.errors import LeaseLost, NotFound, StoreError
from pipeline.store.casting import Casting
from pipeline.store.edits import Edits
from pipeline.store.history import History
from pipeline.store.lines import Lines
from pipeline.store.monitoring.events import Events
from pipeline.store.stages import Stages
from pipeline.store.store import Store
from pipeline.store.task_leases import Leases
from pipeline.store.tasks import Tasks
from pipeline.values.tasks import TaskStatus
from serve.store.remote_store import RemoteStore
from serve.store.store_actor import COPIES, LEASES, MAX_RETRIES, StoreActor
from serve.store.store_calls import GROUP_OF, call_options

ROOT = Path(__file__).parents[3]
FILM = Path("/films/a.mkv")
OWNERS = {"Tasks": Tasks, "Leases": Leases, "Store": Store, "Events": Events}
INSIDE_THE_ACTOR = {Leases.restart_leases.__name__, Leases.require_lease.__name__}


@pytest.fixture
def actor(tmp_path: Path) -> Iterator[StoreActor]:
    opened = StoreActor(tmp_path / "dubarr.duckdb")
    yield opened
    opened.close()


def test_a_question_is_answered_by_the_part_that_it_names(actor: StoreActor, tmp_path: Path) -> None:
    offer = actor.ask("tasks", Tasks.submit.__name__, (wish(FILM),), {})
    assert actor.ask("tasks", Tasks.list_newest.__name__, (), {"limit": 1}) == ((offer.task,), 1)
    assert actor.ask("stages", Stages.list_runs.__name__, (offer.task.id,), {}) == ()
    assert actor.ask("lines", Lines.list_lines.__name__, (offer.task.id,), {}) == ()
    assert actor.ask("history", History.list_finished_films.__name__, (), {}) == ()
    folder = tmp_path / "queries" / "one"
    folder.mkdir(parents=True)
    assert actor.ask("store", "snapshot", (folder,), {}).stat().st_size > 0


def test_every_method_with_a_concurrency_group_of_its_own_is_one_of_the_stores() -> None:
    assert all(
        getattr(owner, method.__name__, None) is method
        for method in GROUP_OF
        for owner in [OWNERS[method.__qualname__.split(".")[0]]]
    )


def test_the_remote_store_has_every_public_method_that_is_asked_from_other_processes() -> None:
    """With the very signature, so that what is typed there is what is asked here."""
    remote = RemoteStore(None)
    for part, owner in {
        "tasks": Tasks,
        "leases": Leases,
        "stages": Stages,
        "lines": Lines,
        "cast": Casting,
        "edits": Edits,
        "history": History,
    }.items():
        there = type(getattr(remote, part))
        asked = {name for name in vars(owner) if not name.startswith("_")} - INSIDE_THE_ACTOR
        assert {name for name in vars(there) if not name.startswith("_")} == asked, part
        for name in asked:
            assert signature(getattr(there, name)) == signature(getattr(owner, name)), (part, name)


def test_a_copy_is_never_retried_and_no_call_for_ever() -> None:
    assert call_options(Store.snapshot) == {"concurrency_group": COPIES, "max_task_retries": 0}
    assert call_options(Leases.renew_lease) == {"concurrency_group": LEASES}
    assert call_options(Lines.list_lines) == {}
    assert 0 < MAX_RETRIES < 10


@pytest.mark.parametrize(
    ("part", "method"),
    [
        ("tasks", "_requeue"),
        ("store", "_database"),
        ("tasks", "__class__"),
        ("_store", "snapshot"),
        ("worker", "beat"),
        ("", "close"),
    ],
)
def test_private_names_and_unknown_parts_are_refused(actor: StoreActor, part: str, method: str) -> None:
    with pytest.raises(ValueError, match=f"the store has no {part}.{method}"):
        actor.ask(part, method, (), {})


def test_an_unknown_method_is_an_attribute_error_that_names_it(actor: StoreActor) -> None:
    with pytest.raises(AttributeError, match="clame_next"):
        actor.ask("tasks", "clame_next", (), {})


def test_an_error_of_the_store_is_left_as_it_is(actor: StoreActor) -> None:
    with pytest.raises(NotFound, match="no task 99"):
        actor.ask("tasks", Tasks.get.__name__, (99,), {})


def test_the_worker_is_unknown_before_its_first_sign_and_silent_since_its_last(actor: StoreActor) -> None:
    assert actor.get_worker_silence() is None
    actor.beat()
    first = actor.get_worker_silence()
    assert first is not None and first >= 0
    second = actor.get_worker_silence()
    assert second is not None and second >= first
    actor.beat()
    assert actor.get_worker_silence() is not None


def test_a_workers_sign_tells_its_calls(actor: StoreActor) -> None:
    assert actor.count_inflight_calls() == {}
    actor.beat("one", {"tts": 2})
    actor.beat("other", {"tts": 1, "llm": 4})
    assert actor.count_inflight_calls() == {"tts": 3, "llm": 4}
    actor.beat("one")
    assert actor.count_inflight_calls() == {"tts": 1, "llm": 4}


def test_a_keeper_that_closed_lets_another_process_open_the_file(tmp_path: Path) -> None:
    actor = StoreActor(tmp_path / "dubarr.duckdb")
    actor.ask("tasks", Tasks.submit.__name__, (wish(FILM),), {})
    actor.close()
    code = (
        "import sys, pathlib; from pipeline.store.store import Store; print(Store(pathlib.Path(sys.argv[1])).tasks.get(1).path)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "dubarr.duckdb")]
    other = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert other.stdout.strip() == str(FILM), other.stderr


# Asks a real actor, kills its process while a thread goes on asking, and writes down all that was answered. In a process of
# its own, so that no Ray stays in that of the tests.
SESSION = """
import os, pickle, signal, sys, threading, time
from pathlib import Path
import pyarrow, pyarrow.ipc, ray
from fakes import wish
from pipeline.store.database import snapshots
from pipeline.store.queries import answer_query
from pipeline.errors import DubarrError
from pipeline.values.tasks import Lease
from serve.store.remote_store import connect_store
from serve.store.store_actor import ACTOR_NAME, NAMESPACE

database, answers = Path(sys.argv[1]), {}

def ask(store):
    with answer_query("SELECT count(*) AS n FROM tasks", snapshots.queries_folder_of(database), store.snapshot) as answer:
        return pyarrow.ipc.open_stream(answer).read_all().to_pylist()

def holder():
    "The process that holds the database file open."
    for handle in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if handle.readlink() == database:
                return int(handle.parts[2])
        except OSError:
            continue  # it ended, or is another user's

def renewals_under_a_copy(store, task):
    "How many renewals, signs of life and counts were answered while a copy of the store waited for its disk."
    _, lease = store.leases.claim_next_task("worker", 60.0)
    folder = snapshots.queries_folder_of(database) / "slow"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "store.duckdb.wal"
    os.mkfifo(log)  # nobody reads it: the copy waits in the middle
    copying = threading.Thread(target=error_of, args=(lambda: store.snapshot(folder),))
    copying.start()
    answered = 0
    time.sleep(0.5)  # it has begun
    for _ in range(20):
        store.leases.renew_lease(lease, 60.0)
        store.beat("worker")
        answered += bool(store.tasks.count_by_status()) and store.get_worker_silence() is not None
    answered *= copying.is_alive()
    log.read_bytes()
    copying.join()
    store.leases.release(lease)
    return answered

def error_of(ask):
    try:
        ask()
    except Exception as error:
        return error

ray.init(address="local", namespace=NAMESPACE, include_dashboard=False, num_cpus=2, object_store_memory=100 << 20,
         log_to_driver=False, logging_level="WARNING")
try:
    store = connect_store(database)
    first = store.tasks.submit(wish(Path("/films/first.mkv"))).task
    answers["silence"] = store.get_worker_silence()
    store.beat("worker", {"tts": 2})
    deadline = time.monotonic() + 5
    while not (calls := store.count_inflight_calls()) and time.monotonic() < deadline:
        time.sleep(0.02)  # nobody waits for the answer to a sign of life
    answers["calls"] = calls
    answers["silence after a sign"] = store.get_worker_silence()
    answers["errors"] = [error_of(ask) for ask in (
        lambda: store.tasks.get(99),
        lambda: store.leases.renew_lease(Lease(first.id, 7), 60.0),
        lambda: store.backup(database),
    )]
    answers["same"] = connect_store(database).tasks.get(first.id) == first
    answers["under a copy"] = renewals_under_a_copy(store, first)

    acknowledged, enough, failed = [], threading.Event(), []

    def offer():
        number = 0
        while not enough.is_set():
            number += 1
            try:
                acknowledged.append(store.tasks.submit(wish(Path(f"/films/{number}.mkv"))).task)
            except BaseException as error:
                failed.append(error)
                return

    def wait_for(number):
        while len(acknowledged) < number and not failed:
            pass_on.wait(0.01)

    pass_on = threading.Event()
    asking = threading.Thread(target=offer)
    asking.start()
    wait_for(10)
    killed = holder()
    os.kill(killed, signal.SIGKILL)
    wait_for(len(acknowledged) + 10)
    enough.set()
    asking.join()
    answers["processes"] = (killed, holder())
    answers["failed"] = [repr(error) for error in failed]
    answers["acknowledged"] = acknowledged
    answers["tasks"] = store.tasks.list_newest(limit=100_000)
    answers["queue"] = store.tasks.count_by_status()
    answers["query"] = ask(store)
    actor = ray.get_actor(ACTOR_NAME, namespace=NAMESPACE)
    ray.get(actor.close.remote())
    ray.kill(actor)
finally:
    ray.shutdown()
Path(sys.argv[2]).write_bytes(pickle.dumps(answers))
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store").resolve() / "dubarr.duckdb"


@pytest.fixture(scope="module")
def answers(database: Path) -> dict[str, Any]:
    """Answers of a real store actor."""
    written = database.with_suffix(".answers")
    path = os.pathsep.join(str(folder) for folder in (ROOT, ROOT / "tests" / "support"))
    # On loopback alone, as the service has it.
    environment = os.environ | {"PYTHONPATH": path, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    environment.pop("RAY_ADDRESS", None)
    command = [sys.executable, "-c", SESSION, str(database), str(written)]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr
    answered: dict[str, Any] = pickle.loads(written.read_bytes())
    return answered


@pytest.mark.slow
def test_the_remote_store_answers_like_the_store_itself(answers: dict[str, Any], database: Path) -> None:
    store = Store(database)
    try:
        assert answers["tasks"] == store.tasks.list_newest(limit=100_000)
        assert answers["queue"] == store.tasks.count_by_status()
        assert answers["query"] == [{"n": len(answers["tasks"][0])}]
    finally:
        store.close()
    assert {task.status for task in answers["tasks"][0]} == {TaskStatus.QUEUED}


@pytest.mark.slow
def test_leases_signs_of_life_and_health_never_wait_for_a_copy_of_the_store(answers: dict[str, Any]) -> None:
    assert answers["under a copy"] == 20


@pytest.mark.slow
def test_everybody_gets_the_same_keeper(answers: dict[str, Any]) -> None:
    assert answers["same"] is True


@pytest.mark.slow
def test_errors_arrive_from_the_keeper_as_themselves(answers: dict[str, Any]) -> None:
    unknown, lost, refused = answers["errors"]
    assert (type(unknown), type(lost), type(refused)) == (NotFound, LeaseLost, StoreError)
    assert str(unknown).startswith("there is no task 99")
    assert str(lost) == str(LeaseLost(1))


@pytest.mark.slow
def test_the_workers_signs_reach_the_keeper(answers: dict[str, Any]) -> None:
    assert answers["silence"] is None
    assert answers["silence after a sign"] >= 0
    assert answers["calls"] == {"tts": 2}


@pytest.mark.slow
def test_a_keeper_killed_at_work_loses_nothing_acknowledged_and_nobody_sees_it(answers: dict[str, Any]) -> None:
    killed, after = answers["processes"]
    assert killed and after and killed != after
    assert answers["failed"] == []
    kept = {task.id: task for task in answers["tasks"][0]}
    assert len(answers["acknowledged"]) >= 20
    assert all(kept[task.id] == task for task in answers["acknowledged"])
    paths = [task.path for task in kept.values()]
    assert len(paths) == len(set(paths)), "a question asked again made a second task"
