"""Stage runner with a cache: the answer of a stage is stored under the hash of its question (`pipeline.cache.cache_key`).

The row in the store is the commit: files without a row are garbage, and a row whose files are gone is a cache miss.
"""

import inspect
import logging
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar, get_type_hints

from pipeline.cache.cache_codec import CACHE_MISS, AnswerCodec
from pipeline.cache.cache_key import compute_cache_key
from pipeline.errors import Cancelled
from pipeline.processes.compute_usage import UsageCount
from pipeline.stage_execution import execute_questions
from pipeline.values.tasks import CacheRow, Lease, Progress, StageRun, StageStatus

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stage:
    """Name and version of a stage function, which its cache keys hold."""

    name: str
    version: int


def stage(*, version: int, name: str | None = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Mark a function as a stage. Bump `version` when the answer to the same question changes.

    `name`: the stage's name in the store and in cache keys, where it is not the function's.
    """

    def mark(function: Callable[P, T]) -> Callable[P, T]:
        function.stage = Stage(name or function.__name__, version)  # type: ignore[attr-defined]  # functions carry attributes
        return function

    return mark


class StageStore(Protocol):
    """Store of answers and stage runs: `pipeline.store.stages.Stages`, in this process or behind the store actor."""

    def read_answers(self, keys: Sequence[str]) -> dict[str, str]: ...
    def write_answers(self, lease: Lease, rows: Sequence[CacheRow]) -> None: ...
    def record_uses(self, lease: Lease, keys: Sequence[str]) -> None: ...
    def record_run(self, lease: Lease, run: StageRun) -> None: ...


@dataclass(frozen=True)
class Runner:
    """Runs the stages of one attempt at one task; answers that are in the cache are not computed again.

    `report` is called with the progress at the beginning and end of every stage; `cancelled` stops the work before the next
    stage or line. `planned`: the number of stages in all. `language`: the dub that the stages belong to.
    `engine_names`: role → name of its engine, recorded with the runs of stages that take one.
    """

    store: StageStore
    lease: Lease
    attempt: int
    artifacts: Path
    report: Callable[[Progress], None]
    cancelled: threading.Event = field(default_factory=threading.Event)
    language: str | None = None
    planned: int = 0
    engine_names: Mapping[str, str] = field(default_factory=dict)
    on_broken_answer: Callable[[], None] = lambda: None  # called for a cached answer that cannot be used
    _done: list[tuple[str, str | None]] = field(default_factory=list)  # stages completed; shared by the runners of all languages
    _runs: dict[tuple[str, str | None], StageRun] = field(default_factory=dict)  # shared too: a stage may run twice in an attempt

    def with_language(self, language: str) -> "Runner":
        """The same runner for the stages of one language; a stage that takes `language` gets it."""
        return replace(self, language=language)

    def with_planned_stages(self, stages: int) -> "Runner":
        """The same runner, with `stages` as the number of stages in all."""
        return replace(self, planned=stages)

    @property
    def done(self) -> int:
        """Stages completed so far."""
        return len(self._done)

    def __call__(self, function: Callable[..., T], *args: object, **kwargs: object) -> T:
        """The answer of a stage to these arguments; the runner adds `workdir` and `language` where the stage takes them."""
        (answer,) = self._run(function, [self._bind_arguments(function, args, kwargs)])
        return answer

    def each(self, function: Callable[..., T], items: Iterable[object], *args: object, **kwargs: object) -> tuple[T, ...]:
        """The answers of a stage for each item, in order, each cached by itself; as many at a time as its engine allows."""
        return tuple(self._run(function, [self._bind_arguments(function, (item, *args), kwargs) for item in items]))

    def check_cancelled(self) -> None:
        """Raise Cancelled where the task is to stop."""
        if self.cancelled.is_set():
            raise Cancelled(self.lease.task_id)

    def _bind_arguments(
        self, function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> dict[str, object]:
        signature = inspect.signature(function)
        if "language" in signature.parameters:
            kwargs = {"language": self.language} | kwargs
        bound = signature.bind_partial(*args, **kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    def _run(self, function: Callable[..., T], questions: list[dict[str, Any]]) -> list[T]:
        self.check_cancelled()
        name = function.stage.name  # type: ignore[attr-defined]  # set by @stage
        keys = [compute_cache_key(function, question) for question in questions]
        with self._record_run(name, self._find_engine_name(function)) as counts:
            codec = AnswerCodec(get_type_hints(function)["return"], self.artifacts)
            answers: dict[str, T] = {
                key: answer
                for key, text in self.store.read_answers(keys).items()
                if (answer := codec.read_answer(text, partial(self._log_broken_answer, name))) is not CACHE_MISS
            }
            counts.reused = len(answers)
            missing = {key: question for key, question in zip(keys, questions, strict=True) if key not in answers}
            if answers:
                self.store.record_uses(self.lease, list(answers))
            if missing:
                counts.executed = len(missing)
                self._compute_missing(function, missing, codec, answers, counts.usage)
        return [answers[key] for key in keys]

    def _log_broken_answer(self, name: str, fault: str) -> None:
        self.on_broken_answer()
        log.warning("task=%d stage=%s a cached answer is not used, it is computed again: %s", self.lease.task_id, name, fault)

    def _find_engine_name(self, function: Callable[..., object]) -> str:
        """Name of the engine that a stage takes, "" for none: its parameter is called as the role."""
        return next((self.engine_names[name] for name in inspect.signature(function).parameters if name in self.engine_names), "")

    def _compute_missing(
        self,
        function: Callable[..., T],
        missing: dict[str, dict[str, Any]],
        codec: AnswerCodec,
        answers: dict[str, T],
        usage: UsageCount,
    ) -> None:
        """Compute the answers that the cache lacks, store them batch by batch, and add them to `answers`, and their cost to `usage`."""
        name = function.stage.name  # type: ignore[attr-defined]  # set by @stage
        workdir = self._make_workdir(name) if "workdir" in inspect.signature(function).parameters else None
        extra = {"workdir": workdir} if workdir else {}
        questions = {key: question | extra for key, question in missing.items()}
        total = len(answers) + len(missing)
        kept: set[Path] = set()
        try:
            batches = execute_questions(
                function, questions, task_id=self.lease.task_id, check_cancelled=self.check_cancelled, usage=usage
            )
            for batch in batches:
                answers |= dict(batch)
                rows = [codec.build_row(key, name, answer) for key, answer in batch]
                self.store.write_answers(self.lease, rows)
                kept |= {self.artifacts / file for row in rows for file in row.files}
                if len(answers) < total:
                    self.report(Progress(self.done, self.planned, name, len(answers) / total))
        finally:
            if workdir:
                _remove_uncommitted_files(workdir, kept)

    def _make_workdir(self, name: str) -> Path:
        workdir = self.artifacts / f"{name}-{self.lease.task_id}-{secrets.token_hex(4)}"
        workdir.mkdir(parents=True)
        return workdir

    @contextmanager
    def _record_run(self, name: str, engine: str) -> Iterator["_Counts"]:
        """Record the run's beginning, and its end with its status and counts."""
        counts, begun = _Counts(), time.monotonic()
        new = StageRun(
            name, self.language, self.attempt, StageStatus.RUNNING, datetime.now(UTC).replace(tzinfo=None), engine=engine
        )
        before = self._runs.get((name, self.language), new)  # lines synthesized again in other words: one run, recorded together
        run = replace(before, status=StageStatus.RUNNING)
        self.store.record_run(self.lease, run)
        self.report(Progress(self.done, self.planned, name))
        error: str | None = None
        try:
            yield counts
        except Exception as problem:  # recorded, and raised again
            error = str(problem)
            raise
        finally:
            seconds = time.monotonic() - begun
            status = StageStatus.ERROR if error else StageStatus.DONE
            where = f"task={self.lease.task_id} stage={name}" + (f" language={self.language}" if self.language else "")
            log.info("%s %s in %.2f s: %d computed, %d reused", where, status.lower(), seconds, counts.executed, counts.reused)
            finished = replace(
                run,
                status=status,
                seconds=before.seconds + seconds,
                executed=before.executed + counts.executed,
                reused=before.reused + counts.reused,
                error=error,
                cpu_seconds=before.cpu_seconds + counts.usage.total.cpu_seconds,
                gpu_seconds=before.gpu_seconds + counts.usage.total.gpu_seconds,
            )
            self._runs[name, self.language] = finished
            if not self.cancelled.is_set():
                self.store.record_run(self.lease, finished)
        if (name, self.language) not in self._done:
            self._done.append((name, self.language))
        self.report(Progress(self.done, max(self.planned, self.done), name))


def _remove_uncommitted_files(workdir: Path, kept: Collection[Path]) -> None:
    """Remove the files that no stored answer names (drafts, those of a failed stage), and the folder where it is empty then."""
    for path in sorted(workdir.rglob("*"), reverse=True):  # a folder's content comes before it
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink(missing_ok=True)
    if not any(workdir.iterdir()):
        workdir.rmdir()


@dataclass
class _Counts:
    """Questions of one run: computed, and answered from the cache; and what was used."""

    executed: int = 0
    reused: int = 0
    usage: UsageCount = field(default_factory=UsageCount)
