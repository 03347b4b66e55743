"""Speech of the finished dubs in the store, as JSON: each speaker's voice, and each line's delivery."""

from collections.abc import Mapping, Sequence

from pipeline.store.database.database import Database
from pipeline.store.task_leases import Leases
from pipeline.values.tasks import Lease


class Takes:
    """Queries and writes of the voices and deliveries that the lines of a dub were spoken with."""

    def __init__(self, database: Database, leases: Leases) -> None:
        self._db = database
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
