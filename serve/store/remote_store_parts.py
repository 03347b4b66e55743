"""Remote parts of the store: one typed class per part, each method with the signature of the method that it calls."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pipeline.store.casting import Casting
from pipeline.store.edits import Edits
from pipeline.store.lines import Lines
from pipeline.store.stages import Stages
from pipeline.store.task_leases import Leases
from pipeline.store.tasks import Tasks
from pipeline.values.edits import Cast, Edit, LineChange, SpeakerChange, SpeakerEdit
from pipeline.values.notes import DubNote
from pipeline.values.preview import PreviewRange
from pipeline.values.script import CellName, ScriptRevision
from pipeline.values.tasks import (
    CacheRow,
    DubPart,
    DubRequest,
    Lease,
    LineRow,
    Progress,
    SpeakerRow,
    StageRun,
    Submission,
    Task,
    TaskStatus,
    TranslationRow,
)
from pipeline.values.track_selection import TrackSelection
from serve.store.store_calls import RemotePart


class RemoteTasks(RemotePart):
    """`Tasks` of the store, by the store actor."""

    def get(self, task_id: int) -> Task:
        return self._ask(Tasks.get, task_id)

    def list_by_ids(self, task_ids: Sequence[int]) -> tuple[Task, ...]:
        return self._ask(Tasks.list_by_ids, task_ids)

    def list_newest(
        self, *, status: TaskStatus | None = None, search: str | None = None, limit: int = 100, offset: int = 0
    ) -> tuple[tuple[Task, ...], int]:
        return self._ask(Tasks.list_newest, status=status, search=search, limit=limit, offset=offset)

    def list_by_path(self, path: Path) -> tuple[Task, ...]:
        return self._ask(Tasks.list_by_path, path)

    def list_by_version(self, size: int, mtime_ns: int) -> tuple[Task, ...]:
        return self._ask(Tasks.list_by_version, size, mtime_ns)

    def find_newest_ids_by_path(self, paths: Sequence[str]) -> dict[str, int]:
        return self._ask(Tasks.find_newest_ids_by_path, paths)

    def find_by_output(self, path: Path) -> Task | None:
        return self._ask(Tasks.find_by_output, path)

    def count_by_status(self) -> dict[str, int]:
        return self._ask(Tasks.count_by_status)

    def find_queue_positions(self, task_ids: Sequence[int]) -> dict[int, int]:
        return self._ask(Tasks.find_queue_positions, task_ids)

    def submit(self, request: DubRequest) -> Submission:
        return self._ask(Tasks.submit, request)

    def add_languages(self, task_id: int, target_langs: tuple[str, ...]) -> Task:
        return self._ask(Tasks.add_languages, task_id, target_langs)

    def change_tracks(self, task_id: int, tracks: TrackSelection) -> Task:
        return self._ask(Tasks.change_tracks, task_id, tracks)

    def change_preview(self, task_id: int, preview: PreviewRange | None) -> Task:
        return self._ask(Tasks.change_preview, task_id, preview)

    def retry(self, task_id: int) -> Task:
        return self._ask(Tasks.retry, task_id)

    def requeue(self, task_id: int) -> Task:
        return self._ask(Tasks.requeue, task_id)

    def cancel(self, task_id: int) -> Task:
        return self._ask(Tasks.cancel, task_id)

    def purge(self, task_id: int) -> tuple[Task, tuple[str, ...]]:
        return self._ask(Tasks.purge, task_id)

    def delete(self, task_id: int) -> tuple[Task, tuple[str, ...]]:
        return self._ask(Tasks.delete, task_id)

    def move_path(self, previous: Path, path: Path) -> int:
        return self._ask(Tasks.move_path, previous, path)

    def cancel_queued(self, path: Path) -> int:
        return self._ask(Tasks.cancel_queued, path)

    def cancel_unfinished(self, path: Path, *, kept: tuple[int, int] | None = None) -> int:
        return self._ask(Tasks.cancel_unfinished, path, kept=kept)

    def list_unfinished_below(self, folder: Path) -> tuple[Task, ...]:
        return self._ask(Tasks.list_unfinished_below, folder)


class RemoteLeases(RemotePart):
    """`Leases` of the store, by the store actor."""

    def list_owners(self) -> frozenset[str]:
        return self._ask(Leases.list_owners)

    def claim_next_task(self, owner: str, lease_seconds: float, *, gone: Collection[str] = ()) -> tuple[Task, Lease] | None:
        return self._ask(Leases.claim_next_task, owner, lease_seconds, gone=gone)

    def renew_lease(self, lease: Lease, lease_seconds: float) -> None:
        return self._ask(Leases.renew_lease, lease, lease_seconds)

    def record_probe(self, lease: Lease, *, source_lang: str, duration: float, has_subtitles: bool) -> None:
        return self._ask(Leases.record_probe, lease, source_lang=source_lang, duration=duration, has_subtitles=has_subtitles)

    def record_progress(self, lease: Lease, progress: Progress) -> None:
        return self._ask(Leases.record_progress, lease, progress)

    def record_targets(self, lease: Lease, target_langs: Collection[str], *, duration: float) -> None:
        return self._ask(Leases.record_targets, lease, target_langs, duration=duration)

    def finish(self, lease: Lease, output: Path) -> None:
        return self._ask(Leases.finish, lease, output)

    def fail(self, lease: Lease, error: str) -> None:
        return self._ask(Leases.fail, lease, error)

    def release(self, lease: Lease) -> None:
        return self._ask(Leases.release, lease)

    def postpone(self, lease: Lease, *, size: int, mtime_ns: int, seconds: float) -> None:
        return self._ask(Leases.postpone, lease, size=size, mtime_ns=mtime_ns, seconds=seconds)


class RemoteStages(RemotePart):
    """`Stages` of the store, by the store actor."""

    def read_answers(self, keys: Sequence[str]) -> dict[str, str]:
        return self._ask(Stages.read_answers, keys)

    def write_answers(self, lease: Lease, rows: Sequence[CacheRow]) -> None:
        return self._ask(Stages.write_answers, lease, rows)

    def record_uses(self, lease: Lease, keys: Sequence[str]) -> None:
        return self._ask(Stages.record_uses, lease, keys)

    def list_artifact_folders(self) -> frozenset[str]:
        return self._ask(Stages.list_artifact_folders)

    def record_run(self, lease: Lease, run: StageRun) -> None:
        return self._ask(Stages.record_run, lease, run)

    def list_runs(self, task_id: int) -> tuple[StageRun, ...]:
        return self._ask(Stages.list_runs, task_id)

    def list_latest_runs(self, task_id: int) -> tuple[StageRun, ...]:
        return self._ask(Stages.list_latest_runs, task_id)

    def list_latest_runs_of(self, task_ids: Sequence[int]) -> dict[int, tuple[StageRun, ...]]:
        return self._ask(Stages.list_latest_runs_of, task_ids)


class RemoteLines(RemotePart):
    """`Lines` of the store, by the store actor."""

    def replace_lines(self, lease: Lease, language: str, lines: Sequence[LineRow]) -> None:
        return self._ask(Lines.replace_lines, lease, language, lines)

    def replace_dub_files(self, lease: Lease, language: str, files: Mapping[DubPart, str]) -> None:
        return self._ask(Lines.replace_dub_files, lease, language, files)

    def find_dub_file(self, task_id: int, language: str, part: DubPart) -> str | None:
        return self._ask(Lines.find_dub_file, task_id, language, part)

    def end_preview(self, lease: Lease, shifts: Mapping[str, int]) -> None:
        return self._ask(Lines.end_preview, lease, shifts)

    def list_lines(self, task_id: int, language: str | None = None) -> tuple[LineRow, ...]:
        return self._ask(Lines.list_lines, task_id, language)

    def list_edits(self, task_id: int) -> tuple[Edit, ...]:
        return self._ask(Lines.list_edits, task_id)

    def get_glossary(self, task_id: int) -> str:
        return self._ask(Lines.get_glossary, task_id)

    def list_revisions(self, task_ids: Sequence[int]) -> dict[int, dict[str, ScriptRevision]]:
        return self._ask(Lines.list_revisions, task_ids)

    def list_former_texts(self, task_id: int, language: str, revision: int) -> Mapping[tuple[int, CellName], str]:
        return self._ask(Lines.list_former_texts, task_id, language, revision)

    def get_version_tag(self, task_id: int) -> str:
        return self._ask(Lines.get_version_tag, task_id)

    def put_report(self, lease: Lease, language: str, report: str) -> None:
        return self._ask(Lines.put_report, lease, language, report)

    def list_notes(self, task_ids: Sequence[int]) -> dict[int, tuple[DubNote, ...]]:
        return self._ask(Lines.list_notes, task_ids)

    def list_reports(self, task_id: int) -> dict[str, str]:
        return self._ask(Lines.list_reports, task_id)

    def put_translation(self, lease: Lease, language: str, translation: TranslationRow) -> None:
        return self._ask(Lines.put_translation, lease, language, translation)

    def put_speakers(self, lease: Lease, speakers: Sequence[SpeakerRow]) -> None:
        return self._ask(Lines.put_speakers, lease, speakers)

    def list_speakers(self, task_id: int) -> tuple[SpeakerRow, ...]:
        return self._ask(Lines.list_speakers, task_id)

    def list_series_speakers(self, path: Path, engine: str) -> tuple[SpeakerRow, ...]:
        return self._ask(Lines.list_series_speakers, path, engine)


class RemoteCasting(RemotePart):
    """`Casting` of the store, by the store actor."""

    def replace_voices(self, lease: Lease, language: str, voices: Mapping[str, str], choices: Sequence[str]) -> None:
        return self._ask(Casting.replace_voices, lease, language, voices, choices)

    def get_cast(self, task_id: int) -> Cast:
        return self._ask(Casting.get_cast, task_id)

    def list_edits(self, task_id: int) -> tuple[SpeakerEdit, ...]:
        return self._ask(Casting.list_edits, task_id)


class RemoteEdits(RemotePart):
    """`Edits` of the store, by the store actor."""

    def change_lines(self, task_id: int, changes: Sequence[LineChange], *, expected: Mapping[str, int] | None = None) -> Task:
        return self._ask(Edits.change_lines, task_id, changes, expected=expected)

    def change_speaker(self, task_id: int, change: SpeakerChange) -> Task:
        return self._ask(Edits.change_speaker, task_id, change)

    def change_glossary(self, task_id: int, glossary: str) -> Task:
        return self._ask(Edits.change_glossary, task_id, glossary)
