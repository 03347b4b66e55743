"""The store: its parts (tasks, leases, stages, lines, cast, edits, history, rules, library, events, totals, outbox, keys, sessions) over one database, with backups and snapshots."""

from pathlib import Path

from pipeline.store.access.api_keys import ApiKeys
from pipeline.store.access.sessions import Sessions
from pipeline.store.casting import Casting
from pipeline.store.database import backups
from pipeline.store.database.database import Database
from pipeline.store.edits import Edits
from pipeline.store.history import History
from pipeline.store.library.coverage import LibraryFilms
from pipeline.store.lines import Lines
from pipeline.store.monitoring.events import Events
from pipeline.store.monitoring.outbox import Outbox
from pipeline.store.monitoring.totals import Totals
from pipeline.store.rules import Rules
from pipeline.store.scripts.reviews import Reviews
from pipeline.store.speech.takes import Takes
from pipeline.store.stages import Stages
from pipeline.store.task_leases import Leases
from pipeline.store.tasks import Tasks


class Store:
    """The store's parts over one database."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self.tasks = Tasks(self._database)
        self.leases = Leases(self._database)
        self.stages = Stages(self._database, self.tasks, self.leases)
        self.lines = Lines(self._database, self.tasks, self.leases)
        self.cast = Casting(self._database, self.lines, self.leases)
        self.takes = Takes(self._database, self.tasks, self.leases)
        self.edits = Edits(self._database, self.tasks, self.lines, self.cast, self.takes)
        self.reviews = Reviews(self._database)
        self.history = History(self._database)
        self.rules = Rules(self._database)
        self.library = LibraryFilms(self._database)
        self.keys = ApiKeys(self._database)
        self.sessions = Sessions(self._database)
        self.events = Events(self._database)
        self.totals = Totals(self._database)
        self.outbox = Outbox(self._database)

    def backup(self, folder: Path | None = None) -> Path:
        """Back up the committed state into a folder; the default one where none is given. StoreError."""
        return self._database.backup(backups.name_manual_backup(folder or backups.backup_folder_of(self._database.path)))

    def daily_backup(self) -> Path | None:
        """Make today's backup, and remove the oldest daily ones; None where one was made within a day."""
        target = backups.name_daily_backup(self._database.path)
        if target is None:
            return None
        made = self._database.backup(target)
        backups.remove_old_daily_backups(self._database.path)
        return made

    def snapshot(self, folder: Path) -> Path:
        """Copy the committed state into an empty folder beside the store, for a query. StoreError. Returns the copy."""
        return self._database.snapshot(folder)

    def close(self) -> None:
        """Checkpoint and release the file."""
        self._database.close()
