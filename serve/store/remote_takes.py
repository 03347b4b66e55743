"""Remote takes: the part of the store for the speech of dubs and for candidate takes, over the store actor."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pipeline.store.speech.takes import Takes
from pipeline.values.takes.take_candidates import KeptTake, NewTake, TakeCandidate
from pipeline.values.tasks import Lease, Task
from serve.store.store_calls import RemotePart


class RemoteTakes(RemotePart):
    """`Takes` of the store, by the store actor."""

    def replace_speech(self, lease: Lease, language: str, voices: Mapping[str, str], deliveries: Mapping[int, str]) -> None:
        return self._ask(Takes.replace_speech, lease, language, voices, deliveries)

    def list_voices(self, task_id: int, language: str) -> dict[str, str]:
        return self._ask(Takes.list_voices, task_id, language)

    def list_deliveries(self, task_id: int, language: str, numbers: Sequence[int]) -> dict[int, str]:
        return self._ask(Takes.list_deliveries, task_id, language, numbers)

    def add(self, task_id: int, takes: Sequence[NewTake]) -> tuple[TakeCandidate, ...]:
        return self._ask(Takes.add, task_id, takes)

    def list_candidates(self, task_id: int, language: str, number: int) -> tuple[TakeCandidate, ...]:
        return self._ask(Takes.list_candidates, task_id, language, number)

    def get_candidate(self, task_id: int, take_id: int) -> TakeCandidate:
        return self._ask(Takes.get_candidate, task_id, take_id)

    def choose(self, task_id: int, language: str, number: int, take_id: int | None) -> Task:
        return self._ask(Takes.choose, task_id, language, number, take_id)

    def list_kept(self, task_id: int) -> tuple[KeptTake, ...]:
        return self._ask(Takes.list_kept, task_id)

    def remove_old(self, before: datetime) -> tuple[str, ...]:
        return self._ask(Takes.remove_old, before)
