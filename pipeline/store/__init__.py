"""The store: tasks, cached stages, lines and reports in one DuckDB file. The only package that speaks SQL.

One process owns the file (in the service: the keeper); everyone else asks it. Writes are idempotent, so whoever does not
know whether a write arrived sends it again.
"""

from pathlib import Path

from pipeline.store.casting import Casting
from pipeline.store.database import Database
from pipeline.store.edits import Edits
from pipeline.store.history import History
from pipeline.store.lines import Lines
from pipeline.store.stages import Stages
from pipeline.store.tasks import Tasks


class Store:
    """The tables of contents, over one connection."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self.tasks = Tasks(self._database)
        self.stages = Stages(self._database, self.tasks)
        self.lines = Lines(self._database, self.tasks)
        self.cast = Casting(self._database, self.tasks, self.lines)
        self.edits = Edits(self._database, self.tasks, self.lines, self.cast)
        self.history = History(self._database)

    def query(self, sql: str, *, limit: int = 1_000_000) -> bytes:
        """A stranger's SELECT, answered as an Arrow IPC stream."""
        return self._database.query(sql, limit=limit)

    def close(self) -> None:
        """Checkpoint and release the file."""
        self._database.close()
