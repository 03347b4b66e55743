"""Who of the workers is known to be dead."""

import subprocess
import sys
from pathlib import Path

from serve.worker.worker_id import find_dead_workers, make_worker_id

ROOT = Path(__file__).parents[3]
NAME = "from serve.worker.worker_id import make_worker_id; print(make_worker_id(), flush=True); input()"


def test_a_worker_is_dead_once_its_process_is() -> None:
    process = subprocess.Popen([sys.executable, "-c", NAME], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    name = process.stdout.readline().strip()
    assert find_dead_workers([name]) == ()
    process.kill()
    process.communicate()
    assert find_dead_workers([name, make_worker_id()]) == (name,)


def test_a_later_process_with_its_number_is_somebody_else() -> None:
    host, place, pid, start, nonce = make_worker_id().split("/")
    earlier = "/".join((host, place, pid, str(int(start) - 1), nonce))
    assert find_dead_workers([earlier]) == (earlier,)


def test_of_other_machines_and_of_names_that_say_nothing_nobody_knows() -> None:
    host, place, _, start, nonce = make_worker_id().split("/")
    elsewhere = [f"other/{place}/999999999/{start}/{nonce}", f"{host}/{'0' * 8}-1/999999999/{start}/{nonce}"]
    assert find_dead_workers([*elsewhere, "", "host/1/aa", "a/b/c/d/e/f"]) == ()


def test_no_two_workers_of_a_process_are_the_same() -> None:
    assert make_worker_id() != make_worker_id()
