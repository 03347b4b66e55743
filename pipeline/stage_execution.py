"""Execution of a stage's questions: as many at a time as its engine allows, their answers in batches as they come.

A question whose external program was killed is executed again (`subprocesses.retry_if_killed`).
"""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any, TypeVar

from pipeline.processes import subprocesses
from pipeline.processes.compute_usage import PROCESS_METER, UsageCount
from pipeline.tracing import WorkKind, trace_work

T = TypeVar("T")

MAX_BATCH_ANSWERS = 32  # answers committed at a time where a stage runs per line
MAX_BATCH_S = 1.0  # s; and at least this often: the work that a crash may cost


def execute_questions(
    function: Callable[..., T],
    questions: Mapping[str, Mapping[str, Any]],
    *,
    task_id: int,
    check_cancelled: Callable[[], None],
    usage: UsageCount,
) -> Iterator[list[tuple[str, T]]]:
    """Answers of a stage in batches, as they come. `questions`: key → arguments. `check_cancelled` runs before each of them.

    What they use is added to `usage`.
    """
    return split_into_batches(_execute_concurrently(function, questions, task_id, check_cancelled, usage))


def _execute_concurrently(
    function: Callable[..., T],
    questions: Mapping[str, Mapping[str, Any]],
    task_id: int,
    check_cancelled: Callable[[], None],
    usage: UsageCount,
) -> Iterator[tuple[str, T]]:
    concurrency = max(_get_concurrency(argument) for question in questions.values() for argument in question.values())
    name = function.stage.name  # type: ignore[attr-defined]  # set by @stage
    kind = WorkKind.ASKING if _has_engine(next(iter(questions.values()))) else WorkKind.STAGE

    def execute(key: str) -> tuple[str, T]:
        check_cancelled()
        with trace_work(kind, name, task=task_id), PROCESS_METER.measure() as used:
            answer = function(**questions[key])
        usage.add(used.total)
        return key, answer

    def work(key: str) -> tuple[str, T]:
        return subprocesses.retry_if_killed(partial(execute, key))

    if len(questions) == 1 or concurrency == 1:
        yield from map(work, questions)
        return
    with ThreadPoolExecutor(min(concurrency, len(questions)), thread_name_prefix=name) as pool:
        pending: set[Future[tuple[str, T]]] = {pool.submit(work, key) for key in questions}
        try:
            while pending:
                done, pending = wait(pending, timeout=MAX_BATCH_S, return_when=FIRST_EXCEPTION)
                yield from (future.result() for future in done)
        finally:
            for future in pending:
                future.cancel()


def _get_concurrency(argument: object) -> int:
    """The number of calls that an engine takes at once; 1 for an argument that is no engine."""
    concurrency = getattr(argument, "concurrency", 1)
    return concurrency if isinstance(concurrency, int) else 1


def _has_engine(question: Mapping[str, Any]) -> bool:
    """True if an engine is among the arguments."""
    return any(hasattr(argument, "concurrency") for argument in question.values())


def split_into_batches(answers: Iterator[tuple[str, T]]) -> Iterator[list[tuple[str, T]]]:
    """Cut a stream into batches by count and by time, so that a long stage commits as it goes."""
    batch: list[tuple[str, T]] = []
    begun = time.monotonic()
    for answer in answers:
        batch.append(answer)
        if len(batch) >= MAX_BATCH_ANSWERS or time.monotonic() - begun > MAX_BATCH_S:
            yield batch
            batch, begun = [], time.monotonic()
    if batch:
        yield batch
