"""Programs that stay. (`pipeline.processes.resident_process.ResidentProcess`; what runs to its end is tested in test_programs.)"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.errors import ProgramError, ProgramMissing, ProgramTimeout
from pipeline.processes.resident_process import ResidentProcess

ROOT = Path(__file__).resolve().parents[2]


def is_running(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pids: list[int]) -> bool:
    """Whether all of them end before our patience does."""
    patience = time.monotonic() + 10
    while any(map(is_running, pids)) and time.monotonic() < patience:
        time.sleep(0.02)
    return not any(map(is_running, pids))


def pids_of(resident: ResidentProcess) -> list[int]:
    return [process.pid for process in resident._processes]


def test_a_chain_answers_question_after_question() -> None:
    resident = ResidentProcess([["cat"], ["cat", "-u"]])
    try:
        answers = [resident.ask(f"question {n}\0".encode(), until=b"\0", timeout=10) for n in range(100)]
    finally:
        resident.close()
    assert answers == [f"question {n}".encode() for n in range(100)]


def test_a_question_larger_than_all_pipes_does_not_lock_up() -> None:
    resident = ResidentProcess([["cat"], ["cat"]])
    try:
        assert len(resident.ask(b"x" * 2_000_000 + b"\0", until=b"\0", timeout=30)) == 2_000_000
    finally:
        resident.close()


def test_a_chain_that_does_not_answer_is_a_timeout() -> None:
    resident = ResidentProcess([["sleep", "60"]])
    try:
        with pytest.raises(ProgramTimeout):
            resident.ask(b"hello\0", until=b"\0", timeout=0.1)
    finally:
        resident.close()
    assert gone(pids_of(resident))


def test_a_chain_that_ended_says_why() -> None:
    resident = ResidentProcess([["sh", "-c", "echo no such rules >&2; exit 3"]])
    try:
        with pytest.raises(ProgramError, match="no such rules"):
            resident.ask(b"hello\0" * 100_000, until=b"\0", timeout=10)
    finally:
        resident.close()


def test_a_missing_program_is_named_and_leaves_nothing_running() -> None:
    with pytest.raises(ProgramMissing, match="no-such-program is not installed"):
        ResidentProcess([["cat"], ["no-such-program"]])


def test_a_closed_chain_has_ended_with_all_its_programs_and_answers_no_more() -> None:
    resident = ResidentProcess([["cat"], ["sh", "-c", "sleep 60 & cat"], ["cat"]])
    assert resident.ask(b"a\0", until=b"\0", timeout=10) == b"a"
    resident.close()
    resident.close()
    assert gone(pids_of(resident))
    with pytest.raises(ProgramError, match="closed"):
        resident.ask(b"a\0", until=b"\0", timeout=10)


def test_a_chain_ends_when_its_owner_is_killed() -> None:
    script = (
        "from pipeline.processes.resident_process import ResidentProcess\n"
        "resident = ResidentProcess([['cat'], ['cat'], ['cat']])\n"
        "resident.ask(b'a\\0', until=b'\\0', timeout=10)\n"
        "print(*[process.pid for process in resident._processes], flush=True)\n"
        "input()"
    )
    owner = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert owner.stdout is not None
    pids = [int(pid) for pid in owner.stdout.readline().split()]
    assert len(pids) == 3
    assert all(map(is_running, pids))
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    assert gone(pids)
    owner.communicate()
