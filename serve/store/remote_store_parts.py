"""Remote parts of the store: one typed class per part, each method with the signature of the method that it calls."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.store.lines import Lines
from pipeline.store.stages import Stages
from pipeline.values.edits import AddedLine, Edit
from pipeline.values.notes import DubNote
from pipeline.values.script import CellName, DeletedLine, ScriptRevision
from pipeline.values.tasks import (
    CacheRow,
    DubPart,
    Lease,
    LineRow,
    SpeakerRow,
    StageRun,
    TranslationRow,
)
from serve.store.store_calls import RemotePart


class RemoteStages(RemotePart):
    """`Stages` of the store, by the store actor."""

    def read_answers(self, keys: Sequence[str]) -> dict[str, str]:
        return self._ask(Stages.read_answers, keys)

    def write_answers(self, lease: Lease, rows: Sequence[CacheRow]) -> None:
        return self._ask(Stages.write_answers, lease, rows)

    def record_uses(self, lease: Lease, keys: Sequence[str]) -> None:
        return self._ask(Stages.record_uses, lease, keys)

    def list_current_answers(self, task_id: int, stage: str, *, most_bytes: int) -> tuple[str, ...]:
        return self._ask(Stages.list_current_answers, task_id, stage, most_bytes=most_bytes)

    def list_answers_with_files(self, after: str, limit: int) -> tuple[CacheRow, ...]:
        return self._ask(Stages.list_answers_with_files, after, limit)

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

    def list_dub_files(self, task_id: int, language: str) -> dict[DubPart, str]:
        return self._ask(Lines.list_dub_files, task_id, language)

    def end_preview(self, lease: Lease, shifts: Mapping[str, int]) -> None:
        return self._ask(Lines.end_preview, lease, shifts)

    def list_lines(self, task_id: int, language: str | None = None) -> tuple[LineRow, ...]:
        return self._ask(Lines.list_lines, task_id, language)

    def list_edits(self, task_id: int) -> tuple[Edit, ...]:
        return self._ask(Lines.list_edits, task_id)

    def list_added(self, task_id: int) -> tuple[AddedLine, ...]:
        return self._ask(Lines.list_added, task_id)

    def list_deleted(self, task_id: int, language: str) -> tuple[DeletedLine, ...]:
        return self._ask(Lines.list_deleted, task_id, language)

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
