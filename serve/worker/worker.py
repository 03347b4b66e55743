"""The worker: leases one task after another and dubs its film.

A heartbeat renews the lease; when it is lost (somebody cancelled, or took a stalled task over) the work stops and writes
nothing more. A worker that dies leaves its lease behind: the next one on its machine sees that it is dead, others wait for
the lease to run out, and go on from the cached stages. Where the disk or the store is in trouble it waits: nothing fails for it.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Protocol

from pipeline.dub import DubbedFilm, DubSpec, FilmAnalysis, dub, list_voice_choices
from pipeline.engines.protocols import Engines, SpeechDetector
from pipeline.errors import Cancelled, DubarrError, FilmError, LeaseLost, StoreError
from pipeline.filesystem.path_guard import OpenedPath, is_inside, open_file, replace_handle_names
from pipeline.output_path import choose_output_path
from pipeline.processes import process_groups
from pipeline.runner import Runner
from pipeline.settings import Settings
from pipeline.store.casting import Casting
from pipeline.store.lines import Lines
from pipeline.store.stages import Stages
from pipeline.store.tasks import Tasks
from pipeline.text import glossary
from pipeline.text.subtitle_files import sidecars_of
from pipeline.values.media import Artifact, Source, TrackKind
from pipeline.values.tasks import Lease, StageStatus, Task
from pipeline.values.timeline import KnownVoice
from serve.intake.upload_folder import find_disk_trouble
from serve.runtime import malloc_trim
from serve.store.remote_store_parts import RemoteCasting, RemoteLines, RemoteStages, RemoteTasks
from serve.store.store_actor import LEASE_S
from serve.worker.artifact_gc import collect_garbage, collect_task_garbage
from serve.worker.notify import send_notifications
from serve.worker.result_rows import make_line_rows, make_speaker_rows, make_translation_row
from serve.worker.worker_id import find_dead_workers, make_worker_id

log = logging.getLogger(__name__)

# What the stages import when they first need it, most of a second each: fetched while the worker waits for its first film.
WARM_UP_MODULES = (
    "cattrs.preconf.json",
    "langcodes",
    "language_data",
    "soundfile",
    "soxr",
    "scipy.signal",
    "pysubs2",
    "onnxruntime",
)
HEARTBEAT_INTERVAL_S = 1.0  # s
IDLE_S = 0.3  # after a long poll that failed
QUEUE_WAIT_S = 2.0  # of one long poll; also the delay until an expired lease is seen
TROUBLE_INTERVAL_S = 5.0  # s between looks at a disk or a store in trouble
CANCEL_INTERVAL_S = 0.2  # s between ends put to what a cancelled task has under way
MAX_ATTEMPTS = 3  # a film that ends its worker each time is quarantined


@dataclass(frozen=True, slots=True)
class WorkerEngines:
    """Engines of a worker, with their calls in flight."""

    engines: Engines
    detector: SpeechDetector
    calls: Callable[[], Mapping[str, int]] = dict  # those that wait for an engine's answer: deployment → how many
    end_calls: Callable[[], None] = lambda: None  # whoever waits for one gets an error at once
    # Refuses a film by its language, its targets and its subtitles' languages: LanguageError.
    require: Callable[[str, Sequence[str], Sequence[str]], None] = lambda language, targets, subtitles: None


class WorkerStore(Protocol):
    """The store as a worker needs it: `RemoteStore`, or a `Store` that hears signs of life."""

    @property
    def tasks(self) -> Tasks | RemoteTasks: ...
    @property
    def stages(self) -> Stages | RemoteStages: ...
    @property
    def lines(self) -> Lines | RemoteLines: ...
    @property
    def cast(self) -> Casting | RemoteCasting: ...

    def beat(self, worker: str, calls: Mapping[str, int]) -> None:
        """Send a heartbeat with the calls in flight, by deployment."""
        ...

    def watch_queue(self, seen: int, timeout_s: float) -> Future[int]:
        """Long poll of the queue: the counter of its changes, once it differs from `seen`, or after `timeout_s`."""
        ...


class Worker:
    """One task at a time, for as long as `stop` is not called. `run` blocks; give it a thread."""

    def __init__(self, settings: Settings, store: WorkerStore, tools: WorkerEngines) -> None:
        self._settings, self._store, self._tools = settings, store, tools
        self._owner = make_worker_id()
        self._stopping = threading.Event()
        self._working: threading.Event | None = None  # set it to cancel the task at hand
        self._beaten = 0.0
        self._swept = False
        self._owners: frozenset[str] = frozenset()  # of tasks, as last listed
        self._queue_seen = 0  # counter of the queue's changes
        self._wake = threading.Event()  # ends a wait for the queue

    def run(self) -> None:
        """Work until told to stop."""
        log.info("worker=%s ready", self._owner)
        threading.Thread(target=_import_warm_up_modules, name="warm-up", daemon=True).start()
        while not self._stopping.is_set():
            try:
                self._run_next_task()
            except StoreError as error:
                log.error("worker=%s waits: %s", self._owner, error)
                self._stopping.wait(TROUBLE_INTERVAL_S)

    def stop(self) -> None:
        """Stop: release the task in progress, and end `run`."""
        self._stopping.set()
        self._wake.set()
        if self._working is not None:
            self._working.set()
            self._end_running_work()

    def _run_next_task(self) -> None:
        """Claim and run the next task, or wait for one."""
        self._send_heartbeat()
        if not self._swept:
            collect_garbage(self._settings.artifacts, self._store.stages.list_artifact_folders())
            self._swept = True
        if trouble := self._find_trouble():
            log.error("worker=%s waits: %s", self._owner, trouble)
            self._stopping.wait(TROUBLE_INTERVAL_S)
            return
        self._owners = self._store.tasks.list_owners()
        claimed = self._store.tasks.claim_next_task(self._owner, LEASE_S, gone=find_dead_workers(self._owners))
        if claimed is None:
            self._wait_for_task()
        else:
            self._work(*claimed)

    def _wait_for_task(self) -> None:
        """Long poll: wait until the queue changes, an owner of a task dies on this machine, or `QUEUE_WAIT_S` pass."""
        self._wake = wake = threading.Event()
        answer = self._store.watch_queue(self._queue_seen, QUEUE_WAIT_S)
        answer.add_done_callback(lambda _: wake.set())
        deadline = time.monotonic() + 2 * QUEUE_WAIT_S  # the store's process may be away
        while not self._stopping.is_set() and not wake.wait(HEARTBEAT_INTERVAL_S) and time.monotonic() < deadline:
            self._send_heartbeat()
            if find_dead_workers(self._owners):
                return
        if not answer.done():
            return
        if answer.cancelled() or answer.exception() is not None:
            self._stopping.wait(IDLE_S)
        else:
            self._queue_seen = answer.result()

    def _send_heartbeat(self) -> None:
        """Send a heartbeat, at most one each `HEARTBEAT_INTERVAL_S`."""
        if time.monotonic() - self._beaten > HEARTBEAT_INTERVAL_S:
            self._beaten = time.monotonic()
            self._store.beat(self._owner, self._tools.calls())

    def _find_trouble(self) -> str | None:
        """Find why no film can be dubbed now (disk full or read-only); None where one can."""
        return find_disk_trouble(self._settings.artifacts)

    def _work(self, task: Task, lease: Lease) -> None:
        """One task, to its end. The task boundary: whatever happens is recorded here."""
        log.info("task=%d attempt=%d begins: %s into %s", task.id, task.attempts, task.path, ", ".join(task.target_langs))
        cancelled = self._working = threading.Event()
        try:
            with self._heartbeat(lease, cancelled):
                dubbed = self._dub(task, lease, cancelled)
            self._save_results(dubbed, lease)
            self._store.tasks.finish(lease, dubbed.output.path)
            log.info("task=%d done: %s", task.id, dubbed.output.path)
            self._clean_up(task)
            send_notifications(self._store.tasks.get(task.id), self._settings)
        except (Cancelled, LeaseLost):
            self._hand_back(lease)
        except DubarrError as error:
            self._end_in_error(lease, replace_handle_names(str(error), task.path), cancelled)
        except OSError as error:
            self._end_in_error(lease, f"{error.filename or task.path}: {error.strerror or error}; mend it, then retry", cancelled)
        except Exception as error:  # the task boundary: recorded, and the queue goes on
            log.exception("task=%d failed unexpectedly", task.id)
            self._fail(lease, f"{type(error).__name__}: {error}; this is a defect of Dubarr, its log has the details")
        finally:
            self._working = None

    def _dub(self, task: Task, lease: Lease, cancelled: threading.Event) -> DubbedFilm:
        if task.lost >= MAX_ATTEMPTS:
            where = self._last_stage(task)
            raise DubarrError(f"quarantined: each of {MAX_ATTEMPTS} attempts ended its worker{where}; see the log, then retry")
        store = self._store
        run = Runner(
            store=store.stages,
            lease=lease,
            attempt=task.attempts,
            artifacts=self._settings.artifacts,
            report=lambda progress: store.tasks.record_progress(lease, progress),
            cancelled=cancelled,
        )
        with open_film(task, self._settings) as film:
            return self._dub_film(task, film, run)

    def _dub_film(self, task: Task, film: OpenedPath, run: Runner) -> DubbedFilm:
        store, lease = self._store, run.lease
        job = DubSpec(
            source=Source.of(film.path, sidecars_of(film.path), opened=film.content),
            target_langs=task.target_langs,
            destination=str(resolve_destination(self._settings, replace(task, path=film.path))),
            source_lang=task.asked_lang,
            speakers=task.speakers,
            edits=store.lines.edits(task.id),
            speaker_edits=store.cast.edits(task.id),
            glossary=glossary.read(self._settings.glossary),
            known=self._find_known_voices(task),
        )

        def require(heard: FilmAnalysis) -> None:
            self._record_probe(lease, heard)
            self._tools.require(heard.language, job.target_langs, [text.language for text in heard.subtitles])

        return dub(
            job,
            self._tools.engines,
            run,
            detector=self._tools.detector,
            require=require,
            learned=lambda heard: self._record_probe(lease, heard),
        )

    def _record_probe(self, lease: Lease, heard: FilmAnalysis) -> None:
        has_subtitles = bool(heard.film.of_kind(TrackKind.SUBTITLE) or heard.source.sidecars)
        self._store.tasks.record_probe(
            lease, source_lang=heard.language, duration=heard.film.duration, has_subtitles=has_subtitles
        )

    def _find_known_voices(self, task: Task) -> tuple[KnownVoice, ...]:
        """Voices of the other films of this series, where the synthesizer clones."""
        if not self._tools.engines.synthesizer.clones:
            return ()
        rows = self._store.lines.speakers_beside(task.path, self._tools.engines.diarizer.fingerprint)
        folder = self._settings.artifacts.resolve()
        clips = ((row, (folder / row.clip).resolve()) for row in rows if row.clip)
        return tuple(
            KnownVoice(row.embedding, Artifact.of(path)) for row, path in clips if is_inside(path, (folder,)) and path.is_file()
        )

    def _save_results(self, dubbed: DubbedFilm, lease: Lease) -> None:
        self._store.lines.put_speakers(lease, make_speaker_rows(dubbed.heard, self._tools.engines, self._settings.artifacts))
        for each, report in zip(dubbed.dubs, dubbed.reports, strict=True):
            self._store.lines.replace_lines(lease, each.track.language, make_line_rows(each, self._settings.artifacts))
            voices = {label: cast.name for label, cast in each.voices.items()}
            choices = list_voice_choices(dubbed.heard, self._tools.engines.synthesizer, each.track.language)
            self._store.cast.replace_voices(lease, each.track.language, voices, choices)
            self._store.lines.put_translation(lease, each.track.language, make_translation_row(each, self._tools.engines))
            self._store.lines.put_report(lease, each.track.language, json.dumps(asdict(report)))

    def _clean_up(self, task: Task) -> None:
        """Collect the garbage of attempts whose worker was killed, and trim the heap."""
        if task.attempts > 1:
            collect_task_garbage(self._settings.artifacts, task.id, self._store.stages.list_artifact_folders())
        malloc_trim.trim()

    def _last_stage(self, task: Task) -> str:
        """Describe the last running stage of a task whose worker died."""
        begun = [run for run in self._store.stages.latest_runs(task.id) if run.status is StageStatus.RUNNING]
        return f", the last one at {begun[-1].name}" if begun else ""

    def _end_in_error(self, lease: Lease, error: str, cancelled: threading.Event) -> None:
        """The task failed; but what was ended under its hands, or lacked room, is no fault of the film."""
        if cancelled.is_set():
            self._hand_back(lease)
        elif trouble := self._find_trouble():
            log.error("task=%d stopped: %s; because %s", lease.task_id, error, trouble)
            self._hand_back(lease)
        else:
            self._fail(lease, error)

    def _hand_back(self, lease: Lease) -> None:
        try:
            self._store.tasks.release(lease)
            log.info("task=%d handed back", lease.task_id)
        except LeaseLost:
            log.info("task=%d was cancelled, or taken over by another worker", lease.task_id)

    def _fail(self, lease: Lease, error: str) -> None:
        log.error("task=%d failed: %s", lease.task_id, error)
        try:
            self._store.tasks.fail(lease, error)
            send_notifications(self._store.tasks.get(lease.task_id), self._settings)
        except LeaseLost:
            log.info("task=%d is no longer ours; its failure is not recorded", lease.task_id)

    @contextmanager
    def _heartbeat(self, lease: Lease, cancelled: threading.Event) -> Iterator[None]:
        """Renew the lease in the background; losing it sets `cancelled`, and ends what is under way until nothing is."""
        over, renewed = threading.Event(), time.monotonic()

        def beat() -> None:
            nonlocal renewed
            while not over.wait(CANCEL_INTERVAL_S if cancelled.is_set() else HEARTBEAT_INTERVAL_S):
                self._send_heartbeat()
                try:
                    self._store.tasks.renew_lease(lease, LEASE_S)
                    renewed = time.monotonic()
                except LeaseLost:
                    cancelled.set()
                except StoreError as error:
                    log.error("task=%d its lease is not renewed: %s", lease.task_id, error)
                    if time.monotonic() - renewed > LEASE_S:
                        cancelled.set()  # by now it may be another worker's
                if cancelled.is_set():
                    self._end_running_work()

        thread = threading.Thread(target=beat, name=f"heartbeat-{lease.task_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _end_running_work(self) -> None:
        """The programs and calls of the step at hand; the next step sees by itself that it is not wanted."""
        process_groups.kill_all()
        self._tools.end_calls()


def open_film(task: Task, settings: Settings) -> OpenedPath:
    """The film of a task, held open. FilmError where it lies outside the library roots by now, or is not the one that was
    queued. A file that was only touched is the same film, and so is one that was dubbed in its own place.
    """
    with ExitStack() as refused:
        film = refused.enter_context(open_file(task.path, settings.roots))
        size = film.content.stat().st_size
        if size != task.size and task.output != task.path:
            raise FilmError(
                f"{task.path.name} is not the file that was queued: it had {task.size} bytes and has {size}; queue it again"
            )
        refused.pop_all()
        return film


def resolve_destination(settings: Settings, task: Task) -> Path:
    """Path that the dub goes to, its folder without symbolic links. FilmRefused where that lies neither among the dubs nor in the
    library. Makes the folder.
    """
    path = choose_output_path(settings, task)
    settings.dubs.mkdir(parents=True, exist_ok=True)
    folder = path.parent.resolve()
    if not is_inside(folder, settings.output_roots):
        raise FilmError(f"{path.parent} lies outside the library roots and the dubs' folder; set LIBRARY_ROOTS, then retry")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / path.name


def _import_warm_up_modules() -> None:
    for module in WARM_UP_MODULES:
        import_module(module)
