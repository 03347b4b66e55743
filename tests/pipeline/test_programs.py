"""External programs: their answers, their ends, and that none outlives its block."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from pipeline import programs
from pipeline.errors import ProgramError, ProgramMissing, ProgramTimeout

FOR_LONG = "250"  # s, longer than any of these tests may take


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_program_answers_what_it_is_given() -> None:
    assert programs.run(["cat"], timeout=30, stdin=b"hello") == b"hello"


def test_a_failure_is_worded_with_the_programs_last_line() -> None:
    with pytest.raises(ProgramError, match="exit code 3: no such luck") as caught:
        programs.run(["sh", "-c", "echo first >&2; echo no such luck >&2; exit 3"], timeout=30)
    assert (caught.value.code, caught.value.tail) == (3, "first\nno such luck\n")


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ProgramMissing, match="no-such-program is not installed"):
        programs.run(["no-such-program"], timeout=30)


def test_a_program_past_its_limit_is_ended_with_its_children(tmp_path: Path) -> None:
    script = f"sleep {FOR_LONG} & echo $! > {tmp_path}/pid; wait"
    with pytest.raises(ProgramTimeout, match=r"limit of 0\.5 s"):
        programs.run(["sh", "-c", script], timeout=0.5)
    child = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 20
    while is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_program_that_says_very_much_on_stderr_neither_blocks_nor_fills_the_memory() -> None:
    with pytest.raises(ProgramError) as caught:
        programs.run([sys.executable, "-c", "import sys; sys.stderr.write('x' * 5_000_000); sys.exit(1)"], timeout=60)
    assert len(caught.value.tail) <= programs.TAIL


def test_leaving_the_block_by_an_error_ends_the_program() -> None:
    with pytest.raises(ZeroDivisionError), programs.started(["sleep", FOR_LONG], timeout=300) as process:
        raise ZeroDivisionError
    assert process.returncode == -9


def test_all_programs_are_ended_for_whoever_waits() -> None:
    ended: list[int] = []

    def wait() -> None:
        try:
            programs.run(["sleep", FOR_LONG], timeout=300)
        except ProgramError as error:
            ended.append(error.code)

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while len(programs._running) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    programs.end_all()
    for thread in threads:
        thread.join(20)
    assert ended == [-9, -9, -9]


def test_a_detached_program_is_a_session_of_its_own_and_its_words_go_to_the_log(tmp_path: Path) -> None:
    process = programs.detached(["sh", "-c", "echo out; echo err >&2"], log=tmp_path / "log")
    assert process.wait(30) == 0
    assert sorted((tmp_path / "log").read_text().split()) == ["err", "out"]
    assert os.getpgrp() != process.pid
