"""Remote edits and cast of the store: one typed class per part, each method with the signature of the method that it calls."""

from collections.abc import Mapping, Sequence

from pipeline.script.edit_batch import BatchResult, EditBatch
from pipeline.store.casting import Casting
from pipeline.store.edits import Edits
from pipeline.values.edits import Cast, LineChange, SpeakerChange, SpeakerEdit
from pipeline.values.tasks import Lease, Task
from serve.store.store_calls import RemotePart


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

    def edit_lines(
        self, task_id: int, batch: EditBatch, *, expected: Mapping[str, int] | None = None, is_dry_run: bool = False
    ) -> BatchResult:
        return self._ask(Edits.edit_lines, task_id, batch, expected=expected, is_dry_run=is_dry_run)

    def change_lines(self, task_id: int, changes: Sequence[LineChange]) -> Task:
        return self._ask(Edits.change_lines, task_id, changes)

    def change_speaker(self, task_id: int, change: SpeakerChange) -> Task:
        return self._ask(Edits.change_speaker, task_id, change)

    def choose_take(self, task_id: int, language: str, number: int, take_id: int | None) -> Task:
        return self._ask(Edits.choose_take, task_id, language, number, take_id)

    def change_glossary(self, task_id: int, glossary: str) -> Task:
        return self._ask(Edits.change_glossary, task_id, glossary)
