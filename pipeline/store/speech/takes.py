"""Speech of the finished dubs in the store: each speaker's voice and each line's delivery, as JSON, and candidate takes of lines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime

from pipeline.errors import EditRefused, NotFound
from pipeline.store.database.database import Database, now
from pipeline.store.database.tables.speech_tables import LOCKED_TAKES
from pipeline.store.task_leases import Leases
from pipeline.store.tasks import Tasks
from pipeline.values.takes.take_candidates import KeptTake, NewTake, TakeCandidate
from pipeline.values.tasks import Lease, Task


class Takes:
    """Queries and writes of the voices and deliveries that the lines of a dub were spoken with, and of takes."""

    def __init__(self, database: Database, tasks: Tasks, leases: Leases) -> None:
        self._db = database
        self._tasks = tasks
        self._leases = leases

    def replace_speech(self, lease: Lease, language: str, voices: Mapping[str, str], deliveries: Mapping[int, str]) -> None:
        """Replace the voices (speaker label → JSON) and the deliveries (line number → JSON) of a dub. LeaseLost."""
        which = {"task_id": lease.task_id, "language": language}
        with self._db.transaction():
            self._leases.require_lease(lease)
            for table in ("spoken_voices", "deliveries"):
                self._db.execute(f"DELETE FROM {table} WHERE task_id = ? AND language = ?", list(which.values()))  # noqa: S608 -- ours
            self._db.replace("spoken_voices", [which | {"label": label, "voice": voice} for label, voice in voices.items()])
            self._db.replace("deliveries", [which | {"number": n, "delivery": delivery} for n, delivery in deliveries.items()])

    def list_voices(self, task_id: int, language: str) -> dict[str, str]:
        """Speaker label → the voice in the last dub, as JSON."""
        rows = self._db.rows("SELECT label, voice FROM spoken_voices WHERE task_id = ? AND language = ?", [task_id, language])
        return {row["label"]: row["voice"] for row in rows}

    def list_deliveries(self, task_id: int, language: str, numbers: Sequence[int]) -> dict[int, str]:
        """Line number → the delivery in the last dub, as JSON; of these lines."""
        rows = self._db.rows(
            """SELECT number, delivery FROM deliveries
               WHERE task_id = ? AND language = ? AND list_contains(CAST(? AS INTEGER[]), number)""",
            [task_id, language, list(numbers)],
        )
        return {row["number"]: row["delivery"] for row in rows}

    def add(self, task_id: int, takes: Sequence[NewTake]) -> tuple[TakeCandidate, ...]:
        """Add candidates of lines of a task. Returns them with their ids. NotFound."""
        with self._db.transaction():
            self._tasks.get(task_id)
            at, found = now(), []
            for take in takes:
                row = asdict(take) | {"task_id": task_id, "made_at": at}
                names, marks = ", ".join(row), ", ".join("?" * len(row))
                (added,) = self._db.execute(f"INSERT INTO takes ({names}) VALUES ({marks}) RETURNING id", list(row.values()))  # noqa: S608
                found.append(TakeCandidate(**asdict(take), id=added["id"]))
            return tuple(found)

    def list_candidates(self, task_id: int, language: str, number: int) -> tuple[TakeCandidate, ...]:
        """The candidates of a line, the newest first. NotFound for an unknown task."""
        self._tasks.get(task_id)
        return self._select("task_id = ? AND language = ? AND number = ?", [task_id, language, number])

    def get_candidate(self, task_id: int, take_id: int) -> TakeCandidate:
        """A candidate by its id. NotFound."""
        found = self._select("task_id = ? AND id = ?", [task_id, take_id])
        if not found:
            raise NotFound(f"task {task_id} has no take {take_id}; it may have been removed: GET the line's takes")
        return found[0]

    def choose(self, task_id: int, language: str, number: int, take_id: int | None) -> Task:
        """Choose a candidate of a line, with its text; None: none. The task is queued again where that changes it. NotFound."""
        with self._db.transaction():
            task = self._tasks.get(task_id)
            before = next((take.id for take in self.list_candidates(task_id, language, number) if take.chosen), None)
            if take_id is not None:
                take = self.get_candidate(task_id, take_id)
                if (take.language, take.number) != (language, number):
                    raise NotFound(f"take {take_id} is one of line {take.number} in {take.language!r}, not of line {number}")
            if before == take_id:
                return task
            which = [task_id, language, number]
            if self._db.row("SELECT 1 AS one FROM edits WHERE task_id = ? AND language = ? AND number = ? AND locked", which):
                raise EditRefused(f"Line {number}: it is locked; unlock it to choose another take")
            self._db.execute(
                "UPDATE takes SET chosen = (id IS NOT DISTINCT FROM ?) WHERE task_id = ? AND language = ? AND number = ?",
                [take_id, task_id, language, number],
            )
            return self._tasks.requeue(task_id)

    def list_kept(self, task_id: int) -> tuple[KeptTake, ...]:
        """Takes that the next dub keeps: chosen candidates, and the takes of locked lines, which go first."""
        locked = self._db.rows(
            """SELECT l.language, l.number, l.text, l.dub_seconds AS seconds, l.rate * l.stretch AS rate, l.audio, TRUE AS is_locked
               FROM lines l JOIN edits e USING (task_id, language, number) WHERE task_id = ? AND e.locked AND l.audio <> ''""",
            [task_id],
        )
        chosen = self._db.rows(
            """SELECT language, number, text, seconds, rate, audio, FALSE AS is_locked FROM takes
               WHERE task_id = ? AND chosen ORDER BY number""",
            [task_id],
        )
        return tuple(KeptTake(**row) for row in (*chosen, *locked))

    def remove_old(self, before: datetime) -> tuple[str, ...]:
        """Remove candidates that were made before a time and are not chosen. Returns their files, which are garbage now."""
        used = {row["audio"] for row in self._db.rows(LOCKED_TAKES)}
        rows = self._db.execute("DELETE FROM takes WHERE NOT chosen AND made_at < ? RETURNING audio", [before])
        return tuple(row["audio"] for row in rows if row["audio"] not in used)

    def _select(self, condition: str, values: Sequence[object]) -> tuple[TakeCandidate, ...]:
        names = ", ".join(each.name for each in fields(TakeCandidate))
        rows = self._db.rows(f"SELECT {names} FROM takes WHERE {condition} ORDER BY id DESC", values)  # noqa: S608 -- our names
        return tuple(TakeCandidate(**row) for row in rows)
