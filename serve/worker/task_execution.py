"""Task execution: the dub of one task's film under a lease, the rows of its results, and the garbage of its attempts."""

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from pipeline.dub import dub, list_voice_choices
from pipeline.dub_values import DubbedFilm, DubSpec, FilmAnalysis
from pipeline.engines.protocols import Engines, SpeechDetector
from pipeline.engines.registry.engine_builder import build_watermarker
from pipeline.engines.speakers.voice_embedder import VoiceEmbedder
from pipeline.engines.watermark.watermarker import Watermarker
from pipeline.errors import DubarrError
from pipeline.filesystem.path_guard import OpenedPath, is_inside
from pipeline.models.model_hub import Hub
from pipeline.runner import Runner
from pipeline.settings import Settings
from pipeline.stages.probe import probe
from pipeline.text import glossary
from pipeline.text.subtitles.subtitle_sidecars import describe_unusable_sidecars, find_sidecars_with_choice
from pipeline.text.track_choice import select_dialogue_track
from pipeline.values.edits import FILM_WIDE, FilmEdits
from pipeline.values.media import Artifact, Source, TrackKind
from pipeline.values.notes import Note, Severity, merge_notes
from pipeline.values.tasks import Lease, StageStatus, Task
from pipeline.values.timeline import KnownVoice
from serve.intake.existing_audio import find_missing_targets, is_unprobed
from serve.intake.library_glossary import read_library_glossary
from serve.metrics.process_metrics import BROKEN_ANSWERS
from serve.runtime import malloc_trim
from serve.worker.artifact_gc import collect_task_garbage
from serve.worker.film_backups import drop_film_backup, keep_film, restore_film, restore_on_failure
from serve.worker.result_rows import format_speech, list_dub_files, make_line_rows, make_speaker_rows, make_translation_row
from serve.worker.task_files import (
    choose_film_path,
    is_written_beside,
    open_film,
    read_fixed_takes,
    require_writable_output,
    resolve_destination,
)
from serve.worker.worker_store import WorkerStore

log = logging.getLogger(__name__)

SERVER_AWAY_NOTE = (
    "The server of {} could not be reached; its model is taken to be the last known one, whose results were in the cache"
)
MAX_ATTEMPTS = 3  # a film that ends its worker each time is quarantined


@dataclass(frozen=True, slots=True)
class WorkerEngines:
    """Engines of a worker, with their calls in flight."""

    engines: Engines
    detector: SpeechDetector
    calls: Callable[[], Mapping[str, int]] = dict  # in flight: deployment → count
    end_calls: Callable[[], None] = lambda: None  # fails every call in flight at once
    # Refuses a film by its language, its targets and its subtitles' languages: LanguageError.
    require: Callable[[str, Sequence[str], Sequence[str]], None] = lambda language, targets, subtitles: None
    embedder: VoiceEmbedder | None = None  # without it the likeness of voices is not assessed
    notes: tuple[Note, ...] = ()  # about these engines, for each dub
    choose: Callable[[Sequence[tuple[str, str]]], "WorkerEngines"] | None = None  # those of a rule: pairs of role and engine
    names: Mapping[str, str] = field(default_factory=dict)  # role → name of its engine, as the profile has it

    def choose_for(self, task: Task) -> "WorkerEngines":
        """The engines that the rule of a task chose; these, where it chose none."""
        pairs = task.preferences.engines
        return self.choose(pairs) if pairs and self.choose is not None else self


@dataclass(frozen=True, slots=True)
class TaskExecution:
    """Execution of tasks with the engines and the store of one worker. Methods block."""

    settings: Settings
    store: WorkerStore
    tools: WorkerEngines

    def run_dub(self, task: Task, lease: Lease, cancelled: threading.Event) -> DubbedFilm:
        """Dub a task's film. DubarrError where it is quarantined: each of `MAX_ATTEMPTS` attempts ended its worker."""
        if task.lost >= MAX_ATTEMPTS:
            where = self._describe_last_stage(task)
            raise DubarrError(f"quarantined: each of {MAX_ATTEMPTS} attempts ended its worker{where}; see the log, then retry")
        store = self.store
        run = Runner(
            store=store.stages,
            lease=lease,
            attempt=task.attempts,
            artifacts=self.settings.artifacts,
            report=lambda progress: store.leases.record_progress(lease, progress),
            cancelled=cancelled,
            on_broken_answer=BROKEN_ANSWERS.labels("use").inc,
            engine_names=self.tools.names,
        )
        restore_film(task, self.settings)
        with restore_on_failure(task, self.settings, cancelled), open_film(task, self.settings) as film:
            return self._dub_film(task, film, run)

    def _dub_film(self, task: Task, film: OpenedPath, run: Runner) -> DubbedFilm:
        lease = run.lease
        path = choose_film_path(task, film, self.settings)
        source = Source.of(path, find_sidecars_with_choice(path, task.selection, self.settings.roots), opened=film.content)
        if is_unprobed(task):
            task = self._drop_existing_targets(task, lease, source)
        spec = self._build_spec(task, path, source)
        watermarker = self._build_watermarker()
        require_writable_output(self.settings, replace(task, path=path), film, Path(spec.destination))
        keep_film(task, film, self.settings)

        def require(analysis: FilmAnalysis) -> None:
            self._record_probe(lease, analysis)
            self.tools.require(analysis.language, spec.target_langs, [text.language for text in analysis.subtitles])

        dubbed = dub(
            spec,
            self.tools.engines,
            run,
            detector=self.tools.detector,
            embedder=self.tools.embedder,
            watermarker=watermarker,
            require=require,
            on_analysis=lambda analysis: self._record_probe(lease, analysis),
        )
        return add_notes(dubbed, self._describe_servers_away())

    def _describe_servers_away(self) -> tuple[Note, ...]:
        """Describe the engines whose servers were away: by their last known models the cached stages were found."""
        engines: dict[str, object] = {
            "transcriber": self.tools.engines.transcriber,
            "synthesizer": self.tools.engines.synthesizer,
        }
        return tuple(
            Note(SERVER_AWAY_NOTE.format(self.tools.names.get(role, role)), Severity.WARNING)
            for role, engine in engines.items()
            if getattr(engine, "is_provisional", False)
        )

    def _build_watermarker(self) -> Watermarker | None:
        """Build the watermarker of cloned voices, before the film's first stage: EngineError. None where none is asked for."""
        settings = self.settings
        hub = Hub(settings.models_dir, settings.hf_token)
        return build_watermarker(settings.watermark_model, hub) if settings.watermark else None

    def _build_spec(self, task: Task, path: Path, source: Source) -> DubSpec:
        """Build the specification of a task's dub, of its film at a path."""
        store = self.store
        return DubSpec(
            source=source,
            target_langs=task.target_langs,
            destination=str(resolve_destination(self.settings, replace(task, path=path))),
            source_lang=task.asked_lang,
            speakers=task.speakers,
            edits=FilmEdits(store.lines.list_edits(task.id), store.cast.list_edits(task.id), store.lines.list_added(task.id)),
            glossary=self._read_glossary(task),
            known=self.find_known_voices(task),
            selection=task.selection,
            default_track=self.settings.default_track,
            followed=self.settings.followed_prosody,
            stereo_dub=self.settings.stereo_dub,
            room_match=self.settings.room_match,
            verify_takes=self.settings.verify_takes,
            preview=task.preview if task.preview_only else None,
            previewed=None if task.preview_only else task.preview,
            has_preview_edits=task.preview_lines and not task.preview_only,
            fixed_takes=read_fixed_takes(store.takes.list_kept(task.id), task, self.settings.artifacts),
            voices=task.preferences.voices,
            notes=(*self.tools.notes, *self._describe_unusable_subtitles(task, path)),
            is_sidecar=is_written_beside(self.settings, task),
        )

    def _describe_unusable_subtitles(self, task: Task, path: Path) -> tuple[Note, ...]:
        return describe_unusable_sidecars(path, self.settings.roots) if task.selection.subtitles is None else ()

    def _read_glossary(self, task: Task) -> tuple[glossary.Entry, ...]:
        """Read the entries of the library and of the task. SettingsError, GlossaryError."""
        own = glossary.parse_glossary(self.store.lines.get_glossary(task.id))
        return glossary.merge_glossaries(read_library_glossary(self.settings), own)

    def _drop_existing_targets(self, task: Task, lease: Lease, source: Source) -> Task:
        """Drop the targets that the film has already. DubNotNeeded where it has all of them, or is a dub."""
        film = select_dialogue_track(probe(source), task.audio_track, name=task.path.name)
        defaults = task.target_langs if task.rule else self.settings.target_langs  # a rule's languages are such defaults too
        targets = find_missing_targets(task, film, defaults, self.store.tasks)
        if targets != task.target_langs:
            log.info("task=%d into %s only: the film has the other languages", task.id, ", ".join(targets))
        self.store.leases.record_targets(lease, targets, duration=film.duration)
        return replace(task, target_langs=targets)

    def _record_probe(self, lease: Lease, analysis: FilmAnalysis) -> None:
        has_subtitles = bool(analysis.film.of_kind(TrackKind.SUBTITLE) or analysis.source.sidecars)
        self.store.leases.record_probe(
            lease, source_lang=analysis.language, duration=analysis.film.duration, has_subtitles=has_subtitles
        )

    def find_known_voices(self, task: Task) -> tuple[KnownVoice, ...]:
        """Find the voices of the other films of this series; none where the synthesizer does not clone."""
        if not self.tools.engines.synthesizer.clones:
            return ()
        rows = self.store.lines.list_series_speakers(task.path, self.tools.engines.diarizer.fingerprint)
        folder = self.settings.artifacts.resolve()
        clips = ((row, (folder / row.clip).resolve()) for row in rows if row.clip)
        return tuple(
            KnownVoice(row.embedding, Artifact.of(path)) for row, path in clips if is_inside(path, (folder,)) and path.is_file()
        )

    def save_results(self, dubbed: DubbedFilm, lease: Lease) -> None:
        """Save the rows of a dubbed film: speakers, and of each language lines, voices, translation and report. LeaseLost."""
        if dubbed.analysis.window is None:  # no preview
            shifts = {each.track.language: each.number_shift for each in dubbed.dubs}
            shifts[FILM_WIDE] = next((each.number_shift for each in dubbed.dubs if not each.subtitled), 0)
            self.store.lines.end_preview(lease, shifts)
        self.store.lines.put_speakers(lease, make_speaker_rows(dubbed.analysis, self.tools.engines, self.settings.artifacts))
        for each, report in zip(dubbed.dubs, dubbed.reports, strict=True):
            self.store.lines.replace_lines(lease, each.track.language, make_line_rows(each, report, self.settings.artifacts))
            self.store.lines.replace_dub_files(
                lease, each.track.language, list_dub_files(each, dubbed.analysis, self.settings.artifacts)
            )
            voices = {label: cast.name for label, cast in each.voices.items()}
            choices = list_voice_choices(dubbed.analysis, self.tools.engines.synthesizer, each.track.language)
            self.store.cast.replace_voices(lease, each.track.language, voices, choices)
            self.store.takes.replace_speech(lease, each.track.language, *format_speech(each, self.settings.artifacts))
            self.store.lines.put_translation(lease, each.track.language, make_translation_row(each, self.tools.engines))
            self.store.lines.put_report(lease, each.track.language, json.dumps(asdict(report)))

    def clean_up(self, task: Task) -> None:
        """Remove the backup of a film that was replaced, and the garbage of attempts whose worker was killed; trim the heap."""
        drop_film_backup(task, self.settings)
        if task.attempts > 1:
            collect_task_garbage(self.settings.artifacts, task.id, self.store.stages.list_artifact_folders())
        malloc_trim.trim_heap()

    def _describe_last_stage(self, task: Task) -> str:
        """Describe the last running stage of a task whose worker died."""
        running = [run for run in self.store.stages.list_latest_runs(task.id) if run.status is StageStatus.RUNNING]
        return f", the last one at {running[-1].name}" if running else ""


def add_notes(dubbed: DubbedFilm, notes: Sequence[Note]) -> DubbedFilm:
    """Add notes to the report of each language."""
    if not notes:
        return dubbed
    return replace(
        dubbed, reports=tuple(replace(report, notes=merge_notes((*report.notes, *notes))) for report in dubbed.reports)
    )
