"""External programs: their answers, their ends, and that none outlives its block."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop

from pipeline.errors import ProgramError, ProgramKilled, ProgramMissing, ProgramTimeout
from pipeline.processes import process_groups, subprocesses

FOR_LONG = "250"  # s, longer than any of these tests may take


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_program_answers_what_it_is_given() -> None:
    assert subprocesses.run(["cat"], timeout=30, stdin=b"hello") == b"hello"


def test_a_failure_is_worded_with_the_programs_last_line() -> None:
    with pytest.raises(ProgramError, match="exit code 3: no such luck") as caught:
        subprocesses.run(["sh", "-c", "echo first >&2; echo no such luck >&2; exit 3"], timeout=30)
    assert (caught.value.code, caught.value.tail) == (3, "first\nno such luck\n")


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ProgramMissing, match="no-such-program is not installed"):
        subprocesses.run(["no-such-program"], timeout=30)


def test_a_program_past_its_limit_is_ended_with_its_children(tmp_path: Path) -> None:
    script = f"sleep {FOR_LONG} & echo $! > {tmp_path}/pid; wait"
    with pytest.raises(ProgramTimeout, match=r"limit of 0\.5 s"):
        subprocesses.run(["sh", "-c", script], timeout=0.5)
    child = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 20
    while is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_program_that_says_very_much_on_stderr_neither_blocks_nor_fills_the_memory() -> None:
    with pytest.raises(ProgramError) as caught:
        subprocesses.run([sys.executable, "-c", "import sys; sys.stderr.write('x' * 5_000_000); sys.exit(1)"], timeout=60)
    assert len(caught.value.tail) <= process_groups.STDERR_TAIL_BYTES


def test_leaving_the_block_by_an_error_ends_the_program() -> None:
    with pytest.raises(ZeroDivisionError), subprocesses.start_process(["sleep", FOR_LONG], timeout=300) as process:
        raise ZeroDivisionError
    assert process.returncode == -9


def test_all_programs_are_ended_for_whoever_waits() -> None:
    ended: list[int] = []

    def wait() -> None:
        try:
            subprocesses.run(["sleep", FOR_LONG], timeout=300)
        except ProgramError as error:
            ended.append(error.code)

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while len(process_groups._running) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process_groups.kill_all()
    for thread in threads:
        thread.join(20)
    assert ended == [-9, -9, -9]


def test_a_detached_program_is_a_session_of_its_own_and_its_words_go_to_the_log(tmp_path: Path) -> None:
    process = subprocesses.start_detached(["sh", "-c", "echo out; echo err >&2"], log=tmp_path / "log")
    assert process.wait(30) == 0
    assert sorted((tmp_path / "log").read_text().split()) == ["err", "out"]
    assert os.getpgrp() != process.pid


LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}  # uvicorn takes the second where it is there


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine on either loop."""

    def on_the_loop(main: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            return runner.run(main)

    return on_the_loop


Run = Callable[[Coroutine[Any, Any, Any]], Any]


def test_a_coroutine_reads_a_program_to_its_end(run: Run) -> None:
    async def main() -> bytes:
        async with subprocesses.stream_stdout(["seq", "100000"], longest=30) as stdout:
            return await stdout.read()

    assert run(main()).endswith(b"99999\n100000\n")
    assert not process_groups._running


def test_a_program_that_a_coroutine_reads_fails_as_any_other(run: Run) -> None:
    async def main(*args: str, longest: float = 30.0) -> None:
        async with subprocesses.stream_stdout(args, longest=longest) as stdout:
            await stdout.read()

    with pytest.raises(ProgramError, match="exit code 3: no such luck"):
        run(main("sh", "-c", "echo no such luck >&2; exit 3"))
    with pytest.raises(ProgramTimeout):
        run(main("sleep", FOR_LONG, longest=0.2))
    with pytest.raises(ProgramMissing):
        run(main("no-such-program"))


def test_a_coroutine_that_is_cancelled_ends_its_program_at_once(run: Run) -> None:
    async def reading(begun: "asyncio.Future[int]") -> None:
        async with subprocesses.stream_stdout(["yes"], longest=600) as stdout:
            await stdout.readexactly(10)
            (process,) = process_groups._running
            begun.set_result(process.pid)
            await asyncio.sleep(600)

    async def main() -> int:
        begun = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(reading(begun))
        assert is_running(await begun)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        return begun.result()

    handles = len([*Path("/proc/self/fd").iterdir()])
    assert not is_running(run(main()))
    assert len([*Path("/proc/self/fd").iterdir()]) <= handles, "pipes are left open"


def written_by(pid: int) -> int:
    (told,) = [row for row in Path(f"/proc/{pid}/io").read_text().splitlines() if row.startswith("wchar")]
    return int(told.split()[1])


def test_a_program_waits_while_nobody_reads(run: Run) -> None:
    written = 0

    async def main() -> None:
        nonlocal written
        async with subprocesses.stream_stdout(["yes"], longest=600) as stdout:
            await stdout.readexactly(10)
            (process,) = process_groups._running
            before = -1
            while written != before:  # until it rests
                before = written
                await asyncio.sleep(0.2)
                written = written_by(process.pid)
            process_groups.kill_process_group(process)

    with pytest.raises(ProgramError):  # it was killed
        run(main())
    assert written < 1 << 20


KILLED_AT_FIRST = 'echo x >> "$1"; [ "$(wc -l < "$1")" -lt "$2" ] && kill -9 $$; echo done; echo said >&2'


def killed_until(attempt: int, counter: Path) -> list[str]:
    """A program that something kills each time before this attempt."""
    return ["sh", "-c", KILLED_AT_FIRST, "sh", str(counter), str(attempt)]


def test_a_program_that_was_killed_runs_again(tmp_path: Path) -> None:
    assert subprocesses.run(killed_until(subprocesses.MAX_ATTEMPTS, tmp_path / "run"), timeout=30) == b"done\n"
    assert subprocesses.run_for_stderr(killed_until(2, tmp_path / "report"), timeout=30) == "said\n"


def test_a_program_that_is_killed_each_time_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match="sh was killed, as happens when memory runs out") as caught:
        subprocesses.run(killed_until(99, tmp_path / "run"), timeout=30)
    assert not isinstance(caught.value, ProgramKilled), "whoever is around it would try as often again"
    assert (tmp_path / "run").read_text().count("x") == subprocesses.MAX_ATTEMPTS


def test_a_reader_that_found_the_end_too_early_is_told_that_its_program_was_killed() -> None:
    with pytest.raises(ProgramKilled) as caught, subprocesses.start_process(["sh", "-c", "kill -9 $$"], timeout=30) as process:
        process.wait()
        raise ValueError("a block is missing")
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_program_that_we_ended_ourselves_does_not_run_again(tmp_path: Path) -> None:
    script, over = f"echo x >> {tmp_path}/begun; sleep {FOR_LONG}", threading.Event()

    def end() -> None:
        while not over.wait(0.01):
            if (tmp_path / "begun").exists():
                process_groups.kill_all()  # again and again, as the worker does: at first it may not be known yet

    ending = threading.Thread(target=end)
    ending.start()
    with pytest.raises(ProgramError) as caught:
        subprocesses.run(["sh", "-c", script], timeout=60)
    over.set()
    ending.join()
    assert not isinstance(caught.value, ProgramKilled | ProgramTimeout)
    assert (tmp_path / "begun").read_text() == "x\n"
