"""Stages and the runner that caches them. A stage's answer is known by the hash of its question.

The key holds the stage's name and version, every input, and each engine's fingerprint. The row in the store is the
commit: files without a row are litter, and a row whose files are gone is a miss.
"""

import hashlib
import inspect
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar, get_type_hints

from pipeline.cache_codec import CACHE_MISS, AnswerCodec
from pipeline.errors import Cancelled
from pipeline.processes import subprocesses
from pipeline.text import languages
from pipeline.tracing import WorkKind, trace_work
from pipeline.values.tasks import CacheRow, Lease, Progress, StageRun, StageStatus

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

MAX_BATCH_ANSWERS = 32  # answers committed at a time where a stage runs per line
MAX_BATCH_S = 1.0  # and at least this often: what a crash may cost


@dataclass(frozen=True, slots=True)
class Stage:
    """What the runner knows of a stage function."""

    name: str
    version: int


def stage(*, version: int, name: str | None = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Mark a function as a stage. Bump `version` when the answer to the same question changes.

    `name`: the name that the store and the cache key know the stage by, where it is not the function's.
    """

    def mark(function: Callable[P, T]) -> Callable[P, T]:
        function.stage = Stage(name or function.__name__, version)  # type: ignore[attr-defined]  # functions carry attributes
        return function

    return mark


def identity_of(value: object, *, spoken: Sequence[str] = ()) -> object:
    """What of a value enters a cache key, as JSON. TypeError for anything whose sameness cannot be told.

    `spoken`: the language of the question, as a list of engines may name it, the most exact first.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value.value if isinstance(value, Enum) else value
        case tuple() | list():
            return [identity_of(part) for part in value]
        case _ if isinstance(getattr(value, "fingerprint", None), str):
            return {"engine": select_fingerprint(value, spoken)}
        case _ if is_dataclass(value) and not isinstance(value, type):
            known = {f.name: identity_of(getattr(value, f.name)) for f in fields(value) if f.metadata.get("identity", True)}
            return {"": getattr(value, "IDENTITY_NAME", type(value).__name__)} | known
    raise TypeError(f"{type(value).__name__} has no identity, so a stage that takes it cannot be cached: {value!r}")


def select_fingerprint(engine: Any, spoken: Sequence[str]) -> str:
    """The fingerprint of an engine; of a list of engines, that of those that answer for the language of the question."""
    fingerprints = getattr(engine, "fingerprints", None)
    if isinstance(fingerprints, dict):
        for language in spoken:
            if language in fingerprints:
                return str(fingerprints[language])
    return str(engine.fingerprint)


def _languages_of(arguments: Mapping[str, object]) -> tuple[str, ...]:
    """The language, or `source→target`, that a question is about, under all its names; "" last, for those without a name."""
    match arguments.get("source"), arguments.get("target"), arguments.get("language"):
        case str(source), str(target), _:
            return (*(f"{start}→{goal}" for start, goal in languages.expand_pair(source, target)), "")
        case _, _, str(language):
            return (*dict.fromkeys((language, languages.base_language(language))), "")
        case _:
            return ()


def compute_cache_key(function: Callable[..., object], arguments: dict[str, object]) -> str:
    """The cache key of a question: a stage and its arguments by name."""
    spoken = _languages_of(arguments)
    question = {
        "stage": function.stage.name,  # type: ignore[attr-defined]  # set by @stage
        "version": function.stage.version,  # type: ignore[attr-defined]
        "arguments": {name: identity_of(value, spoken=spoken) for name, value in sorted(arguments.items())},
    }
    return hashlib.blake2b(json.dumps(question, sort_keys=True).encode(), digest_size=20).hexdigest()


class StageStore(Protocol):
    """Where answers and runs are kept: `pipeline.store.Stages`, here or far away."""

    def read_answers(self, keys: Sequence[str]) -> dict[str, str]: ...
    def write_answers(self, lease: Lease, rows: Sequence[CacheRow]) -> None: ...
    def record_uses(self, lease: Lease, keys: Sequence[str]) -> None: ...
    def record_run(self, lease: Lease, run: StageRun) -> None: ...


@dataclass(frozen=True)
class Runner:
    """Runs the stages of one attempt at one task: from the cache where it can.

    `report` hears of progress after every beginning and end of a stage; `cancelled` stops the work before the next
    stage or line. `planned`: how many stages there will be. `language`: the dub that the stages belong to.
    """

    store: StageStore
    lease: Lease
    attempt: int
    artifacts: Path
    report: Callable[[Progress], None]
    cancelled: threading.Event = field(default_factory=threading.Event)
    language: str | None = None
    planned: int = 0
    _done: list[str] = field(default_factory=list)  # stages completed; shared by the runners of all languages
    _runs: dict[tuple[str, str | None], StageRun] = field(default_factory=dict)  # shared too: a stage may run twice in an attempt

    def within(self, language: str) -> "Runner":
        """The same runner for the stages of one language; a stage that takes `language` gets it."""
        return replace(self, language=language)

    def planning(self, stages: int) -> "Runner":
        """The same runner, knowing how many stages there will be."""
        return replace(self, planned=stages)

    @property
    def done(self) -> int:
        """Stages completed so far."""
        return len(self._done)

    def __call__(self, function: Callable[..., T], *args: object, **kwargs: object) -> T:
        """The answer of a stage to these arguments; the runner adds `workdir` and `language` where the stage takes them."""
        (answer,) = self._run(function, [self._arguments(function, args, kwargs)])
        return answer

    def each(self, function: Callable[..., T], items: Iterable[object], *args: object, **kwargs: object) -> tuple[T, ...]:
        """The answers of a stage for each item, in order, each cached by itself; as many at a time as its engine bears."""
        return tuple(self._run(function, [self._arguments(function, (item, *args), kwargs) for item in items]))

    def check(self) -> None:
        """Cancelled, if somebody asked for it."""
        if self.cancelled.is_set():
            raise Cancelled(self.lease.task_id)

    def _arguments(
        self, function: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> dict[str, object]:
        signature = inspect.signature(function)
        if "language" in signature.parameters:
            kwargs = {"language": self.language} | kwargs
        bound = signature.bind_partial(*args, **kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    def _run(self, function: Callable[..., T], questions: list[dict[str, Any]]) -> list[T]:
        self.check()
        name = function.stage.name  # type: ignore[attr-defined]  # set by @stage
        keys = [compute_cache_key(function, question) for question in questions]
        with self._recorded(name) as counts:
            answers = AnswerCodec(get_type_hints(function)["return"], self.artifacts)
            known: dict[str, T] = {
                key: answer
                for key, text in self.store.read_answers(keys).items()
                if (answer := answers.read(text)) is not CACHE_MISS
            }
            counts.reused = len(known)
            missing = {key: question for key, question in zip(keys, questions, strict=True) if key not in known}
            if known:
                self.store.record_uses(self.lease, list(known))
            if missing:
                counts.executed = len(missing)
                workdir = self._workdir(name) if "workdir" in inspect.signature(function).parameters else None
                kept: set[Path] = set()
                try:
                    for rows in _batches(self._executed(function, missing, workdir)):
                        known |= dict(rows)
                        written = [answers.row(key, name, answer) for key, answer in rows]
                        self.store.write_answers(self.lease, written)
                        kept |= {self.artifacts / file for row in written for file in row.files}
                        if len(known) < len(set(keys)):
                            self.report(Progress(self.done, self.planned, name, len(known) / len(set(keys))))
                finally:
                    if workdir:
                        _tidy(workdir, kept)
        return [known[key] for key in keys]

    def _executed(
        self, function: Callable[..., T], missing: dict[str, dict[str, Any]], workdir: Path | None
    ) -> Iterator[tuple[str, T]]:
        extra = {"workdir": workdir} if workdir else {}
        concurrency = max(_concurrency(argument) for question in missing.values() for argument in question.values())
        name = function.stage.name  # type: ignore[attr-defined]  # set by @stage
        kind = WorkKind.ASKING if _asks(next(iter(missing.values()))) else WorkKind.STAGE

        def once(key: str) -> tuple[str, T]:
            self.check()
            with trace_work(kind, name, task=self.lease.task_id):
                return key, function(**missing[key], **extra)

        def work(key: str) -> tuple[str, T]:
            return subprocesses.retry_if_killed(partial(once, key))

        if len(missing) == 1 or concurrency == 1:
            yield from map(work, missing)
            return
        with ThreadPoolExecutor(min(concurrency, len(missing)), thread_name_prefix=name) as pool:
            pending: set[Future[tuple[str, T]]] = {pool.submit(work, key) for key in missing}
            try:
                while pending:
                    done, pending = wait(pending, timeout=MAX_BATCH_S, return_when=FIRST_EXCEPTION)
                    yield from (future.result() for future in done)
            finally:
                for future in pending:
                    future.cancel()

    def _workdir(self, name: str) -> Path:
        workdir = self.artifacts / f"{name}-{self.lease.task_id}-{secrets.token_hex(4)}"
        workdir.mkdir(parents=True)
        return workdir

    @contextmanager
    def _recorded(self, name: str) -> Iterator["_Counts"]:
        """Note the run's beginning and its end, whichever it is."""
        counts, begun = _Counts(), time.monotonic()
        new = StageRun(name, self.language, self.attempt, StageStatus.RUNNING, datetime.now(UTC).replace(tzinfo=None))
        before = self._runs.get((name, self.language), new)  # lines are spoken again in other words: one run, told together
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
            log.info(
                "%s %s in %.2f s: %d made, %d from the cache", where, status.lower(), seconds, counts.executed, counts.reused
            )
            finished = replace(
                run,
                status=status,
                seconds=before.seconds + seconds,
                executed=before.executed + counts.executed,
                reused=before.reused + counts.reused,
                error=error,
            )
            self._runs[name, self.language] = finished
            if not self.cancelled.is_set():
                self.store.record_run(self.lease, finished)
        self._done.append(name)
        self.report(Progress(self.done, max(self.planned, self.done), name))


def _tidy(workdir: Path, kept: Collection[Path]) -> None:
    """Remove what no kept answer speaks of (drafts, what a failed stage began), and the folder where nothing is left."""
    for path in sorted(workdir.rglob("*"), reverse=True):  # what lies in a folder comes before it
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink(missing_ok=True)
    if not any(workdir.iterdir()):
        workdir.rmdir()


@dataclass
class _Counts:
    executed: int = 0
    reused: int = 0


def _concurrency(argument: object) -> int:
    """How many calls an engine bears at once; 1 for anything that is no engine."""
    concurrency = getattr(argument, "concurrency", 1)
    return concurrency if isinstance(concurrency, int) else 1


def _asks(question: dict[str, Any]) -> bool:
    """Whether an engine is among the arguments."""
    return any(hasattr(argument, "concurrency") for argument in question.values())


def _batches(answers: Iterator[tuple[str, T]]) -> Iterator[list[tuple[str, T]]]:
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
