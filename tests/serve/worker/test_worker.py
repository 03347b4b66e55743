"""The worker over a real store, a real film and fake engines: what it records, repeats, and leaves alone."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import soundfile
from audio_api_server import AudioApiServer
from fakes import FakeDetector, FakeDiarizer, FakeSeparator, FakeSynthesizer, FakeTranscriber, FakeTranslator
from killed_child import run_killed

from pipeline.engines.protocols import Engines, Passage, Translated
from pipeline.engines.speech_api.synthesizer import SpeechApiSynthesizer
from pipeline.errors import EngineError, LanguageError, StoreError
from pipeline.ffmpeg import ffprobe
from pipeline.library.scan import probe_film as probe_library_film
from pipeline.models.model_hub import Hub
from pipeline.outputs.sidecar_dubs import find_sidecar_languages, list_outputs
from pipeline.processes import subprocesses
from pipeline.script.formats import ScriptFormat, read_script, write_script
from pipeline.script.script_file import ScriptComparison
from pipeline.settings import OutputPlacement, Settings
from pipeline.stages import assess
from pipeline.store.store import Store
from pipeline.values.edits import LineChange, SpeakerChange
from pipeline.values.media import Artifact, TrackKind
from pipeline.values.script import ScriptRevision
from pipeline.values.tasks import DubPart, DubRequest, StageRun, StageStatus, Task, TaskStatus
from pipeline.values.timeline import Span
from serve.configuration.live_settings import LiveSettings
from serve.connections import arr_updates
from serve.http.media.script_files import import_script, load_script
from serve.intake.resumable.partial_upload import PartialUpload
from serve.intake.resumable.partial_uploads import PartialUploads
from serve.store.queue_signal import QueuePoll, QueueSignal
from serve.worker.artifact_gc import purge_task
from serve.worker.task_execution import TaskExecution, WorkerEngines
from serve.worker.worker import Worker
from tests.support.arr_servers import ENGLISH, KEY, arr_server


class LocalStore(Store):
    """The store as the worker knows it: with signs of life."""

    beats = 0
    told: Mapping[str, int] = {}

    def beat(self, worker: str, calls: Mapping[str, int]) -> None:
        self.beats += 1
        self.told = calls

    def watch_queue(self, worker: str, timeout_s: float) -> Future[QueuePoll]:
        answer: Future[QueuePoll] = Future()
        timer = threading.Timer(0.05, answer.set_result, (QueuePoll(True),))
        timer.daemon = True
        timer.start()
        return answer


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data", videos_dir=tmp_path / "videos", logs_dir=tmp_path / "logs", library_roots=(tmp_path,)
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[LocalStore]:
    opened = LocalStore(settings.database)
    yield opened
    opened.close()


@pytest.fixture
def engines() -> Engines:
    return Engines(FakeTranscriber(), FakeDiarizer(), FakeTranslator(), FakeSynthesizer())


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Nine seconds of test picture and a tone: the engines of these tests hear what they are told."""
    path = tmp_path / "film.mkv"
    sources = ["-f", "lavfi", "-i", "testsrc=s=64x64:r=10:d=9", "-f", "lavfi", "-i", "sine=f=200:d=9:r=48000"]
    subprocess.run(
        ["ffmpeg", "-v", "error", *sources, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", path], check=True
    )
    return path


def offer(store: Store, film: Path, *languages: str) -> Task:
    stat = film.stat()
    return store.tasks.submit(DubRequest(film, stat.st_size, stat.st_mtime_ns, languages or ("es",), source_lang="en")).task


def work_off(settings: Settings, store: LocalStore, engines: Engines, *, detector: FakeDetector | None = None) -> None:
    """Work until nothing waits any more."""
    worker = Worker(LiveSettings(settings), store, WorkerEngines(engines, detector or FakeDetector()))
    with at_work(worker):
        while still_to_do(store):
            time.sleep(0.05)


def still_to_do(store: LocalStore) -> int:
    """Number of tasks that wait or run, by one reading: between two, a task may go back from running to waiting and be seen as neither."""
    counts = store.tasks.count_by_status()
    return counts["QUEUED"] + counts["PROCESSING"]


@contextmanager
def at_work(worker: Worker) -> Iterator[None]:
    """The worker runs for as long as the block, and must end when it is told to stop."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(timeout=30)
    assert not thread.is_alive()


class SleepingTranslator(FakeTranslator):
    """A translator whose first call waits for a program for longer than a test may take; `begun` is set when it starts."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        if not self.begun.is_set():
            self.begun.set()
            subprocesses.run(["sleep", "250"], timeout=300)
        return super().translate(passage, source=source, target=target)


def executed(store: Store, task: Task, attempt: int) -> dict[tuple[str, str | None], int]:
    return {(run.name, run.language): run.executed for run in store.stages.list_runs(task.id) if run.attempt == attempt}


def test_a_film_is_dubbed_and_everything_about_it_recorded(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task = offer(store, film, "es", "ca")
    work_off(settings, store, engines)
    done = store.tasks.get(task.id)
    assert (done.status, done.error, done.source_lang) == (TaskStatus.DONE, None, "en")
    assert done.output and done.output.is_file() and done.output.is_relative_to(settings.data_dir)
    assert done.progress.done == done.progress.total
    assert {line.language for line in store.lines.list_lines(task.id)} == {"es", "ca"}
    assert set(store.lines.list_reports(task.id)) == {"es", "ca"}
    files = store.lines.list_dub_files(task.id, "ca")
    assert set(files) == {DubPart.MIX, DubPart.VOICES}, "nothing was separated"
    assert all((settings.artifacts / name).is_file() for name in files.values())
    assert store.beats > 0


def test_each_stem_of_a_film_is_a_file_of_its_dub_and_a_purge_removes_it(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task = offer(store, film, "es")
    work_off(settings, store, replace(engines, separator=FakeSeparator()))
    files = {part: settings.artifacts / name for part, name in store.lines.list_dub_files(task.id, "es").items()}
    assert set(files) == set(DubPart)
    stems = [soundfile.read(files[part], dtype="int16")[0] for part in (DubPart.MUSIC, DubPart.EFFECTS, DubPart.BACKGROUND)]
    assert (stems[0] + stems[1] == stems[2]).all() and stems[1].any()
    purge_task(store, task.id, settings.artifacts)
    assert not [path for path in files.values() if path.exists()]


def test_a_film_that_nobody_can_translate_is_refused_once_its_language_was_heard(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    hearing = FakeTranscriber(languages=frozenset({"de", "en"}), hears="de")
    asked: list[object] = []

    def require(language: str, targets: Sequence[str], subtitles: Sequence[str]) -> None:
        asked.append((language, tuple(targets), tuple(subtitles)))
        raise LanguageError("nothing translates from there")

    stat = film.stat()
    task = store.tasks.submit(DubRequest(film, stat.st_size, stat.st_mtime_ns, ("es",))).task
    worker = Worker(
        LiveSettings(settings), store, WorkerEngines(replace(engines, transcriber=hearing), FakeDetector(), require=require)
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    while still_to_do(store):
        time.sleep(0.05)
    worker.stop()
    thread.join(timeout=30)
    failed = store.tasks.get(task.id)
    assert failed.status is TaskStatus.ERROR
    assert (
        failed.error
        == "by ear the film speaks German (de): nothing translates from there; set source_lang (--from) where that is misheard"
    )
    assert failed.source_lang == "de" and asked == [("de", ("es",), ())] and not hearing.calls


def test_a_film_that_was_queued_unprobed_is_dubbed_into_the_languages_that_it_lacks(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, tmp_path: Path
) -> None:
    both = tmp_path / "both.mkv"
    tag = ["-metadata:s:a:1", "language=spa"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", film, "-map", "0", "-map", "0:a", "-c", "copy", *tag, both], check=True)
    stat, waiting = both.stat(), replace(settings, settle_s=0.0)
    request = DubRequest(both, stat.st_size, stat.st_mtime_ns, ("es",), source_lang="en", not_before=datetime.min)  # noqa: DTZ901 -- the store has UTC without a zone
    task = store.tasks.submit(request).task
    work_off(waiting, store, engines)
    ended = store.tasks.get(task.id)
    assert (ended.status, ended.output) == (TaskStatus.SKIPPED, None)
    assert (ended.error or "").startswith("both.mkv is not dubbed: it is in the target languages already, by its audio tracks")
    store.tasks.add_languages(task.id, ("ca",))
    work_off(waiting, store, engines)
    done = store.tasks.get(task.id)
    assert (done.status, done.error, done.target_langs) == (TaskStatus.DONE, None, ("ca",))
    assert {line.language for line in store.lines.list_lines(task.id)} == {"ca"}


def test_a_second_language_repeats_nothing_that_was_heard(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task = offer(store, film, "es")
    work_off(settings, store, engines)
    store.tasks.add_languages(task.id, ("ca",))
    work_off(settings, store, engines)
    again = executed(store, task, attempt=2)
    for name in ("probe", "separate", "diarize", "transcribe", "segment_words"):
        assert again[name, None] == 0, name
    assert again["synthesize", "es"] == again["mix", "es"] == 0
    assert again["synthesize", "ca"] > 0 and again["mux", None] == 1
    assert store.tasks.get(task.id).status is TaskStatus.DONE


def test_a_film_dubbed_in_its_own_place_has_each_language_once(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    in_place = replace(settings, placement=OutputPlacement.IN_PLACE)
    task = offer(store, film, "es")
    work_off(in_place, store, engines)
    store.tasks.add_languages(task.id, ("ca",))
    work_off(in_place, store, engines)
    done = store.tasks.get(task.id)
    assert (done.status, done.error, done.output) == (TaskStatus.DONE, None, film)
    dubbed = ffprobe.probe_film(film)
    assert [track.language for track in dubbed.of_kind(TrackKind.AUDIO)] == [None, "es", "ca"]
    assert [track.language for track in dubbed.of_kind(TrackKind.SUBTITLE)] == ["es", "ca"]


@dataclass
class AfterReplacement(FakeDetector):
    """Fails as soon as the film was replaced."""

    film: Path = Path()
    original: bytes = b""

    def detect(self, audio: Artifact) -> tuple[Span, ...]:
        if self.film.read_bytes() != self.original:
            raise EngineError("detector", "the card is gone")
        return super().detect(audio)


def test_a_film_whose_dub_fails_after_it_took_its_place_is_the_original_again_and_can_be_tried_again(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    in_place, original = replace(settings, placement=OutputPlacement.IN_PLACE), film.read_bytes()
    task = offer(store, film)
    work_off(in_place, store, engines, detector=AfterReplacement(film=film, original=original))
    failed = store.tasks.get(task.id)
    assert failed.status is TaskStatus.ERROR and "the card is gone" in (failed.error or "")
    assert film.read_bytes() == original and not list(film.parent.glob(".dubarr-*"))
    store.tasks.retry(task.id)
    work_off(in_place, store, engines)
    assert store.tasks.get(task.id).status is TaskStatus.DONE
    assert [track.language for track in ffprobe.probe_film(film).of_kind(TrackKind.AUDIO)] == [None, "es"]


@pytest.mark.parametrize("end", ["cancel", "delete"])
def test_a_film_whose_task_is_ended_after_the_dub_took_its_place_is_the_original_again(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, end: str
) -> None:
    in_place, original = replace(settings, placement=OutputPlacement.IN_PLACE), film.read_bytes()
    task = offer(store, film)

    class EndsTask(AfterReplacement):
        def detect(self, audio: Artifact) -> tuple[Span, ...]:
            if film.read_bytes() != original:
                getattr(store.tasks, end)(task.id)
            return super().detect(audio)

    worker = Worker(LiveSettings(in_place), store, WorkerEngines(engines, EndsTask(film=film, original=original)))
    with at_work(worker):
        deadline = time.monotonic() + 60
        while (left := list(film.parent.glob(".dubarr-original-*"))) or still_to_do(store) or worker.is_busy:
            assert time.monotonic() < deadline, f"{left} is left"
            time.sleep(0.05)
    assert film.read_bytes() == original and not list(film.parent.glob(".dubarr-*"))


def test_a_film_is_dubbed_to_the_end_after_a_worker_was_killed_that_had_replaced_it(
    settings: Settings, engines: Engines, film: Path
) -> None:
    in_place, original = replace(settings, placement=OutputPlacement.IN_PLACE), film.read_bytes()
    with closing(LocalStore(settings.database)) as store:
        task = offer(store, film)

    def work() -> None:
        own = LocalStore(settings.database)
        claimed = own.leases.claim_next_task("another worker", 4.0)
        assert claimed is not None
        TaskExecution(in_place, own, WorkerEngines(engines, FakeDetector())).run_dub(*claimed, threading.Event())

    assert run_killed(work, step=1, watched={assess.__file__}) == -signal.SIGKILL
    assert film.read_bytes() != original, "the dub had its place, and its comparison had begun"
    with closing(LocalStore(settings.database)) as store:
        work_off(in_place, store, engines)
        done = store.tasks.get(task.id)
        assert (done.status, done.error, done.output) == (TaskStatus.DONE, None, film)
        assert executed(store, task, attempt=2)["synthesize", "es"] == 0, "all but the film is from the cache"
    assert [track.language for track in ffprobe.probe_film(film).of_kind(TrackKind.AUDIO)] == [None, "es"]
    assert not list(film.parent.glob(".dubarr-*"))


def test_sidecar_dubs_of_a_seeded_film_leave_it_alone_and_count_as_its_languages(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, tmp_path: Path
) -> None:
    """The link is the library's name of a hard-linked film: the audio files lie beside the link, under its name."""
    (tmp_path / "library").mkdir()
    link, seeding = tmp_path / "library" / "Film.mkv", tmp_path / "seeding.mkv"
    os.link(film, seeding)
    link.symlink_to(film)
    before = film.read_bytes()
    sidecar = replace(settings, placement=OutputPlacement.SIDECAR)
    task = offer(store, link, "es")
    work_off(sidecar, store, engines)
    store.tasks.add_languages(task.id, ("ca",))
    work_off(sidecar, store, engines)
    done = store.tasks.get(task.id)
    assert (done.status, done.error, done.output) == (TaskStatus.DONE, None, link.with_name("Film.es.mka"))
    assert done.progress.done == done.progress.total
    assert list_outputs(done) == (link.with_name("Film.es.mka"), link.with_name("Film.ca.mka"))
    assert all(path.is_file() for path in list_outputs(done))
    assert all(json.loads(report)["streams_kept"] for report in store.lines.list_reports(task.id).values())
    assert link.is_symlink() and film.samefile(seeding) and film.read_bytes() == before
    assert find_sidecar_languages(link) == ("ca", "es")
    assert probe_library_film(link).tracks == ("ca", "es")


@pytest.mark.parametrize("placement", [OutputPlacement.IN_PLACE, OutputPlacement.SIDECAR])
def test_a_dub_that_could_not_be_written_is_refused_before_any_work(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, tmp_path: Path, placement: OutputPlacement
) -> None:
    os.link(film, tmp_path / "seeding.mkv")
    film.with_name("film.es.mka").write_bytes(b"a voice of theirs")
    task = offer(store, film, "es")
    work_off(replace(settings, placement=placement), store, engines)
    failed = store.tasks.get(task.id)
    reason = "2 hard links" if placement is OutputPlacement.IN_PLACE else "film.es.mka beside film.mkv is no dub of ours"
    assert failed.status is TaskStatus.ERROR and reason in (failed.error or "")
    assert store.stages.list_runs(task.id) == () and film.samefile(tmp_path / "seeding.mkv")


def test_an_edited_line_is_the_only_one_spoken_anew(settings: Settings, store: LocalStore, engines: Engines, film: Path) -> None:
    task = offer(store, film)
    work_off(settings, store, engines)
    store.edits.change_lines(task.id, [LineChange("es", 1, text="otra cosa")])
    work_off(settings, store, engines)
    again = executed(store, task, attempt=2)
    assert (again["transcribe", None], again["translate", "es"], again["synthesize", "es"]) == (0, 0, 1)
    assert (again["mix", "es"], again["mux", None]) == (1, 1)
    assert next(line.text for line in store.lines.list_lines(task.id)) == "otra cosa"


def test_a_script_round_trip_runs_nothing_again_and_a_changed_cell_runs_one_line(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task = offer(store, film)
    work_off(settings, store, engines)
    for form in ScriptFormat:
        script = load_script(store, task.id, "es")
        exported = write_script(script, form)
        assert import_script(store, task.id, script, read_script(exported), dry_run=False) == (ScriptComparison(), False)
        assert store.tasks.get(task.id).status is TaskStatus.DONE
    said = script.lines[0].cells.translation
    changed = write_script(script, ScriptFormat.CSV).replace(f",{said},".encode(), b",otra cosa,", 1)
    found, queued = import_script(store, task.id, script, read_script(changed), dry_run=False)
    assert ([(each.number, each.after) for each in found.changes], queued) == ([(1, "otra cosa")], True)
    assert store.lines.list_revisions([task.id])[task.id]["es"] == ScriptRevision(2, 1, lines=(1,))
    work_off(settings, store, engines)
    again = executed(store, task, attempt=2)
    assert (again["transcribe", None], again["translate", "es"], again["synthesize", "es"]) == (0, 0, 1)
    assert store.lines.list_revisions([task.id])[task.id]["es"] == ScriptRevision(2, 2)


def test_speakers_their_voices_and_what_could_be_chosen_are_kept_and_a_choice_is_dubbed(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task = offer(store, film, "es", "ca")
    work_off(settings, store, engines)
    cast = store.cast.get_cast(task.id)
    assert [(member.label, member.lines, member.voices) for member in cast.members] == [
        ("S1", 1, {"es": "es-S1", "ca": "ca-S1"}),
        ("S2", 1, {"es": "es-S2", "ca": "ca-S2"}),
    ]
    assert cast.choices == {tag: (f"{tag}-low", f"{tag}-high") for tag in ("es", "ca")}
    store.edits.change_speaker(task.id, SpeakerChange("S2", "Anna", voices={"es": "es-low"}))
    work_off(settings, store, engines)
    anna = store.cast.get_cast(task.id).members[1]
    assert (anna.name, anna.voices, anna.chosen) == ("Anna", {"es": "es-low", "ca": "ca-S2"}, {"es": "es-low"})
    again = executed(store, task, attempt=2)
    assert (again["synthesize", "es"], again["mix", "es"], again["synthesize", "ca"], again["mix", "ca"]) == (1, 1, 0, 0)


def test_a_skipped_line_is_shown_with_its_words_and_has_no_take(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task = offer(store, film)
    work_off(settings, store, engines)
    before = store.lines.list_lines(task.id)
    store.edits.change_lines(task.id, [LineChange("es", 1, skip=True)])
    work_off(settings, store, engines)
    skipped, other = store.lines.list_lines(task.id)
    assert (skipped.skip, skipped.text, skipped.audio, skipped.text_source) == (True, before[0].text, "", "skip")
    assert replace(other, audio="") == replace(before[1], audio="")


def test_a_film_may_be_edited_as_often_as_people_like(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task = offer(store, film)
    for n in range(7):
        store.tasks.requeue(task.id)
        claim = store.leases.claim_next_task("w", 60.0)
        assert claim and claim[0].attempts == n + 1
        store.leases.finish(claim[1], film)
    store.tasks.requeue(task.id)
    work_off(settings, store, engines)
    assert store.tasks.get(task.id).status is TaskStatus.DONE


def test_a_cancelled_task_stops_within_a_heartbeat_and_a_retry_goes_on(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task, translator = offer(store, film), SleepingTranslator()
    with at_work(Worker(LiveSettings(settings), store, WorkerEngines(replace(engines, translator=translator), FakeDetector()))):
        assert translator.begun.wait(60)
        assert (store.tasks.cancel(task.id).error or "").startswith("cancelled at translate")
        store.tasks.retry(task.id)  # which this worker takes, as soon as it has let go of the program
        deadline = time.monotonic() + 100
        while store.tasks.get(task.id).status is not TaskStatus.DONE:
            assert time.monotonic() < deadline, "the worker still waits for a program of a task that was cancelled"
            time.sleep(0.1)
    assert executed(store, task, attempt=2)["transcribe", None] == 0


def test_a_line_too_long_is_rephrased_where_the_translator_can(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    wordy = replace(engines, translator=FakeTranslator(rephrases=True, fingerprint="wordy"), synthesizer=FakeSynthesizer())
    wordy.translator.translate = lambda passage, source, target: Translated(tuple("x" * 60 for _ in passage.segments))  # type: ignore[method-assign]
    task = offer(store, film)
    work_off(settings, store, wordy)
    assert {len(line.text) for line in store.lines.list_lines(task.id)} == {30}


def test_a_failing_engine_ends_the_task_with_its_sentence_and_the_queue_goes_on(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, tmp_path: Path
) -> None:
    class Broken(FakeTranslator):
        def translate(self, *_: object, **__: object) -> Translated:
            raise EngineError("broken", "out of words; buy some")

    task = offer(store, film)
    work_off(settings, store, replace(engines, translator=Broken(fingerprint="broken")))
    failed = store.tasks.get(task.id)
    assert (failed.status, failed.error) == (TaskStatus.ERROR, "broken: out of words; buy some")
    store.tasks.retry(task.id)
    work_off(settings, store, engines)
    assert store.tasks.get(task.id).status is TaskStatus.DONE
    assert executed(store, task, attempt=2)["transcribe", None] == 0


def test_an_unexpected_error_is_recorded_and_ends_nothing_else(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    class Odd(FakeDiarizer):
        def diarize(self, *_: object, **__: object) -> object:  # type: ignore[override]
            raise ZeroDivisionError("odd")

    task = offer(store, film)
    work_off(settings, store, replace(engines, diarizer=Odd(fingerprint="odd")))
    assert "ZeroDivisionError: odd" in (store.tasks.get(task.id).error or "")


def test_a_sign_of_life_tells_the_calls_under_way(settings: Settings, store: LocalStore, engines: Engines) -> None:
    worker = Worker(LiveSettings(settings), store, WorkerEngines(engines, FakeDetector(), lambda: {"tts": 2}))
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        while not store.beats:
            time.sleep(0.01)
    finally:
        worker.stop()
        thread.join(timeout=30)
    assert store.told == {"tts": 2}


def test_abandoned_uploads_are_removed(settings: Settings, store: LocalStore, engines: Engines, tmp_path: Path) -> None:
    settings = replace(settings, videos_dir=tmp_path)
    uploads, old, fresh = PartialUploads(tmp_path), PartialUpload("0" * 32, 5, "a.mkv"), PartialUpload("1" * 32, 5, "b.mkv")
    uploads.create(fresh)
    uploads.create(old)
    os.utime(tmp_path / ".uploads" / f"{old.id}.offset", (0, 0))
    with at_work(Worker(LiveSettings(settings), store, WorkerEngines(engines, FakeDetector()))):
        while not store.beats or list((tmp_path / ".uploads").glob(f"{old.id}.*")):
            time.sleep(0.01)
    assert uploads.find(fresh.id) == fresh


def test_a_watermark_whose_library_is_missing_is_told_before_the_first_stage(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "audioseal", None)
    task = offer(store, film)
    work_off(replace(settings, watermark=True), store, engines)
    assert "run ./dubarr setup with WATERMARK=1" in (store.tasks.get(task.id).error or "")
    assert not store.stages.list_runs(task.id)


def test_a_dub_that_is_answered_from_the_cache_needs_no_server_and_that_is_told(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, tmp_path: Path
) -> None:
    def speaking(server: AudioApiServer) -> Engines:
        synthesizer = SpeechApiSynthesizer(url=server.url, hub=Hub(cache=tmp_path / "cache"), tries=1)
        return replace(engines, synthesizer=synthesizer)

    task = offer(store, film)
    with AudioApiServer() as server:
        work_off(settings, store, speaking(server))
    assert store.tasks.get(task.id).status is TaskStatus.DONE, store.tasks.get(task.id).error
    assert "could not be reached" not in store.lines.list_reports(task.id)["es"]
    store._database.execute("UPDATE tasks SET status = 'QUEUED', output = NULL")
    work_off(settings, store, speaking(server))
    assert store.tasks.get(task.id).status is TaskStatus.DONE, store.tasks.get(task.id).error
    assert "The server of synthesizer could not be reached" in store.lines.list_reports(task.id)["es"]


def test_the_next_film_is_dubbed_while_radarr_rescans_and_a_stop_tells_it_of_both(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arr_updates, "RESCAN_WAIT_S", 600.0)
    films = [film, film.with_name("second.mkv")]
    shutil.copy(film, films[1])
    rescan = [{"name": "RescanMovie", "status": "started", "body": {"movieId": 7}}]
    files = [{"id": number, "path": str(path), "languages": [ENGLISH]} for number, path in enumerate(films)]
    with arr_server({"/moviefile?movieId=7": files, "/command": rescan}) as radarr:
        placed = replace(settings, placement=OutputPlacement.IN_PLACE, radarr_url=radarr.url, radarr_api_key=KEY)
        for path in films:
            stat = path.stat()
            store.tasks.submit(DubRequest(path, stat.st_size, stat.st_mtime_ns, ("es",), source_lang="en", origin="radarr/7"))
        work_off(placed, store, engines)
        assert [path for _, path, _ in radarr.changes] == ["/command", "/moviefile/editor", "/command", "/moviefile/editor"]
    assert store.tasks.count_by_status()["DONE"] == 2


def test_a_film_that_vanished_is_told(settings: Settings, store: LocalStore, engines: Engines, film: Path) -> None:
    task = offer(store, film)
    film.unlink()
    work_off(settings, store, engines)
    assert (store.tasks.get(task.id).error or "").startswith(f"there is no file {film}")


@pytest.mark.parametrize("placement", list(OutputPlacement))
def test_the_dub_of_a_link_carries_the_links_name_and_its_subtitles_are_read(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, placement: OutputPlacement
) -> None:
    link = film.parent / "library" / "Film.mkv"
    link.parent.mkdir()
    link.symlink_to(film)
    task = offer(store, link)
    work_off(replace(settings, placement=placement), store, engines)
    done = store.tasks.get(task.id)
    assert (done.status, done.error) == (TaskStatus.DONE, None)
    assert done.output is not None
    if placement is OutputPlacement.IN_PLACE:
        assert (done.output, link.is_symlink()) == (film, True), "the file is replaced, and the link leads to it"
        store.tasks.add_languages(task.id, ("ca",))
        work_off(replace(settings, placement=placement), store, engines)
        assert store.tasks.get(task.id).status is TaskStatus.DONE
    else:
        names = {
            OutputPlacement.DUBS: settings.dubs / str(task.id) / "Film.mkv",
            OutputPlacement.BESIDE: link.with_name("Film.dubarr.mkv"),
            OutputPlacement.SIDECAR: link.with_name("Film.es.mka"),
        }
        assert done.output.resolve() == names[placement].resolve()


def outside_film(folder: Path, film: Path) -> Path:
    """A copy of the film where no library root reaches, in a folder beside that of the settings' root."""
    path = folder / "outside" / "secret.mkv"
    path.parent.mkdir()
    return Path(shutil.copy2(film, path))


@pytest.fixture
def rooted(settings: Settings, film: Path) -> tuple[Settings, Path]:
    """Settings with one library root, and a film in a season's folder of it."""
    season = film.parent / "library" / "season"
    season.mkdir(parents=True)
    return replace(settings, library_roots=(season.parent,)), Path(shutil.move(film, season / "film.mkv"))


def test_a_film_swapped_for_a_link_out_of_the_library_is_not_dubbed(
    rooted: tuple[Settings, Path], store: LocalStore, engines: Engines, tmp_path: Path
) -> None:
    settings, film = rooted
    task = offer(store, film)
    secret = outside_film(tmp_path, film)  # the same size and time: only its place tells it apart
    film.unlink()
    film.symlink_to(secret)
    work_off(settings, store, engines)
    failed = store.tasks.get(task.id)
    assert (failed.status, failed.output) == (TaskStatus.ERROR, None)
    assert "does not lie under a library root" in (failed.error or "")


def test_a_folder_swapped_for_a_link_out_of_the_library_is_not_dubbed_from(
    rooted: tuple[Settings, Path], store: LocalStore, engines: Engines, tmp_path: Path
) -> None:
    settings, film = rooted
    task = offer(store, film)
    secret = outside_film(tmp_path, film)
    secret.rename(secret.with_name(film.name))
    shutil.rmtree(film.parent)
    film.parent.symlink_to(secret.parent)
    work_off(settings, store, engines)
    assert "does not lie under a library root" in (store.tasks.get(task.id).error or "")


def test_a_film_that_was_replaced_since_it_was_queued_is_told(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task = offer(store, film)
    with film.open("ab") as file:
        file.write(bytes(1_000))
    work_off(settings, store, engines)
    error = store.tasks.get(task.id).error or ""
    assert "film.mkv is not the file that was queued" in error and error.endswith("queue it again")
    assert offer(store, film).id != task.id, "the new film is a task of its own"


def test_a_film_that_was_only_touched_is_the_same_film(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task = offer(store, film)
    film.touch()
    work_off(settings, store, engines)
    assert store.tasks.get(task.id).status is TaskStatus.DONE


@pytest.mark.parametrize("swapped", ["film", "folder"])
def test_what_is_swapped_while_a_film_is_dubbed_is_neither_read_nor_written(
    rooted: tuple[Settings, Path], store: LocalStore, engines: Engines, tmp_path: Path, swapped: str
) -> None:
    settings, film = rooted
    secret = outside_film(tmp_path, film)
    secret = secret.rename(secret.with_name(film.name))
    before = secret.read_bytes()

    class Swapping(FakeTranslator):
        def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
            if swapped == "film":
                film.unlink()
                film.symlink_to(secret)
            else:
                film.parent.rename(film.parent.with_name("moved"))
                film.parent.symlink_to(secret.parent)
            return super().translate(passage, source=source, target=target)

    task = offer(store, film)
    work_off(
        replace(settings, placement=OutputPlacement.BESIDE), store, replace(engines, translator=Swapping(fingerprint="swapping"))
    )
    ended = store.tasks.get(task.id)
    if swapped == "folder":
        assert (ended.status, ended.error) == (
            TaskStatus.ERROR,
            f"mux: {film.parent} leads to another folder than it did; queue the film again",
        )
    assert list(secret.parent.iterdir()) == [secret]
    assert secret.read_bytes() == before


def test_a_reference_clip_outside_the_artifacts_is_not_read(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, tmp_path: Path
) -> None:
    offer(store, film)
    work_off(settings, store, engines)
    secret = tmp_path / "secret.wav"
    secret.write_bytes(b"secret")
    store._database.execute("UPDATE speakers SET clip = ?, embedding = [0.5, 0.5]", [str(secret)])
    other = film.with_name("film 2.mkv")
    shutil.copy(film, other)
    cloning = replace(engines, synthesizer=FakeSynthesizer(clones=True))
    execution = TaskExecution(settings, store, WorkerEngines(cloning, FakeDetector()))
    assert len(store.lines.list_series_speakers(other, engines.diarizer.fingerprint)) == 2
    assert execution.find_known_voices(offer(store, other)) == ()


def test_a_task_deleted_while_at_work_is_left_alone(settings: Settings, store: LocalStore, engines: Engines, film: Path) -> None:
    class Deleting(FakeTranslator):
        def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
            store.tasks.delete(task.id)
            return Translated(("a", "b"))

    task = offer(store, film)
    work_off(settings, store, replace(engines, translator=Deleting(fingerprint="deleting")))
    assert store.tasks.list_newest() == ((), 0)


def test_a_deleted_task_ends_the_program_at_hand_and_the_next_one_begins(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, tmp_path: Path
) -> None:
    task, translator = offer(store, film), SleepingTranslator()
    with at_work(Worker(LiveSettings(settings), store, WorkerEngines(replace(engines, translator=translator), FakeDetector()))):
        assert translator.begun.wait(60)
        store.tasks.delete(task.id)
        other = tmp_path / "other.mkv"
        shutil.copy(film, other)
        following = offer(store, other)
        deadline = time.monotonic() + 100
        while store.tasks.get(following.id).status is not TaskStatus.DONE:
            assert time.monotonic() < deadline, "the worker still waits for a program of a task that is gone"
            time.sleep(0.1)


def test_a_worker_that_stops_hands_its_task_back(settings: Settings, store: LocalStore, engines: Engines, film: Path) -> None:
    begun, go = threading.Event(), threading.Event()

    class Slow(FakeTranscriber):
        def transcribe(self, *args: object, **kwargs: object) -> tuple[()]:  # type: ignore[override]
            begun.set()
            go.wait(20)
            return ()

    task = offer(store, film)
    worker = Worker(
        LiveSettings(settings), store, WorkerEngines(replace(engines, transcriber=Slow(fingerprint="slow")), FakeDetector())
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert begun.wait(20)
    worker.stop()
    go.set()
    thread.join(20)
    handed = store.tasks.get(task.id)
    assert (handed.status, handed.attempts) == (TaskStatus.QUEUED, 0)


def test_a_film_that_ends_its_worker_every_time_is_quarantined_and_the_queue_goes_on(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, tmp_path: Path
) -> None:
    task = offer(store, film)
    for n in range(3):
        _, lease = store.leases.claim_next_task(f"dead/{n}", -1.0) or pytest.fail("it waits")
        store.stages.record_run(lease, StageRun("mix", "es", n + 1, StageStatus.RUNNING, datetime.now(UTC).replace(tzinfo=None)))
    other = shutil.copy(film, tmp_path / "other.mkv")
    following = offer(store, Path(other))
    work_off(settings, store, engines)
    failed = store.tasks.get(task.id)
    assert failed.status is TaskStatus.ERROR
    assert "quarantined: each of 3 attempts ended its worker, the last one at mix" in (failed.error or "")
    assert store.tasks.get(following.id).status is TaskStatus.DONE
    store.tasks.retry(task.id)
    work_off(settings, store, engines)
    assert store.tasks.get(task.id).status is TaskStatus.DONE


def test_the_task_of_a_worker_that_died_on_this_machine_is_taken_at_once(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    name = subprocess.run(
        [sys.executable, "-c", "from serve.worker.worker_id import make_worker_id; print(make_worker_id())"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    task = offer(store, film)
    assert store.leases.claim_next_task(name, 1_000_000.0)
    work_off(settings, store, engines)
    assert store.tasks.get(task.id).status is TaskStatus.DONE


def test_where_nothing_can_be_written_films_wait_and_none_fails(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.artifacts.write_text("in the way")
    task = offer(store, film)
    worker = Worker(LiveSettings(settings), store, WorkerEngines(engines, FakeDetector()))
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        while "cannot be used" not in caplog.text:
            time.sleep(0.01)
    finally:
        worker.stop()
        thread.join(timeout=30)
    assert store.tasks.get(task.id).status is TaskStatus.QUEUED
    settings.artifacts.unlink()
    work_off(settings, store, engines)
    assert store.tasks.get(task.id).status is TaskStatus.DONE


def test_what_fails_because_the_disk_went_away_is_handed_back(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    class Pulled(FakeTranslator):
        def translate(self, *_: object, **__: object) -> Translated:
            shutil.rmtree(settings.artifacts)
            settings.artifacts.write_text("in the way")
            raise OSError(errno.EIO, "Input/output error", str(settings.artifacts))

    task = offer(store, film)
    worker = Worker(
        LiveSettings(settings), store, WorkerEngines(replace(engines, translator=Pulled(fingerprint="pulled")), FakeDetector())
    )
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        while not settings.artifacts.is_file() or store.tasks.count_by_status()["PROCESSING"]:
            time.sleep(0.05)
    finally:
        worker.stop()
        thread.join(timeout=30)
    assert store.tasks.get(task.id).status is TaskStatus.QUEUED


def test_a_store_in_trouble_ends_no_worker(settings: Settings, store: LocalStore, engines: Engines, film: Path) -> None:
    troubles = [StoreError("the disk is full"), StoreError("the disk is full")]

    class Troubled(LocalStore):
        def beat(self, worker: str, calls: Mapping[str, int]) -> None:
            if troubles:
                raise troubles.pop()

    store.close()
    again = Troubled(settings.database)
    task = offer(again, film)
    work_off(settings, again, engines)
    assert not troubles and again.tasks.get(task.id).status is TaskStatus.DONE
    again.close()


def test_a_film_replaced_while_it_is_dubbed_is_told_and_its_dub_is_not_made(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    class Replacing(FakeTranslator):
        def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
            film.write_bytes(film.read_bytes() + b"more")
            return super().translate(passage, source=source, target=target)

    task = offer(store, film)
    work_off(settings, store, replace(engines, translator=Replacing(fingerprint="replacing")))
    failed = store.tasks.get(task.id)
    assert failed.status is TaskStatus.ERROR and "changed since" in (failed.error or "") and failed.output is None


def test_a_damaged_artifact_is_made_anew(settings: Settings, store: LocalStore, engines: Engines, film: Path) -> None:
    task = offer(store, film)
    work_off(settings, store, engines)
    take = settings.artifacts / store.lines.list_lines(task.id)[0].audio
    good = take.read_bytes()
    take.write_bytes(good[:-4] + b"\0\1\2\3")  # as long as before
    store.tasks.requeue(task.id)
    work_off(settings, store, engines)
    again = executed(store, task, attempt=2)
    assert (again["synthesize", "es"], again["translate", "es"]) == (1, 0)
    assert (settings.artifacts / store.lines.list_lines(task.id)[0].audio).read_bytes() == good


def test_an_idle_worker_waits_by_a_long_poll_that_a_task_ends(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal, pool, polls, claims = QueueSignal(), ThreadPoolExecutor(4), threading.Semaphore(0), []
    claim = store.leases.claim_next_task

    def watch(worker: str, timeout_s: float) -> Future[QueuePoll]:
        polls.release()
        return pool.submit(lambda: QueuePoll(signal.wait(timeout_s=0.5)))

    def counted(*args: object, **kwargs: object) -> object:
        claims.append(args)
        return claim(*args, **kwargs)

    monkeypatch.setattr(store, "watch_queue", watch)
    monkeypatch.setattr(store.leases, "claim_next_task", counted)
    worker = Worker(LiveSettings(settings), store, WorkerEngines(engines, FakeDetector()))
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        for _ in range(4):
            assert polls.acquire(timeout=10)  # polls that end without a task
        assert len(claims) == 1
        task = offer(store, film)
        signal.notify()
        while store.tasks.get(task.id).status is not TaskStatus.DONE:
            time.sleep(0.05)
    finally:
        worker.stop()
        signal.notify()
        thread.join(timeout=30)
        pool.shutdown()
    assert not thread.is_alive()


def test_a_worker_goes_on_where_its_long_poll_fails(
    settings: Settings, store: LocalStore, engines: Engines, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(worker: str, timeout_s: float) -> Future[QueuePoll]:
        answer: Future[QueuePoll] = Future()
        answer.set_exception(StoreError("the store's process ended"))
        return answer

    monkeypatch.setattr(store, "watch_queue", fail)
    task = offer(store, film)
    work_off(settings, store, engines)
    other = offer(store, film, "ca")
    work_off(settings, store, engines)
    assert store.tasks.get(task.id).status is store.tasks.get(other.id).status is TaskStatus.DONE


def test_a_film_that_grows_is_dubbed_by_itself_once_its_size_rests(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    content = film.read_bytes()
    film.write_bytes(content[: len(content) // 2])
    stat = film.stat()
    request = DubRequest(film, stat.st_size, stat.st_mtime_ns, ("es",), source_lang="en", not_before=datetime(2000, 1, 1))  # noqa: DTZ001
    task = store.tasks.submit(request).task
    threading.Timer(1.0, film.write_bytes, (content,)).start()
    work_off(replace(settings, settle_s=2.0), store, engines)
    done = store.tasks.get(task.id)
    assert (done.status, done.error, done.size, done.attempts) == (TaskStatus.DONE, None, len(content), 1)


def test_a_glossary_of_the_library_or_the_task_makes_the_lines_again_that_have_its_terms(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task = offer(store, film, "es")
    work_off(settings, store, engines)
    texts = [line.text for line in store.lines.list_lines(task.id)]
    (settings.data_dir / "glossary.txt").write_text('es: Word "library"\nca: Word "other"\n')
    store.edits.change_glossary(task.id, 'es: Word "vord"\n')
    spoken = len(engines.synthesizer.calls)  # type: ignore[attr-defined]  # of the fake
    work_off(settings, store, engines)
    assert store.tasks.get(task.id).error is None
    assert set(engines.synthesizer.calls[spoken:]) == {text.replace("Word", "vord") for text in texts}  # type: ignore[attr-defined]
    assert [line.text for line in store.lines.list_lines(task.id)] == texts, "the script keeps its spelling"


def test_a_malformed_glossary_fails_the_task_with_its_line(
    settings: Settings, store: LocalStore, engines: Engines, film: Path
) -> None:
    task = offer(store, film, "es")
    (settings.data_dir / "glossary.txt").write_text("Jon [ʘ]\n")
    work_off(settings, store, engines)
    assert "line 1: no voice knows" in (store.tasks.get(task.id).error or "")
